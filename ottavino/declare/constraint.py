"""Constraints on a table: primary key, unique, check, and foreign keys over several columns."""

from dataclasses import dataclass
from typing import Any, Literal

from ottavino.declare.column import Col, name_of, piccolo
from ottavino.declare.definition import Definition, define, identifier
from ottavino.declare.generated import Named, column_name, column_names

Action = Literal["cascade", "restrict", "no action", "set null", "set default"]


@dataclass(frozen=True, slots=True)
class Check:
    """Refuses a row for which the condition, written in SQL, is false."""

    name: str
    condition: str

    def __post_init__(self) -> None:
        # Piccolo's conditions would not come out as SQL that PostgreSQL can keep.
        if not isinstance(self.condition, str):  # pyright: ignore[reportUnnecessaryIsInstance]  # who asks may not check types
            raise TypeError(
                f"The condition of the check {self.name!r} is written in SQL, as text: "
                "\"status in ('pending', 'ready')\"."
            )

    def definition(self, table: str) -> Definition:
        """The constraint on its table."""
        return _constraint(table, "check", self.name, f"check ({self.condition})")


class Unique:
    """Refuses a second row with the same values; also what a foreign key may refer to."""

    def __init__(
        self, *columns: Named, name: str | None = None, nulls_distinct: bool = True
    ) -> None:
        self.columns = columns
        self.name = name
        self.nulls_distinct = nulls_distinct

    def definition(self, table: str) -> Definition:
        """The constraint on its table, named after its columns, or by its own name."""
        if not self.columns:
            raise ValueError("A unique constraint needs columns: write Unique(column).")
        nulls = "" if self.nulls_distinct else "nulls not distinct "
        suffix = self.name or f"{_joined(self.columns)}_key"
        body = f"unique {nulls}({column_names(self.columns)})"
        return _constraint(table, "unique", suffix, body)


@dataclass(frozen=True, slots=True)
class PrimaryKey:
    """The column that identifies a row."""

    column: Col[Any] | str

    @property
    def columns(self) -> tuple[Col[Any] | str]:
        """The columns that it names."""
        return (self.column,)

    def definition(self, table: str) -> Definition:
        """The constraint on its table."""
        body = f"primary key ({column_names(self.columns)})"
        return _constraint(table, "primary-key", "pkey", body)


@dataclass(frozen=True, slots=True)
class ForeignKey:
    """Ties a row to one of another table, over as many columns as are given.

    `clear` names the only columns that `on_delete="set null"` clears: what else is in the
    key, a user's id for one, stays.
    """

    columns: tuple[Named | str, ...]
    references: str
    referenced: tuple[Col[Any] | str, ...]
    on_delete: Action = "cascade"
    clear: tuple[Named | str, ...] = ()
    name: str | None = None

    def definition(self, table: str) -> Definition:
        """The constraint on its table, named after its columns, or by its own name."""
        suffix = self.name or f"{_joined(self.columns)}_fkey"
        self._require_sense(suffix)
        cleared = column_names(self.clear)
        action = f"{self.on_delete} ({cleared})" if cleared else self.on_delete
        body = (
            f"foreign key ({column_names(self.columns)})\n"
            f"        references {self.references} ({column_names(self.referenced)})\n"
            f"        on delete {action}"
        )
        return _constraint(table, "foreign-key", suffix, body)

    def _require_sense(self, name: str) -> None:
        if not len(self.columns) == len(self.referenced) > 0:
            raise ValueError(
                f"The foreign key {name!r} has to name as many columns of its own as of "
                f"{self.references}."
            )
        if self.clear and self.on_delete not in {"set null", "set default"}:
            raise ValueError(
                f"The foreign key {name!r} clears columns only with on_delete='set null' or "
                "'set default': write one of them, or leave `clear` out."
            )
        for column in self.clear:
            if column_name(column) not in map(column_name, self.columns):
                raise ValueError(
                    f"The foreign key {name!r} can clear only its own columns, and "
                    f"{column_name(column)} is none of them."
                )
        for column in self.referenced:
            if isinstance(column, Col) and _table(column) != self.references:
                raise ValueError(
                    f"The foreign key {name!r} refers to {self.references}, and "
                    f"{name_of(column)} is a column of {_table(column)}."
                )


def _table(column: Col[Any]) -> str:
    meta = piccolo(column)._meta.table._meta
    return f"{meta.schema}.{meta.tablename}"


def _joined(columns: tuple[Named | str, ...]) -> str:
    return "_".join(map(column_name, columns))


def _constraint(table: str, kind: str, suffix: str, body: str) -> Definition:
    name = f"{table.rpartition('.')[2]}_{suffix}"
    return define(
        f"{kind} {table}.{name}",
        f"alter table {table}\n    add constraint {identifier(name)} {body}",
        f"alter table {table} drop constraint {identifier(name)}",
    )
