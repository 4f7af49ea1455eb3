"""Constraints on a table: primary key, unique, check, and foreign keys over several columns."""

from dataclasses import dataclass
from typing import Any, Literal

from db.objects.column import Col, name_of
from db.objects.definition import Definition, define, identifier

Action = Literal["cascade", "restrict", "no action", "set null"]


@dataclass(frozen=True, slots=True)
class Check:
    """Refuses a row for which the condition, written in SQL, is false."""

    name: str
    condition: str

    def definition(self, table: str) -> Definition:
        """The constraint on its table."""
        return _constraint(table, "check", self.name, f"check ({self.condition})")


class Unique:
    """Refuses a second row with the same values; also what a foreign key may refer to."""

    def __init__(self, *columns: Col[Any], nulls_distinct: bool = True) -> None:
        self.columns = columns
        self.nulls_distinct = nulls_distinct

    def definition(self, table: str) -> Definition:
        """The constraint on its table, named after its columns."""
        names = [name_of(column) for column in self.columns]
        nulls = "" if self.nulls_distinct else "nulls not distinct "
        body = f"unique {nulls}({_list(names)})"
        return _constraint(table, "unique", f"{'_'.join(names)}_key", body)


@dataclass(frozen=True, slots=True)
class PrimaryKey:
    """The column that identifies a row."""

    column: Col[Any] | str

    def definition(self, table: str) -> Definition:
        """The constraint on its table."""
        return _constraint(
            table, "primary-key", "pkey", f"primary key ({identifier(name_of(self.column))})"
        )


@dataclass(frozen=True, slots=True)
class ForeignKey:
    """Ties a row to one of another table, over as many columns as are given.

    `clear` names the only columns that `on_delete="set null"` clears: what else is in the
    key, a user's id for one, stays.
    """

    columns: tuple[Col[Any] | str, ...]
    references: str
    referenced: tuple[str, ...]
    on_delete: Action = "cascade"
    clear: tuple[Col[Any] | str, ...] = ()

    def definition(self, table: str) -> Definition:
        """The constraint on its table, named after its columns."""
        names = [name_of(column) for column in self.columns]
        cleared = _list([name_of(column) for column in self.clear])
        action = f"{self.on_delete} ({cleared})" if cleared else self.on_delete
        body = (
            f"foreign key ({_list(names)})\n"
            f"        references {self.references} ({_list(self.referenced)})\n"
            f"        on delete {action}"
        )
        return _constraint(table, "foreign-key", f"{'_'.join(names)}_fkey", body)


def _list(names: list[str] | tuple[str, ...]) -> str:
    return ", ".join(identifier(name) for name in names)


def _constraint(table: str, kind: str, suffix: str, body: str) -> Definition:
    name = f"{table.rpartition('.')[2]}_{suffix}"
    return define(
        f"{kind} {table}.{name}",
        f"alter table {table}\n    add constraint {identifier(name)} {body}",
        f"alter table {table} drop constraint {identifier(name)}",
    )
