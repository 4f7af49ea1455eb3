"""Writes that were not awaited: they change nothing, and no error would say so."""

import warnings
from typing import Any


class Awaited:
    """A statement that warns where it is dropped without having been printed."""

    __slots__ = ()

    table: Any
    is_printed: bool

    def __del__(self) -> None:
        if not getattr(self, "is_printed", True):
            warnings.warn(
                f"A write to {self.table.__name__} was never awaited, so it has changed "
                "nothing: write await before it.",
                RuntimeWarning,
                stacklevel=2,
                source=self,
            )
