"""A mistake in the objects of a table is refused when its class is made."""

from dataclasses import fields, replace
from typing import Any
from uuid import UUID

import pytest
from piccolo.columns import Text

from ottavino import (
    Check,
    Col,
    Comment,
    DatabaseFunction,
    ForeignKey,
    Generated,
    Grant,
    Index,
    Key,
    Policy,
    SearchVector,
    Trigger,
    Unique,
    integer,
    owner,
    primary_key,
    text,
)
from ottavino.declare.table import Table
from ottavino.errors import QueryRefused
from ottavino.identity import Role
from ottavino.migrate.steps import Create, CreateTable
from ottavino.postgres.quoting import identifier
from tests.ottavino.declare.installed import BODY, TITLE, notes, schema
from tests.ottavino.declare.test_trigger import NOTE, UPDATE
from tests.ottavino.migrate.project import Project, table


class Stranger(Table, tablename="strangers"):
    """Another table, with a column of the same name."""

    id: Col[UUID] = primary_key()
    user_id: Col[UUID] = owner()
    title: Col[str] = text(max_length=9)


class Owned:
    """Columns for several tables."""

    user_id: Col[UUID] = owner()


DOUBLE = Generated("double", "integer", "price * 2")
SEARCH = SearchVector("search", TITLE)

THEIRS: dict[str, Any] = {
    "Policy": Policy.owner(Stranger.user_id),
    "Grant": Grant(to=Role.ANON, select=True, update=(TITLE, Stranger.title)),
    "Index": Index(TITLE, Stranger.title.desc()),
    "Unique": Unique(Stranger.title),
    "ForeignKey": ForeignKey((Stranger.user_id,), "auth.users", ("id",)),
    "SearchVector": SearchVector("s", TITLE, Stranger.title),
    "Trigger": Trigger(
        name="t", function=NOTE, when="after", event="update", of=(Stranger.title,)
    ),
    "Comment": Comment("Theirs.", on=Stranger.title),
}

UNKNOWN: dict[str, Any] = {
    "Index names double": Index(DOUBLE),
    "Index names search": Index(TITLE, include=(SEARCH,)),
    "Grant names double": Grant(to=Role.ANON, select=(DOUBLE,)),
    "Comment names double": Comment("Twice.", on=DOUBLE),
    "ForeignKey names ttle": ForeignKey(("ttle",), "public.notes", ("id",)),
    "Trigger names ttle": Trigger(
        name="t", function=NOTE, when="after", event="update", of=("ttle",)
    ),
}

TWICE: dict[str, list[Any]] = {
    "policy public.notes.few": [Policy(name="few", using="true")] * 2,
    "index public.notes_title_idx": [Index(TITLE), Index(TITLE, where="paid")],
    "check public.notes.notes_same": [Unique(TITLE, name="same"), Check("same", "true")],
    "index public.notes_title_key": [Unique(TITLE), Index(TITLE, name="notes_title_key")],
    "index public.notes_pkey": [Index(TITLE, name="notes_pkey")],
    "check public.notes.notes_pkey": [Check("pkey", "true")],
    "foreign-key public.notes.notes_same": [
        Unique(TITLE, name="same"),
        ForeignKey((TITLE,), "public.notes", ("title",), name="same"),
    ],
    "comment public.notes": [Comment("One."), Comment("Two.")],
    "trigger public.notes.note": [UPDATE, UPDATE],
    "generated public.notes.double": [DOUBLE, DOUBLE],
    r"function public.note\(\)": [
        UPDATE,
        DatabaseFunction(name="note", returns="trigger", body="begin return null; end"),
    ],
}

EVERY_KIND = [
    Policy(name="few", using='title <> \'"""\' -- \\'),
    Grant(to=Role.AUTHENTICATED, select=(TITLE, DOUBLE)),
    Index(Key(TITLE, nulls="first"), where="title = '\\'"),
    Check("sane", "title <> 'it''s'"),
    Unique(TITLE, nulls_distinct=False),
    ForeignKey((TITLE,), "public.notes", ("title",), on_delete="set null", clear=(TITLE,)),
    DOUBLE,
    SEARCH,
    UPDATE,
    DatabaseFunction(name="f", returns="text", body="select '\"\"\"\\', '{}'", language="sql"),
    Comment('It\'s """odd""": \\n\n\n    é, {} and 🎺.', on=BODY),
]


