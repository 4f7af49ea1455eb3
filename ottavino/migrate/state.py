"""A schema: tables with their columns, and the objects around them.

The same value is built from the classes (what is declared) and from the migration files
(what they add up to); the difference between the two is the next migration.
"""

import inspect
from collections.abc import Generator, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from piccolo.table import Table as PiccoloTable

from ottavino.declare.as_found import AsFound
from ottavino.declare.column import Col, ColumnSpec, name_of
from ottavino.declare.constraint import ForeignKeyDefinition
from ottavino.declare.database_function import DatabaseFunction, FunctionDefinition
from ottavino.declare.default_privileges import DefaultPrivilegesDefinition
from ottavino.declare.definition import Definition, qualified
from ottavino.declare.domain import DomainDefinition
from ottavino.declare.enum_type import EnumDefinition
from ottavino.declare.kinds import found
from ottavino.declare.members import members_of
from ottavino.declare.policy import Policy
from ottavino.declare.role import ApiRole, RoleDefinition, definitions_of
from ottavino.declare.sequence import SequenceDefinition
from ottavino.declare.table import Table
from ottavino.declare.table_object import named_roles
from ottavino.declare.view_definition import ViewDefinition
from ottavino.migrate.app import Object
from ottavino.postgres.quoting import schema_of
from ottavino.settings import ROOT, settings

Columns = dict[str, ColumnSpec]


@dataclass(slots=True)
class State:
    """A schema, in the order in which it is built."""

    tables: dict[str, Columns] = field(default_factory=dict[str, Columns])
    objects: dict[str, Definition] = field(default_factory=dict[str, Definition])
    partitioned: dict[str, str] = field(default_factory=dict[str, str])
    """The partitioned tables, with their partitioning in SQL."""

    def copy(self) -> "State":
        """The same schema, for steps to change. Columns and objects are never changed in
        place, so both have the same.
        """
        tables = {name: dict(columns) for name, columns in self.tables.items()}
        return State(tables, dict(self.objects), dict(self.partitioned))

    def add(self, definitions: Iterable[Definition]) -> None:
        """Add objects. The same object may be added more than once."""
        for definition in definitions:
            other = self.objects.setdefault(definition.name, definition)
            if other != definition:
                raise ValueError(
                    f"{definition.name} is declared twice with different SQL: "
                    f"remove or rename one."
                )


def declared(tables: Iterable[type[PiccoloTable]], objects: Iterable[Object] = ()) -> State:
    """The schema that tables and other objects declare. Each name is declared once."""
    state, tables = State(), [*tables]
    for table in tables:
        with _placed(table):
            _add(state, table)
    for each in objects:
        state.add(definitions_of(named_roles([each])))
        state.add(_definitions(each))
    _require_api_roles(state)
    _require_grants(state)
    keys = [each for each in state.objects.values() if each.is_key]
    for table in tables:
        with _placed(table):
            _require_parents(state, table, keys)
            _require_members(table, tables)
    return state


def _definitions(each: Object) -> Iterable[Definition]:
    match each:
        case AsFound():
            return [found(each)]
        case DatabaseFunction() | ApiRole():
            return [each.definition()]
        case _:
            return each.definitions()


def _add(state: State, table: type[PiccoloTable]) -> None:
    if not issubclass(table, Table):
        raise TypeError("it has to inherit from ottavino's Table, not from Piccolo's.")
    name = table.qualified_name()
    if name in state.tables:
        raise ValueError(f"The table {name} is declared twice: rename one of the classes.")
    for column in () if table.is_view() else table.owner_columns():
        if column.spec.type != settings().user_id_type:
            raise ValueError(
                f"The owner {name_of(column)} is {column.spec.type}, and USER_ID_TYPE is "
                f"{settings().user_id_type}: write owner() for uuid, and owner(str) for text."
            )
    for column in _owners(table):
        if column.spec.type != settings().user_id_type:
            raise ValueError(
                f"A policy compares {name_of(column)} with the caller's id, and it is "
                f"{column.spec.type}: name a column that owner() makes, or another one of the "
                f"type {settings().user_id_type}."
            )
    if not table.is_view():
        state.tables[name] = table.column_specs()
    if table.partitioning():
        state.partitioned[name] = table.partitioning()
    state.add(table.definitions())


