"""Types of PostgreSQL, and columns of these types. A type is a value with its SQL and the
conversions of its values to and from the driver. Defaults, migrations and drift are derived
from it.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Any, Generic, TypedDict, TypeVar

from piccolo.columns.base import Column

from ottavino.declare.column import SQL, Col, ColumnSpec, default_sql
from ottavino.declare.constraint import Unique
from ottavino.declare.index import Index
from ottavino.declare.schema_object import SchemaObject

Value = TypeVar("Value")


class ColumnOptions(TypedDict, total=False):
    """The options that a column of any type takes."""

    unique: bool
    """Whether no two rows may have the same value."""
    index: bool
    """Whether the column has an index."""
    primary_key: bool
    """Whether it is the primary key, or a part of it if several columns have this option."""
    db_column_name: str
    """Its name in PostgreSQL, if it differs from that in Python."""


@dataclass(frozen=True, slots=True)
class ColumnType(Generic[Value]):
    """A type of PostgreSQL: `SLUG = ColumnType("citext", str)`, for `column(SLUG)`."""

    sql: str
    """The type in SQL: `numeric(12, 2)`."""
    python: type[Value]
    """The Python type of its values: the driver's, or that of `decode`'s result."""
    piccolo: type[Column] = Column
    """Piccolo's class for such columns."""
    decode: Callable[[Any], Any] | None = None
    """Converts the driver's value to the Python value, if the two differ."""
    encode: Callable[[Any], Any] | None = None
    """Converts the Python value to the driver's value, if the two differ."""
    declares: tuple[SchemaObject, ...] = ()
    """The objects that are declared along with each column, such as the type itself."""

    def column(
        self,
        default: object,
        *objects: Callable[[str], object],
        options: ColumnOptions | None = None,
        **arguments: object,
    ) -> Col[Any]:
        """A column of the type, with the objects that it declares.

        `default=None` makes it nullable. Without a default (`...`), each row needs a value.
        """
        given: ColumnOptions = {} if options is None else options
        if unknown := sorted(given.keys() - ColumnOptions.__annotations__.keys()):
            raise TypeError(f"A column of {self.sql} has no option {', '.join(unknown)}.")
        null = default is None
        # Piccolo has a default of its own for every type, such as a random id for a uuid. A
        # missing value is left to PostgreSQL instead.
        column = _class(self.piccolo, self.python)(
            default=None,
            null=null,
            primary_key=given.get("primary_key", False),
            db_column_name=given.get("db_column_name"),
            **arguments,
        )
        written = None if default is ... else default_sql(self._encoded(default))
        column.spec = ColumnSpec(self.sql, null, written)
        column.objects = (*objects, *_objects(column, given))
        column.declares = self.declares
        column.decode, column.encode = self.decode, self.encode
        return column

    def _encoded(self, default: object) -> object:
        if self.encode is None or default is None or isinstance(default, SQL):
            return default
        return self.encode(default)


def _objects(column: Col[Any], options: ColumnOptions) -> list[Callable[[str], object]]:
    made: list[Callable[[str], object]] = []
    if options.get("unique"):
        made.append(lambda _: Unique(column))
    if options.get("index"):
        made.append(lambda _: Index(column))
    return made


@cache
def _class(piccolo: type[Column], python: type) -> Callable[..., Col[Any]]:
    if issubclass(piccolo, Col):
        return piccolo
    own = {"value_type": python} if piccolo is Column else {}
    return type(piccolo.__name__, (Col, piccolo), own)
