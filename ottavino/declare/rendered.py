"""SQL that the framework itself has rendered, with its columns already known."""

from collections.abc import Iterable
from typing import Self


class Rendered(str):
    """A piece of SQL rendered from a declaration, with the columns that it names of its table.

    It never ends with a comment and has no literals of several lines, so it is never parsed.
    """

    __slots__ = ("columns",)

    columns: tuple[str, ...]

    def __new__(cls, sql: str, columns: Iterable[str] = ()) -> Self:
        """The expression and its columns."""
        made = super().__new__(cls, sql)
        made.columns = tuple(columns)
        return made


def written_by_hand(*expressions: str) -> tuple[str, ...]:
    """The expressions that are hand-written, so that their names have to be found by
    parsing.
    """
    return tuple(each for each in expressions if not isinstance(each, Rendered))
