"""Which types PostgreSQL casts to which others by itself, when a column changes its type.

Between all others a person has to say how: what became of a text that is no number, which of
two numbers is true. The list is PostgreSQL's own, of the assignment casts in `pg_cast`.
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
