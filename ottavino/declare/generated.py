"""Columns that PostgreSQL computes."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, ClassVar, Protocol, runtime_checkable

from asyncpg import PostgresError, PostgresSyntaxError

from ottavino.declare.column import Col, name_of
from ottavino.declare.definition import Claim, Columns, Definition
from ottavino.declare.fitting import require_declared
from ottavino.postgres.quoting import identifier


@runtime_checkable
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
    is_stored: bool = field(default=True, compare=False, kw_only=True)
    """Whether the rows have its values."""
    may_be_null: bool = field(default=True, compare=False, kw_only=True)

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
    """A column that an SQL expression computes from other columns of its row. Assign it in the
    class, so that other objects can name it, and put it into `database_objects`.
    """

    name: str
    type: str
    expression: str
    null: bool = True
    """Whether it may be null."""
    stored: bool = True
    """Whether it is computed when a row is written, and stored with it. If not, PostgreSQL 18
    and later compute it whenever it is read; no index and no key can be over it.
    """

    def __post_init__(self) -> None:
        require_declared(self)
        if not self.stored and "." in self.type:
            raise ValueError(
                f"{self.name} is of the type {self.type}, and PostgreSQL computes no value of "
                "a type that was made in the database without storing it: leave stored=False "
                "out."
            )

    def definition(self, table: str) -> Definition:
        name = identifier(self.name)
        return GeneratedDefinition.on(
            table,
            self.name,
            f"alter table {table}\n"
            f"    add column {name} {self.type} generated always as (\n"
            f"        {self.expression}\n"
            f"    ) {'stored' if self.stored else 'virtual'}{'' if self.null else ' not null'}",
            f"alter table {table} drop column {name}",
            uses={},
            free=(self.expression,),
            is_stored=self.stored,
            may_be_null=self.null,
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


def only_newer(error: PostgresError, sql: str) -> str:
    """The sentence to add to PostgreSQL's error if it is too old for a column that it does not
    store; empty if the error is another one.
    """
    at = int(error.position or 0) - 1
    if not isinstance(error, PostgresSyntaxError) or not sql[at:].startswith("virtual"):
        return ""
    return (
        " Only PostgreSQL 18 and later compute a column without storing it: leave stored=False "
        "out of its declaration."
    )
