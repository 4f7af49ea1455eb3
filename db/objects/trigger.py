"""Triggers: what the database does by itself when a row changes."""

from dataclasses import dataclass
from typing import Literal

from db.objects.definition import Definition, define, identifier
from db.objects.function import Function

Event = Literal["insert", "update", "delete"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Trigger:
    """Calls a function for each row before or after an event, on this table or another.

    The function is declared by being called here; several triggers may call the same one,
    but one on another's table has its function to itself.
    """

    name: str
    function: Function
    when: Literal["before", "after"]
    event: Event
    on: str | None = None
    """The table with its schema, where it is not the one that declares the trigger."""

    def definitions(self, table: str) -> tuple[Definition, ...]:
        """The function, and the trigger that calls it."""
        function = self.function.definition()
        on = self.on or table
        create = (
            f"create trigger {identifier(self.name)}\n"
            f"    {self.when} {self.event} on {on}\n"
            f"    for each row execute function {self.function.signature}"
        )
        name = f"trigger {on}.{self.name}"
        if self.on is not None:
            # Only the owner of a table may drop a trigger on it: elsewhere it has to go with
            # the function that it calls, which is ours.
            return (define(name, f"{function.create};\n{create}", f"{function.drop} cascade"),)
        drop = f"drop trigger {identifier(self.name)} on {on}"
        return function, define(name, create, drop)
