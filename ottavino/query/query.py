"""A query: awaiting it runs it in the session of the running task and returns rows."""

import copy
from collections.abc import Callable, Generator
from typing import TYPE_CHECKING, Any, Generic, Protocol, TypeVar, TypeVarTuple

from ottavino.errors import OttavinoError
from ottavino.postgres.scope import current_scope
from ottavino.query.printer import Printer, printed
from ottavino.query.reading import Reading

Item = TypeVar("Item")
Made = TypeVar("Made")
Columns = TypeVarTuple("Columns")


class NotOneRow(OttavinoError):
    """The query should return exactly one row, but returned none or several."""


class Statement(Protocol):
    """A statement before it is printed."""

    def printed(self, outer: Printer) -> str:
        """Its text; the parameters are added to the printer."""
        ...


def sql_of(statement: Statement) -> tuple[str, list[Any]]:
    """The text of a statement, and its parameters."""
    printer = Printer()
    return statement.printed(printer), printer.arguments


class Query(Generic[Item]):
    """A statement, and the conversion of its rows."""

    statement: Any

    def __init__(self, statement: Statement, reading: Reading) -> None:
        self.statement = statement
        self.reading = reading

    def __await__(self) -> Generator[Any, None, list[Item]]:
        return self._fetch().__await__()

    if not TYPE_CHECKING:

        def __iter__(self) -> Any:
            """Refuse a loop over a query that was not awaited. Type checkers report it too."""
            raise TypeError(
                "A query gives its rows when it is awaited: write `for row in await select(…)`."
            )

    def into(
        self: "Query[tuple[*Columns]]", make: "Callable[[*Columns], Made]"
    ) -> "Query[Made]":
        """Make each row by calling this with its columns in order, for example a dataclass."""
        made: Any = copy.copy(self)
        made.reading = Reading(self.reading.readables, make)
        return made

    async def first(self) -> Item | None:
        """The first row, or None."""
        rows = await self
        return rows[0] if rows else None

    async def one(self, missing: type[Exception] | None = None) -> Item:
        """The only row. Without a row or with several, `NotOneRow` is raised; without a row,
        `missing` if given: `one(NoSuchDocument)`.
        """
        rows = await self
        if missing is not None and not rows:
            raise missing
        if len(rows) != 1:
            number = "several" if rows else "no"
            raise NotOneRow(
                f"The query gave {number} rows, and one was expected: use first() where there "
                "may be none, and await the query itself where there may be several."
            )
        return rows[0]

    def sql(self) -> tuple[str, list[Any]]:
        """The text of the statement, and its parameters."""
        return sql_of(self.statement)

    async def _fetch(self) -> list[Any]:
        return self.reading.rows(*await current_scope().fetch_counted(*self.sql()))


@printed.register
def _(operand: Query, printer: Printer) -> str:  # type: ignore[type-arg]  # pyright: ignore[reportMissingTypeArgument, reportUnknownParameterType]  # registered by its class
    return operand.statement.printed(printer)
