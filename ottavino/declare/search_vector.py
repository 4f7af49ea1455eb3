"""Full-text search: a generated column that PostgreSQL keeps, and the index over it."""

from typing import Any

from ottavino.declare.column import Col, name_of
from ottavino.declare.condition import Comparison, Condition
from ottavino.declare.definition import Definition
from ottavino.declare.expression import Expression
from ottavino.declare.fitting import require_arguments
from ottavino.declare.generated import Generated, used
from ottavino.declare.index import Index
from ottavino.postgres.quoting import identifier, literal

MOST_CHARACTERS = 200_000
"""The number of indexed characters of a column, since a search vector is limited to one
megabyte.
"""

WEIGHTS = "ABCD"
"""PostgreSQL's weights, the heaviest first."""


class SearchVector:
    """A stored `tsvector` over text columns, the first of them with the highest weight.

    The column is not an attribute of the class, since Piccolo would try to write it. Search it
    with `matches`.
    """

    def __init__(self, name: str, *columns: Col[Any], language: str = "english") -> None:
        require_arguments("SearchVector", SearchVector.__init__, locals())
        if not 1 <= len(columns) <= len(WEIGHTS):
            raise ValueError(
                f"The search vector {name!r} has to be over one to {len(WEIGHTS)} columns, "
                "which is how many weights there are."
            )
        self.name = name
        self.columns = columns
        self.language = language
        self._table: Any = None

    def __set_name__(self, table: Any, name: str) -> None:
        """Remember its table."""
        self._table = table

    def matches(self, query: str) -> Condition:
        """The condition that a query in search box syntax matches the row."""
        return Comparison(f"{self._named} @@ {self._words}", query)

    def rank(self, query: str) -> Expression[float]:
        """The rank of a row for a query, which grows with the number and the closeness of its
        words.
        """
        # PostgreSQL returns a float of 32 bits, which would get meaningless digits in Python.
        template = f"ts_rank_cd({self._named}, {self._words})::double precision"
        return Expression(template, query, type=float)

    @property
    def _named(self) -> str:
        # The column is qualified, since a joined parent may have a column of the same name.
        table = "" if self._table is None else f"{identifier(self._table._meta.tablename)}."
        return f"{table}{identifier(self.name)}"

    @property
    def _words(self) -> str:
        return f"websearch_to_tsquery({literal(self.language)}, {{}})"

    def definitions(self, table: str) -> tuple[Definition, Definition]:
        """The column, and its GIN index."""
        return self.column(table), Index(self, method="gin").definition(table)

    def column(self, table: str) -> Definition:
        vectors = " ||\n        ".join(
            f"setweight({self._vector(column)}, '{weight}')"
            for column, weight in zip(self.columns, WEIGHTS, strict=False)
        )
        generated = Generated(self.name, "tsvector", vectors).definition(table)
        return generated.with_uses(used(table, self.columns), ())

    def _vector(self, column: Col[Any]) -> str:
        # Without the translation, "report.pdf" is one word, which a search for "report" does
        # not match.
        words = f"translate(coalesce({identifier(name_of(column))}, ''), '._-/', '    ')"
        return f"to_tsvector({literal(self.language)}, left({words}, {MOST_CHARACTERS}))"
