"""Rows that a query gives: read in one go, and given their Python types."""

from collections.abc import Callable, Generator, Sequence
from typing import Any, Generic, TypeVar, TypeVarTuple

from piccolo.query.methods.select import Select as PiccoloSelect

from db.objects.column import Readable

Row = TypeVar("Row")
Made = TypeVar("Made")
Columns = TypeVarTuple("Columns")


class Rows(Generic[Row]):
    """A query that gives rows when it is awaited, in the order of what was asked for."""

    def __init__(
        self,
        query: Any,
        reading: Sequence[Readable[Any]],
        make: Callable[..., Any] | None = None,
    ) -> None:
        self._query = query
        self._reading = reading
        self._make = make

    def __await__(self) -> Generator[Any, None, list[Row]]:
        return self._fetch().__await__()

    def into(self: "Rows[tuple[*Columns]]", make: "Callable[[*Columns], Made]") -> "Rows[Made]":
        """Rows as something that takes their columns in order: a dataclass, say."""
        return Rows(self._query, self._reading, make)

    async def first(self) -> Row | None:
        """The first row, or None where there is none; of a `select`, no other is fetched."""
        query: Any = self._query
        if isinstance(query, PiccoloSelect):
            query.limit(1)
        rows = await self
        return rows[0] if rows else None

    async def _fetch(self) -> list[Any]:
        self._query._validate()
        engine = self._query.table._meta.db
        rows = await engine.run_querystring(self._query.querystrings[0])
        decoders = [each.decode for each in self._reading]
        if any(decoders):
            rows = [_decoded(row, decoders) for row in rows]
        if self._make is None:
            return [tuple(row) for row in rows]
        return [self._make(*row) for row in rows]


def _decoded(row: Any, decoders: list[Any]) -> tuple[Any, ...]:
    return tuple(
        value if decode is None or value is None else decode(value)
        for value, decode in zip(row, decoders, strict=True)
    )
