"""Reads an index from the SQL of a migration file that was generated before files had parts.

Such a file has only the statements for a transaction. They are parsed, because a person may
have edited them.
"""

from dataclasses import replace

from ottavino.declare.definition import Definition
from ottavino.declare.index import Build, IndexDefinition
from ottavino.declare.tokens import tokens
from ottavino.migrate.statements import statement_texts


def buildable(index: Definition) -> IndexDefinition:
    """An index with the SQL that builds it while others write to its table."""
    if not isinstance(index, IndexDefinition):
        raise TypeError(f"{index.name} is no index: only an index can be created concurrently.")
    create, drop = _concurrently(index.create), _concurrently(index.drop)
    return replace(index, build=Build(create, tuple(statement_texts(create)), drop))


def _concurrently(sql: str) -> str:
    word = next(each for each in tokens(sql) if each == ("word", "index", *each[2:]))
    return f"{sql[: word.end]} concurrently{sql[word.end :]}"
