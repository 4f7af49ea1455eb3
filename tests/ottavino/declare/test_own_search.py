"""A declared search in one user's rows, as migrations make and change it."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

import pytest

from ottavino import (
    Col,
    Grant,
    Index,
    Key,
    OwnSearch,
    Policy,
    SearchVector,
    created_at,
    owner,
    primary_key,
    text,
)
from ottavino.declare.definition import Definition
from ottavino.declare.index import IndexDefinition
from ottavino.declare.table import Table
from ottavino.declare.table_object import TableObject
from ottavino.identity import Identity, Role
from ottavino.testing import Database
from tests.ottavino.declare.installed import caller, install, migrator, schema, there_and_back
from tests.ottavino.migrate.project import table

READ = Grant(to=Role.AUTHENTICATED, select=True)
READ_ALL = Grant(to=Role.SERVICE_ROLE, select=True)


def own_search(
    search: SearchVector, user: Col[UUID], moment: Col[datetime], key: Col[UUID]
) -> tuple[TableObject, TableObject]:
    """The search, and the index of the newest rows that it needs."""
    own = OwnSearch(search, owner=user, newest=(moment, key))
    return own, Index(user, moment.desc(), key.desc())


def note(*, language: str = "english", key: str = "written_at") -> type[Table]:
    class Note(Table, tablename="notes"):
        id: Col[UUID] = primary_key()
        user_id: Col[UUID] = owner()
        title: Col[str] = text(max_length=100)
        written_at: Col[datetime] = created_at()
        read_at: Col[datetime] = created_at()
        search = SearchVector("search", title, language=language)
        database_objects = (
            search,
            Policy.owner(user_id),
            READ,
            READ_ALL,
            *own_search(search, user_id, written_at if key == "written_at" else read_at, id),
        )

    return Note


@pytest.mark.whole_but_first("reads the catalog after each edit")
@pytest.mark.parametrize("other", [note(language="simple"), note(key="read_at")])
async def test_an_edit_goes_there_and_back(
    shared_empty_database: Database, other: type[Table]
) -> None:
    async with migrator(shared_empty_database) as connection:
        await there_and_back(connection, schema(note()), schema(other))


@pytest.mark.parametrize("by", ["whale", "-shark"], ids=["the index", "the newest rows"])
async def test_it_finds_rows_of_the_caller_alone(
    shared_empty_database: Database, by: str
) -> None:
    alice, bob = uuid4(), uuid4()
    found = "select user_id from public.search_notes($1, 10, null, null)"
    async with migrator(shared_empty_database, alice, bob) as connection:
        await install(connection, note())
        for each in (alice, bob):
            add = "insert into public.notes (user_id, title) values ($1, 'The whale')"
            await connection.execute(add, each)
        for each in (alice, bob):
            async with caller(connection, Identity.user(each)):
                assert [row[0] for row in await connection.fetch(found, by)] == [each]


def test_it_is_asked_by_its_name_in_the_class() -> None:
    class Note(Table, tablename="notes"):
        id: Col[UUID] = primary_key()
        user_id: Col[UUID] = owner()
        title: Col[str] = text(max_length=100)
        written_at: Col[datetime] = created_at()
        search = SearchVector("search", title)
        database_objects = (
            search,
            OwnSearch(search, owner=user_id, newest=(written_at, id)),
            Index(user_id, written_at.desc(), id.desc()),
            Policy.owner(user_id),
            READ,
            READ_ALL,
        )

    own = Note.database_objects[1]
    assert isinstance(own, OwnSearch)
    with pytest.raises(ValueError, match="assign it in the class, as in search = OwnSearch"):
        own.finds("whale", most=1)


ID, USER, FRIEND = primary_key(), owner(), owner()
TITLE, WRITTEN = text(max_length=100), created_at()
SEARCH = SearchVector("search", TITLE)
OWN = OwnSearch(SEARCH, owner=USER, newest=(WRITTEN, ID))
NEWEST = Index(USER, WRITTEN.desc(), ID.desc())
COLUMNS: dict[str, Col[Any]] = {
    "id": ID,
    "user_id": USER,
    "friend_id": FRIEND,
    "title": TITLE,
    "written_at": WRITTEN,
}

REFUSED: dict[str, tuple[str, Sequence[TableObject]]] = {
    "no policy for users": (
        r"rows that policies hide: add Policy\.owner\(user_id\)",
        (READ, READ_ALL, Policy(name="all", to=Role.SERVICE_ROLE, using="true")),
    ),
    "a policy for adding alone": (
        "rows that policies hide",
        (READ, READ_ALL, Policy.owner(USER, "insert")),
    ),
    "a policy of another column": (
        "rows that policies hide",
        (READ, READ_ALL, Policy.owner(FRIEND)),
    ),
    "a policy that hides some": (
        "rows that the policy 'few' hides",
        (
            READ,
            READ_ALL,
            Policy.owner(USER),
            Policy(name="few", command="select", using="title <> ''", restrictive=True),
        ),
    ),
    "a grant on some columns": (
        r"authenticated may not read every column: add Grant\(to=Role\.AUTHENTICATED",
        (Grant(to=Role.AUTHENTICATED, select=(TITLE,)), READ_ALL, Policy.owner(USER)),
    ),
    "no grant to the service": (
        "service_role may not read every column",
        (READ, Policy.owner(USER)),
    ),
    "a grant to write without a token": (
        "anon cannot add rows to its index",
        (READ, READ_ALL, Policy.owner(USER), Grant(to=Role.ANON, insert=(TITLE,))),
    ),
}

MINE = (READ, READ_ALL, Policy.owner(USER))
MISLEADING: dict[str, Sequence[TableObject]] = {
    "no index": (),
    "an index of everyone's": (Index(WRITTEN.desc(), ID.desc()),),
    "an index of another column": (Index(FRIEND, WRITTEN.desc(), ID.desc()),),
    "an index of another order": (Index(USER, WRITTEN, ID),),
    "an index of some rows": (
        Index(USER, WRITTEN.desc(), ID.desc(), name="few", where="title <> ''"),
    ),
    "an index with nulls elsewhere": (
        Index(USER, Key(WRITTEN, descending=True, nulls="last")),
    ),
    "an index of too few columns": (Index(USER, WRITTEN.desc()),),
}


@pytest.mark.parametrize(("words", "others"), REFUSED.values(), ids=list(REFUSED))
def test_it_stands_on_no_table_whose_users_may_see_less(
    words: str, others: Sequence[TableObject]
) -> None:
    with pytest.raises(ValueError, match=rf"^Notes: OwnSearch .*{words}"):
        table("notes", SEARCH, OWN, NEWEST, *others, **COLUMNS)


@pytest.mark.parametrize("others", MISLEADING.values(), ids=list(MISLEADING))
def test_it_stands_on_no_table_where_it_would_read_the_rows_of_others(
    others: Sequence[TableObject],
) -> None:
    wanted = r"Index\(user_id, written_at\.desc\(\), id\.desc\(\)\)"
    with pytest.raises(ValueError, match=f"would read the rows of others .*: add {wanted}"):
        table("notes", SEARCH, OWN, *MINE, *others, **COLUMNS)


def test_the_index_of_its_words_takes_the_place_of_the_one_over_the_vector() -> None:
    own = table("notes", SEARCH, OWN, NEWEST, *MINE, **COLUMNS)
    assert {name for name in named(own) if name.startswith("index")} == {
        "index public.notes_own_search_idx",
        "index public.notes_user_id_written_at_id_idx",
    }
    plain = table("notes", SEARCH, *MINE, **COLUMNS)
    assert "index public.notes_search_idx" in named(plain)


def test_the_index_of_its_words_can_be_built_while_others_write() -> None:
    for concurrently in (False, True):
        own = OwnSearch(SEARCH, owner=USER, newest=(WRITTEN, ID), concurrently=concurrently)
        made = table("notes", SEARCH, own, NEWEST, *MINE, **COLUMNS)
        index = named(made)["index public.notes_own_search_idx"]
        assert isinstance(index, IndexDefinition)
        assert index.concurrently is concurrently


def named(of: type[Table]) -> dict[str, Definition]:
    return {each.name: each for each in of.definitions()}


def test_rules_that_show_more_or_bind_changes_are_no_matter() -> None:
    bound = Policy(name="few", command="update", using="title <> ''", restrictive=True)
    read = Grant(to=Role.ANON, select=True)
    shown = (Policy.read_only(USER), Policy.public_read("title = ''"), bound)
    assert table("notes", SEARCH, OWN, NEWEST, READ, READ_ALL, read, *shown, **COLUMNS)


def test_its_function_has_one_plan_and_runs_with_its_owner_s_rights() -> None:
    made = {each.own_name: each for each in schema(note()).objects.values()}
    search, words = made["search_notes"], made["own_words"]
    assert search.create.partition("\nas $function$")[0] == (
        "create or replace function public.search_notes(\n"
        "    query text, most integer, moment timestamptz, key uuid\n"
        ") returns setof public.notes\n"
        "language plpgsql stable rows 20 security definer set search_path = pg_temp "
        "set plan_cache_mode = force_custom_plan set enable_seqscan = off "
        "set enable_sort = off set max_parallel_workers_per_gather = 0 set jit = off "
        "set work_mem = '64MB'"
    )
    assert search.accepted == {"SEC014", "SEC015", "SEC042"}
    assert search.create.endswith("to authenticated, service_role")
    assert "language sql immutable security invoker" in words.create
    assert words.create.endswith("to authenticated, service_role")


def test_the_index_of_its_words_has_no_samples_and_no_list_to_be_read() -> None:
    made = schema(note()).objects["index public.notes_own_search_idx"]
    assert made.create.splitlines() == [
        "create index notes_own_search_idx",
        "    on public.notes using gin ((public.own_words(user_id, search)))",
        "    with (fastupdate = off);",
        "alter index public.notes_own_search_idx alter column 1 set statistics 0",
    ]
