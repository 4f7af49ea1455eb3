"""Full-text search: a generated column that PostgreSQL keeps, and the index over it."""

from typing import Any

from ottavino.declare.column import Col, name_of
from ottavino.declare.condition import Comparison, Condition
from ottavino.declare.definition import Definition
from ottavino.declare.expression import Expression
from ottavino.declare.generated import Generated, used
from ottavino.declare.index import Index
from ottavino.postgres.quoting import identifier, literal

MOST_CHARACTERS = 200_000
"""How many characters of a column are indexed: a search vector is limited to one megabyte."""

WEIGHTS = "ABCD"
"""PostgreSQL's weights, the heaviest first."""


class SearchVector:
    """A stored `tsvector` over text columns, the first of them with the highest weight.

    The column is not on the class: Piccolo would try to write it. Search it by its name.
    """

    def __init__(self, name: str, *columns: Col[Any], language: str = "english") -> None:
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
        """The condition that a query, as people write them in a search box, finds the row."""
        return Comparison(f"{self._named} @@ {self._words}", query)

    def rank(self, query: str) -> Expression[float]:
        """How well a row fits a query: better, the more often and the closer its words are."""
        # PostgreSQL gives a number of 32 bits, which has more digits in Python than it means.
        template = f"ts_rank_cd({self._named}, {self._words})::double precision"
        return Expression(template, query, type=float)

    @property
    def _named(self) -> str:
        # With its table, since a parent that is joined may have a column of the same name.
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
        # Without the translation "report.pdf" is one word, which "report" does not find.
        words = f"translate(coalesce({identifier(name_of(column))}, ''), '._-/', '    ')"
        return f"to_tsvector({literal(self.language)}, left({words}, {MOST_CHARACTERS}))"
