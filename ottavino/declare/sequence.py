"""The sequence of an identity column, which only PostgreSQL itself counts with."""

from dataclasses import dataclass
from typing import ClassVar

from ottavino.declare.definition import Definition
from ottavino.identity import Role
from ottavino.postgres.quoting import literal


@dataclass(frozen=True, slots=True)
class SequencePrivilegesDefinition(Definition):
    """Who may use the sequence of a column, as migrations know it."""

    kind: ClassVar[str] = "sequence-privileges"


@dataclass(frozen=True, slots=True)
class SequencePrivileges:
    """Takes the sequence of an identity column from everyone: an insert needs no right to it.

    Who may read a sequence learns how many rows all users have made. Supabase's default
    privileges used to let all API roles do so, and set it.
    """

    column: str

    @property
    def columns(self) -> tuple[str]:
        return (self.column,)

    def definition(self, table: str) -> Definition:
        """The revoke. PostgreSQL knows the name of the sequence; with the column, it goes."""
        return SequencePrivilegesDefinition.on(
            table,
            self.column,
            f"do $$\n"
            f"begin\n"
            f"    execute format(\n"
            f"        'revoke all on sequence %s from public, {', '.join(Role)}',\n"
            f"        pg_get_serial_sequence(\n"
            f"            {literal(table)}::regclass::text, {literal(self.column)}\n"
            f"        )\n"
            f"    );\n"
            f"end\n"
            f"$$",
            "",
            uses={table: (self.column,)},
        )
