"""Columns that identify rows, and columns that refer to them."""

from dataclasses import replace
from functools import partial
from types import EllipsisType
from typing import Any, Literal, TypedDict, TypeVar, Unpack, cast, overload
from uuid import UUID

from piccolo.columns import column_types as stock
from piccolo.table import Table

from ottavino.declare.column import CALLER, SQL, Col, default_sql, name_of, piccolo
from ottavino.declare.column_type import ColumnOptions, ColumnType
from ottavino.declare.constraint import Action, Deferrable, ForeignKey
from ottavino.declare.definition import qualified
from ottavino.declare.generated import Generated
from ottavino.declare.reference import OptionalRef, Ref
from ottavino.declare.rendered import Rendered
from ottavino.declare.sequence import SequencePrivileges

Parent = TypeVar("Parent", bound=Table)
Value = TypeVar("Value")
RANDOM_UUID = SQL(Rendered("gen_random_uuid()"))

# One class for both, since Piccolo tells joins from columns by it.
Reference: type[Any] = type("ForeignKey", (Ref, OptionalRef, stock.ForeignKey), {})

_UUID = ColumnType("uuid", UUID, stock.UUID)
_TEXT = ColumnType("text", str, stock.Text)


class KeyOptions(TypedDict, total=False):
    """What a foreign key may say."""

    on_delete: Action
    on_update: Action
    deferrable: Deferrable


class ReferenceOptions(ColumnOptions, KeyOptions, total=False):
    """What a column that refers to another table may say."""


OF_COLUMNS = ColumnOptions.__annotations__.keys()


def primary_key(*, owner: bool = False, init: Literal[False] = False) -> Col[UUID]:  # noqa: ARG001  # read by type checkers
    """The row's id, made by PostgreSQL. Or, with `owner`, the id of the row's user."""
    if not owner:
        return _UUID.column(RANDOM_UUID, options={"primary_key": True})
    return _owned(_UUID.column(..., _belongs_to_user, options={"primary_key": True}))


@overload
def owner(
    *, default: SQL | EllipsisType = ..., **options: Unpack[ColumnOptions]
) -> Col[UUID]: ...
@overload
def owner(
    ids: type[str], *, default: SQL | EllipsisType = ..., **options: Unpack[ColumnOptions]
) -> Col[str]: ...
def owner(
    ids: type[str] | None = None,
    *,
    default: SQL | EllipsisType = ...,
    **options: Unpack[ColumnOptions],
) -> Any:
    """The user whom the row belongs to. Deleting the user deletes the row.

    `owner(str)` is one who signs in elsewhere, by an id that is no uuid: `auth.users` does not
    have them. The setting `USER_ID_TYPE` says that the tokens name such users.
    """
    if ids is None:
        return _owned(_UUID.column(default, _belongs_to_user, options=options))
    given = SQL(Rendered("ottavino.claim('sub')")) if default is CALLER else default
    return _owned(_TEXT.column(given, options=options))


@overload
def reference(
    parent: type[Parent], *, default: None, **options: Unpack[ReferenceOptions]
) -> OptionalRef[Parent]: ...
@overload
def reference(
    parent: type[Parent],
    *,
    default: UUID | SQL | EllipsisType = ...,
    **options: Unpack[ReferenceOptions],
) -> Ref[Parent]: ...
@overload
def reference(
    parent: type[Parent],
    key: Col[Value],
    *,
    default: None,
    **options: Unpack[ReferenceOptions],
) -> OptionalRef[Parent, Value]: ...
@overload
def reference(
    parent: type[Parent],
    key: Col[Value],
    *,
    default: Value | SQL | EllipsisType = ...,
    **options: Unpack[ReferenceOptions],
) -> Ref[Parent, Value]: ...
@overload
def reference(
    parent: Literal["self"], *, default: None, **options: Unpack[ReferenceOptions]
) -> OptionalRef[Any, Any]: ...
@overload
def reference(
    parent: Literal["self"],
    *,
    default: SQL | EllipsisType = ...,
    **options: Unpack[ReferenceOptions],
) -> Ref[Any, Any]: ...
@overload
def reference(
    parent: Literal["auth.users"], *, default: None, **options: Unpack[ReferenceOptions]
) -> Col[UUID | None]: ...
@overload
def reference(
    parent: Literal["auth.users"],
    *,
    default: SQL | EllipsisType = ...,
    **options: Unpack[ReferenceOptions],
) -> Col[UUID]: ...
def reference(
    parent: Any,
    key: Col[Any] | None = None,
    *,
    default: Any = ...,
    **options: Unpack[ReferenceOptions],
) -> Any:
    """The key of a row in another table, in any schema, or in this one: `"self"`.

    A key that is no uuid is named beside the table: `reference(Country, Country.code)`. Whose
    row it is does not matter: where the parent has an owner, take `owned_reference`.
    """
    of_column: Any = {n: each for n, each in options.items() if n in OF_COLUMNS}
    of_key: Any = {"on_delete": "no action"}
    of_key |= {n: each for n, each in options.items() if n not in OF_COLUMNS}
    if parent == "auth.users":
        refers = partial(_refers, "auth.users", "id", of_key)
        return _UUID.column(default, refers, options=of_column)
    if parent == "self":
        column = ColumnType("uuid", UUID, Reference).column(
            default, options=of_column, references="self"
        )
        column.completed = partial(_complete_self, of_key)
        return column
    there = _key_of(parent, key)
    refers = partial(_refers, qualified(parent), name_of(there), of_key)
    made = ColumnType(
        there.spec.type, object, Reference, decode=there.decode, encode=there.encode
    )
    return made.column(default, refers, options=of_column, references=parent)


