"""Warns about writes that were not awaited, which change nothing without an error."""

import warnings
from typing import Any


class Awaited:
    """A statement that warns if it is deleted before it was printed."""

    __slots__ = ()

    table: Any
    is_printed: bool

    def __del__(self) -> None:
        if not getattr(self, "is_printed", True):
            # An insert without rows has no table.
            table = getattr(self.table, "__name__", "no table")
            warnings.warn(
                f"A write to {table} was never awaited, so it has changed "
                "nothing: write await before it.",
                RuntimeWarning,
                stacklevel=2,
                source=self,
            )