@pytest.mark.parametrize(("kind", "rule"), THEIRS.items(), ids=list(THEIRS))
def test_a_column_of_another_table_is_refused(kind: str, rule: Any) -> None:
    words = rf"^Notes: {kind} names Stranger\.\w+: name a column of Notes itself\.$"
    with pytest.raises(ValueError, match=words):
        notes(rule)


@pytest.mark.parametrize(("words", "rule"), UNKNOWN.items(), ids=list(UNKNOWN))
def test_a_column_that_is_not_declared_is_refused(words: str, rule: Any) -> None:
    with pytest.raises(
        ValueError, match=rf"^Notes: {words}, which is not a column of the table: declare"
    ):
        notes(rule)


@pytest.mark.parametrize(("name", "database_objects"), TWICE.items(), ids=list(TWICE))
def test_two_objects_of_one_name_are_refused(name: str, database_objects: list[Any]) -> None:
    with pytest.raises(ValueError, match=rf"^Notes: {name} is declared twice, or another"):
        notes(*database_objects)


def test_two_states_of_an_object_are_the_same_if_their_sql_is() -> None:
    for made in schema(notes(*EVERY_KIND)).objects.values():
        for fact in {each.name for each in fields(made)} - {"name", "create", "drop"}:
            assert replace(made, **{fact: None}) == made, f"{made.name}: {fact}"
        assert replace(made, create="something else") != made


def test_a_column_that_nobody_assigned_is_refused() -> None:
    with pytest.raises(ValueError, match=r"^Notes: Policy names a column that is not assigned"):
        notes(Policy.owner(owner()))


def test_what_is_no_column_of_a_table_class_is_refused() -> None:
    column: Col[str] = Col()
    with pytest.raises(TypeError, match=r"Col object at \w+> is not a column of a table\.$"):
        notes(Index(column))


def test_a_misspelt_column_is_refused_by_python_itself() -> None:
    with pytest.raises(NameError, match="use_id"):

        class Notes(Table, tablename="notes"):
            id: Col[UUID] = primary_key()
            user_id: Col[UUID] = owner()

            database_objects = (Policy.owner(use_id),)  # type: ignore[name-defined]  # noqa: F821  # pyright: ignore[reportUndefinedVariable]  # it is what is tested

        assert Notes


def test_a_column_of_a_class_that_the_table_is_made_of_is_its_own() -> None:
    class Notes(Owned, Table, tablename="notes"):
        id: Col[UUID] = primary_key()

        database_objects = (Policy.owner(Owned.user_id),)

    class More(Notes, tablename="more"):
        database_objects = (Policy.owner(Notes.user_id),)

    for each in (Notes, More):
        assert any(name.startswith("policy") for name in schema(each).objects)


@pytest.mark.parametrize("name", ['my"notes', "n" * 64])
def test_a_table_name_that_cannot_be_written_with_its_schema_is_refused(name: str) -> None:
    with pytest.raises(ValueError, match=f": .*{name}"):
        table(name)


@pytest.mark.parametrize("name", ["Notes", "order", "my notes"])
def test_a_table_name_is_quoted_where_sql_needs_that(name: str) -> None:
    made = table(name, Index(TITLE), Unique(TITLE), title=TITLE)
    assert made.qualified_name() == f'public."{name}"'
    unique = f'unique public."{name}".{name}_title_key'
    created = {each.name: each.create for each in made.definitions()}
    assert created[unique].startswith(f'alter table public."{name}"\n    add constraint ')
    index = created[f"index public.{name}_title_idx"]
    assert f'\n    on public."{name}" using' in index


