"""Piccolo's queries that write rows or read one again, with the names of columns in Python."""

from collections.abc import Sequence
from typing import Any

from piccolo.columns.base import Column
from piccolo.query.methods.insert import Insert as PiccoloInsert
from piccolo.query.methods.objects import UpdateSelf as PiccoloUpdateSelf
from piccolo.query.methods.refresh import Refresh as PiccoloRefresh
from piccolo.querystring import QueryString
from piccolo.utils.encoding import JSONDict
from piccolo.utils.sql_values import convert_to_sql_value

from ottavino.declare.readable import encoded


class Insert(PiccoloInsert[Any]):
    """An insert that names only the columns which were given a value.

    Piccolo names all columns, and PostgreSQL requires the privilege on each named column, even
    with `default`. With a grant on some columns, every insert would be refused.
    """

    @property
    def default_querystrings(self) -> Sequence[QueryString]:
        """The statement, with `default` for a column that only other rows have a value for."""
        rows: list[Any] = self.add_delegate._add
        columns = [
            column
            for column in self.table._meta.columns
            if any(column._meta.name in row._given for row in rows)
        ]
        names = ", ".join(f'"{column._meta.db_column_name}"' for column in columns)
        target = f"insert into {self.table._meta.get_formatted_tablename()}"
        statement = f"{target} ({names}) values {{}}" if columns else f"{target} {{}}"
        parts = [QueryString(statement, self._values(rows, columns))]
        if self.on_conflict_delegate._on_conflict.on_conflict_items:
            parts.append(self.on_conflict_delegate._on_conflict.querystring)
        if self.returning_delegate._returning:
            parts.append(self.returning_delegate._returning.querystring)
        return [QueryString("{}" * len(parts), *parts)]

    def _values(self, rows: list[Any], columns: list[Column]) -> QueryString:
        if not columns:
            return QueryString("default values")
        values = [_row_values(row, columns) for row in rows]
        return QueryString(", ".join(["{}"] * len(values)), *values)

    def _raw_response_callback(self, results: list[Any]) -> None:
        super()._raw_response_callback(results)  # pyright: ignore[reportUnknownMemberType]  # Piccolo's
        rows: list[Any] = self.add_delegate._add
        for row in rows:
            row._given.clear()


def _row_values(row: Any, columns: list[Column]) -> QueryString:
    values = [
        convert_to_sql_value(encoded(column, row[column._meta.name]), column)
        if column._meta.name in row._given
        else QueryString("default")
        for column in columns
    ]
    return QueryString(f"({', '.join(['{}'] * len(values))})", *values)


class Refresh(PiccoloRefresh):
    """Reads a row again. What was assigned to it before is not written by a later `save`."""

    def _get_columns(self, instance: Any, columns: Any) -> list[Any]:
        # Piccolo would take a name apart at its periods.
        stock: Any = super()
        named: list[Any] = stock._get_columns(instance, columns)  # noqa: SLF001  # Piccolo's own
        return [each.as_alias(_path(each)) for each in named]

    def _update_instance(self, instance: Any, data_dict: dict[str, Any]) -> None:
        for name, value in data_dict.items():
            if not isinstance(value, dict) or isinstance(value, JSONDict):
                setattr(instance, name, value)
            elif all(each is None for each in value.values()):  # pyright: ignore[reportUnknownVariableType, reportUnknownMemberType]  # Piccolo's
                setattr(instance, name, None)
            else:
                self._update_instance(getattr(instance, name), value)  # pyright: ignore[reportUnknownArgumentType]  # likewise
        instance._given.difference_update(data_dict)


def _path(column: Any) -> str:
    """The name of a column, after those of the references that lead to it."""
    return ".".join(each._meta.name for each in (*column._meta.call_chain, column))


class UpdateSelf(PiccoloUpdateSelf):
    """Changes a row by values computed from its columns, and reads these."""

    async def run(self, node: str | None = None, in_pool: bool = True) -> None:
        """Write the values, and set those that the database has then."""
        row: Any = self.row
        if not row._exists_in_db:  # noqa: SLF001  # of a Table of ours, as below
            raise ValueError("The row is not in the database: save it first.")
        columns = [row._column(each) for each in self.values]  # noqa: SLF001  # as above
        key = row._meta.primary_key
        changed: Any = row.__class__.update(self.values).where(key == row[key._meta.name])
        rows = await changed.returning(*columns).run(node=node, in_pool=in_pool)
        if not rows:
            raise ValueError("The row is not in the database any more.")
        for column in columns:
            setattr(row, column._meta.name, rows[0][column._meta.db_column_name])
            row._given.discard(column._meta.name)  # as above
