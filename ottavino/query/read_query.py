"""The methods of every query that reads."""

import copy
from typing import Any, Self

from ottavino.declare.order import Order
from ottavino.declare.readable import Readable
from ottavino.postgres.scope import current_scope
from ottavino.query.query import Item, Query, sql_of


class ReadQuery(Query[Item]):
    """A query that reads. Each method extends it; awaiting does not change it."""

    def order_by(self, *keys: Readable[Any] | Order) -> Self:
        """Sort by the first key, then the next."""
        self.statement.order.extend(keys)
        return self

    def limit(self, number: int) -> Self:
        """Return at most this number of rows."""
        self.statement.limit = number
        return self

    def offset(self, number: int) -> Self:
        """Skip the first rows, which PostgreSQL still reads."""
        self.statement.offset = number
        return self

    async def first(self) -> Item | None:
        """The first row, or None; only one row is fetched."""
        rows = await self._limited(1)
        return rows[0] if rows else None

    async def one(self, missing: type[Exception] | None = None) -> Item:
        """The only row, or `NotOneRow`; at most two rows are fetched."""
        rows: Query[Item] = Query(self._limited(2).statement, self.reading)
        return await rows.one(missing)

    async def count(self) -> int:
        """The number of rows, which are not fetched."""
        return await self._value("select count(*) from ({}) as counted")

    async def exists(self) -> bool:
        """Whether there is a row."""
        return await self._value("select exists ({})")

    async def _value(self, template: str) -> Any:
        text, arguments = sql_of(self.statement.without_columns())
        records: list[Any] = await current_scope().fetch(template.format(text), arguments)
        return records[0][0]

    def _limited(self, most: int) -> Self:
        """A copy with a limit."""
        twin = copy.copy(self)
        twin.statement = statement = self.statement.copied()
        statement.limit = most if statement.limit is None else min(most, statement.limit)
        return twin
