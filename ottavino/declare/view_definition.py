"""The definition of views for migrations."""

from dataclasses import dataclass, field
from typing import ClassVar

from ottavino.declare.definition import Claim, Definition, unqualified
from ottavino.declare.moving import moving
from ottavino.postgres.quoting import identifier, schema_of, split_name

ALL = "*"
"""A marker for all columns of a table, including those that are added later."""


@dataclass(frozen=True, slots=True)
class ViewDefinition(Definition):
    """The definition of a view for migrations."""

    kind: ClassVar[str] = "view"
    rank: ClassVar[int] = 14
    is_query: ClassVar[bool] = True

    columns: tuple[tuple[str, str], ...] = field(default=(), compare=False, kw_only=True)
    """The columns of the class with their types, which the query's columns have to match."""
    is_invoker: bool = field(default=True, compare=False, kw_only=True)
    """Whether it reads with the rights of its caller."""

    @property
    def schema(self) -> str:
        return schema_of(self.full_name)

    @property
    def own_name(self) -> str:
        """Its name in the schema."""
        return unqualified(self.full_name)

    @property
    def noun(self) -> str:
        """What it is in SQL."""
        return "view"

    @property
    def address(self) -> str:
        return f"{self.noun} {self.full_name}"

    @property
    def called(self) -> str:
        return self.full_name

    @property
    def claims(self) -> tuple[Claim, ...]:
        """A name among the relations of its schema."""
        return (Claim("relation", self.schema, unqualified(self.full_name)),)

    def becomes(self, new: Definition) -> bool:
        """Whether it is unchanged: PostgreSQL cannot replace a view whose columns change."""
        return self == new

    def rename(self, old: str, new: str) -> str:
        """The SQL that renames it; empty if only what it reads has another name."""
        if old == new:
            return ""
        schema, _ = split_name(self.full_name)
        return f"alter {self.noun} {schema}.{identifier(old)} rename to {identifier(new)}"

    def move_from(self, old: str) -> str:
        """The SQL that moves it here, with its rows and its privileges."""
        return moving(self.noun, old, self.full_name)

    def needs(self, other: Definition) -> bool:
        """Whether it names the other object, or may be grouped by its key."""
        # Called without `super()`, which does not work in a dataclass with slots.
        return Definition.needs(self, other) or (
            other.kind == "primary-key" and other.table in (self.uses or {})
        )


@dataclass(frozen=True, slots=True)
class MaterializedViewDefinition(ViewDefinition):
    """The definition of a materialized view for migrations."""

    kind: ClassVar[str] = "materialized-view"

    @property
    def noun(self) -> str:
        return "materialized view"
