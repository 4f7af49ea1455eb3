"""The columns of the random schemas: one of each kind that a helper makes."""

import datetime as dt
from collections.abc import Callable
from enum import StrEnum
from functools import cache
from typing import Any
from uuid import UUID

from ottavino import (
    CALLER,
    NOW,
    SQL,
    TSTZRANGE,
    Col,
    ColumnType,
    Sequence,
    array,
    bigint,
    boolean,
    bytea,
    choice,
    cidr,
    column,
    created_at,
    date,
    domain,
    double,
    enum,
    generated,
    identity,
    inet,
    integer,
    interval,
    json_array,
    json_object,
    jsonb,
    money,
    nullable,
    numeric,
    owner,
    real,
    reference,
    serial,
    smallint,
    text,
    time,
    timestamp,
    timestamptz,
    updated_at,
    uuid,
    vector,
)
from ottavino.identity import Role


def _without_key() -> Col[Any]:
    column = owner(default=CALLER)
    column.objects = ()
    return column


ODD = 'it\'s """ \\ 100% {a} $1'
NUMBER = "public.number()"
MEASURE = "public.measure()"
"""A call that is right whichever arguments the function has."""
Grade = StrEnum("Grade", {"GOOD": "good", "ODD": "it's"})

KINDS: dict[str, Callable[[], Col[Any]]] = {
    "integer": integer,
    "integer with a default": lambda: integer(default=3),
    "integer with a range": lambda: integer(minimum=0, maximum=9),
    "integer that may be null": lambda: integer(default=None),
    "integer with a default that may be null": lambda: nullable(integer(), default=2),
    "integer of a function": lambda: integer(default=SQL(NUMBER)),
    "integer of a changing function": lambda: integer(default=SQL(f"{MEASURE} + 1")),
    "bigint": bigint,
    "money": lambda: money(default=0),
    "text": lambda: text(max_length=9),
    "text with a default": lambda: text(max_length=99, default=ODD),
    "text that may be null": lambda: text(max_length=9, default=None),
    "a choice": lambda: choice(Grade, default=Grade.ODD),
    "smallint": lambda: smallint(default=-1),
    "numeric": lambda: numeric(12, 2, default=None),
    "double": lambda: double(default=0.5),
    "text without a limit": text,
}
"""Of these, one can become another."""

NUMBERED: dict[str, Callable[[], Col[Any]]] = {
    "an identity": lambda: identity(bigint()),
    "an identity by default": lambda: identity(bigint(), always=False),
    "a serial": lambda: serial(integer()),
}
"""Of these too: PostgreSQL counts them."""

A_VECTOR = "a vector"

FIXED: dict[str, Callable[[], Col[Any]]] = {
    "boolean": lambda: boolean(default=True),
    "timestamp": lambda: timestamptz(default=NOW),
    "the moment of the insert": created_at,
    "the moment of the last update": updated_at,
    "json": lambda: json_object(max_bytes=99, default={"it's": '"'}),
    "an array of json": lambda: json_array(int, max_bytes=99, default=[]),
    "uuid": lambda: uuid(default=UUID(int=1)),
    "real": real,
    "date": lambda: date(default=dt.date(2026, 1, 1)),
    "time": time,
    "a timestamp": lambda: timestamp(default=dt.datetime(2026, 1, 1)),  # noqa: DTZ001  # it has no zone
    "interval": lambda: interval(default=dt.timedelta(1, 2, 3)),
    "bytea": lambda: bytea(default=b"\0'"),
    "inet": lambda: inet(default=SQL("'10.0.0.1/8'")),
    "cidr": cidr,
    "any json": lambda: jsonb(default=None),
    "texts": lambda: array(text(), default=[ODD, ""]),
    "a matrix": lambda: array(array(integer())),
    "a range": lambda: column(TSTZRANGE),
    "a search": lambda: column("tsquery", python=str, default=None),
    "a generated column": lambda: generated(integer(default=None), "1 + 1"),
    "unique": lambda: integer(default=None, unique=True, index=True),
    "title": lambda: text(max_length=99, default=""),
    "parent": _without_key,
    "a row of the same table": lambda: reference("self", default=None, deferrable="deferred"),
    "a user": lambda: reference("auth.users", default=None, on_delete="set null"),
    A_VECTOR: lambda: vector(3, default=None),
    "a point": lambda: column("public.point", python=str, default=None),
}