def _owners(table: type[Table]) -> Iterator[Col[Any]]:
    """The columns that policies compare with the caller's id."""
    for each in table.database_objects:
        if isinstance(each, Policy):
            yield from each.owners


def _require_api_roles(state: State) -> None:
    """Refuse a role that no caller can become."""
    known = settings().roles
    for each in state.objects.values():
        if isinstance(each, RoleDefinition) and each.full_name not in known:
            raise ValueError(
                f"The role {each.full_name} is declared, but no caller can become it: add it "
                f"to API_ROLES."
            )


def _require_grants(state: State) -> None:
    """Refuse default privileges of the project's own roles on declared objects.

    A declared object has the privileges of its own grants. It would also have these if it was
    created after them, and not if it was there before.
    """
    for each in state.objects.values():
        if isinstance(each, DefaultPrivilegesDefinition) and each.roles:
            schema, _, on = each.full_name.rpartition(" ")
            if of := next(_objects_of(state, schema, on), None):
                raise ValueError(
                    f"The default privileges on {on} in {schema} grant {', '.join(each.roles)} "
                    f"something, and {of} is declared there: grant it beside each "
                    "declared object, or grant these in a schema without declared objects."
                )


def _objects_of(state: State, schema: str, on: str) -> Iterator[str]:
    """The declared objects of a schema that default privileges apply to."""
    for table, columns in state.tables.items():
        is_numbered = any(spec.identity for spec in columns.values())
        if schema_of(table) == schema and (
            on == "tables" or (on == "sequences" and is_numbered)
        ):
            yield table
    for each in state.objects.values():
        kinds = APPLY_TO.get(on, ())
        if isinstance(each, kinds) and each.schema == schema:
            yield each.full_name


APPLY_TO: Mapping[str, tuple[type[Definition], ...]] = {
    "tables": (ViewDefinition,),
    "sequences": (SequenceDefinition,),
    "functions": (FunctionDefinition,),
    "types": (EnumDefinition, DomainDefinition),
}
"""The kinds of objects to which default privileges apply, beside tables."""


def _require_members(table: type[PiccoloTable], tables: Iterable[type[PiccoloTable]]) -> None:
    """Refuse a policy for members if no table declares them."""
    declared = {each.qualified_name(): each for each in tables if issubclass(each, Table)}
    own: Sequence[object] = getattr(table, "database_objects", ())
    for policy in (each for each in own if isinstance(each, Policy)):
        for membership in policy.memberships:
            there = declared.get(membership.table)
            if there is None:
                raise ValueError(
                    f"The policy {policy.name!r} uses the members in {membership.table}, and "
                    "no class declares that table: write one with Members(…), or its right "
                    "name."
                )
            members = members_of(there.database_objects)
            if members is None:
                raise ValueError(
                    f"The policy {policy.name!r} uses the members in {membership.table}, "
                    f"which declares none: assign Members(…) in its class."
                )
            membership.require_sense(policy.name, policy.roles, members)


def _require_parents(
    state: State, table: type[PiccoloTable], keys: Sequence[Definition]
) -> None:
    name = qualified(table)
    # PostgreSQL would also refuse the key, but only in the middle of a migration.
    for child in state.objects.values():
        if not isinstance(child, ForeignKeyDefinition) or child.table != name:
            continue
        for parent, columns in (child.references or {}).items():
            if parent in state.tables and not any(map(child.needs, keys)):
                raise ValueError(
                    f"{child.full_name} refers to {parent}, which has to declare "
                    f"Unique({', '.join(columns)}) for it."
                )


@contextmanager
def _placed(table: type) -> Generator[None]:
    """A block whose errors begin with the file, the line and the name of a table's class."""
    try:
        yield
    except (ValueError, TypeError) as error:
        raise type(error)(f"{_place(table)}{table.__name__}: {error}") from error


def _place(table: type) -> str:
    """The file and the line of a class; empty without a file."""
    try:
        path = Path(inspect.getsourcefile(table) or "")
        line = inspect.getsourcelines(table)[1]
    except (OSError, TypeError):
        return ""
    shown = path.relative_to(ROOT) if path.is_relative_to(ROOT) else path
    return f"{shown}, line {line}: "
