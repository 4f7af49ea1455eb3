"""Rows that a query gives: read in one go, and given their Python types."""

import copy
from abc import ABC, abstractmethod
from collections.abc import Callable, Generator, Sequence
from typing import Any, Generic, TypeVar, TypeVarTuple

from ottavino.declare.column import Readable
from ottavino.postgres.scope import current_scope

Row = TypeVar("Row")
Made = TypeVar("Made")
Columns = TypeVarTuple("Columns")


class Query(ABC, Generic[Row]):
    """A query that gives rows when it is awaited, in the order of what was asked for."""

    def __init__(
        self, reading: Sequence[Readable[Any]], make: Callable[..., Any] | None = None
    ) -> None:
        self._reading = reading
        self._make = make

    def __await__(self) -> Generator[Any, None, list[Row]]:
        return self._fetch().__await__()

    def into(
        self: "Query[tuple[*Columns]]", make: "Callable[[*Columns], Made]"
    ) -> "Query[Made]":
        """Rows as something that takes their columns in order: a dataclass, say."""
        rows: Any = copy.copy(self)
        rows._make = make  # noqa: SLF001  # a copy of its own
        return rows

    async def first(self) -> Row | None:
        """The first row, or None where there is none."""
        rows = await self
        return rows[0] if rows else None

    @abstractmethod
    def _sql(self) -> tuple[str, Sequence[Any]]:
        """The statement, and its arguments."""

    async def _fetch(self) -> list[Any]:
        rows = await current_scope().fetch(*self._sql())
        if not rows:
            return []
        # Column by column: a row would be taken apart and put together once more.
        columns: list[Sequence[Any]] = list(zip(*rows, strict=True))
        for place, each in enumerate(self._reading):
            if (decode := each.decode) is not None:
                values = columns[place]
                columns[place] = [None if value is None else decode(value) for value in values]
        return list(map(self._make, *columns) if self._make else zip(*columns, strict=True))
