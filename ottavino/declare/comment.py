"""Comments: what a table or a column is for, as the database shows it."""

import inspect
from dataclasses import dataclass
from typing import ClassVar

from ottavino.declare.definition import Definition
from ottavino.declare.generated import Named, column_name
from ottavino.postgres.quoting import identifier, literal


@dataclass(frozen=True, slots=True)
class CommentDefinition(Definition):
    """A comment as migrations know it."""

    kind: ClassVar[str] = "comment"
    is_replaced: ClassVar[bool] = True


@dataclass(frozen=True, slots=True)
class Comment:
    """Describes the table, or the column that it is `on`."""

    text: str
    on: Named | None = None

    def __post_init__(self) -> None:
        if not self.text.strip():
            raise ValueError("A comment needs a text: without one, leave it out.")

    @property
    def columns(self) -> tuple[Named, ...]:
        return () if self.on is None else (self.on,)

    def definition(self, table: str) -> Definition:
        column = None if self.on is None else column_name(self.on)
        target = f"table {table}" if column is None else f"column {table}.{identifier(column)}"
        return CommentDefinition.on(
            table,
            column,
            f"comment on {target} is {literal(inspect.cleandoc(self.text))}",
            f"comment on {target} is null",
            uses={} if column is None else {table: (column,)},
        )
