"""Finds the rows and values that undoing migrations would drop."""

from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from ottavino.declare.partition import PartitionDefinition
from ottavino.declare.type_name import sql_name
from ottavino.migrate.batches import Task
from ottavino.migrate.run_order import in_order
from ottavino.migrate.steps import (
    AddColumn,
    Create,
    CreateTable,
    RenameColumn,
    RenameTable,
    Step,
)
from ottavino.postgres.connection import Connection
from ottavino.postgres.quoting import identifier

IS_THERE = """
    select case
        when $2 = '' then to_regclass($1) is not null
        else exists (
            select from pg_attribute
            where attrelid = to_regclass($1) and attname = $2 and not attisdropped
        )
    end
"""


class Dropped(NamedTuple):
    """A table or a column that is dropped, under the name that it has before."""

    table: str
    column: str = ""
    parent: str = ""
    """The table whose partition it is, if it is one."""

    def __str__(self) -> str:
        if self.column:
            return f"{self.table}.{self.column} with its values"
        return f"{self.table} with all its rows"

    @property
    def select(self) -> str:
        """SQL that returns whether it has rows or values."""
        where = f" where {identifier(self.column)} is not null" if self.column else ""
        return f"select exists (select from {sql_name(self.table)}{where})"  # noqa: S608  # quoted


async def lost(connection: Connection, tasks: Sequence[Task]) -> list[str]:
    """The tables with rows, and the columns with values, that undoing some migrations drops."""
    ordered = in_order([file for _, file in tasks], backwards=True)
    dropped = [*_dropped(step for each in ordered for _, step, _ in each)]
    whole = {each.table for each in dropped if not each.column}
    return [
        str(each)
        for each in dropped
        if not ({each.parent, each.table if each.column else ""} & whole)
        and await connection.fetchval(IS_THERE, sql_name(each.table), each.column)
        and await connection.fetchval(each.select)
    ]


def _dropped(steps: Iterable[Step]) -> Iterator[Dropped]:
    """What undoing some steps drops, in the order in which they are undone."""
    tables: dict[str, str] = {}
    columns: dict[tuple[str, str], str] = {}
    for step in steps:
        match step:
            case RenameTable(table, new):
                tables[table] = tables.pop(new, new)
            case RenameColumn(table, old, new):
                table = tables.get(table, table)
                columns[table, old] = columns.pop((table, new), new)
            case CreateTable(table):
                yield Dropped(tables.get(table, table))
            case AddColumn(table, column):
                table = tables.get(table, table)
                yield Dropped(table, columns.get((table, column), column))
            case Create(PartitionDefinition() as partition):
                for parent in partition.uses or ():
                    yield Dropped(partition.full_name, parent=tables.get(parent, parent))
            case _:
                pass
