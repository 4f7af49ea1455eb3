"""Reads nested rows, which are arrays of records.

The driver decodes a value in a record by the oid of its type. It has decoders for PostgreSQL's
built-in scalar types. It looks up an array or a range only if a column of the statement has
that type, so a null column of the type is added. Values of extension types are sent as text, as
in a column.
"""

from collections.abc import Iterator, Sequence
from typing import Any, get_args, get_origin

from piccolo.columns.base import Column

from ottavino.declare.column import Col
from ottavino.declare.domain import Domain
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
"""The built-in types that the driver can always decode."""
RANGES = frozenset({"int4range", "int8range", "numrange", "daterange", "tsrange", "tstzrange"})


class RecordReading(Reading):
    """A select list that PostgreSQL combines to one record for each row."""

    def __init__(self, readables: Sequence[Readable[Any]], make: Make | None = None) -> None:
        super().__init__(readables, make)
        self.looked_up = tuple(dict.fromkeys(_looked_up(readables)))

    def printed(self, printer: Printer) -> str:
        """The record."""
        return f"row({', '.join([_sent(each, printer) for each in self.readables])})"


def _looked_up(readables: Sequence[Readable[Any]]) -> Iterator[str]:
    for each in readables:
        yield from each.looked_up
        name = _sent_type(each)
        if name in RANGES or (name.endswith("[]") and name != "text[]"):
            yield name


def _sent(readable: Readable[Any], printer: Printer) -> str:
    text, name = printer.text(readable), _sent_type(readable)
    return text if name == _type_name(readable) else f"{text}::{name}"


def _sent_type(readable: Readable[Any]) -> str:
    """The built-in type as which a value is sent: its own, the one below its domain, or else
    that of the value in Python. Empty if the driver needs no lookup.
    """
    if isinstance(readable, Expression) and readable.like_of is not None:
        return _sent_type(readable.like_of)
    name = _type_name(readable)
    single, brackets = name.removesuffix("[]"), "[]" if name.endswith("[]") else ""
    domains = {each.sql: each.type for each in _declared(readable) if isinstance(each, Domain)}
    while single in domains:
        single = domains[single]
    if name and not _is_own(single):
        kinds = without_none(python_type(readable))
        # Of a list without a type in Python, nothing says what it has.
        (kind, *_) = (get_args(kinds[0]) or (str,)) if brackets else kinds
        single = SQL_TYPES.get(kind, "text")
    return single + brackets


def _declared(readable: Readable[Any]) -> Sequence[Any]:
    return readable.declares if isinstance(readable, Col) else ()


def _is_own(name: str) -> bool:
    single, *_ = name.removesuffix("[]").partition("(")
    return single.strip() in SINGLE | RANGES


def _type_name(readable: Readable[Any]) -> str:
    """The SQL type of its values; empty if the driver needs no lookup."""
    if isinstance(readable, Column):
        return str(readable.column_type)
    if isinstance(readable, Expression) and readable.like_of is not None:
        return _type_name(readable.like_of)
    match without_none(python_type(readable)):
        case [kind] if get_origin(kind) is list:
            return f"{SQL_TYPES.get(get_args(kind)[0], 'text')}[]"
        case _:
            return ""
