"""A typed column: Piccolo's at run time, with a precise type for type checkers. `filename:
Col[str] = text()` has three types for a checker: `Document.filename` is a column of text,
`document.filename` is a `str`, and `Document(filename=…)` takes one. At run time it is
Piccolo's column, so the types cost nothing.
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Generic, Literal, Protocol, Self, cast, overload

from asyncpg.types import Range
from piccolo.columns.base import Column
from piccolo.columns.combination import Where
from piccolo.querystring import QueryString
from piccolo.table import Table
from typing_extensions import TypeVar

from ottavino.declare.expression import Operand, Value, require_comparable
from ottavino.declare.fitting import require_declared
from ottavino.declare.piccolo_name import path_of
from ottavino.declare.readable import Of_co, OfReadables
from ottavino.declare.rendered import Rendered
from ottavino.declare.tokens import closed
from ottavino.postgres.quoting import literal

if TYPE_CHECKING:
    from _typeshed import DataclassInstance


@dataclass(frozen=True, slots=True)
class SQL:
    """A piece of SQL in place of a value: `default=SQL("now()")`."""

    text: str

    def __post_init__(self) -> None:
        require_declared(self)


CALLER = SQL(Rendered("auth.uid()"))
"""The default of an owner column: the user who inserts the row."""


Numbering = Literal["always", "by default", "serial"]
"""How PostgreSQL numbers a column: as an identity that accepts other numbers or not, or as a
serial.
"""

SERIAL = {"smallint": "smallserial", "integer": "serial", "bigint": "bigserial"}
"""The types that create a sequence along with the column."""


@dataclass(frozen=True, slots=True)
class ColumnSpec:
    """The definition of a column in PostgreSQL: its type, nullability and default."""

    type: str
    null: bool = False
    default: str | None = None
    identity: Numbering | None = None
    """How PostgreSQL numbers the rows; None if it does not."""

    @property
    def sql(self) -> str:
        """The SQL that follows the column's name."""
        is_serial = self.identity == "serial"
        words = [SERIAL[self.type] if is_serial else self.type]
        if not self.null:
            words.append("not null")
        if self.default is not None:
            words.append(f"default {self.default}")
        if self.identity is not None and not is_serial:
            words.append(f"generated {self.identity} as identity")
        return " ".join(words)

    @property
    def is_required(self) -> bool:
        """Whether each new row needs a value."""
        return not self.null and self.default is None and self.identity is None


Given_contra = TypeVar("Given_contra", contravariant=True)
Made_co = TypeVar("Made_co", covariant=True)


class MayBeNull(Protocol[Made_co]):
    """A column, by the type that it has if it may be null."""

    def _or_null(self) -> Made_co: ...


class HasDefault(Protocol[Given_contra, Made_co]):
    """A column, by the type of its default."""

    def _or(self, default: Given_contra, /) -> Made_co: ...


Owner = TypeVar("Owner")
Instance = Table | OfReadables
"""What has values where its class has columns. `object` would let `None` be one, too."""


class Col(Operand[Value, Of_co], Generic[Value, Of_co]):
    """A column with values of one type; `Col[str | None]` for one that may be null.

    To a type checker, `Document.filename` is a `Col[str, Document]`.
    """

    spec: ColumnSpec
    generated: str | None = None
    """The SQL of a generated column; None for any other."""
    objects: "tuple[Callable[[str], Any], ...]" = ()
    """Makes the objects that the column declares (checks, triggers, keys), once its name is
    known.
    """
    declares: "tuple[Any, ...]" = ()
    """Objects with names of their own that are declared along with it, such as its type."""
    completed: "Callable[[Col[Any], Any], None] | None" = None
    """A function that completes the column once its table is known, if it depends on the
    table.
    """
    values: frozenset[str] | None = None
    """The only values that it may have, if they are limited."""
    is_visible: bool = True
    """Whether a helper stands in the body of the class, so that type checkers see whether new
    rows need a value. They see nothing in a function of the project.
    """
    is_owner: bool = False
    """Whether it contains the id of the row's owner."""

    @property
    def column_type(self) -> str:
        """The type's name in PostgreSQL; Piccolo would use the name of the class."""
        return self.spec.type

    if TYPE_CHECKING:

        @overload
        def __get__(self, instance: None, owner: type[OfReadables]) -> Self: ...
        @overload
        def __get__(self, instance: None, owner: type[Owner]) -> "Col[Value, Owner]": ...
        @overload
        def __get__(self, instance: Instance, owner: type) -> Value: ...
        @overload
        def __get__(self, instance: "DataclassInstance", owner: type) -> Self: ...
        def __get__(self, instance: object, owner: type) -> Any: ...
        def __set__(self, instance: object, value: Value) -> None: ...
        def _or_null(self) -> "Col[Value | None, Of_co]": ...
        def _or(self, default: Value, /) -> Self: ...

    else:
        __hash__ = Column.__hash__

        def get_select_string(self, engine_type: str, with_alias: bool = True) -> QueryString:
            path = path_of(self) if with_alias and not self._alias else None
            named = super() if path is None else super(Col, self.as_alias(path))
            return named.get_select_string(engine_type, with_alias)

        def __eq__(self, other: object) -> Where:
            require_comparable(self, other)
            return super().__eq__(other)

        def __ne__(self, other: object) -> Where:
            require_comparable(self, other)
            return super().__ne__(other)


def piccolo(column: Col[Any]) -> Column:
    """The same column, typed as Piccolo's."""
    if not isinstance(column, Column):
        raise TypeError(f"{column!r} is not a column of a table.")
    return column


def require_column(helper: str, column: object) -> None:
    """Refuse what a helper takes for a column, such as the name of one."""
    if not isinstance(column, Col):
        raise TypeError(
            f"{helper} takes a column, and {column!r} is none: write a helper with its "
            "parentheses, such as text() or integer()."
        )


def name_of(column: Col[Any] | str) -> str:
    """The name of a column in the database; a name is returned unchanged."""
    if isinstance(column, str):
        return column
    return str(piccolo(column)._meta.db_column_name)


def default_sql(default: object) -> str | None:
    """A default as SQL, for a column of any type."""
    match default:
        case None:
            return None
        case SQL(text):
            return closed(text)
        case bool() | int():
            return value_text(default)
        case float() | Decimal() if math.isfinite(default):
            return value_text(default)
        case _:
            return literal(value_text(default))


def value_text(value: object) -> str:
    """A value as the text of a SQL literal."""
    match value:
        case bool():
            return str(value).lower()
        case bytes():
            return f"\\x{value.hex()}"
        case timedelta():
            return (
                f"{value.days} days {value.seconds} seconds {value.microseconds} microseconds"
            )
        case list() | tuple():
            items = cast("Sequence[object]", value)
            return "{" + ", ".join(map(_item_text, items)) + "}"
        case Range():
            return _range_text(value)
        case _:
            return str(value)


def _range_text(value: Range[Any]) -> str:
    if value.isempty:
        return "empty"
    bounds = ["" if each is None else _item_text(each) for each in (value.lower, value.upper)]
    begin, end = "[" if value.lower_inc else "(", "]" if value.upper_inc else ")"
    return f"{begin}{','.join(bounds)}{end}"


def _item_text(item: object) -> str:
    if item is None or isinstance(item, list | tuple):
        return "null" if item is None else value_text(cast("object", item))
    escaped = value_text(item).replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'
