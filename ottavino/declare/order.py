"""The sort order of rows."""

from dataclasses import dataclass, replace
from typing import Any, ClassVar, Self


@dataclass(frozen=True, slots=True, eq=False)
class Order:
    """A sort key, and its direction."""

    column: Any
    nulls: str = ""
    direction: ClassVar[str] = ""

    def nulls_first(self) -> Self:
        """Nulls first, in either direction."""
        return replace(self, nulls=" nulls first")

    def nulls_last(self) -> Self:
        """Nulls last, in either direction."""
        return replace(self, nulls=" nulls last")


class Ascending(Order):
    """From the least value to the greatest."""


class Descending(Order):
    """From the greatest value to the least."""

    direction = " desc"
