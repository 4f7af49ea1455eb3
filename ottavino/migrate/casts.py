"""Which types PostgreSQL casts to which others by itself, when a column changes its type.

Between all others a person has to say how: what became of a text that is no number, which of
two numbers is true. The list is PostgreSQL's own, of the assignment casts in `pg_cast`.
"""

TEXTS = {"text", "varchar", "character varying", "character", "char", "bpchar"}
NUMBERS = {"smallint", "integer", "bigint", "numeric", "real", "double precision"}
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

WORDS = {
    "int": "integer",
    "int2": "smallint",
    "int4": "integer",
    "int8": "bigint",
    "decimal": "numeric",
    "float4": "real",
    "float8": "double precision",
    "timestamp with time zone": "timestamptz",
    "timestamp without time zone": "timestamp",
    "time without time zone": "time",
}
"""Other words for the same types."""


def is_cast_by_itself(old: str, new: str) -> bool:
    """Whether `alter column … type …` needs no `using`, from one type to another."""
    before, after = _name(old), _name(new)
    if before.endswith("[]") and after.endswith("[]"):
        return is_cast_by_itself(before[:-2], after[:-2])
    return (
        before == after
        or after in TEXTS
        or {before, after} <= NUMBERS
        or after in CASTS.get(before, ())
    )


def _name(sql: str) -> str:
    """The name of a type without its limits: `numeric` of `numeric(12, 2)`."""
    before, _, limits = sql.lower().partition("(")
    name = " ".join((before + limits.partition(")")[2]).split())
    return WORDS.get(name, name)
