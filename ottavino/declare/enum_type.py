"""Enumerated types of PostgreSQL, from the enumerations of Python."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from enum import Enum
from typing import ClassVar, Self

from ottavino.declare.definition import FACT
from ottavino.declare.fitting import require_declared
from ottavino.declare.schema_object import SchemaObject
from ottavino.declare.type_definition import TypeDefinition
from ottavino.declare.type_name import qualified_type, sql_name
from ottavino.postgres.quoting import LONGEST_NAME, literal


@dataclass(frozen=True, slots=True)
class EnumDefinition(TypeDefinition):
    """The definition of an enumerated type for migrations."""

    kind: ClassVar[str] = "enum"
    rank: ClassVar[int] = 2
    values: tuple[str, ...] = field(default=(), compare=False, kw_only=True, metadata=FACT)
    """Its values, in their order."""

    @classmethod
    def of(cls, name: str, values: Iterable[str]) -> Self:
        """The enumerated type with a qualified name and these values."""
        there = tuple(values)
        return cls(
            f"enum {name}",
            f"create type {sql_name(name)} as enum (\n    {', '.join(map(literal, there))}\n)",
            f"drop type {sql_name(name)}",
            uses={},
            values=there,
        )


@dataclass(frozen=True, slots=True)
class EnumType(SchemaObject):
    """A PostgreSQL type with the values of an `Enum`. A column `enum(Status)` declares it. It
    is declared by itself if only functions use it.
    """

    states: type[Enum]
    name: str = ""
    """Its name with the schema; if it is empty, the name comes from the class."""

    def __post_init__(self) -> None:
        require_declared(self)
        values = [each.value for each in self.states]
        if not values or not all(isinstance(each, str) and each for each in values):
            raise TypeError(
                f"The values of {self.states.__name__} become the values of a PostgreSQL "
                f"type: each has to be a non-empty text."
            )
        for each in values:
            if len(each.encode()) > LONGEST_NAME:
                raise ValueError(
                    f"The value {each!r} of {self.states.__name__} is longer than "
                    f"{LONGEST_NAME} bytes, which PostgreSQL does not accept: shorten it."
                )

    @property
    def full_name(self) -> str:
        return qualified_type(self.name, self.states.__name__)

    @property
    def sql(self) -> str:
        """The type's name in a column definition."""
        return sql_name(self.full_name)

    def definitions(self) -> Iterator[EnumDefinition]:
        yield EnumDefinition.of(self.full_name, (each.value for each in self.states))
