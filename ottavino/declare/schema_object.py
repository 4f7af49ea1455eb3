"""Objects that belong to no single table.

Each is in the `objects` of an app, or in the `database_objects` of a table that uses it. Each
kind of object is one module, with its declaration, its definition for migrations and, if no
catalog query reads it, its own query.
"""

from abc import ABC, abstractmethod
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from ottavino.declare.definition import Claim, Definition, unqualified
from ottavino.declare.role import AnyRole
from ottavino.postgres.quoting import schema_of


class SchemaObject(ABC):
    """An object that is declared once, beside a table or in an app."""

    __slots__ = ()

    @abstractmethod
    def definitions(self) -> Iterable[Definition]:
        """Its definitions for migrations."""

    @property
    def roles(self) -> tuple[AnyRole, ...]:
        """The roles that it grants something."""
        return ()

    @property
    def columns(self) -> tuple[Any, ...]:
        """Empty: it names no column of a table."""
        return ()


@dataclass(frozen=True, slots=True)
class SchemaObjectDefinition(Definition):
    """The definition of an object without a table, for migrations."""

    @property
    def table(self) -> str:
        return ""


@dataclass(frozen=True, slots=True)
class QualifiedDefinition(SchemaObjectDefinition):
    """A type or a sequence, whose qualified name no table can have at the same time."""

    @property
    def schema(self) -> str:
        return schema_of(self.full_name)

    @property
    def called(self) -> str:
        return self.full_name

    @property
    def claims(self) -> tuple[Claim, ...]:
        """The name of a type or relation of its schema."""
        return (Claim("relation", self.schema, unqualified(self.full_name)),)
