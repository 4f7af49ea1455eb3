"""Tables that can be declared together, and those that are refused with a sentence."""

import inspect
from dataclasses import replace
from enum import StrEnum
from typing import Any
from uuid import UUID

import pytest
from piccolo.table import Table as PiccoloTable

from ottavino import (
    ApiRole,
    Col,
    DatabaseFunction,
    DefaultPrivileges,
    EnumType,
    ForeignKey,
    Index,
    Policy,
    Role,
    Trigger,
    Unique,
    identity,
    integer,
    owned_reference,
    owner,
    primary_key,
    text,
)
from ottavino.declare.default_privileges import Later
from ottavino.declare.table import Table
from ottavino.migrate.app import Object
from ottavino.migrate.renames import replayed
from ottavino.migrate.state import State, declared
from ottavino.migrate.steps import AddColumn, Undo
from ottavino.testing import SettingsFrom
from tests.ottavino.migrate.project import table


class Parent(Table, tablename="parents"):
    """A table that others can refer to."""

    id: Col[UUID] = primary_key()
    user_id: Col[UUID] = owner()

    database_objects = (Unique(id, user_id),)


class Stranger(Table, tablename="strangers"):
    """A table without a key of its id and its owner."""

    id: Col[UUID] = primary_key()
    user_id: Col[UUID] = owner()


class Child(Table, tablename="children"):
    """A table that refers to another."""

    id: Col[UUID] = primary_key()
    user_id: Col[UUID] = owner()
    parent_id: Col[UUID] = owned_reference(Parent)


class Stock(PiccoloTable):
    """A table without objects."""


def test_tables_give_their_columns_and_objects_by_name() -> None:
    state = declared([Parent, Child])
    assert list(state.tables["public.children"]) == ["id", "user_id", "parent_id"]
    assert "row-security public.children" in state.objects


def test_a_table_without_rules_is_refused() -> None:
    with pytest.raises(TypeError, match=r"Stock: it has to inherit from ottavino's Table"):
        declared([Stock])


def test_a_table_that_is_declared_twice_is_refused() -> None:
    with pytest.raises(ValueError, match=r"public\.parents is declared twice"):
        declared([Parent, Parent])


def test_an_object_that_is_declared_in_two_ways_is_refused() -> None:
    function = DatabaseFunction(name="touch", returns="trigger", body="begin return new; end")
    other = replace(function, body="begin return null; end")
    one, two = (
        Trigger(name="touch", function=each, when="before", event="update")
        for each in (function, other)
    )
    with pytest.raises(ValueError, match=r"function public\.touch\(\) is declared twice"):
        declared([table("notes", one), table("tags", two)])


def test_a_child_of_a_table_without_the_key_for_it_is_refused() -> None:
    line = inspect.getsourcelines(test_a_child_of_a_table_without_the_key_for_it_is_refused)[1]
    place = rf"^tests/ottavino/migrate/test_state\.py, line {line + 5}: Orphan: public.orphans"
    with pytest.raises(ValueError, match=place + r".*Unique\(id, user_id\)"):

        class Orphan(Table, tablename="orphans"):
            """A table that refers to one which has no key for it."""

            id: Col[UUID] = primary_key()
            user_id: Col[UUID] = owner()
            stranger_id: Col[UUID] = owned_reference(Stranger)

        declared([Stranger, Orphan])


def test_only_an_index_that_is_unique_is_a_key_for_a_child() -> None:
    columns = ("id", "user_id")
    child = table("children", ForeignKey(columns, "public.parents", columns))

    def parent(*, unique: bool) -> type[Table]:
        class Indexed(Table, tablename="parents"):
            """A table with an index over the columns of a key."""

            id: Col[UUID] = primary_key()
            user_id: Col[UUID] = owner()

            database_objects = (Index(id, user_id, unique=unique),)

        return Indexed

    key = "foreign-key public.children.children_id_user_id_fkey"
    assert key in declared([parent(unique=True), child]).objects
    with pytest.raises(ValueError, match=r"refers to public.parents, which has to declare"):
        declared([parent(unique=False), child])


def test_a_name_that_postgresql_would_cut_off_is_refused() -> None:
    with pytest.raises(ValueError, match=f"{'b' * 64} is longer than 63 bytes"):
        declared([table("notes", **{"b" * 64: integer()})])


EDITOR = ApiRole("editor")
OF_A_SCHEMA: dict[Later, tuple[list[type[Table]], list[Object]]] = {
    "tables": ([table("notes")], []),
    "sequences": ([table("notes", a=identity(integer()))], []),
    "functions": ([], [DatabaseFunction(name="one", returns="integer", body="")]),
    "types": ([], [EnumType(StrEnum("State", ["OPEN"]), name="public.state")]),
}


@pytest.mark.parametrize("on", OF_A_SCHEMA)
def test_a_default_privilege_of_an_own_role_on_declared_objects_is_refused(
    settings_from: SettingsFrom, on: Later
) -> None:
    """Whether a declared object had it would depend on which of the two came first."""
    settings_from(API_ROLES=EDITOR)
    tables, objects = OF_A_SCHEMA[on]
    privilege = {"tables": "select", "functions": "execute"}.get(on, "usage")
    in_public = DefaultPrivileges(on, to={EDITOR: (privilege,)})
    with pytest.raises(ValueError, match=f"default privileges on {on} in public grant editor"):
        declared(tables, [*objects, in_public])
    for allowed in (
        DefaultPrivileges(on, "reports", {EDITOR: (privilege,)}),
        DefaultPrivileges(on, to={Role.ANON: (privilege,)}),
    ):
        declared(tables, [*objects, allowed])


def test_steps_that_are_replayed_leave_the_schema_before_them_as_it_was() -> None:
    before = declared([Parent])
    added = AddColumn("public.parents", "age", integer().spec)
    after = replayed(before, [added])
    assert [*after.tables["public.parents"]] == ["id", "user_id", "age"]
    assert before == declared([Parent]) == replayed(after, [Undo(added)])
    after.objects.clear()
    after.tables.clear()
    assert before == declared([Parent]) != State()


@pytest.mark.parametrize("column", [text(), integer()])
def test_a_policy_of_the_owner_takes_a_column_with_the_id_of_a_caller(column: Col[Any]) -> None:
    notes = table("notes", Policy.owner(column), note=column)
    with pytest.raises(ValueError, match=r"compares note with the caller's id, .* owner\(\)"):
        declared([notes])