@overload
def owned_reference(
    parent: type[Parent], *, default: None, **options: Unpack[ColumnOptions]
) -> OptionalRef[Parent]: ...
@overload
def owned_reference(parent: type[Parent], **options: Unpack[ColumnOptions]) -> Ref[Parent]: ...
def owned_reference(
    parent: Any, *, default: EllipsisType | None = ..., **options: Unpack[ColumnOptions]
) -> Any:
    """The id of a row of another table, which has to belong to the same user.

    Deleting a required parent deletes its children; an optional one leaves them without it.
    The parent declares `Unique(id, user_id)` for the key to refer to: its key and its owner.
    """
    refers = partial(_refers_owned, parent, optional=default is None)
    made = ColumnType("uuid", UUID, Reference)
    return made.column(default, refers, options=options, references=parent)


def identity(
    column: Col[int],
    *,
    always: bool = True,
    init: Literal[False] = False,  # noqa: ARG001  # read by type checkers
) -> Col[int]:
    """A column that PostgreSQL numbers the rows by: `identity(bigint(primary_key=True))`.

    With `always=False` a statement may give another number.
    """
    numbering = "always" if always else "by default"
    column.spec = replace(column.spec, identity=numbering)
    column.objects = (*column.objects, SequencePrivileges)
    return column


def serial(column: Col[int], *, init: Literal[False] = False) -> Col[int]:  # noqa: ARG001  # read by type checkers
    """A column that a sequence numbers, the older way: `serial(integer(primary_key=True))`.

    A role that inserts rows needs USAGE of the sequence. For a new table take `identity`.
    """
    column.spec = replace(column.spec, identity="serial")
    return column


def nullable(column: Col[Value], *, default: Value | SQL) -> Col[Value | None]:
    """A column that may be null, and has a value where none is given."""
    made: Col[Any] = column
    written = (
        default if isinstance(default, SQL) or column.encode is None else column.encode(default)
    )
    made.spec = replace(column.spec, null=True, default=default_sql(written))
    return made


def generated(
    column: Col[Value],
    expression: str,
    *,
    init: Literal[False] = False,  # noqa: ARG001  # read by type checkers
) -> Col[Value]:
    """A stored column that follows from others of its row: `generated(integer(), "a + b")`."""
    column.generated = expression
    spec = column.spec
    column.objects = (
        *column.objects,
        lambda name: Generated(name, spec.type, expression, null=spec.null),
    )
    return column


def _owned(column: Col[Any]) -> Col[Any]:
    column.is_owner = True
    return column


def _belongs_to_user(name: str) -> ForeignKey:
    return ForeignKey((name,), "auth.users", ("id",))


def _refers(parent: str, key: str, options: KeyOptions, name: str) -> ForeignKey:
    return ForeignKey((name,), parent, (key,), **options)


def _refers_owned(parent: type[Table], name: str, *, optional: bool) -> ForeignKey:
    columns: list[Any] = parent._meta.columns
    owners = [name_of(each) for each in columns if getattr(each, "is_owner", False)]
    return ForeignKey(
        (name, "user_id"),
        qualified(parent),
        (name_of(_key_of(parent, None)), owners[0] if owners else "user_id"),
        on_delete="set null" if optional else "cascade",
        # Clearing the whole key would clear whose row it is.
        clear=(name,) if optional else (),
    )


def _complete_self(options: KeyOptions, column: Col[Any], table: type[Table]) -> None:
    """Give a reference to its own table the type of that table's key."""
    key: Any = table._meta.primary_key
    column.spec = replace(column.spec, type=key.spec.type)
    column.decode, column.encode = key.decode, key.encode
    refers = partial(_refers, qualified(table), name_of(key), options)
    column.objects = (*column.objects, refers)


def _key_of(parent: type[Table], key: Col[Any] | None) -> Col[Any]:
    own = cast("Col[Any]", parent._meta.primary_key)
    if not isinstance(own, Col):  # pyright: ignore[reportUnnecessaryIsInstance]  # a table of Piccolo's own
        raise TypeError(f"{parent.__name__} is no Table of ottavino, so its key is unknown.")
    if key is None and own.spec.type != "uuid":
        name = piccolo(own)._meta.name
        raise TypeError(
            f"The key of {parent.__name__} is {own.spec.type}, no uuid: write "
            f"reference({parent.__name__}, {parent.__name__}.{name}). Such a reference may be "
            "to the row of any user: where the parent has an owner, declare a ForeignKey of "
            "key and owner beside the columns, too."
        )
    if key is not None and key is not own:
        raise TypeError(
            f"A reference is to the key of {parent.__name__}: to other columns of it, declare "
            "a ForeignKey beside the columns."
        )
    return own
