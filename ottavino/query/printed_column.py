"""A column as SQL names it: kept with the column, since it is printed in every query."""

# ruff: noqa: S608  # what is put together here are names

from collections.abc import Sequence
from typing import Any, NamedTuple

from ottavino.declare.column import name_of
from ottavino.postgres.quoting import identifier, quoted


class PrintedColumn(NamedTuple):
    """A column's text, the table that a query reaches it from, and the joins on the way."""

    meta: Any
    table: Any
    text: str
    joins: dict[str, str]
    """Each by the name that it gives to a parent's table."""
    subquery: str | None
    """The value of a parent's column for a row; nothing for a column of the table itself."""


def printed_column(column: Any) -> PrintedColumn:
    """The column as SQL names it."""
    kept: PrintedColumn | None = column.__dict__.get("_printed")
    # Piccolo copies a column for each path that leads to it, with its attributes.
    if kept is None or kept.meta is not column._meta:
        kept = column.__dict__["_printed"] = _print(column)
    return kept


def source_of(table: Any) -> str:
    """The quoted name of a table, with its schema."""
    return f"{identifier(table._meta.schema)}.{identifier(table._meta.tablename)}"


def _print(column: Any) -> PrintedColumn:
    meta = column._meta
    references: list[Any] = meta.call_chain
    root = references[0]._meta.table if references else meta.table
    parents: list[Parent] = []
    alias = root._meta.tablename
    for each in references:
        parents.append(_parent(alias, each))
        alias = each.table_alias
    text = f'"{alias}".{quoted(meta.db_column_name)}'
    joins = {each.alias: each.join for each in parents}
    return PrintedColumn(meta, root, text, joins, _subquery(text, parents))


class Parent(NamedTuple):
    """A table on the way to a column of a parent."""

    alias: str
    source: str
    condition: str

    @property
    def join(self) -> str:
        """The join to it. A row without a parent stays."""
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
