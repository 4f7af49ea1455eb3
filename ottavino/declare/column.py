"""A typed column: Piccolo's at run time, and to a type checker as strict as the table it is in.

`filename: Col[str] = text()` says three things to a checker: `Document.filename` is a column
of text, `document.filename` is a `str`, and `Document(filename=…)` takes one. At run time
there is only Piccolo's column, so none of it costs anything.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from piccolo.columns.base import Column

from ottavino.declare.expression import Operand, Value
from ottavino.postgres.quoting import literal


@dataclass(frozen=True, slots=True)
class SQL:
    """A piece of SQL where a value could stand too: `default=SQL("now()")`."""

    text: str


CALLER = SQL("auth.uid()")
"""The default of an owner column: the user who inserts the row."""


@dataclass(frozen=True, slots=True)
class ColumnSpec:
    """What PostgreSQL knows of a column: its type, whether it may be null, its default."""

    type: str
    null: bool = False
    default: str | None = None

    @property
    def sql(self) -> str:
        """The SQL that follows the column's name."""
        words = [self.type]
        if not self.null:
            words.append("not null")
        if self.default is not None:
            words.append(f"default {self.default}")
        return " ".join(words)


class Col(Operand[Value]):
    """A column whose values are of one type; `Col[str | None]` for one that may be null."""

    spec: ColumnSpec
    objects: "tuple[Callable[[str], Any], ...]" = ()
    """What the column itself declares (its key, checks, a trigger), once its name is known."""
    encode: Callable[[Any], str] | None = None
    """Makes what the driver takes of a Python value, where the two differ."""

    @property
    def column_type(self) -> str:
        """The type as PostgreSQL calls it; Piccolo would take the class's name."""
        return self.spec.type

    if TYPE_CHECKING:

        def __set__(self, instance: object, value: Value) -> None: ...


def piccolo(column: Col[Any]) -> Column:
    """The column as Piccolo knows it."""
    if not isinstance(column, Column):
        raise TypeError(f"{column!r} is not a column of a table.")
    return column


def name_of(column: Col[Any] | str) -> str:
    """The name of a column in the database; a name stays as it is."""
    if isinstance(column, str):
        return column
    return piccolo(column)._meta.db_column_name


def default_sql(default: object) -> str | None:
    """Write a default as PostgreSQL reads it."""
    match default:
        case None:
            return None
        case SQL(text):
            return text
        case bool():
            return str(default).lower()
        case str():
            return literal(default)
        case _:
            return str(default)
