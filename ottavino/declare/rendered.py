"""SQL that the framework itself has rendered, from values whose meaning it knows."""

from collections.abc import Iterable
from typing import Self


class Rendered(str):
    """An expression rendered from a declaration, with the columns of the table that it names.

    It has no comment at its end, and nothing has to be found in it: so it is never read.
    """

    __slots__ = ("columns",)

    columns: tuple[str, ...]

    def __new__(cls, sql: str, columns: Iterable[str] = ()) -> Self:
        """The expression and its columns."""
        made = super().__new__(cls, sql)
        made.columns = tuple(columns)
        return made


def written_by_hand(*expressions: str) -> tuple[str, ...]:
    """Those of some expressions in which names have yet to be found."""
    return tuple(each for each in expressions if not isinstance(each, Rendered))
