"""The functions that declare columns of ids, truth values, bytes and network addresses."""

from ipaddress import (
    IPv4Address,
    IPv4Interface,
    IPv4Network,
    IPv6Address,
    IPv6Interface,
    IPv6Network,
)
from types import EllipsisType
from typing import Any, Unpack, overload
from uuid import UUID

from piccolo.columns import column_types as stock

from ottavino.declare.column import SQL, Col
from ottavino.declare.column_type import ColumnOptions, ColumnType

INET = IPv4Interface | IPv6Interface | IPv4Address | IPv6Address
"""The Python types of an address; an interface also has the length of its network."""
CIDR = IPv4Network | IPv6Network
_UUID = ColumnType("uuid", UUID, stock.UUID)
_BOOLEAN = ColumnType("boolean", bool, stock.Boolean)
_BYTEA = ColumnType("bytea", bytes, stock.Bytea)
_INET: ColumnType[Any] = ColumnType("inet", object)
_CIDR: ColumnType[Any] = ColumnType("cidr", object)


@overload
def uuid(*, default: None, **options: Unpack[ColumnOptions]) -> Col[UUID | None]: ...
@overload
def uuid(
    *, default: UUID | SQL | EllipsisType = ..., **options: Unpack[ColumnOptions]
) -> Col[UUID]: ...
def uuid(*, default: object = ..., **options: Unpack[ColumnOptions]) -> Col[Any]:
    """A universally unique id."""
    return _UUID.column(default, options=options)


@overload
def boolean(*, default: None, **options: Unpack[ColumnOptions]) -> Col[bool | None]: ...
@overload
def boolean(
    *, default: bool | SQL | EllipsisType = ..., **options: Unpack[ColumnOptions]
) -> Col[bool]: ...
def boolean(*, default: object = ..., **options: Unpack[ColumnOptions]) -> Col[Any]:
    """True or false."""
    return _BOOLEAN.column(default, options=options)


@overload
def bytea(*, default: None, **options: Unpack[ColumnOptions]) -> Col[bytes | None]: ...
@overload
def bytea(
    *, default: bytes | SQL | EllipsisType = ..., **options: Unpack[ColumnOptions]
) -> Col[bytes]: ...
def bytea(*, default: object = ..., **options: Unpack[ColumnOptions]) -> Col[Any]:
    """Bytes."""
    return _BYTEA.column(default, options=options)


@overload
def inet(*, default: None, **options: Unpack[ColumnOptions]) -> Col[INET | None]: ...
@overload
def inet(
    *, default: INET | SQL | EllipsisType = ..., **options: Unpack[ColumnOptions]
) -> Col[INET]: ...
def inet(*, default: object = ..., **options: Unpack[ColumnOptions]) -> Col[Any]:
    """An IP address, with or without the length of its network."""
    return _INET.column(default, options=options)


@overload
def cidr(*, default: None, **options: Unpack[ColumnOptions]) -> Col[CIDR | None]: ...
@overload
def cidr(
    *, default: CIDR | SQL | EllipsisType = ..., **options: Unpack[ColumnOptions]
) -> Col[CIDR]: ...
def cidr(*, default: object = ..., **options: Unpack[ColumnOptions]) -> Col[Any]:
    """An IP network."""
    return _CIDR.column(default, options=options)