REPORTS = "Weekly Réports"
"""A schema whose name PostgreSQL wants quoted."""

STATES = (
    ("open", "done"),
    ("open", "in work", "done", "it's"),
    ("opened", "done"),
    ("done", "open"),
    ("late",),
    ("open", "done"),
)
"""What the values of a type become, there and back."""


@cache
def states(variant: int) -> Any:
    """An enumeration, some of whose values another variant has too."""
    values = STATES[variant % len(STATES)]
    return StrEnum("Status", {f"V{number}": each for number, each in enumerate(values)})


def status(variant: int) -> str:
    """The name of its type. The last variant has the values of the first in another schema."""
    is_report = variant % len(STATES) in {1, len(STATES) - 1}
    return f"{REPORTS}.status" if is_report else "status"


def price(variant: int) -> ColumnType[Any]:
    """A domain with checks, and by its variant with a default that it requires."""
    checks = {"price_bound": f"value >= {-variant}", f"price_{variant % 2}": "value < 999"}
    name = priced(variant)
    if variant % 3:
        required = variant > 1
        return domain(name, integer(), checks=checks, default=variant, required=required)
    return domain(name, integer(), checks=checks)


def priced(variant: int) -> str:
    """The name of the domain, which the last variants have in another schema."""
    return f"{REPORTS}.price" if variant > 3 else "price"


COUNTERS = ("Numbers", "Counts")
"""The names of the sequence."""


def numbers(variant: int) -> Sequence:
    """A sequence that counts in another way, has another name or another schema, or is used by
    another role.
    """
    return Sequence(
        f"{('public', REPORTS)[variant // 3 % 2]}.{COUNTERS[variant // 2 % 2]}",
        increment=variant + 1,
        cycle=variant % 2 == 1,
        start=1 + variant % 3,
        cache=1 + variant % 2,
        usage=((), (Role.AUTHENTICATED,))[variant % 2],
    )


OF_TYPES: dict[str, tuple[str, Callable[[int], Col[Any]]]] = {
    "a status": (
        "status",
        lambda variant: enum(states(variant), name=status(variant), default=states(variant).V0),
    ),
    "statuses": (
        "status",
        lambda variant: array(enum(states(variant), name=status(variant)), default=[]),
    ),
    "a price": (
        "price",
        # With a default of its own: the domain may require a value.
        lambda variant: column(price(variant), default=variant),
    ),
    "a number": ("numbers", lambda variant: bigint(default=numbers(variant).next)),
}
"""Of a type, or a sequence, that changes by itself."""

RENAMED = "under another name"
"""Its name in the database is not that of the class."""

EVERY = (*KINDS, *NUMBERED, *FIXED, *OF_TYPES, RENAMED)

NEEDED = {
    "integer of a function": "number",
    "integer of a changing function": "measure",
    "a number": "numbers",
    A_VECTOR: "an extension",
    "a point": "point",
}
"""The object that a kind of column needs, by its name in `random_groups`."""

CLAIMED = {"text", "text with a default", "title", "uuid", "integer", "bigint", "smallint"}
"""The kinds of columns that a claim of a token can be compared with."""


def made(name: str, kind: str, variant: int) -> Col[Any]:
    """A column of a kind, whose type is of a variant if it changes by itself."""
    if kind == RENAMED:
        return integer(default=1, db_column_name=f"{name} Renamed")
    if kind in OF_TYPES:
        return OF_TYPES[kind][1](variant)
    return {**KINDS, **NUMBERED, **FIXED}[kind]()
