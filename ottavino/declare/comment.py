"""Comments on objects, which the database shows."""

from dataclasses import dataclass
from typing import Any, ClassVar, cast

from ottavino.declare.column import Col
from ottavino.declare.definition import Definition, table_of
from ottavino.declare.fitting import require_declared
from ottavino.declare.generated import Generated, Named, column_name
from ottavino.declare.schema_object import SchemaObject
from ottavino.declare.search_vector import SearchVector
from ottavino.postgres.quoting import identifier, literal

ON = "on "
"""The first word in the name of a comment that is on neither a table nor a column."""


@dataclass(frozen=True, slots=True)
class CommentDefinition(Definition):
    """The definition of a comment for migrations."""

    kind: ClassVar[str] = "comment"
    is_replaced: ClassVar[bool] = True
    rank: ClassVar[int] = 40

    @property
    def table(self) -> str:
        """The table that it describes, or the table of the described column; empty for another
        object.
        """
        if self.full_name.startswith(ON):
            return ""
        return table_of(self.full_name)

    def needs(self, other: Definition) -> bool:
        """Whether it describes the other object, which its name contains."""
        return self.full_name == f"{ON}{other.name}" or Definition.needs(self, other)


@dataclass(frozen=True, slots=True)
class Comment:
    """A comment on the table, or `on` a column of it or any declared object. `Comment("…",
    on=Policy.owner(user_id))` is declared beside the table, like the policy. The comment on an
    object without a table is declared in the same place as the object.

    The text is stored exactly as given. `inspect.cleandoc` removes the indentation of a text
    between triple quotation marks: `Comment(cleandoc(…))`.
    """

    text: str
    on: Any = None

    def __post_init__(self) -> None:
        require_declared(self, "text")
        if not self.text.strip():
            raise ValueError("A comment needs a text: write one, or remove the comment.")

    @property
    def columns(self) -> tuple[Named, ...]:
        column = self._column
        return () if column is None else (column,)

    @property
    def _column(self) -> Named | None:
        is_column = isinstance(self.on, Col | Generated | SearchVector)
        return cast("Named", self.on) if is_column else None

    def definitions(self) -> tuple[Definition, ...]:
        """The comment on an object without a table."""
        if not isinstance(self.on, SchemaObject) and not hasattr(self.on, "called"):
            raise TypeError("A comment in an app's `objects` needs an object: write on=….")
        return (self._on_object(self.on, ""),)

    def definition(self, table: str, noun: str = "table") -> Definition:
        """The comment beside a table, or on it."""
        if self.on is None:
            return self._comment(table, None, f"{noun} {table}")
        if self._column is None:
            return self._on_object(self.on, table)
        column = column_name(self._column)
        return self._comment(table, column, f"column {table}.{identifier(column)}")

    def _comment(self, table: str, column: str | None, target: str) -> Definition:
        return CommentDefinition.on(
            table,
            column,
            f"comment on {target} is {self._literal}",
            f"comment on {target} is null",
            uses={} if column is None else {table: (column,)},
        )

    def _on_object(self, of: Any, table: str) -> Definition:
        made = _definition(of, table)
        target = f"comment on {made.address} is"
        return CommentDefinition(
            f"comment {ON}{made.name}",
            f"{target} {self._literal}",
            f"{target} null",
            uses={},
            calls=(made.name,),
        )

    @property
    def _literal(self) -> str:
        return literal(self.text)


def _definition(of: Any, table: str) -> Definition:
    """The definition of the object that a comment is on, for migrations."""
    match of:
        case SchemaObject():
            return next(iter(of.definitions()))
        case _ if hasattr(of, "called"):
            return of.definition()
        case _ if hasattr(of, "definitions"):
            if isinstance(of, type):
                raise TypeError(
                    f"A comment on {of.__name__} is declared in its own class: move it there."
                )
            return [*of.definitions(table)][-1]
        case _ if hasattr(of, "definition"):
            return of.definition(table)
        case _:
            raise TypeError(
                f"A comment is on {of!r}, which is no object: write on=… with a column of the "
                "class or one of its objects, or leave it out for the table."
            )
