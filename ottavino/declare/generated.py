"""Columns that PostgreSQL computes."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, ClassVar, Protocol

from ottavino.declare.column import Col, name_of
from ottavino.declare.definition import Claim, Columns, Definition
from ottavino.postgres.quoting import identifier


class Computed(Protocol):
    """A column of the table that is not an attribute of the class, since Piccolo would try to
    write it.
    """

    @property
    def name(self) -> str: ...


Named = Col[Any] | Computed
"""A column that an index, a grant or a comment may name."""


@dataclass(frozen=True, slots=True)
class GeneratedDefinition(Definition):
    """The definition of a generated column for migrations."""

    kind: ClassVar[str] = "generated"
    rank: ClassVar[int] = 12

    @property
    def claims(self) -> tuple[Claim, ...]:
        """The name of a column of the table."""
        return (Claim("column", self.table, self.own_name),)

    @property
    def column(self) -> tuple[str, str]:
        """The column itself, since objects that use it are dropped with it."""
        return self.table, self.own_name

    def rename(self, old: str, new: str) -> str:
        """The SQL that renames it; empty if the names are the same."""
        names = f"{identifier(old)} to {identifier(new)}"
        return "" if old == new else f"alter table {self.table} rename column {names}"


@dataclass(frozen=True, slots=True)
class Generated:
    """A stored column that an SQL expression computes from other columns of its row. Assign it
    in the class, so that other objects can name it, and put it into `database_objects`.
    """

    name: str
    type: str
    expression: str
    null: bool = True
    """Whether it may be null."""

    def definition(self, table: str) -> Definition:
        name = identifier(self.name)
        return GeneratedDefinition.on(
            table,
            self.name,
            f"alter table {table}\n"
            f"    add column {name} {self.type} generated always as (\n"
            f"        {self.expression}\n"
            f"    ) stored{'' if self.null else ' not null'}",
            f"alter table {table} drop column {name}",
            uses={},
            free=(self.expression,),
        )


def column_name(column: Named | str) -> str:
    """The name of a column in the database."""
    return name_of(column) if isinstance(column, Col | str) else column.name


def column_names(columns: tuple[Named | str, ...]) -> str:
    """The names as SQL lists them."""
    return ", ".join(identifier(column_name(column)) for column in columns)


def used(table: str, columns: Iterable[Named | str]) -> Columns:
    """The columns of a table that an object uses, each once."""
    names = tuple(dict.fromkeys(map(column_name, columns)))
    return {table: names} if names else {}
