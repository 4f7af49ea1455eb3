"""A typed column: Piccolo's at run time, and to a type checker as strict as the table it is in.

`filename: Col[str] = text()` says three things to a checker: `Document.filename` is a column
of text, `document.filename` is a `str`, and `Document(filename=…)` takes one. At run time
there is only Piccolo's column, so none of it costs anything.
"""

import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Generic, Self, TypeVar, overload

from piccolo.columns.base import Column
from piccolo.columns.combination import And, CombinableMixin, Or, Where, WhereRaw
from piccolo.querystring import QueryString

from ottavino.postgres.quoting import literal

Value = TypeVar("Value")
Read_co = TypeVar("Read_co", covariant=True)
Number = TypeVar("Number", int, Decimal)
Condition = Where | WhereRaw | And | Or


def _refuse_bool(condition: object) -> bool:
    """Refuse `a == 1 and b == 2`, because Python would silently drop the first half."""
    caller = sys._getframe(1).f_globals["__name__"]  # noqa: SLF001  # Piccolo asks in this way whether there is a condition at all, in five of its modules
    if caller.startswith("piccolo."):
        return True
    column = getattr(condition, "column", None)
    of = f" on {column._meta.name}" if isinstance(column, Column) else ""
    raise TypeError(
        f"A condition{of} is neither true nor false. Combine two with & or |, each in "
        "parentheses: (a == 1) & (b == 2); write a range as two of them."
    )


CombinableMixin.__bool__ = _refuse_bool  # pyright: ignore[reportAttributeAccessIssue]  # it had none


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


class Readable(Generic[Read_co]):
    """Something that a query can read: a column, or what is computed from columns."""

    decode: Callable[[Any], Any] | None = None
    """Makes the Python value of what the driver returns, where the two differ."""


class Expression(Readable[Value]):
    """A value that PostgreSQL computes from a column."""

    def __init__(
        self, sql: str, column: "Col[Any]", *arguments: object, decode: Any = None
    ) -> None:
        self.column = column
        self.query = QueryString(sql, column, *arguments)
        self.decode = decode


class Col(Readable[Value]):
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

    def desc(self) -> "Descending":
        """The column in descending order, for an index or `order_by`."""
        return Descending(self)

    def __add__(self: "Col[Number]", number: Number) -> Expression[Number]:
        """The column's value and a number more, for `set`."""
        return Expression("{} + {}", self, number)

    def __sub__(self: "Col[Number]", number: Number) -> Expression[Number]:
        """The column's value and a number less, for `set`."""
        return Expression("{} - {}", self, number)

    if TYPE_CHECKING:

        @overload
        def __get__(self, instance: None, owner: type) -> Self: ...
        @overload
        def __get__(self, instance: object, owner: type) -> Value: ...
        def __get__(self, instance: object, owner: type) -> Any: ...
        def __set__(self, instance: object, value: Value) -> None: ...
        def __eq__(self, other: "Value | Col[Value]") -> Where: ...  # type: ignore[override]  # pyright: ignore[reportIncompatibleMethodOverride]  # a comparison of columns is a condition, not a bool
        def __ne__(self, other: "Value | Col[Value]") -> Where: ...  # type: ignore[override]  # pyright: ignore[reportIncompatibleMethodOverride]  # likewise
        def __lt__(self, other: "Value | Col[Value]") -> Where: ...
        def __le__(self, other: "Value | Col[Value]") -> Where: ...
        def __gt__(self, other: "Value | Col[Value]") -> Where: ...
        def __ge__(self, other: "Value | Col[Value]") -> Where: ...
        def __hash__(self) -> int: ...
        def is_in(self, values: Sequence[Value]) -> Where:
            """Equal to one of the values."""
            ...

        def not_in(self, values: Sequence[Value]) -> Where:
            """Equal to none of the values."""
            ...

        def is_null(self) -> Where:
            """Without a value."""
            ...

        def is_not_null(self) -> Where:
            """With a value."""
            ...

        def like(self: "Col[str] | Col[str | None]", pattern: str) -> Where:
            """Like a pattern, in which `%` stands for any text."""
            ...

        def ilike(self: "Col[str] | Col[str | None]", pattern: str) -> Where:
            """Like a pattern, whatever the case of its letters."""
            ...


@dataclass(frozen=True, slots=True, eq=False)
class Descending:
    """A column, to be sorted from its greatest value to its least."""

    column: Col[Any]


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
