"""Enumerated types of PostgreSQL, from the enumerations of Python."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from enum import Enum
from typing import ClassVar, Self

from ottavino.declare.definition import FACT
from ottavino.declare.schema_object import QualifiedDefinition, SchemaObject
from ottavino.declare.type_name import qualified_type
from ottavino.postgres.quoting import LONGEST_NAME, identifier, literal, split_name, unquoted


@dataclass(frozen=True, slots=True)
class EnumDefinition(QualifiedDefinition):
    """The definition of an enumerated type for migrations."""

    kind: ClassVar[str] = "enum"
    is_shared: ClassVar[bool] = True
    rank: ClassVar[int] = 2
    precedes_tables: ClassVar[bool] = True
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

    @property
    def type(self) -> str:
        """The type's name in a column definition."""
        return sql_name(self.full_name)

    @property
    def address(self) -> str:
        return f"type {self.type}"

    def move_from(self, old: str) -> str:
        """The SQL that moves it here. It writes no row, since columns keep its values."""
        return f"alter type {sql_name(old)} set schema {identifier(self.schema)}"

    def is_of(self, of_column: str) -> bool:
        """Whether a column's type is this one or an array of it."""
        return of_column.removesuffix("[]") == self.type

    def like(self, of_column: str) -> str:
        """This type, or an array of it if the other type of a column is one."""
        return f"{self.type}[]" if of_column.endswith("[]") else self.type


@dataclass(frozen=True, slots=True)
class EnumType(SchemaObject):
    """A PostgreSQL type with the values of an `Enum`. A column `enum(Status)` declares it. It
    is declared by itself if only functions use it.
    """

    states: type[Enum]
    name: str = ""
    """Its name with the schema; if it is empty, the name comes from the class."""

    def __post_init__(self) -> None:
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


def sql_name(name: str) -> str:
    """A name with its schema, quoted where that is needed; it may be quoted already."""
    return ".".join(identifier(unquoted(each)) for each in split_name(name))
