"""Indexes: what makes the questions that are asked cheap to answer."""

from typing import Any, Literal

from db.objects.column import Col, Descending, name_of
from db.objects.definition import Definition, define, identifier

Method = Literal["btree", "gin", "gist", "hash", "brin"]
Key = Col[Any] | Descending | str


class Index:
    """An index over columns, columns in descending order, or expressions written in SQL.

    An index with an expression needs a `name`; the others are named after their columns.
    """

    def __init__(
        self,
        *keys: Key,
        name: str | None = None,
        unique: bool = False,
        method: Method = "btree",
        include: tuple[Col[Any], ...] = (),
        where: str | None = None,
    ) -> None:
        self.keys = keys
        self.name = name
        self.unique = unique
        self.method = method
        self.include = include
        self.where = where

    def definition(self, table: str) -> Definition:
        """The index on its table."""
        schema, _, table_name = table.rpartition(".")
        name = self.name or "_".join([table_name, *map(_key_name, self.keys), "idx"])
        create = (
            f"create {'unique ' if self.unique else ''}index {identifier(name)}\n"
            f"    on {table} using {self.method} ({', '.join(map(_key_sql, self.keys))})"
        )
        if self.include:
            columns = ", ".join(identifier(name_of(column)) for column in self.include)
            create += f"\n    include ({columns})"
        if self.where is not None:
            create += f"\n    where {self.where}"
        return define(
            f"index {schema}.{name}", create, f"drop index {schema}.{identifier(name)}"
        )


def _key_name(key: Key) -> str:
    if isinstance(key, str):
        raise TypeError(f"An index over the expression {key!r} needs a name.")
    return name_of(key.column if isinstance(key, Descending) else key)


def _key_sql(key: Key) -> str:
    if isinstance(key, str):
        return f"({key})"
    suffix = " desc" if isinstance(key, Descending) else ""
    return identifier(_key_name(key)) + suffix
