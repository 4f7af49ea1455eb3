"""The names in a piece of SQL."""

from dataclasses import dataclass
from functools import lru_cache
from typing import Any, NamedTuple

from ottavino.postgres.quoting import split_name, unquoted

Path = tuple[str, ...]
"""The parts of a qualified name, as PostgreSQL knows them: `("public", "notes")`."""

NOTHING: frozenset[Any] = frozenset()


class SqlType(NamedTuple):
    """A type, with one name for all of its synonyms in SQL."""

    name: str
    """One word for each type, in lower case: `decimal` for `numeric`, `int` for `integer`."""
    limits: tuple[int, ...]
    """The numbers in parentheses: of `numeric(14, 6)`, 14 and 6."""
    depth: int
    """The number of dimensions of an array; 0 if it is none."""


@dataclass(frozen=True, slots=True)
class Mention:
    """A name, and its surroundings in SQL."""

    path: Path
    is_call: bool
    """Whether a parenthesis follows, as after a function or the table of an `insert`."""
    is_enclosed: bool
    """Whether it is alone in parentheses, as the column in `grant select (title)`."""
    after: str = ""
    """The word before it, such as `schema`; empty for a name in the body of a function."""


@dataclass(frozen=True, slots=True)
class Names:
    """The names that a piece of SQL uses. `a | b` has those of both pieces."""

    columns: frozenset[Path] = NOTHING
    """Each with its table if the SQL names it. Aliases are replaced by their tables."""
    tables: frozenset[Path] = NOTHING
    functions: frozenset[Path] = NOTHING
    types: frozenset[Path] = NOTHING
    """The types of casts, without PostgreSQL's own types."""
    words: frozenset[str] = NOTHING
    """Every word of SQL that could not be parsed. Each may be any of the above."""

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

        Overloads are not told apart: only PostgreSQL can.
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
    """The names that one statement of a function's body uses."""

    names: Names
    fields: frozenset[tuple[str, str]]
    """The fields of variables, each with its variable: `("new", "title")`."""
    bare: frozenset[str]
    """Unqualified names, such as columns."""


def _is(path: Path, name: str) -> bool:
    """Whether one name may mean another. A name without a schema may be in any schema."""
    full = path_of(name)
    return path == full[-len(path) :] or full == path[-len(full) :]


def _last(name: str) -> str:
    return path_of(name)[-1]


@lru_cache(maxsize=5000)
def path_of(name: str) -> Path:
    """The parts of a name with its schema, without their quotation marks."""
    return tuple(map(unquoted, split_name(name)))
