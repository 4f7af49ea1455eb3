"""The classes that a file may name: those of the project, and those being written."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from ottavino.declare.type_name import qualified_type
from ottavino.inspect.adopt.memberships import FoundMembers
from ottavino.inspect.adopt.source import docstring, string
from ottavino.sql.names import path_of


@dataclass(frozen=True, slots=True)
class Parent:
    """A class that references may name."""

    module: str
    name: str
    key: str
    """The attribute of its key, which is of one column."""
    key_column: str
    key_type: str
    python: str
    """The Python type of the key."""


@dataclass(frozen=True, slots=True)
class Enumeration:
    """A type of PostgreSQL with a list of values, and the class of Python that has them."""

    type: str
    """The type's name in a column definition."""
    module: str
    name: str
    members: Mapping[str, str]
    """The names in Python by the values."""

    @property
    def arguments(self) -> tuple[str, ...]:
        """The arguments of `enum`."""
        plain = ".".join(path_of(self.type))
        is_named = qualified_type("", self.name) == plain
        return (self.name,) if is_named else (self.name, f"name={string(plain)}")

    @property
    def lines(self) -> list[str]:
        """The class."""
        members = [f"    {name} = {string(value)}" for value, name in self.members.items()]
        about = f"    {docstring(f'The values of the type {self.type}')}"
        return [f"class {self.name}(StrEnum):", about, "", *members, "", ""]


@dataclass(frozen=True, slots=True)
class Known:
    """The classes by what they stand for."""

    parents: dict[str, Parent]
    """By the tables."""
    enumerations: dict[str, Enumeration]
    """By the types that columns have."""
    members: dict[str, FoundMembers]
    """By the tables that declare `Members`."""
    publications: set[str] = field(default_factory=set[str])
    """The publications that a class declares with options."""

    @property
    def names(self) -> set[str]:
        """The names of the classes that another one may name."""
        every = (*self.parents.values(), *self.enumerations.values())
        return {each.name for each in every}
