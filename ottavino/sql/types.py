"""Reads the name of a type, its limits and whether it is an array, with sqlglot."""

from sqlglot import exp
from sqlglot.errors import SqlglotError

from ottavino.sql.names import SqlType
from ottavino.sql.tokens import POSTGRES


def read_type(sql: str) -> SqlType:
    """A type; its own text is its name where sqlglot does not know such a type."""
    try:
        tree = exp.DataType.build(sql, dialect=POSTGRES, udt=True)
    except SqlglotError:
        return SqlType(sql, (), 0)
    depth = 0
    while tree.this == exp.DataType.Type.ARRAY:
        tree, depth = tree.expressions[0], depth + 1
    limits = [int(each.name) for each in tree.find_all(exp.DataTypeParam)]
    plain = tree.copy()
    plain.set("expressions", [])
    return SqlType(plain.sql(POSTGRES).lower(), tuple(limits), depth)
