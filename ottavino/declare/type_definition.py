"""The definition of types for migrations."""

from dataclasses import dataclass
from typing import ClassVar

from ottavino.declare.definition import renaming
from ottavino.declare.schema_object import QualifiedDefinition
from ottavino.declare.type_name import sql_name


@dataclass(frozen=True, slots=True)
class TypeDefinition(QualifiedDefinition):
    """The definition of a type that columns can have."""

    is_shared: ClassVar[bool] = True
    precedes_tables: ClassVar[bool] = True

    @property
    def type(self) -> str:
        """The type's name in a column definition."""
        return sql_name(self.full_name)

    @property
    def address(self) -> str:
        return f"type {self.type}"

    def rename(self, old: str, new: str) -> str:
        """Empty: it is only recorded after a type that it is based on has moved."""
        return ""

    def move_from(self, old: str) -> str:
        """The SQL that moves it here, and renames it. It writes no row, since columns keep its
        values.
        """
        return ";\n".join(renaming("type", sql_name(old), self.type))

    def is_of(self, of_column: str) -> bool:
        """Whether a column's type is this one or an array of it."""
        return of_column.removesuffix("[]") == self.type

    def like(self, of_column: str) -> str:
        """This type, or an array of it if the other type of a column is one."""
        return f"{self.type}[]" if of_column.endswith("[]") else self.type
