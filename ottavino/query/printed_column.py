"""The SQL name of a column, cached on the column because every query prints it."""

# ruff: noqa: S608  # only names are formatted into the SQL

import functools
from collections.abc import Sequence
from typing import Any, NamedTuple

from ottavino.declare.column import name_of
from ottavino.postgres.quoting import identifier, quoted


class PrintedColumn(NamedTuple):
    """A column's text, the table from which a query reaches it, and the joins between them."""

    meta: Any
    table: Any
    text: str
    joins: dict[str, str]
    """The joins by the alias of the parent's table."""
    subquery: str | None
    """A subquery for a parent's column; empty for a column of the table itself."""


def printed_column(column: Any) -> PrintedColumn:
    """The column as SQL names it."""
    kept: PrintedColumn | None = column.__dict__.get("_printed")
    # Piccolo copies a column for each path that leads to it, with its attributes.
    if kept is None or kept.meta is not column._meta:
        kept = column.__dict__["_printed"] = _print(column)
    return kept


def source_of(table: Any) -> str:
    """The quoted name of a table, with its schema."""
    return _source(table._meta.schema, table._meta.tablename)


@functools.lru_cache(maxsize=1000)
def _source(schema: str, name: str) -> str:
    return f"{identifier(schema)}.{identifier(name)}"


def _print(column: Any) -> PrintedColumn:
    meta = column._meta
    references: list[Any] = meta.call_chain
    root = references[0]._meta.table if references else meta.table
    parents: list[Parent] = []
    alias = root._meta.tablename
    for each in references:
        parents.append(_parent(alias, each))
        alias = each.table_alias
    text = f'"{alias}".{quoted(str(meta.db_column_name))}'
    joins = {each.alias: each.join for each in parents}
    return PrintedColumn(meta, root, text, joins, _subquery(text, parents))


class Parent(NamedTuple):
    """A parent table between a table and a column that is reached through references."""

    alias: str
    source: str
    condition: str

    @property
    def join(self) -> str:
        """The left join to it, which keeps rows without a parent."""
        return f" left join {self.source} on {self.condition}"


def _parent(table: str, reference: Any) -> Parent:
    target = reference._foreign_key_meta  # noqa: SLF001  # Piccolo's, as is _meta
    alias, key = reference.table_alias, name_of(target.resolved_target_column)
    column = f'"{table}".{quoted(name_of(reference))}'
    source = f'{source_of(target.resolved_references)} as "{alias}"'
    return Parent(alias, source, f'"{alias}".{quoted(key)} = {column}')


def _subquery(text: str, parents: Sequence[Parent]) -> str | None:
    if not parents:
        return None
    first, *others = parents
    joins = "".join(each.join for each in others)
    return f"(select {text} from {first.source}{joins} where {first.condition})"
