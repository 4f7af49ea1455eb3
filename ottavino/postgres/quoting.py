"""Names and values as SQL text, for statements that take no parameters."""

import functools
import re
from collections.abc import Iterator

# The words that PostgreSQL accepts as a column or table name only between quotation marks.
_RESERVED = """
    all analyse analyze and any array as asc asymmetric authorization binary both case cast
    check collate collation column concurrently constraint create cross current_catalog
    current_date current_role current_schema current_time current_timestamp current_user
    default deferrable desc distinct do else end except false fetch for foreign freeze from
    full grant group having ilike in initially inner intersect into is isnull join lateral
    leading left like limit localtime localtimestamp natural not notnull null offset on only
    or order outer overlaps placing primary references returning right select session_user
    similar some symmetric system_user table tablesample then to trailing true union unique
    user using variadic verbose when where window with
"""
RESERVED = frozenset(_RESERVED.split())
_OF_COLUMNS = """
    between bigint bit boolean char character coalesce dec decimal exists extract float
    greatest grouping inout int integer interval json json_array json_arrayagg json_exists
    json_object json_objectagg json_query json_scalar json_serialize json_table json_value least
    merge_action national nchar none normalize nullif numeric out overlay position precision
    real row setof smallint substring time timestamp treat trim values varchar xmlattributes
    xmlconcat xmlelement xmlexists xmlforest xmlnamespaces xmlparse xmlpi xmlroot xmlserialize
    xmltable
"""
OF_COLUMNS = frozenset(_OF_COLUMNS.split())
"""The words that name a column or a table without quotation marks, and that PostgreSQL itself
writes with them."""
LONGEST_NAME = 63
"""PostgreSQL truncates longer names without an error."""


@functools.lru_cache(maxsize=1000)
def identifier(name: str) -> str:
    """Quote a name if PostgreSQL needs it quoted, and refuse one that it would cut off."""
    if len(name.encode()) > LONGEST_NAME:
        raise ValueError(f"{name} is longer than {LONGEST_NAME} bytes: give a shorter name.")
    if re.fullmatch(r"[a-z_][a-z0-9_]*", name) and name not in RESERVED:
        return name
    return quoted(name)


def is_quoted(name: str) -> bool:
    """Whether PostgreSQL writes a name between quotation marks."""
    return name in OF_COLUMNS or identifier(name) != name


WORDS = {
    ".": "a period",
    '"': "a quotation mark",
    "'": "an apostrophe",
    "\\": "a backslash",
    "{": "a brace",
    "}": "a brace",
}
UNFIT = frozenset(WORDS)
"""The signs that the name of a schema cannot have."""


def quoted(name: str) -> str:
    """A name between quotation marks, even if it does not need them."""
    return '"' + name.replace('"', '""') + '"'


def unquoted(name: str) -> str:
    """A name as PostgreSQL knows it, of the name as SQL has it."""
    return name[1:-1].replace('""', '"') if name.startswith('"') else name


def split_name(name: str, most: int = 2) -> list[str]:
    """The parts of a name with its schema, as SQL has them: `"My Schema"` and `notes`.

    There are at most `most`. The last one is all that follows.
    """
    parts: list[str] = []
    while len(parts) < most - 1:
        first, period, rest = _cut(name)
        if not period:
            break
        parts.append(first)
        name = rest
    return [*parts, name]


def _cut(name: str) -> tuple[str, str, str]:
    """The text before the first period that is outside of quotation marks, and after it."""
    end = 0
    while name.startswith('"', end) and (closing := name.find('"', end + 1)) > 0:
        end = closing + 1
    rest, period, after = name[end:].partition(".")
    return name[:end] + rest, period, after


def schema_of(name: str) -> str:
    """The schema of a name, as PostgreSQL knows it."""
    return unquoted(split_name(name)[0])


def unfit_schema(name: str) -> Iterator[str]:
    """The reason why a schema of this name cannot be declared."""
    if name.startswith("pg_"):
        yield "begins with pg_, as only those of PostgreSQL do"
    if unfit := [each for each in name if each in UNFIT or not each.isprintable()]:
        yield f"has {WORDS.get(unfit[0], 'a sign that cannot be printed')}"


def require_schema(*names: str) -> None:
    """Refuse the name of a schema that cannot be declared."""
    for name in names:
        for reason in unfit_schema(name):
            raise ValueError(f"The name of the schema {name!r} {reason}: take one without.")


def literal(text: str) -> str:
    """Write text as a SQL literal."""
    return "'" + text.replace("'", "''") + "'"
