"""What a table or a column is for, told to whoever looks at the database."""

import inspect
from dataclasses import dataclass

from ottavino.declare.definition import Definition, define, identifier, literal
from ottavino.declare.generated import Named, column_name


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
        """The columns that it names."""
        return () if self.on is None else (self.on,)

    def definition(self, table: str) -> Definition:
        """The comment on its table, or on the column."""
        if self.on is None:
            name, target = table, f"table {table}"
        else:
            column = column_name(self.on)
            name, target = f"{table}.{column}", f"column {table}.{identifier(column)}"
        return define(
            f"comment {name}",
            f"comment on {target} is {literal(inspect.cleandoc(self.text))}",
            f"comment on {target} is null",
        )
