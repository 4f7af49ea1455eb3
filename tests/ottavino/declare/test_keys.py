"""References are tied to the key and to the owner of their parent, whatever their names."""

from collections.abc import Callable
from datetime import datetime
from typing import Any
from uuid import UUID

import pytest

from ottavino import (
    Col,
    OptionalRef,
    Ref,
    Table,
    Unique,
    integer,
    owned_reference,
    owner,
    primary_key,
    reference,
    text,
    timestamptz,
    uuid,
)
from tests.ottavino.declare.every_column import Country, Membership


class Folder(Table, tablename="folders", schema="office"):
    number: Col[UUID] = uuid(primary_key=True)
    owned_by: Col[UUID] = owner(db_column_name="Owner")

    database_objects = (Unique(number, owned_by),)


class Letter(Table, tablename="letters"):
    id: Col[UUID] = primary_key()
    writer: Col[UUID] = owner()
    folder: Ref[Folder] = owned_reference(Folder, unique=True)
    copy_in: OptionalRef[Folder] = owned_reference(Folder, default=None)


FOLDER = """folder_writer_fkey foreign key (folder, writer)
        references office.folders (number, "Owner")
        on delete cascade"""
COPY_IN = """copy_in_writer_fkey foreign key (copy_in, writer)
        references office.folders (number, "Owner")
        on delete set null (copy_in)"""


def test_an_owned_reference_names_the_owners_of_both_tables() -> None:
    keys = [each.create for each in Letter.definitions() if each.kind == "foreign-key"]
    found = [each.split("add constraint ")[1] for each in keys if "office.folders" in each]
    assert found == [f"letters_{each}" for each in (FOLDER, COPY_IN)]


def to_a_table_by_name() -> None:
    parent: Any = "countries"
    reference(parent)


def to_a_key_of_several_columns() -> None:
    class Wrong(Table):
        id: Col[UUID] = primary_key()
        of: Ref[Membership] = reference(Membership)

    assert Wrong


def to_its_own_key_of_several_columns() -> None:
    class Wrong(Table):
        a: Col[str] = text(primary_key=True)
        b: Col[str] = text(primary_key=True)
        of: OptionalRef["Wrong", str] = reference("self", default=None)

    assert Wrong


def to_a_parent_without_an_owner() -> None:
    class Plain(Table):
        id: Col[UUID] = primary_key()

    class Wrong(Table):
        id: Col[UUID] = primary_key()
        user_id: Col[UUID] = owner()
        of: Ref[Plain] = owned_reference(Plain)

    assert Wrong


def of_a_child_without_an_owner() -> None:
    class Wrong(Table):
        id: Col[UUID] = primary_key()
        of: Ref[Folder] = owned_reference(Folder)

    assert Wrong


def to_a_key_of_another_type() -> None:
    reference(Country)


def of_two_columns_with_one_name() -> None:
    class Wrong(Table):
        id: Col[UUID] = primary_key()
        first: Col[int] = integer(db_column_name="second")
        second: Col[int] = integer()

    assert Wrong


REFUSED: dict[Callable[[], None], str] = {
    to_a_table_by_name: '"countries" is not a parent: a reference takes the class',
    to_a_key_of_several_columns: "key of Membership has several columns: .* user_id, country",
    to_its_own_key_of_several_columns: "Wrong: The key of Wrong has several columns",
    to_a_parent_without_an_owner: r"Wrong: Plain has no owner, .* or use reference\(\)",
    of_a_child_without_an_owner: "Wrong: Wrong has no owner",
    to_a_key_of_another_type: "The key of Country is text, no uuid",
    of_two_columns_with_one_name: "Wrong: 2 columns are named second in PostgreSQL",
}


@pytest.mark.parametrize("declare", REFUSED, ids=lambda each: each.__name__)
def test_a_reference_that_postgres_would_refuse_is_refused_first(
    declare: Callable[[], None],
) -> None:
    with pytest.raises((TypeError, ValueError), match=REFUSED[declare]):
        declare()


class Moment(Table, tablename="moments"):
    at: Col[datetime] = timestamptz(primary_key=True)
    before: OptionalRef["Moment", datetime] = reference("self", default=None)


class Note(Table, tablename="notes"):
    id: Col[UUID] = primary_key()
    at: Ref[Moment, datetime] = reference(Moment, Moment.at)


def test_a_reference_sends_its_values_as_the_key_does() -> None:
    key: Any = Moment.at
    for column in (Moment.before, Note.at):
        reference_: Any = column
        assert key.encode is not None
        assert (reference_.encode, reference_.decode) == (key.encode, key.decode)
