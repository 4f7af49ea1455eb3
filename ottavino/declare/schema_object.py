"""Objects of the schema that belong to no single table.

Each is in the `objects` of an app, or in the `database_objects` of a table that uses it. A
kind of object is one module: what is declared, what migrations know of it, and how it is
read from a database where no catalog query reads it.
"""

from abc import ABC, abstractmethod
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from ottavino.declare.definition import Claim, Definition, unqualified


class SchemaObject(ABC):
    """An object that is declared once, beside a table or in an app."""

    __slots__ = ()

    @abstractmethod
    def definitions(self) -> Iterable[Definition]:
        """Its definitions, as migrations know them."""

    @property
    def columns(self) -> tuple[Any, ...]:
        """It names no column of the table beside which it is declared."""
        return ()


@dataclass(frozen=True, slots=True)
class SchemaObjectDefinition(Definition):
    """An object that belongs to no table, as migrations know it."""

    @property
    def table(self) -> str:
        return ""


@dataclass(frozen=True, slots=True)
class QualifiedDefinition(SchemaObjectDefinition):
    """A type or a sequence: its name has a schema, where no table can have it too."""

    @property
    def schema(self) -> str:
        return self.full_name.split(".", 1)[0]

    @property
    def called(self) -> str:
        return self.full_name

    @property
    def claims(self) -> tuple[Claim, ...]:
        """A name among the types and relations of its schema."""
        return (Claim("relation", self.schema, unqualified(self.full_name)),)
