"""Columns of which PostgreSQL's planner keeps no statistics.

ANALYZE stores samples of each column from the rows of all users, and the planner uses them
under row level security too. So a chosen plan can reveal rows that policies hide from the user.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import ClassVar

from ottavino.declare.definition import Definition
from ottavino.declare.fitting import require_arguments
from ottavino.declare.generated import Named, column_name, used
from ottavino.declare.rendered import Rendered
from ottavino.declare.tokens import names
from ottavino.postgres.quoting import identifier


@dataclass(frozen=True, slots=True)
class StatisticsDefinition(Definition):
    """The definition of the absence of statistics of some columns, for migrations."""

    kind: ClassVar[str] = "statistics"


@dataclass(frozen=True, slots=True, init=False)
class NoStatistics:
    """Stops ANALYZE from sampling some columns of the table, or all if it names none. So query
    plans reveal no values of other users. The cost: PostgreSQL assumes that every value of such
    a column is rare. If most rows meet a condition on it, a query for the newest of them reads
    all rows.
    """

    columns: tuple[Named, ...]

    def __init__(self, *columns: Named | str) -> None:
        require_arguments("NoStatistics", NoStatistics.__init__, locals())
        object.__setattr__(self, "columns", columns)

    @property
    def names(self) -> tuple[str, ...]:
        """The names of the columns."""
        return tuple(map(column_name, self.columns))

    def among(self, columns: Iterable[str]) -> "NoStatistics":
        """The same for a table with these columns."""
        return self if self.columns else NoStatistics(*columns)

    def definition(self, table: str) -> Definition:
        """The statements that stop sampling and delete earlier samples."""
        return StatisticsDefinition.on(
            table,
            None,
            f"{self._set(table, 0)};\n{_FORGET.format(table=table)}",
            self._set(table, -1),
            uses=used(table, self.columns),
        )

    def _set(self, table: str, target: int) -> str:
        return f"alter table {table}\n" + ",\n".join(
            f"    alter column {identifier(name)} set statistics {target}"
            for name in self.names
        )


# Before version 18 only a superuser can delete samples; `piccolo db drift` prints the owner's
# alternative.
_FORGET = """
do $$
begin
    if current_setting('server_version_num')::integer >= 180000 then
        perform pg_clear_attribute_stats(nspname, relname, attname, false)
        from pg_attribute
        join pg_class on pg_class.oid = attrelid
        join pg_namespace on pg_namespace.oid = relnamespace
        where attrelid = '{table}'::regclass and attstattarget = 0;
    end if;
end
$$
""".strip()


def names_one(expression: str, columns: Iterable[str]) -> bool:
    """Whether an expression uses one of some columns, and is more than the column alone."""
    if isinstance(expression, Rendered):
        return any(column in expression.columns for column in columns)
    there = names(expression)
    return any(column in there and expression.strip('() "') != column for column in columns)
