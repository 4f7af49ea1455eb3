"""The names in a piece of SQL."""

from dataclasses import dataclass
from typing import Any

Path = tuple[str, ...]
"""A name and what stands before its dots, as PostgreSQL knows them: `("public", "notes")`."""

NOTHING: frozenset[Any] = frozenset()


@dataclass(frozen=True, slots=True)
class Mention:
    """A name where it stands in SQL."""

    path: Path
    is_call: bool
    """Whether a parenthesis follows: a function, or the table of an `insert`."""
    is_enclosed: bool
    """Whether it stands in parentheses by itself, as the column of `grant select (title)`."""


@dataclass(frozen=True, slots=True)
class Names:
    """What a piece of SQL uses. `a | b` is what either of two pieces does."""

    columns: frozenset[Path] = NOTHING
    """Each with its table, where that is said. An alias has been replaced by its table."""
    tables: frozenset[Path] = NOTHING
    functions: frozenset[Path] = NOTHING
    types: frozenset[Path] = NOTHING
    """Those that something is cast to, and that are not PostgreSQL's own."""
    words: frozenset[str] = NOTHING
    """Every word of what could not be parsed: any of them may be any of the above."""

    is_exact: bool = True
    """Whether all of it was parsed. If not, a name that it mentions counts as used."""

    def has_column(self, table: str, column: str) -> bool:
        """Whether it uses a column of a table: `has_column("public.notes", "title")`.

        A column without its table counts if the table is named anywhere in the same SQL.
        """
        return column in self.words or any(
            path[-1] == column
            and (_is(path[:-1], table) if path[1:] else not self.tables or self._names(table))
            for path in self.columns
        )

    def has_table(self, table: str) -> bool:
        """Whether it uses a table, or the type of its rows: `has_table("public.notes")`."""
        return self._names(table) or self.has_type(table)

    def has_type(self, name: str) -> bool:
        """Whether it casts to a type: `has_type("public.status")`."""
        return _last(name) in self.words or any(_is(path, name) for path in self.types)

    def has_function(self, function: str) -> bool:
        """Whether it calls a function of this name: `has_function("public.twice")`.

        Which of those with the same name but other arguments it is, only PostgreSQL knows.
        """
        return _last(function) in self.words or any(
            _is(path, function) for path in self.functions
        )

    def __or__(self, other: "Names") -> "Names":
        return Names(
            self.columns | other.columns,
            self.tables | other.tables,
            self.functions | other.functions,
            self.types | other.types,
            self.words | other.words,
            self.is_exact and other.is_exact,
        )

    def _names(self, table: str) -> bool:
        beside_columns = {path[:-1] for path in self.columns if path[1:]}
        return _last(table) in self.words or any(
            _is(path, table) for path in self.tables | beside_columns
        )


@dataclass(frozen=True, slots=True)
class Part:
    """What one statement of a function's body uses."""

    names: Names
    fields: frozenset[tuple[str, str]]
    """The fields of variables, each with its variable: `("new", "title")`."""
    bare: frozenset[str]
    """The names that stand by themselves, of columns among others."""


def _is(path: Path, name: str) -> bool:
    """Whether a name may be meant. Without its schema, it may be in any."""
    full = tuple(name.split(".", 1))
    return path == full[-len(path) :] or full == path[-len(full) :]


def _last(name: str) -> str:
    return name.partition(".")[2] or name
