"""Names and values as SQL text, for statements that take no parameters."""

import functools
import re

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


def quoted(name: str) -> str:
    """A name between quotation marks, even if it does not need them."""
    return '"' + name.replace('"', '""') + '"'


def unquoted(name: str) -> str:
    """A name as PostgreSQL knows it, of the name as SQL has it."""
    return name[1:-1].replace('""', '"') if name.startswith('"') else name


def literal(text: str) -> str:
    """Write text as a SQL literal."""
    return "'" + text.replace("'", "''") + "'"
