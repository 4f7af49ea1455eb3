"""Objects of the schema that belong to no single table.

Each is in the `objects` of an app, or in the `database_objects` of a table that uses it. A
kind of object is one module: what is declared, what migrations know of it, and how it is
read from a database where no catalog query reads it.
"""

from abc import ABC, abstractmethod
from collections.abc import Iterable
from typing import Any

from ottavino.declare.definition import Definition


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
