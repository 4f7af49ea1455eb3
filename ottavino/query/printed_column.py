"""A column as SQL names it: kept with the column, since it is printed in every query."""

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
    joins: dict[str, str] = {}
    table = alias = root._meta.tablename
    for each in references:
        alias = each.table_alias
        joins[alias] = _join(table, alias, each)
        table = alias
    return PrintedColumn(meta, root, f'"{alias}".{quoted(meta.db_column_name)}', joins)


def _join(table: str, alias: str, reference: Any) -> str:
    target = reference._foreign_key_meta  # noqa: SLF001  # Piccolo's, as is _meta
    parent, key = target.resolved_references, name_of(target.resolved_target_column)
    column = f'"{table}".{quoted(name_of(reference))}'
    return f' left join {source_of(parent)} as "{alias}" on "{alias}".{quoted(key)} = {column}'
