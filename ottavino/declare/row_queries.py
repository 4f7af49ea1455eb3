"""Piccolo's queries of one row, with the names of columns in Python."""

from typing import Any

from piccolo.query.methods.objects import UpdateSelf as PiccoloUpdateSelf
from piccolo.query.methods.refresh import Refresh as PiccoloRefresh
from piccolo.utils.encoding import JSONDict


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
