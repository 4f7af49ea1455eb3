"""Revokes what cannot be revoked after the tables have changed: privileges of roles, and on
columns, that are dropped. Undoing the migration grants them once the role or column is there
again.
"""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import replace

from ottavino.declare.as_found import DetailDefinition
from ottavino.declare.database_function import FunctionDefinition
from ottavino.declare.definition import Definition
from ottavino.declare.grant import PrivilegesDefinition
from ottavino.declare.privilege import Privilege, changing, only, privileges_of
from ottavino.declare.role import RoleDefinition
from ottavino.migrate.state import State
from ottavino.migrate.steps import AddColumn, Alter, RenameTable, Step, Undo

GRANTING = PrivilegesDefinition | FunctionDefinition | DetailDefinition
"""The kinds that are changed after the tables, or with them."""


def narrowed(
    old: State, new: State, dropped: Collection[str], tables: Sequence[Step]
) -> Iterator[Alter]:
    """The steps that revoke these privileges. `dropped` are the names of the objects that are
    dropped, and `tables` the changes of tables.
    """
    roles = {
        each.full_name
        for each in old.objects.values()
        if isinstance(each, RoleDefinition) and each.name not in new.objects
    }
    of_dropped = (old.objects[name].column for name in dropped)
    columns = {*filter(None, of_dropped), *_dropped_columns(tables)}
    if not roles and not columns:
        return

    def stays(definition: Definition, privilege: Privilege) -> bool:
        column = privilege.column
        is_of_column = column is not None and (definition.table, column) in columns
        return privilege.target.role not in roles and not is_of_column

    for each in old.objects.values():
        if not isinstance(each, GRANTING) or each.name in dropped:
            continue
        if all(stays(each, privilege) for privilege in privileges_of(each.create)):
            continue
        narrow = replace(each, create=only(each.create, lambda one, of=each: stays(of, one)))
        if not isinstance(narrow, DetailDefinition):
            narrow = replace(narrow, roles=tuple(r for r in narrow.roles if r not in roles))
        ways = changing(each.create, narrow.create), changing(narrow.create, each.create)
        yield Alter(each, narrow, *ways)


def _dropped_columns(tables: Sequence[Step]) -> Iterator[tuple[str, str]]:
    """The dropped columns, by the old names of their tables."""
    olds = {each.new: each.table for each in tables if isinstance(each, RenameTable)}
    for step in tables:
        match step:
            case Undo(AddColumn(table, column)):
                yield olds.get(table, table), column
            case _:
                pass
