"""Reads rows that are nested in another: records, in an array.

The driver reads a value in a record by the number of its type. It knows PostgreSQL's own single
values; an array or a range is looked up where a column of the statement has its type, so a
column without a value is added for each. A type of an extension has no format that the driver
reads there, so such a value is sent as text, which is how it is read from a column, too.
"""

from collections.abc import Iterator, Sequence
from typing import Any, get_args, get_origin

from piccolo.columns.base import Column

from ottavino.declare.expression import Expression
from ottavino.declare.readable import Readable
from ottavino.query.printer import Printer
from ottavino.query.python_type import SQL_TYPES, python_type, without_none
from ottavino.query.reading import Make, Reading

SINGLE = frozenset(
    {
        *SQL_TYPES.values(),
        *("bytea", "cidr", "inet", "integer", "json", "jsonb", "real", "smallint"),
        *("time", "timetz", "timestamp", "character varying"),
    }
)
"""PostgreSQL's own types whose values the driver reads wherever it meets them."""
RANGES = frozenset({"int4range", "int8range", "numrange", "daterange", "tsrange", "tstzrange"})


class RecordReading(Reading):
    """Readables of which PostgreSQL makes one record for each row."""

    def __init__(self, readables: Sequence[Readable[Any]], make: Make | None = None) -> None:
        super().__init__(readables, make)
        self.looked_up = tuple(dict.fromkeys(_looked_up(readables)))

    def printed(self, printer: Printer) -> str:
        """The record."""
        return f"row({', '.join([_sent(each, printer) for each in self.readables])})"


def _looked_up(readables: Sequence[Readable[Any]]) -> Iterator[str]:
    for each in readables:
        yield from each.looked_up
        name = _type_name(each)
        if (name.endswith("[]") and _is_own(name)) or name in RANGES:
            yield name


def _sent(readable: Readable[Any], printer: Printer) -> str:
    text, name = printer.text(readable), _type_name(readable)
    if not name or _is_own(name):
        return text
    return f"{text}::text[]" if name.endswith("[]") else f"{text}::text"


def _is_own(name: str) -> bool:
    single, *_ = name.removesuffix("[]").partition("(")
    return single.strip() in SINGLE | RANGES


def _type_name(readable: Readable[Any]) -> str:
    """The type that PostgreSQL gives its values; nothing where the driver knows it anyway."""
    if isinstance(readable, Column):
        return str(readable.column_type)
    if isinstance(readable, Expression) and readable.like_of is not None:
        return _type_name(readable.like_of)
    match without_none(python_type(readable)):
        case [kind] if get_origin(kind) is list:
            return f"{SQL_TYPES.get(get_args(kind)[0], 'text')}[]"
        case _:
            return ""
