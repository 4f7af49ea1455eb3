"""SQL that the framework itself has rendered, from values whose meaning it knows."""

from collections.abc import Iterable
from typing import Self


class Rendered(str):
    """A piece of SQL rendered from a declaration, with the columns that it names of its table.

    It has no comment at its end, no literal of several lines, and no default that is looked
    for: so it is never read.
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
