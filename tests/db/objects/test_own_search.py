"""A declared search in one user's rows, as migrations make and change it."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import pytest

from db.identity import Role
from db.objects import (
    Col,
    Grant,
    OwnSearch,
    Policy,
    SearchVector,
    created_at,
    owner,
    primary_key,
    text,
)
from db.objects.rule import Rule
from db.table import Table
from tests.db.objects.laid import migrator, schema, there_and_back
from tests.db.schema.project import table
from tests.postgres import Database

READ = Grant(to=Role.AUTHENTICATED, select=True)
READ_ALL = Grant(to=Role.SERVICE_ROLE, select=True)


def note(*, language: str = "english", key: str = "written_at") -> type[Table]:
    class Note(Table, tablename="notes"):
        id: Col[UUID] = primary_key()
        user_id: Col[UUID] = owner()
        title: Col[str] = text(max_length=100)
        written_at: Col[datetime] = created_at()
        read_at: Col[datetime] = created_at()
        search = SearchVector("search", title, language=language)
        own = OwnSearch(
            search, owner=user_id, newest=(written_at if key == "written_at" else read_at, id)
        )
        rules = (search, own, Policy.owner(user_id), READ, READ_ALL)

    return Note


@pytest.mark.parametrize("other", [note(language="simple"), note(key="read_at")])
async def test_an_edit_goes_there_and_back(
    empty_database: Database, other: type[Table]
) -> None:
    async with migrator(empty_database) as connection:
        await there_and_back(connection, schema(note()), schema(other))


def test_it_is_asked_by_its_name_in_the_class() -> None:
    class Note(Table, tablename="notes"):
        id: Col[UUID] = primary_key()
        user_id: Col[UUID] = owner()
        title: Col[str] = text(max_length=100)
        written_at: Col[datetime] = created_at()
        search = SearchVector("search", title)
        rules = (
            search,
            OwnSearch(search, owner=user_id, newest=(written_at, id)),
            Policy.owner(user_id),
            READ,
            READ_ALL,
        )

    own = Note.rules[1]
    assert isinstance(own, OwnSearch)
    with pytest.raises(ValueError, match="by its name in the class"):
        own.finds("whale", most=1)


ID, USER, FRIEND = primary_key(), owner(), owner()
TITLE, WRITTEN = text(max_length=100), created_at()
SEARCH = SearchVector("search", TITLE)
OWN = OwnSearch(SEARCH, owner=USER, newest=(WRITTEN, ID))
COLUMNS: dict[str, Col[Any]] = {
    "id": ID,
    "user_id": USER,
    "friend_id": FRIEND,
    "title": TITLE,
    "written_at": WRITTEN,
}

REFUSED: dict[str, tuple[str, Sequence[Rule]]] = {
    "no policy for users": (
        r"no policy shows: add Policy\.owner\(user_id\)",
        (READ, READ_ALL, Policy(name="all", to=Role.SERVICE_ROLE, using="true")),
    ),
    "a policy for adding alone": (
        "no policy shows",
        (READ, READ_ALL, Policy.owner(USER, "insert")),
    ),
    "a policy of another column": ("no policy shows", (READ, READ_ALL, Policy.owner(FRIEND))),
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
}


@pytest.mark.parametrize(("words", "others"), REFUSED.values(), ids=list(REFUSED))
def test_it_stands_on_no_table_whose_users_may_see_less(
    words: str, others: Sequence[Rule]
) -> None:
    with pytest.raises(ValueError, match=rf"^Notes: OwnSearch .*{words}"):
        table("notes", SEARCH, OWN, *others, **COLUMNS)


def test_policies_that_show_more_or_bind_changes_are_no_matter() -> None:
    bound = Policy(name="few", command="update", using="title <> ''", restrictive=True)
    shown = (Policy.read_only(USER), Policy.public_read("title = ''"), bound)
    assert table("notes", SEARCH, OWN, READ, READ_ALL, *shown, **COLUMNS)
