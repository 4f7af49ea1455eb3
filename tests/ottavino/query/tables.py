"""Tables to query: with shapes of JSON, and without objects."""

import datetime as dt
from decimal import Decimal
from uuid import UUID

from pydantic import BaseModel
from typing_extensions import TypedDict

from ottavino import (
    Col,
    OptionalRef,
    Ref,
    Table,
    array,
    bigint,
    boolean,
    bytea,
    date,
    double,
    integer,
    interval,
    json_array,
    json_object,
    money,
    numeric,
    owned_reference,
    owner,
    primary_key,
    real,
    text,
    time,
    timestamptz,
)


class Size(TypedDict):
    """Centimetres."""

    width: int
    height: int


class Origin(BaseModel):
    """The place where a thing was made."""

    country: str
    year: int | None = None


class Shelf(Table, tablename="shelves"):
    """A shelf for things."""

    id: Col[UUID] = primary_key()
    user_id: Col[UUID] = owner()
    name: Col[str] = text(max_length=100)


class Thing(Table, tablename="things"):
    """A thing on a shelf."""

    id: Col[UUID] = primary_key()
    user_id: Col[UUID] = owner()
    shelf_id: Ref[Shelf] = owned_reference(Shelf)
    former_shelf_id: OptionalRef[Shelf] = owned_reference(Shelf, default=None)
    name: Col[str] = text(max_length=100)
    note: Col[str | None] = text(max_length=100, default=None)
    number: Col[int] = integer(default=1)
    weight: Col[int] = bigint(default=0)
    price: Col[Decimal] = money(default=0)
    size: Col[Size] = json_object(Size, max_bytes=1000)
    origin: Col[Origin | None] = json_object(Origin, max_bytes=1000, default=None)
    owners: Col[list[UUID]] = json_array(UUID, max_bytes=1000, default=[])


class Folder(Table, tablename="folders"):
    """A parent, which some rows have."""

    id: Col[UUID] = primary_key()
    user_id: Col[UUID] = owner()
    name: Col[str] = text()
    size: Col[int | None] = integer(default=None)


class Sorted(Table, tablename="sorted"):
    """Columns of many types to sort by, half of which may be null."""

    id: Col[UUID] = primary_key()
    user_id: Col[UUID] = owner()
    folder_id: OptionalRef[Folder] = owned_reference(Folder, default=None)
    number: Col[int | None] = integer(default=None)
    name: Col[str] = text()
    note: Col[str | None] = text(default=None)
    moment: Col[dt.datetime | None] = timestamptz(default=None)
    day: Col[dt.date] = date()
    clock: Col[dt.time] = time()
    span: Col[dt.timedelta | None] = interval(default=None)
    price: Col[Decimal | None] = numeric(default=None)
    share: Col[float] = real()
    precise: Col[float | None] = double(default=None)
    done: Col[bool | None] = boolean(default=None)
    data: Col[bytes | None] = bytea(default=None)
    tags: Col[list[str]] = array(text())
