"""Privileges: which commands, and which columns of them, a role may use at all."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Self

from db.identity import Role
from db.objects.column import Col, name_of
from db.objects.definition import Definition, define, identifier

Columns = tuple[Col[Any], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Grant:
    """Lets a role use commands: on the whole table (`True`), or on the columns given."""

    to: Role
    select: bool | Columns = False
    insert: bool | Columns = False
    update: bool | Columns = False
    delete: bool = False

    @classmethod
    def everything(cls, to: Role) -> Self:
        """All four commands on all columns."""
        return cls(to=to, select=True, insert=True, update=True, delete=True)

    def sql(self, table: str) -> str:
        """The statement on a table."""
        commands = [
            command if columns is True else f"{command} ({_names(columns)})"
            for command, columns in (
                ("select", self.select),
                ("insert", self.insert),
                ("update", self.update),
                ("delete", self.delete),
            )
            if columns
        ]
        return f"grant {', '.join(commands)}\n    on {table} to {self.to.value}"


def privileges(table: str, grants: Sequence[Grant]) -> Definition:
    """Everything that is granted on a table, and nothing besides.

    Supabase's default privileges hand each new table out to the API roles, TRUNCATE
    included: an exact set begins with taking everything back.
    """
    revoke = f"revoke all on {table} from public, {', '.join(Role)}"
    return define(
        f"privileges {table}",
        ";\n".join([revoke, *(grant.sql(table) for grant in grants)]),
        revoke,
    )


def _names(columns: bool | Columns) -> str:
    if isinstance(columns, bool):
        raise TypeError("Only a sequence of columns has names.")
    return ", ".join(identifier(name_of(column)) for column in columns)
