"""Types of PostgreSQL, and columns of these types. A type is a value with its SQL and the
conversions of its values to and from the driver. Defaults, migrations and drift are derived
from it.
"""

import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from functools import cache
from inspect import CO_OPTIMIZED
from types import FrameType
from typing import Any, Generic, TypedDict, TypeVar

from piccolo.columns.base import Column

from ottavino.declare.column import SQL, Col, ColumnSpec, default_sql, piccolo
from ottavino.declare.constraint import Unique
from ottavino.declare.fitting import require_declared
from ottavino.declare.index import Index
from ottavino.declare.schema_object import SchemaObject

Value = TypeVar("Value")
DECLARE = f"{__package__}."
"""What the names of the modules of the helpers begin with."""


WIDER: Mapping[type, tuple[type, ...]] = {
    Decimal: (Decimal, int, float),
    float: (float, int),
    list: (list, tuple),
}
"""The types of which a default may be, where these are more than one."""


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

    def __post_init__(self) -> None:
        require_declared(self)

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
        _require_options(self.sql, given)
        self._require_default(default)
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
        column.is_visible = _is_in_class_body()
        return column

    def _require_default(self, default: object) -> None:
        """Refuse a default that is no value of the column."""
        if default in (..., None) or isinstance(default, SQL) or self.python is object:
            return
        # A type with arguments is not one that values are instances of.
        kind: Any = WIDER.get(self.python, self.python)
        if isinstance(kind, type | tuple) and not isinstance(default, kind):
            raise TypeError(
                f"{default!r} is no default of a column of {self.sql}: write a value of the "
                f'type {self.python.__name__}, or SQL as in default=SQL("now()").'
            )

    def _encoded(self, default: object) -> object:
        if self.encode is None or default is None or isinstance(default, SQL):
            return default
        return self.encode(default)


def placed(
    column: Col[Any], default: object, options: ColumnOptions, *, init: bool
) -> Col[Any]:
    """A column that a function of the project made, with what is given beside the function.

    The default has to be given there: type checkers do not see one in the function.
    """
    _require_options(column.spec.type, options)
    if default is not ...:
        _set_default(column, default)
    _require_as_seen(column, is_required=init and default is ...)
    meta = piccolo(column)._meta
    meta.primary_key = options.get("primary_key", meta.primary_key)
    if "db_column_name" in options:
        meta.db_column_name = options["db_column_name"]
    column.objects = (*column.objects, *_objects(column, options))
    column.is_visible = _is_in_class_body()
    return column


def _set_default(column: Col[Any], default: object) -> None:
    if column.spec.identity is not None or column.generated is not None:
        raise ValueError(
            "PostgreSQL numbers or computes this column, so it has no default: write "
            "init=False in place of the default."
        )
    if column.encode is not None and default is not None and not isinstance(default, SQL):
        default = column.encode(default)
    null = column.spec.null or default is None
    column.spec = replace(column.spec, null=null, default=default_sql(default))


def _require_as_seen(column: Col[Any], *, is_required: bool) -> None:
    """Refuse a column that is not required where type checkers require it, or the opposite."""
    if column.spec.is_required and column.generated is None:
        if not is_required and column.spec.default is None:
            raise ValueError(
                "PostgreSQL has no value for this column, so a new row needs one: leave "
                "init=False out, or give the column a default."
            )
    elif is_required:
        raise ValueError(
            "The function gives this column a default, which type checkers do not see: give "
            "it beside the function, as in column(money(), default=None), or write "
            "init=False if a new row takes no value."
        )


def _is_in_class_body() -> bool:
    """Whether a helper is called in the body of a class, where a checker sees its default."""
    frame: FrameType | None = sys._getframe(1)  # noqa: SLF001  # no argument shows the caller
    while frame is not None and frame.f_globals.get("__name__", "").startswith(DECLARE):
        frame = frame.f_back
    return (
        frame is not None
        and not frame.f_code.co_flags & CO_OPTIMIZED
        and "__qualname__" in frame.f_locals
    )


def _require_options(sql: str, options: ColumnOptions) -> None:
    if unknown := sorted(options.keys() - ColumnOptions.__annotations__.keys()):
        raise TypeError(f"A column of {sql} has no option {', '.join(unknown)}.")
    for name, value in options.items():
        if not isinstance(value, str if name == "db_column_name" else bool) or value == "":
            words = "a name" if name == "db_column_name" else "True or False"
            raise TypeError(f"A column of {sql} has {name}={value!r}: write {words}.")


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