def test_a_table_without_a_key_says_so_and_its_rows_are_not_saved_by_themselves() -> None:
    class Hit(Table, tablename="hits", has_key=False):
        id: Col[int] = integer()

    assert [each.kind for each in Hit.definitions()] == ["row-security", "privileges"]
    hit = Hit(id=1)
    for method in (hit.remove, hit.refresh):
        with pytest.raises(QueryRefused, match="Hit has no key"):
            _ = method()
    hit._exists_in_db = True  # noqa: SLF001  # Piccolo's
    with pytest.raises(QueryRefused, match="Hit has no key"):
        _ = hit.save()
    with pytest.raises(ValueError, match="has_key=False, and primary_key=True"):

        class Keyed(Table, tablename="keyed", has_key=False):  # pyright: ignore[reportUnusedClass]  # making it raises
            id: Col[int] = integer(primary_key=True)


@pytest.mark.parametrize(
    "database_objects",
    [[], [Generated("n" * 64, "integer", "1")], [SearchVector("n" * 64, TITLE)]],
)
def test_a_column_name_that_would_be_cut_is_refused(database_objects: list[Any]) -> None:
    columns = {"title": TITLE} if database_objects else {"n" * 64: integer()}
    with pytest.raises(ValueError, match=r"^Notes: n+ is longer than 63 bytes: give a shorter"):
        notes(*database_objects, **columns)


@pytest.mark.parametrize(
    "name",
    ["select", "insert", "delete", "save", "spec", "like", "_given", "_a"],
)
def test_a_column_in_the_place_of_what_queries_call_is_refused(name: str) -> None:
    with pytest.raises(
        ValueError, match=rf'^Notes: {name} cannot be .* db_column_name="{name}"'
    ):
        notes(**{name: integer()})


def test_the_table_of_what_has_run_is_not_declared() -> None:
    with pytest.raises(ValueError, match=r"^Migration: public\.migration is where"):
        table("migration")


def test_what_is_no_role_is_refused() -> None:
    someone: Any = "authenticated"
    words = "names 'authenticated', which is not a Role: write one of Role.ANON, "
    for make in (
        lambda: Grant(to=someone, select=True),
        lambda: Policy(name="few", to=someone, using="true"),
        lambda: Policy(name="few", to=(Role.ANON, someone), using="true"),
    ):
        with pytest.raises(TypeError, match=words):
            make()


def test_what_a_policy_accepts_has_a_reason() -> None:
    with pytest.raises(ValueError, match="accepts SEC005 without a reason"):
        Policy(name="few", using="true", accepted={"SEC005": " "})


def test_a_generated_column_of_the_name_of_another_is_refused() -> None:
    with pytest.raises(ValueError, match=r"^Notes: title is both a column and a generated one"):
        notes(Generated("title", "integer", "1"))


def test_a_column_of_piccolo_s_own_is_refused() -> None:
    with pytest.raises(TypeError, match=r"^Notes: body is not declared with one of the column"):

        class Notes(Table, tablename="notes"):
            id: Col[UUID] = primary_key()
            body = Text()

        assert Notes


def test_a_table_without_a_key_is_refused() -> None:
    with pytest.raises(
        TypeError, match=r"^Notes: a table needs a key: write id: Col\[UUID\] = primary_key\(\)"
    ):

        class Notes(Table, tablename="notes"):
            user_id: Col[UUID] = owner()

        assert Notes


def test_every_kind_of_object_survives_being_written_into_a_file(
    tmp_path: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    project = Project(tmp_path, monkeypatch)
    wanted = schema(notes(*EVERY_KIND))
    tables = [CreateTable(*each) for each in wanted.tables.items()]
    project.write("1", *tables, *map(Create, wanted.objects.values()))
    assert project.replayed == wanted


@pytest.mark.parametrize(
    ("name", "quoted"),
    [
        ("notes_2", "notes_2"),
        ("user", '"user"'),
        ("Notes", '"Notes"'),
        ("2_notes", '"2_notes"'),
        ('a" on b; --', '"a"" on b; --"'),
    ],
)
def test_a_name_is_quoted_where_it_would_be_read_as_something_else(
    name: str, quoted: str
) -> None:
    assert identifier(name) == quoted
