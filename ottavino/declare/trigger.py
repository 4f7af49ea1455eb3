"""Triggers: what the database does by itself when a row changes."""

from dataclasses import dataclass
from typing import Literal

from ottavino.declare.database_function import DatabaseFunction
from ottavino.declare.definition import Definition, define, identifier
from ottavino.declare.generated import Named, column_names

Event = Literal["insert", "update", "delete"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Trigger:
    """Calls a function for each row before or after an event, on this table or another.

    The function is declared by being called here; several triggers may call the same one,
    but one on another's table has its function to itself.
    """

    name: str
    function: DatabaseFunction
    when: Literal["before", "after"]
    event: Event | tuple[Event, ...]
    of: tuple[Named | str, ...] = ()
    """The only columns whose update counts: those that a statement sets, changed or not."""
    condition: str | None = None
    """What has to be true of `old` and `new`, written in SQL."""
    each: Literal["row", "statement"] = "row"
    on: str | None = None
    """The table with its schema, where it is not the one that declares the trigger."""

    def __post_init__(self) -> None:
        if self.function.returns != "trigger" or self.function.arguments:
            raise ValueError(
                f"The trigger {self.name!r} can only call a function without arguments that "
                f"returns trigger, which {self.function.name!r} is not."
            )
        if not self.events:
            raise ValueError(f"The trigger {self.name!r} needs an event, update for one.")
        if self.of and "update" not in self.events:
            raise ValueError(
                f"The trigger {self.name!r} names columns with `of`, which only an update "
                'has: add "update" to its events, or leave `of` out.'
            )

    @property
    def events(self) -> tuple[Event, ...]:
        """What it comes of."""
        return (self.event,) if isinstance(self.event, str) else self.event

    @property
    def columns(self) -> tuple[Named | str, ...]:
        """The columns that it names of the table that declares it."""
        return self.of if self.on is None else ()

    def definitions(self, table: str | None = None) -> tuple[Definition, ...]:
        """The function, and the trigger that calls it."""
        on = self.on or table
        if on is None:
            raise ValueError(
                f"The trigger {self.name!r} stands with no table: say which it is on."
            )
        condition = "" if self.condition is None else f" when ({self.condition})\n   "
        create = (
            f"create trigger {identifier(self.name)}\n"
            f"    {self.when} {' or '.join(map(self._event, self.events))} on {on}\n"
            f"    for each {self.each}{condition} execute function {self.function.signature}"
        )
        function, name = self.function.definition(), f"trigger {on}.{self.name}"
        if self.on is not None:
            # Only the owner of a table may drop a trigger on it: elsewhere it has to go with
            # the function that it calls, which is ours.
            return (define(name, f"{function.create};\n{create}", f"{function.drop} cascade"),)
        return function, define(name, create, f"drop trigger {identifier(self.name)} on {on}")

    def _event(self, event: Event) -> str:
        return f"update of {column_names(self.of)}" if event == "update" and self.of else event
