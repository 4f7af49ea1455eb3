"""Triggers, by which the database calls a function when a row changes."""

from dataclasses import dataclass, field
from typing import ClassVar, Literal

from ottavino.declare.constraint import Deferrable
from ottavino.declare.database_function import (
    DatabaseFunction,
    FunctionBody,
    FunctionDefinition,
)
from ottavino.declare.definition import FACT, Claim, Definition
from ottavino.declare.fitting import require_declared
from ottavino.declare.generated import Named, column_names, used
from ottavino.declare.taken_back import is_beside, replaced
from ottavino.declare.tokens import closed
from ottavino.declare.with_triggers import is_replacing, separated, without_triggers
from ottavino.postgres.quoting import identifier

Event = Literal["insert", "update", "delete", "truncate"]


@dataclass(frozen=True, slots=True)
class TriggerDefinition(Definition):
    """The definition of a trigger for migrations, with its function if no other object calls
    that.
    """

    kind: ClassVar[str] = "trigger"
    function: str = field(default="", compare=False, kw_only=True, metadata=FACT)
    """The signature of the function that is made and dropped with it."""
    body: FunctionBody | None = field(default=None, compare=False, kw_only=True)
    """The body of that function."""
    declared: DatabaseFunction | None = field(default=None, compare=False, kw_only=True)
    """That function, unless it is read from a file or a database."""

    @property
    def claims(self) -> tuple[Claim, ...]:
        """The names of its function and, within the table, of the trigger."""
        own = Claim("trigger", self.table, self.own_name)
        return (*function_claims(self.function), own)

    @property
    def address(self) -> str:
        return f"trigger {identifier(self.own_name)} on {self.table}"

    def becomes(self, new: Definition) -> bool:
        """Whether only the definition of its function changes, or who may execute that."""
        if self == new:
            return True
        if not isinstance(new, TriggerDefinition) or not self.function:
            return False
        old_statements, old_triggers = separated(self.create)
        statements, triggers = separated(new.create)
        return (
            (self.function, old_triggers) == (new.function, triggers)
            and all(map(is_replacing, (*old_statements[:1], *statements[:1])))
            and all(map(is_beside, (*old_statements[1:], *statements[1:])))
        )

    def replacing(self, old: Definition) -> str:
        """The SQL of its function alone, which keeps every trigger that calls it, and what
        others have granted.
        """
        return replaced(without_triggers(old.create), without_triggers(self.create))


def body_of(definition: Definition) -> FunctionBody | None:
    """The body of a function, or of the function that is created with a trigger."""
    match definition:
        case FunctionDefinition() | TriggerDefinition():
            return definition.body
        case _:
            return None


def function_claims(signature: str) -> tuple[Claim, ...]:
    """The occupied name of a function, if there is one."""
    return FunctionDefinition(f"function {signature}", "", "").claims if signature else ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Trigger:
    """Calls a function for each row before or after an event, on this table or another.

    It also declares the function, which several triggers may call. A trigger on another table
    needs a function that no other trigger calls.
    """

    name: str
    function: DatabaseFunction
    when: Literal["before", "after", "instead of"]
    event: Event | tuple[Event, ...]
    of: tuple[Named | str, ...] = ()
    """The columns for whose update it is called, even if a value stays the same."""
    condition: str | None = None
    """The condition on `old` and `new`, in SQL."""
    each: Literal["row", "statement"] = "row"
    old_rows: str | None = None
    """The name by which the function reads all old rows of a statement."""
    new_rows: str | None = None
    """The name by which it reads all new rows."""
    deferrable: Deferrable | None = None
    """Makes it a constraint trigger, which can run at the end of the transaction."""
    on: str | None = None
    """The qualified table, if it is not the one that declares the trigger."""

    def __post_init__(self) -> None:
        require_declared(self)
        if self.function.returns != "trigger" or self.function.arguments:
            raise ValueError(
                f"The trigger {self.name!r} can only call a function without arguments that "
                f"returns trigger, which {self.function.name!r} is not."
            )
        if not self.events:
            raise ValueError(f"The trigger {self.name!r} needs an event, such as 'update'.")
        if self.deferrable is not None and (self.when, self.each) != ("after", "row"):
            raise ValueError(
                f"The trigger {self.name!r} is a constraint, which PostgreSQL checks after "
                'each row: write when="after", each="row".'
            )
        if "truncate" in self.events and self.each == "row":
            raise ValueError(
                f"The trigger {self.name!r} is called for truncate, which has no rows: write "
                'each="statement".'
            )
        if (self.old_rows or self.new_rows) and self.when != "after":
            raise ValueError(
                f"The trigger {self.name!r} reads the rows of a statement, which are there "
                'after it: write when="after".'
            )
        if self.of and "update" not in self.events:
            raise ValueError(
                f"The trigger {self.name!r} names columns with `of`, which only an update "
                'has: add "update" to its events, or leave `of` out.'
            )

    @property
    def events(self) -> tuple[Event, ...]:
        """The events that it is called for."""
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
                f"The trigger {self.name!r} is in an app's `objects`: write on=… with its "
                f"table."
            )
        kind = "" if self.deferrable is None else "constraint "
        condition = "" if self.condition is None else f" when ({closed(self.condition)})\n   "
        create = (
            f"create {kind}trigger {identifier(self.name)}\n"
            f"    {self.when} {' or '.join(map(self._event, self.events))} on {on}\n"
            f"{self._deferred}{self._transition}"
            f"    for each {self.each}{condition} execute function {self.function.signature}"
        )
        return self._with_function(on, create) if self.on else self._beside_function(on, create)

    def _beside_function(self, on: str, create: str) -> tuple[Definition, ...]:
        trigger = TriggerDefinition.on(
            on,
            self.name,
            create,
            f"drop trigger {identifier(self.name)} on {on}",
            uses=used(on, self.of),
            calls=(self.function.called,),
            free=self._free,
        )
        return self.function.definition(), trigger

    def _with_function(self, on: str, create: str) -> tuple[Definition, ...]:
        # Only the owner of a table may drop a trigger on it. On a table of others, dropping our
        # function with `cascade` drops the trigger.
        function = self.function.definition()
        trigger = TriggerDefinition.on(
            on,
            self.name,
            f"{function.create};\n{create}",
            f"{function.drop} cascade",
            uses=used(on, self.of),
            free=(*self._free, self.function.body),
            function=self.function.signature,
            body=function.body,
            accepted=function.accepted,
            declared=self.function,
        )
        return (trigger,)

    @property
    def _free(self) -> tuple[str, ...]:
        return () if self.condition is None else (self.condition,)

    @property
    def _deferred(self) -> str:
        if self.deferrable is None:
            return ""
        return f"    deferrable initially {self.deferrable}\n"

    @property
    def _transition(self) -> str:
        tables = (("old", self.old_rows), ("new", self.new_rows))
        named = [f"{of} table as {identifier(name)}" for of, name in tables if name]
        return f"    referencing {' '.join(named)}\n" if named else ""

    def _event(self, event: Event) -> str:
        return f"update of {column_names(self.of)}" if event == "update" and self.of else event
