"""The types between which PostgreSQL casts automatically when a column changes its type. For
all other types a person has to write the conversion, for example for texts that are not
numbers. The list has PostgreSQL's assignment casts from `pg_cast`.
"""

from ottavino.sql import read_type

TEXTS = {"text", "varchar", "char", "bpchar"}
NUMBERS = {"smallint", "int", "bigint", "decimal", "real", "double precision"}
CASTS = {
    "date": {"timestamp", "timestamptz"},
    "timestamp": {"date", "time", "timestamptz"},
    "timestamptz": {"date", "time", "timestamp"},
    "time": {"interval"},
    "interval": {"time"},
    "json": {"jsonb"},
    "jsonb": {"json"},
    "cidr": {"inet"},
    "inet": {"cidr"},
}


def is_cast_by_itself(old: str, new: str) -> bool:
    """Whether `alter column … type …` needs no `using`, from one type to another."""
    (before, _, old_depth), (after, _, new_depth) = read_type(old), read_type(new)
    if bool(old_depth) != bool(new_depth):
        return not new_depth and after in TEXTS
    return (
        before == after
        or after in TEXTS
        or {before, after} <= NUMBERS
        or after in CASTS.get(before, ())
    )


def has_cast(old: str, new: str) -> bool:
    """Whether `value::type` certainly converts a value, as far as it fits.

    Every type is read from text, and two types of a project are converted through it.
    """
    (before, _, old_depth), (after, _, new_depth) = read_type(old), read_type(new)
    if "." in old and "." in new:
        return True
    is_read = before in TEXTS and (old_depth == 0 or new_depth > 0)
    is_counted = {before, after} == {"boolean", "int"} and bool(old_depth) == bool(new_depth)
    return is_cast_by_itself(old, new) or is_read or is_counted
