"""Privileges: the commands that a role may use on a table, and their columns."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import ClassVar, Self

from ottavino.declare.definition import FACT, Definition
from ottavino.declare.fitting import require_declared
from ottavino.declare.generated import Named, column_names, used
from ottavino.declare.privilege import changing, privileges_of, renamed
from ottavino.declare.role import AnyRole, everybody, own, require_role

Columns = tuple[Named, ...]


@dataclass(frozen=True, slots=True)
class PrivilegesDefinition(Definition):
    """The definition of all privileges on a table for migrations."""

    kind: ClassVar[str] = "privileges"
    is_replaced: ClassVar[bool] = True
    roles: tuple[str, ...] = field(default=(), compare=False, kw_only=True, metadata=FACT)
    """The project's own roles that have a privilege."""

    def is_over(self, table: str, column: str) -> bool:
        """Whether a column cannot change because of it: never, and privileges stay."""
        return False

    def rename(self, old: str, new: str) -> str:
        """Empty: a table keeps its privileges when it or a column is renamed."""
        return ""

    def altered(self, new: Definition) -> tuple[str, str] | None:
        """What is revoked and granted. The privileges that others have granted stay."""
        return changing(self.create, new.create), changing(new.create, self.create)

    def after(self, table: str, columns: Mapping[str, str], called: Mapping[str, str]) -> Self:
        """The same privileges after the table and some columns are renamed. A view is
        `called` by another name too.
        """
        create = renamed(self.create, table, columns)
        used = [columns.get(each, each) for of in (self.uses or {}).values() for each in of]
        return replace(
            self,
            name=f"{self.kind} {table}",
            create=create,
            drop=create.split(";", 1)[0],
            uses=self.uses and {table: tuple(used)},
            calls=tuple(called.get(each, each) for each in self.calls),
        )

    def grants_the_same(self, other: Definition) -> bool:
        """Whether each role may do the same, in whatever order it is written."""
        mine, others = (privileges_of(each.create) for each in (self, other))
        return {*mine} == {*others}


@dataclass(frozen=True, slots=True, kw_only=True)
class Grant:
    """Lets a role use commands on the whole table (`True`) or on the given columns.

    Several grants to one role add up.
    """

    to: AnyRole
    select: bool | Columns = False
    insert: bool | Columns = False
    update: bool | Columns = False
    delete: bool = False
    all: bool = False
    """Whether it grants all privileges, including `truncate` and `trigger`."""

    def __post_init__(self) -> None:
        require_role("grant", self.to)
        require_declared(self)

    @classmethod
    def everything(cls, to: AnyRole) -> Self:
        """All four commands on all columns."""
        return cls(to=to, select=True, insert=True, update=True, delete=True)

    @property
    def columns(self) -> Columns:
        named = (self.select, self.insert, self.update)
        return tuple(c for columns in named if not isinstance(columns, bool) for c in columns)

    def sql(self, table: str) -> str:
        if self.all:
            return f"grant all\n    on {table} to {self.to}"
        commands = [
            _command(command, columns)
            for command, columns in (
                ("select", self.select),
                ("insert", self.insert),
                ("update", self.update),
                ("delete", self.delete),
            )
            if columns is not False
        ]
        if not commands:
            raise ValueError(
                f"The grant to {self.to} names no command: write select=True, or leave it out."
            )
        return f"grant {', '.join(commands)}\n    on {table} to {self.to}"


def privileges(table: str, grants: Sequence[Grant]) -> Definition:
    """The exact set of privileges on a table.

    Until 30 October 2026, Supabase's default privileges granted everything on each new table to
    the API roles, TRUNCATE included: an exact set begins with a revoke.
    """
    roles = [grant.to for grant in grants]
    revoke = f"revoke all on {table} from {everybody(roles)}"
    return PrivilegesDefinition.on(
        table,
        None,
        ";\n".join([revoke, *(grant.sql(table) for grant in grants)]),
        revoke,
        uses=used(table, (column for grant in grants for column in grant.columns)),
        roles=tuple(map(str, own(roles))),
    )


def _command(command: str, columns: bool | Columns) -> str:
    if isinstance(columns, bool):
        return command
    if not columns:
        raise ValueError(
            f"A grant of {command} names no column: write {command}=True for all of them, or "
            "leave it out."
        )
    return f"{command} ({column_names(columns)})"
