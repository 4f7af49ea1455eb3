"""The kinds of columns that a table is written with.

Each helper gives a Piccolo column that also knows its place in PostgreSQL: its exact type,
its default, and the checks that follow from its bounds. `default=None` makes a column
nullable, any other `default` is filled in by PostgreSQL, and a column without one has to be
given whenever a row is made.
"""

from collections.abc import Callable
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from functools import partial
from types import EllipsisType
from typing import Any, Literal, TypeVar, overload
from uuid import UUID

from piccolo.columns import column_types
from piccolo.columns.base import Column
from piccolo.table import Table
from pydantic import TypeAdapter

from ottavino.declare.column import SQL, Col, ColumnSpec, default_sql
from ottavino.declare.constraint import Check, ForeignKey, PrimaryKey
from ottavino.declare.database_function import sets_to_now
from ottavino.declare.reference import OptionalRef, Ref
from ottavino.declare.trigger import Trigger
from ottavino.postgres.quoting import identifier, literal

Choice = TypeVar("Choice", bound=StrEnum)
Parent = TypeVar("Parent", bound=Table)
Json = TypeVar("Json")
Item = TypeVar("Item")
RANDOM_UUID = SQL("gen_random_uuid()")
NOW = SQL("now()")


def _kind(stock: type[Column]) -> Callable[..., Col[Any]]:
    return type(stock.__name__, (Col, stock), {})


_UUID = _kind(column_types.UUID)
_Text = _kind(column_types.Text)
_Integer = _kind(column_types.Integer)
_BigInt = _kind(column_types.BigInt)
_Numeric = _kind(column_types.Numeric)
_Boolean = _kind(column_types.Boolean)
_Timestamptz = _kind(column_types.Timestamptz)
_JSONB = _kind(column_types.JSONB)
# One class for both, since Piccolo tells joins from columns by it.
Reference: Callable[..., Col[Any]] = type(
    "ForeignKey", (Ref, OptionalRef, column_types.ForeignKey), {}
)


def primary_key(*, owner: bool = False, init: Literal[False] = False) -> Col[UUID]:  # noqa: ARG001  # read by type checkers
    """The row's id, made by PostgreSQL. Or, with `owner`, the id of the row's user."""
    default = ... if owner else RANDOM_UUID
    belongs = [_belongs_to_user] if owner else []
    return _column(_UUID, "uuid", default, PrimaryKey, *belongs, primary_key=True)


def owner(*, default: SQL | EllipsisType = ...) -> Col[UUID]:
    """The user whom the row belongs to. Deleting the user deletes the row."""
    return _column(_UUID, "uuid", default, _belongs_to_user)


@overload
def child_of(parent: type[Parent]) -> Ref[Parent]: ...
@overload
def child_of(parent: type[Parent], *, default: None) -> OptionalRef[Parent]: ...
def child_of(parent: type[Table], *, default: EllipsisType | None = ...) -> Any:
    """The id of a parent row in another table, which has to belong to the same user.

    Deleting a required parent deletes its children; an optional one leaves them without it.
    The parent declares `Unique(id, user_id)` for the key to refer to.
    """
    key = partial(_parent_key, parent, optional=default is None)
    return _column(Reference, "uuid", default, key, references=parent)


@overload
def text(
    *, max_length: int, min_length: int = 0, default: str | SQL | EllipsisType = ...
) -> Col[str]: ...
@overload
def text(*, max_length: int, min_length: int = 0, default: None) -> Col[str | None]: ...
def text(
    *, max_length: int, min_length: int = 0, default: str | SQL | EllipsisType | None = ...
) -> Col[Any]:
    """Text of a bounded number of characters."""
    length = partial(_bounds, "length", "char_length({})", min_length or None, max_length)
    return _column(_Text, "text", default, length)


def choice(states: type[Choice], *, default: Choice | EllipsisType = ...) -> Col[Choice]:
    """One of the values of a `StrEnum`: text with a check, which a migration can change."""
    values = ", ".join(literal(state) for state in states)

    def one_of(name: str) -> Check:
        return Check(f"{name}_values", f"{identifier(name)} in ({values})")

    by_value = {each.value: each for each in states}
    return _column(_Text, "text", default, one_of, decode=by_value.__getitem__)


@overload
def integer(
    *,
    minimum: int | None = None,
    maximum: int | None = None,
    big: bool = False,
    default: int | SQL | EllipsisType = ...,
) -> Col[int]: ...
@overload
def integer(
    *, minimum: int | None = None, maximum: int | None = None, big: bool = False, default: None
) -> Col[int | None]: ...
def integer(
    *,
    minimum: int | None = None,
    maximum: int | None = None,
    big: bool = False,
    default: int | SQL | EllipsisType | None = ...,
) -> Col[Any]:
    """A whole number of 32 bits, or of 64 when it is `big`."""
    objects = _range(minimum, maximum)
    if big:
        return _column(_BigInt, "bigint", default, *objects)
    return _column(_Integer, "integer", default, *objects)


