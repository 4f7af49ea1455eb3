"""Finds the columns, tables and functions that hand-written SQL uses.

Conditions of policies, checks, generated columns, bodies of functions and the statements of
`migration.execute` are text. sqlglot parses it if it can. It does not know PL/pgSQL, nor all of
PostgreSQL's grammar. Such text is split into tokens, which separates words from literals and
comments, and every word counts as used. `Names.is_exact` says whether all was parsed.

Only commands that write migrations or inspect databases use this package. Production does not
have sqlglot, so it is imported when it is needed, and not with this module.
"""

from collections.abc import Callable, Iterator
from dataclasses import replace
from importlib import import_module
from types import ModuleType

from ottavino.errors import SettingsError
from ottavino.sql.names import Mention, Names, Part, Path, SqlType, path_of

__all__ = [
    "Mention",
    "Names",
    "Part",
    "Path",
    "SqlType",
    "literals",
    "mentions",
    "names_in_body",
    "names_in_expression",
    "names_in_statements",
    "parts_of_body",
    "path_of",
    "read_type",
    "reads_all",
    "rewritten",
    "selects_all",
    "stable",
    "tables_read_in_expression",
]


def names_in_expression(sql: str, table: str | None = None) -> Names:
    """The names that a condition, a default or a generated column uses.

    Columns without a table belong to `table`, whose expression it is.
    """
    names: Names = _module("parser").names(f"select {sql}")
    if table is None:
        return names
    return replace(names, tables=names.tables | {path_of(table)})


def tables_read_in_expression(sql: str) -> frozenset[Path]:
    """The tables that the sub-selects of a condition read, as far as it can be parsed."""
    return _module("parser").read_tables(f"select {sql}")


def names_in_statements(sql: str) -> Names:
    """The names that one statement uses, or several with `;` between them."""
    return _module("parser").names(sql)


def names_in_body(sql: str, language: str) -> Names:
    """The names that the body of a function uses. Only a body in `sql` can be parsed."""
    parser = _module("parser")
    return parser.names(sql) if language.lower() == "sql" else parser.mentioned(sql)


def reads_all(sql: str) -> bool:
    """Whether a query contains a `*` other than in `count(*)` or `count(t.*)`: all columns,
    or a whole row.
    """
    return _module("parser").reads_all(sql)


def selects_all(sql: str) -> bool:
    """Whether a query gives columns by `*`, so that they change with a table."""
    return _module("parser").selects_all(sql)


def read_type(sql: str) -> SqlType:
    """A type by its name, its limits and its dimensions: `numeric(14, 6)`, `text[]`."""
    return _module("types").read_type(sql)


def literals(sql: str) -> list[str]:
    """The texts of the string literals in some SQL, however they are quoted."""
    return _module("tokens").literals(sql)


def mentions(sql: str) -> Iterator[Mention]:
    """Every name in some SQL, or in a text of names such as `table public.notes`. Literals and
    comments are left out, because `rewritten` does not change them.
    """
    return _module("rewriting").mentions(sql)


def rewritten(sql: str, change: Callable[[Mention], Path], *, in_code: bool = True) -> str:
    """The same SQL with other names: `change` returns the new name for each.

    A path keeps its length. Literals and comments stay as they are, except for the body of a
    function if `in_code`, and for a literal that is cast to `regclass` or the like. A single
    name after `as` or `::` is an alias or a type, and stays as well.
    """
    return _module("rewriting").rewritten(sql, change, in_code=in_code)


def stable(sql: str) -> str:
    """The same SQL of PostgreSQL's, which it writes in this way again after reading it."""
    return _module("rewriting").stable(sql)


def parts_of_body(sql: str, language: str) -> Iterator[Part]:
    """The names that each statement of a function's body uses."""
    return _module("routine").parts(sql, language)


def _module(name: str) -> ModuleType:
    try:
        return import_module(f"ottavino.sql.{name}")
    except ImportError as error:
        raise SettingsError(
            "Reading SQL that somebody wrote needs sqlglot: pip install 'ottavino[lint]'"
        ) from error
