"""Columns under names that are hard to quote are read and written like any other."""

from typing import Any

from ottavino import Col, Table, primary_key, session, text
from ottavino.identity import Identity
from ottavino.query import case, insert, select, sql, update, upper
from ottavino.testing import Database
from tests.ottavino.query.stored import create

NAMES = [
    *('a"b', "{}", "{0}", "x}", "%s", "$1", "a;--", "a\nb", "it's", "/*", "ünï", "a\\", "$$"),
    *("select", "a b"),
]


def odd() -> Any:
    """A table with a column of each name."""
    columns: dict[str, Any] = {
        f"c{number}": text(default="d", db_column_name=name)
        for number, name in enumerate(NAMES)
    }
    make: Any = type(Table)
    return make("Odd", (Table,), {"id": primary_key(), **columns}, tablename="odds")


async def test_each_name_is_quoted_wherever_it_is_written(database: Database) -> None:
    table = odd()
    await create(database, table)
    async with session(Identity.service()):
        values = {
            f"c{number}": f"{name}' or true --{{}}$1\\" for number, name in enumerate(NAMES)
        }
        await insert(table(**values))
        for name, value in values.items():
            column: Col[str] = getattr(table, name)
            for condition in (column == value, sql("{} = {}", column, value).condition()):
                assert await select(column).where(condition) == [(value,)]
            chosen = case((column == value, "{}'$2"), default="x")
            assert await select(upper(column), chosen) == [(value.upper(), "{}'$2")]
            await update(table).set(column, value).where(column.is_in([value, "x"]))
