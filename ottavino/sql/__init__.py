"""What SQL that somebody wrote by hand uses: the columns, tables and functions that it names.

Conditions of policies, checks, generated columns, bodies of functions and the statements of
`migration.execute` are text. sqlglot parses it where it can. It knows no PL/pgSQL, nor all of
PostgreSQL's grammar: such text is cut into tokens, which tell its words from its literals and
comments, and every word counts as used. `Names.is_exact` says which of the two it was.

Only what writes migrations and inspects databases asks for this. Production does without
sqlglot, so it is imported when it is needed, and not with this module.
"""

from collections.abc import Callable, Iterator
from dataclasses import replace
from importlib import import_module
from types import ModuleType

from ottavino.errors import SettingsError
from ottavino.sql.names import Mention, Names, Part, Path

__all__ = [
    "Mention",
    "Names",
    "Part",
    "Path",
    "mentions",
    "names_in_body",
    "names_in_expression",
    "names_in_statements",
    "parts_of_body",
    "rewritten",
    "tables_read_in_expression",
]


def names_in_expression(sql: str, table: str | None = None) -> Names:
    """What a condition, a default or a generated column uses.

    Columns without a table are those of `table`, the one that the expression belongs to.
    """
    names: Names = _module("parser").names(f"select {sql}")
    if table is None:
        return names
    return replace(names, tables=names.tables | {tuple(table.split(".", 1))})


def tables_read_in_expression(sql: str) -> frozenset[Path]:
    """The tables that the sub-selects of a condition read, as far as it can be parsed."""
    return _module("parser").read_tables(f"select {sql}")


def names_in_statements(sql: str) -> Names:
    """What one statement uses, or several with `;` between them."""
    return _module("parser").names(sql)


def names_in_body(sql: str, language: str) -> Names:
    """What the body of a function uses. Only a body in `sql` can be parsed."""
    parser = _module("parser")
    return parser.names(sql) if language.lower() == "sql" else parser.mentioned(sql)


def mentions(sql: str) -> Iterator[Mention]:
    """Every name in some SQL, or in a text that only contains names: `table public.notes`.

    Literals and comments are left out, as `rewritten` leaves them as they are.
    """
    return _module("rewriting").mentions(sql)


def rewritten(sql: str, change: Callable[[Mention], Path]) -> str:
    """The same SQL with other names: `change` says for each what stands there afterwards.

    A path keeps its length. Literals and comments stay as they are, except for the body of a
    function, and for a literal that is cast to `regclass` or the like. A single name after
    `as` or `::` is an alias or a type, and stays as well.
    """
    return _module("rewriting").rewritten(sql, change)


def parts_of_body(sql: str, language: str) -> Iterator[Part]:
    """What each statement of a function's body uses."""
    return _module("routine").parts(sql, language)


def _module(name: str) -> ModuleType:
    try:
        return import_module(f"ottavino.sql.{name}")
    except ImportError as error:
        raise SettingsError(
            "Reading SQL that somebody wrote needs sqlglot: pip install 'ottavino[lint]'"
        ) from error
