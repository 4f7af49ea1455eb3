"""The source of a column: the helper for its type, its default, and its Python type."""

import re
from dataclasses import dataclass

from ottavino.inspect.adopt.found import FoundColumn
from ottavino.inspect.adopt.source import call, string
from ottavino.migrate.table_steps import sequence_name
from ottavino.postgres.quoting import identifier, unquoted

HELPERS = {
    "uuid": ("uuid", "UUID"),
    "text": ("text", "str"),
    "smallint": ("smallint", "int"),
    "integer": ("integer", "int"),
    "bigint": ("bigint", "int"),
    "numeric": ("numeric", "Decimal"),
    "real": ("real", "float"),
    "double precision": ("double", "float"),
    "boolean": ("boolean", "bool"),
    "date": ("date", "dt.date"),
    "time without time zone": ("time", "dt.time"),
    "timestamp with time zone": ("timestamptz", "dt.datetime"),
    "timestamp without time zone": ("timestamp", "dt.datetime"),
    "interval": ("interval", "dt.timedelta"),
    "bytea": ("bytea", "bytes"),
    "inet": ("inet", "INET"),
    "cidr": ("cidr", "CIDR"),
    "jsonb": ("jsonb", "Any"),
}
"""For each type of PostgreSQL its helper, and its Python type."""

RANGES = {
    "int4range": "INT4RANGE",
    "int8range": "INT8RANGE",
    "numrange": "NUMRANGE",
    "daterange": "DATERANGE",
    "tsrange": "TSRANGE",
    "tstzrange": "TSTZRANGE",
}
"""The types that have a name of their own in Python."""

BOUNDS = {
    "int4range": "int",
    "int8range": "int",
    "numrange": "Decimal",
    "daterange": "dt.date",
    "tsrange": "dt.datetime",
    "tstzrange": "dt.datetime",
}
"""The Python types of the bounds of ranges."""

OTHERS = (
    (r"character|character varying|name|json|xml|tsvector|tsquery|.*\.?citext", "str"),
    (r"timestamp", "dt.datetime"),
    (r"time", "dt.time"),
    (r"interval", "dt.timedelta"),
    (r"money", "str"),
)
"""The Python types of other types, by their first words."""

INTEGERS = ("smallint", "integer", "bigint")
NUMBERS = {"smallint", "integer", "bigint", "numeric", "real", "double precision"}


@dataclass(frozen=True, slots=True)
class TypeSource:
    """The source of a type."""

    helper: str
    arguments: tuple[str, ...]
    python: str


def type_source(type_: str) -> TypeSource:
    """The helper of a type, as PostgreSQL names it: `numeric(12,2)`, `text[]`."""
    if type_.endswith("[]"):
        item = type_source(type_[:-2])
        inner = call(item.helper, *item.arguments)
        return TypeSource("array", (inner,), f"list[{item.python}]")
    if type_ in HELPERS:
        helper, python = HELPERS[type_]
        return TypeSource(helper, (), python)
    if type_ in RANGES:
        return TypeSource("column", (RANGES[type_],), f"Range[{BOUNDS[type_]}]")
    if match := re.fullmatch(r"numeric\((\d+),(-?\d+)\)", type_):
        precision, scale = match.groups()
        given = (precision,) if scale == "0" else (precision, scale)
        return TypeSource("numeric", given, "Decimal")
    if match := re.fullmatch(r'(\w+|"(?:[^"]|"")+")\.vector\((\d+)\)', type_):
        schema, dimensions = unquoted(match[1]), match[2]
        where = () if schema == "extensions" else (f"schema={string(schema)}",)
        return TypeSource("vector", (dimensions, *where), "list[float]")
    python = _python(type_)
    return TypeSource("column", (string(type_), f"python={python}"), python)


def default_source(type_: str, default: str) -> str:
    """A default: a value of Python for a plain literal, otherwise its SQL."""
    if default == "now()":
        return "NOW"
    if type_ == "boolean" and default in {"true", "false"}:
        return default.title()
    if type_ in INTEGERS and re.fullmatch(r"\d{1,9}", default):
        return default
    if type_ == "text" and (match := re.fullmatch(r"'((?:[^'\\]|'')*)'::text", default)):
        return string(match[1].replace("''", "'"))
    return call("SQL", string(default), indent=40)


def declared_type(column: FoundColumn) -> str:
    """The type of a column as a class declares it, with a collation of its own."""
    if column.collation is None:
        return column.type
    return f"{column.type} collate {column.collation}"


def is_serial(column: FoundColumn, table: str, schema: str) -> bool:
    """Whether the column is numbered by a sequence that was made along with it, and that no
    other column uses.
    """
    name = sequence_name(f"{schema}.{table}", column.name)
    sequence = f"{identifier(schema)}.{identifier(name)}"
    return (
        column.identity == ""
        and column.sequence == sequence
        and column.type in INTEGERS
        and not column.null
        and column.sequence_uses == 1
        and takes_own_numbers(column)
    )


def takes_own_numbers(column: FoundColumn) -> bool:
    """Whether its default is the next number of a sequence that belongs to it."""
    return column.sequence is not None and sequences_of(column) == [column.sequence]


def sequences_of(column: FoundColumn) -> list[str]:
    """The sequences of whose numbers its default takes the next."""
    found = re.findall(r"nextval\('((?:[^']|'')*)'::regclass\)", column.default or "")
    return [each.replace("''", "'") for each in found]


def _python(type_: str) -> str:
    for pattern, python in OTHERS:
        if re.fullmatch(rf"(?:{pattern})(?:\(.*)?(?: .*)?", type_):
            return python
    return "object"
