"""A declared search in one user's rows, as migrations make and change it."""

from datetime import datetime
from uuid import UUID

import pytest

from db.objects import Col, OwnSearch, SearchVector, created_at, owner, primary_key, text
from db.table import Table
from tests.db.objects.laid import migrator, schema, there_and_back
from tests.postgres import Database


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
        rules = (search, own)

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
        rules = (search, OwnSearch(search, owner=user_id, newest=(written_at, id)))

    own = Note.rules[1]
    assert isinstance(own, OwnSearch)
    with pytest.raises(ValueError, match="by its name in the class"):
        own.finds("whale", most=1)
