"""Types of PostgreSQL, and the columns that are made of them.

A type is a value: how it is written, and how its values go to the driver and come back. All
that is done with a column (its defaults, migrations, drift) follows from that.
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
    """The options of every column, beside its type."""

    unique: bool
    """Whether no two rows may have the same value."""
    index: bool
    """Whether PostgreSQL finds rows by it without reading all of them."""
    primary_key: bool
    """Whether it is the row's key, or a part of it where several columns say so."""
    db_column_name: str
    """Its name in PostgreSQL, if it differs from that in Python."""


@dataclass(frozen=True, slots=True)
class ColumnType(Generic[Value]):
    """A type of PostgreSQL: `SLUG = ColumnType("citext", str)`, for `column(SLUG)`."""

    sql: str
    """As PostgreSQL writes it: `numeric(12, 2)`."""
    python: type[Value]
    """The Python type of its values: that of the driver's, or of `decode`'s result."""
    piccolo: type[Column] = Column
    """The class by which Piccolo knows such columns."""
    decode: Callable[[Any], Any] | None = None
    """Makes the Python value of the driver's, if the two differ."""
    encode: Callable[[Any], Any] | None = None
    """Makes the driver's value of the Python one, if the two differ."""
    declares: tuple[SchemaObject, ...] = ()
    """The objects that are declared along with each column, such as the type itself."""

    def column(
        self,
        default: object,
        *objects: Callable[[str], object],
        options: ColumnOptions | None = None,
        **arguments: object,
    ) -> Col[Any]:
        """A column, with the objects that it declares once its name is known.

        `default=None` makes it nullable. Without a default, which is `...`, each row has to be
        given a value.
        """
        given: ColumnOptions = {} if options is None else options
        null = default is None
        # Piccolo fills in a default of its own for every type, a random id for a uuid: a value
        # that is not given is left to PostgreSQL instead.
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
