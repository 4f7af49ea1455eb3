"""Triggers: what the database does by itself when a row changes."""

from dataclasses import dataclass
from typing import Literal

from db.objects.definition import Definition, define, identifier
from db.objects.function import Function

Event = Literal["insert", "update", "delete"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Trigger:
    """Calls a function for each row before or after an event, on this table or another.

    The function is declared by being called here; several triggers may call the same one.
    """

    name: str
    function: Function
    when: Literal["before", "after"]
    event: Event
    on: str | None = None
    """The table with its schema, where it is not the one that declares the trigger."""

    def definitions(self, table: str) -> tuple[Definition, Definition]:
        """The function, and the trigger that calls it."""
        on = self.on or table
        trigger = define(
            f"trigger {on}.{self.name}",
            f"create trigger {identifier(self.name)}\n"
            f"    {self.when} {self.event} on {on}\n"
            f"    for each row execute function public.{self.function.name}()",
            f"drop trigger {identifier(self.name)} on {on}",
        )
        return self.function.definition(), trigger
