"""A table of every kind of column, and tables with every kind of key."""

import datetime as dt
from decimal import Decimal
from typing import Any
from uuid import UUID

from asyncpg.types import Range

from ottavino import (
    CALLER,
    CIDR,
    INET,
    INT4RANGE,
    NEXT_NUMBER,
    TSTZRANGE,
    Col,
    ColumnType,
    ForeignKey,
    Grant,
    OptionalRef,
    Ref,
    Role,
    Table,
    Unique,
    array,
    bigint,
    boolean,
    bytea,
    cidr,
    column,
    date,
    double,
    generated,
    identity,
    inet,
    integer,
    interval,
    jsonb,
    numeric,
    owned_reference,
    owner,
    primary_key,
    real,
    reference,
    smallint,
    text,
    time,
    timestamp,
    timestamptz,
    uuid,
    vector,
)

POINT = ColumnType("macaddr", str)
"""A type that no helper is named after."""


class Every(Table, tablename="every"):
    """Each kind of column, required and with the values that a row was given."""

    id: Col[int] = identity(bigint(primary_key=True))
    user_id: Col[UUID] = owner()
    a_uuid: Col[UUID] = uuid()
    a_text: Col[str] = text()
    a_smallint: Col[int] = smallint()
    an_integer: Col[int] = integer(minimum=0)
    a_bigint: Col[int] = bigint()
    a_numeric: Col[Decimal] = numeric(12, 2)
    any_numeric: Col[Decimal] = numeric()
    a_real: Col[float] = real()
    a_double: Col[float] = double()
    a_boolean: Col[bool] = boolean()
    a_date: Col[dt.date] = date()
    a_time: Col[dt.time] = time()
    a_timestamptz: Col[dt.datetime] = timestamptz()
    a_timestamp: Col[dt.datetime] = timestamp()
    an_interval: Col[dt.timedelta] = interval()
    a_bytea: Col[bytes] = bytea()
    an_inet: Col[INET] = inet()
    a_cidr: Col[CIDR] = cidr()
    any_json: Col[Any] = jsonb()
    a_json: Col[list[UUID]] = jsonb(list[UUID])
    some_texts: Col[list[str]] = array(text())
    some_dates: Col[list[dt.date]] = array(date())
    a_matrix: Col[list[list[int]]] = array(array(integer()))
    some_json: Col[list[dict[str, int]]] = array(jsonb(dict[str, int]))
    during: Col[Range[dt.datetime]] = column(TSTZRANGE)
    a_tsquery: Col[str] = column("tsquery", python=str)
    total: Col[int] = generated(integer(), "a_smallint + an_integer")
    select_: Col[str] = text(db_column_name="select", unique=True)
    mixed: Col[int | None] = integer(default=None, db_column_name="Mixed Case", index=True)

    database_objects = (Grant.everything(to=Role.SERVICE_ROLE),)


class Defaults(Table, tablename="defaults"):
    """Each kind of column, with a default."""

    id: Col[int] = identity(integer(primary_key=True), always=False, default=NEXT_NUMBER)
    user_id: Col[UUID] = owner(default=CALLER)
    a_uuid: Col[UUID] = uuid(default=UUID(int=1))
    a_text: Col[str] = text(default="it's {\"\\}")
    a_smallint: Col[int] = smallint(default=-1)
    a_numeric: Col[Decimal] = numeric(12, 2, default=Decimal("1.50"))
    a_real: Col[float] = real(default=-1.5)
    a_double: Col[float] = double(default=float("inf"))
    a_boolean: Col[bool] = boolean(default=True)
    a_date: Col[dt.date] = date(default=dt.date(2026, 2, 28))
    a_time: Col[dt.time] = time(default=dt.time(12, 30))
    a_timestamptz: Col[dt.datetime] = timestamptz(
        default=dt.datetime(2026, 1, 1, tzinfo=dt.UTC)
    )
    a_timestamp: Col[dt.datetime] = timestamp(default=dt.datetime(2026, 1, 1, 12))  # noqa: DTZ001  # it has no zone
    an_interval: Col[dt.timedelta] = interval(default=dt.timedelta(-1, 3, 4))
    a_bytea: Col[bytes] = bytea(default=b"\0'\\")
    any_json: Col[Any] = jsonb(default={"it's": None})
    some_texts: Col[list[str]] = array(text(), default=["it's", '{"\\}', "null", ""])
    some_bytes: Col[list[bytes]] = array(bytea(), default=[b"\0\\"])
    from_one: Col[Range[int]] = column(INT4RANGE, default=Range(1, 5))
    never: Col[Range[dt.datetime]] = column(TSTZRANGE, default=Range(empty=True))
    ever: Col[Range[dt.datetime]] = column(
        TSTZRANGE, default=Range(dt.datetime(2026, 1, 1, tzinfo=dt.UTC), None)
    )
    no_json: Col[list[dict[str, int]]] = array(jsonb(dict[str, int]), default=[])

    database_objects = (Grant.everything(to=Role.SERVICE_ROLE),)


class Country(Table, tablename="countries", schema="world"):
    """A row that everyone shares, with a key of text, in a schema of its own."""

    code: Col[str] = text(max_length=2, primary_key=True)

    database_objects = (Grant.everything(to=Role.SERVICE_ROLE),)


class Task(Table, tablename="tasks"):
    """References of every kind."""

    number: Col[int] = identity(bigint(primary_key=True))
    user_id: Col[UUID] = owner(default=CALLER)
    country: Ref[Country, str] = reference(
        Country, Country.code, on_update="cascade", index=True
    )
    former: OptionalRef[Country, str] = reference(
        Country, Country.code, default=None, on_delete="set null"
    )
    parent_task: OptionalRef["Task", int] = reference(
        "self", default=None, on_delete="cascade", deferrable="deferred"
    )
    checked_by: Col[UUID | None] = reference("auth.users", default=None, on_delete="set null")
    first_note: Col[UUID | None] = uuid(default=None)

    database_objects = (
        Grant.everything(to=Role.SERVICE_ROLE),
        # One of two references in a circle: the class of notes refers to this one.
        ForeignKey((first_note,), "public.task_notes", ("id",), on_delete="set null"),
    )


class TaskNote(Table, tablename="task_notes"):
    """A key that another table's owner has to match, and one of another type."""

    id: Col[UUID] = primary_key()
    author: Col[UUID] = owner()
    task: Ref[Task, int] = reference(Task, Task.number, on_delete="cascade")

    database_objects = (Grant.everything(to=Role.SERVICE_ROLE), Unique(id, author))


class Reply(Table, tablename="replies"):
    """A child of a table whose owner has another name."""

    id: Col[UUID] = primary_key()
    user_id: Col[UUID] = owner()
    note_id: Ref[TaskNote] = owned_reference(TaskNote)

    database_objects = (Grant.everything(to=Role.SERVICE_ROLE),)


class Membership(Table, tablename="memberships"):
    """A key of two columns."""

    user_id: Col[UUID] = owner(primary_key=True)
    country: Ref[Country, str] = reference(Country, Country.code, primary_key=True)
    role: Col[str] = text(default="reader")

    database_objects = (Grant.everything(to=Role.SERVICE_ROLE),)


class Embedding(Table, tablename="embeddings"):
    """A vector of the extension."""

    id: Col[UUID] = primary_key()
    near: Col[list[float]] = vector(3)
    other: Col[list[float] | None] = vector(2, default=None)

    database_objects = (Grant.everything(to=Role.SERVICE_ROLE),)
