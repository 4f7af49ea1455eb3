"""Row level security: who may see and change which rows."""

from dataclasses import dataclass
from typing import Any, Literal, Self

from db.identity import Role
from db.objects.column import Col, name_of
from db.objects.definition import Definition, define, identifier

Command = Literal["all", "select", "insert", "update", "delete"]


@dataclass(frozen=True, slots=True)
class Mine:
    """The condition that a column names the caller."""

    column: Col[Any]

    def __str__(self) -> str:
        # The sub-select is evaluated once per query, the bare call once per row.
        return f"{identifier(name_of(self.column))} = (select auth.uid())"


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """Lets a role reach rows for which `using` is true, and leave rows for which `check` is.

    Both are SQL. A restrictive policy takes away instead: every one must be true as well.
    """

    name: str
    command: Command = "all"
    to: Role = Role.AUTHENTICATED
    using: str | Mine | None = None
    check: str | Mine | None = None
    restrictive: bool = False

    @classmethod
    def owner(cls, column: Col[Any], command: Command = "all") -> Self:
        """The user whom the column names may do everything, or the one thing given."""
        mine = Mine(column)
        return cls(
            name="owner" if command == "all" else f"owner_{command}",
            command=command,
            using=None if command == "insert" else mine,
            check=mine if command in {"all", "insert", "update"} else None,
        )

    def definition(self, table: str) -> Definition:
        """The policy on its table."""
        lines = [f"create policy {identifier(self.name)} on {table}"]
        if self.restrictive:
            lines.append("as restrictive")
        lines.append(f"for {self.command} to {self.to.value}")
        if self.using is not None:
            lines.append(f"using ({self.using})")
        if self.check is not None:
            lines.append(f"with check ({self.check})")
        return define(
            f"policy {table}.{self.name}",
            "\n    ".join(lines),
            f"drop policy {identifier(self.name)} on {table}",
        )


def row_security(table: str) -> Definition:
    """Row level security on a table of ours: enabled, and forced upon its owner too."""
    return define(
        f"row-security {table}",
        f"alter table {table} enable row level security;\n"
        f"alter table {table} force row level security",
        f"alter table {table} no force row level security;\n"
        f"alter table {table} disable row level security",
    )