def money(*, default: int | SQL | EllipsisType = ...) -> Col[Decimal]:
    """An amount in US dollars, to the millionth, as prices of single tokens need it."""
    # The upper bound is what keeps NaN out, which is greater than every number.
    return _column(_Numeric, "numeric(14, 6)", default, *_range(0, 99_999_999))


def boolean(*, default: bool | EllipsisType = ...) -> Col[bool]:
    """True or false."""
    return _column(_Boolean, "boolean", default)


@overload
def json_object(
    *, max_bytes: int, default: dict[str, Any] | EllipsisType = ...
) -> Col[dict[str, Any]]: ...
@overload
def json_object(*, max_bytes: int, default: None) -> Col[dict[str, Any] | None]: ...
@overload
def json_object(shape: type[Json], *, max_bytes: int, default: None) -> Col[Json | None]: ...
@overload
def json_object(
    shape: type[Json], *, max_bytes: int, default: Json | EllipsisType = ...
) -> Col[Json]: ...
def json_object(
    shape: Any = dict[str, Any], *, max_bytes: int, default: object = ...
) -> Col[Any]:
    """A JSON object, written out no longer than a number of bytes.

    Its shape is a `TypedDict`, a dataclass or a pydantic model: rows give and take such
    values, and a stored one that does not fit raises pydantic's `ValidationError`.
    """
    return _json("object", shape, max_bytes, default)


@overload
def json_array(
    item: type[Item], *, max_bytes: int, default: None
) -> Col[list[Item] | None]: ...
@overload
def json_array(
    item: type[Item], *, max_bytes: int, default: list[Item] | EllipsisType = ...
) -> Col[list[Item]]: ...
def json_array(item: Any, *, max_bytes: int, default: object = ...) -> Col[Any]:
    """A JSON array of items of one type, written out no longer than a number of bytes."""
    return _json("array", list[item], max_bytes, default)


@overload
def timestamp(*, default: SQL | EllipsisType = ...) -> Col[datetime]: ...
@overload
def timestamp(*, default: None) -> Col[datetime | None]: ...
def timestamp(*, default: SQL | EllipsisType | None = ...) -> Col[Any]:
    """A moment, in whichever time zone it is read."""
    return _column(_Timestamptz, "timestamptz", default)


def created_at(*, init: Literal[False] = False) -> Col[datetime]:  # noqa: ARG001  # read by type checkers
    """When the row was made."""
    return _column(_Timestamptz, "timestamptz", NOW)


def updated_at(*, init: Literal[False] = False) -> Col[datetime]:  # noqa: ARG001  # read by type checkers
    """When the row was last changed, kept by a trigger."""

    def keep(name: str) -> Trigger:
        function = sets_to_now(name)
        return Trigger(name=f"set_{name}", function=function, when="before", event="update")

    return _column(_Timestamptz, "timestamptz", NOW, keep)


def _column(
    kind: Callable[..., Col[Any]],
    sql_type: str,
    default: object,
    *objects: Callable[[str], object],
    decode: Callable[[Any], Any] | None = None,
    encode: Callable[[Any], str] | None = None,
    **arguments: object,
) -> Col[Any]:
    null = default is None
    # Piccolo fills in a default of its own for every type, a random id for a uuid: a value
    # that is not given is left to PostgreSQL instead.
    column = kind(default=None, null=null, **arguments)
    column.spec = ColumnSpec(sql_type, null, None if default is ... else default_sql(default))
    column.objects = objects
    column.decode = decode
    column.encode = encode
    return column


def _json(kind: str, shape: Any, max_bytes: int, default: object) -> Col[Any]:
    def of_kind(name: str) -> Check:
        return Check(f"{name}_shape", f"jsonb_typeof({identifier(name)}) = '{kind}'")

    def encode(value: object) -> str:
        return adapter.dump_json(value, warnings="error").decode()

    adapter: TypeAdapter[Any] = TypeAdapter(shape)
    size = partial(_bounds, "size", "octet_length({}::text)", None, max_bytes)
    if default is not None and default is not ...:
        default = encode(default)
    return _column(
        _JSONB, "jsonb", default, of_kind, size, decode=adapter.validate_json, encode=encode
    )


def _range(minimum: int | None, maximum: int | None) -> list[Callable[[str], Check]]:
    if minimum is None and maximum is None:
        return []
    return [partial(_bounds, "range", "{}", minimum, maximum)]


def _bounds(what: str, measure: str, low: int | None, high: int | None, name: str) -> Check:
    """The check that keeps a measure of a column between bounds, either of them open."""
    measured = measure.format(identifier(name))
    if high is None:
        condition = f"{measured} >= {low}"
    elif low is None:
        condition = f"{measured} <= {high}"
    else:
        condition = f"{measured} between {low} and {high}"
    return Check(f"{name}_{what}", condition)


def _belongs_to_user(name: str) -> ForeignKey:
    return ForeignKey((name,), "auth.users", ("id",))


def _parent_key(parent: type[Table], name: str, *, optional: bool) -> ForeignKey:
    return ForeignKey(
        (name, "user_id"),
        f"public.{parent._meta.tablename}",
        ("id", "user_id"),
        on_delete="set null" if optional else "cascade",
        # Clearing the whole key would clear whose row it is.
        clear=(name,) if optional else (),
    )
