"""Reads the names that SQL uses from sqlglot's tree, or else from its tokens."""

import logging
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import lru_cache

from sqlglot import exp
from sqlglot.tokenizer_core import TokenType

from ottavino.sql.names import Names, Path
from ottavino.sql.tokens import (
    POSTGRES,
    code,
    cut,
    folded,
    is_string,
    is_word,
    named,
    object_names,
    words_of,
)

# It warns of each statement that it cannot parse; `Names.is_exact` says that already.
logging.getLogger("sqlglot").setLevel(logging.ERROR)

RUNS_TEXT = {"execute", "format"}
"""The words in PL/pgSQL after which a literal may be SQL."""

KNOWS_NAMES = (exp.Column, exp.Table, exp.TableAlias, exp.Alias, exp.DataType, exp.CTE)
"""The nodes of the tree in which a name is no column."""


# A difference asks several times for the names in each piece of a schema's SQL.
@lru_cache(maxsize=5000)
def names(sql: str) -> Names:
    """The names that some statements use."""
    tokens, trees = cut(sql), _trees(sql)
    if tokens is None or trees is None:
        return mentioned(sql)
    found = _sum(map(_in_tree, trees))
    found |= Names(
        tables=frozenset(
            path for each, _ in object_names(tokens) for path in _paths(each.text)
        ),
        functions=frozenset(mention.path for _, mention in named(tokens) if mention.is_call),
    )
    found |= Names(columns=frozenset((word,) for word in _overlooked(sql, trees, found)))
    is_sql = not any(token.text.lower() == "plpgsql" for token in tokens)
    return found | _sum((names if is_sql else mentioned)(each.text) for each in code(tokens))


def read_tables(sql: str) -> frozenset[Path]:
    """The tables that some statements read or write, as far as they can be parsed."""
    trees = _trees(sql) or []
    return frozenset(path for tree in trees for path in _in_tree(tree).tables)


def reads_all(sql: str) -> bool:
    """Whether a query contains a `*` other than in `count(*)` or `count(t.*)`: all columns,
    or a whole row.
    """
    return _has_star(sql, lambda star: not isinstance(_with_table(star).parent, exp.Count))


def selects_all(sql: str) -> bool:
    """Whether a query gives columns by `*`, so that they change with a table."""
    return _has_star(sql, _is_selected)


def _is_selected(star: exp.Star) -> bool:
    return isinstance(_with_table(star).parent, exp.Select)


def _with_table(star: exp.Star) -> exp.Expr:
    """The `t.*` to which a `*` belongs, or the `*`."""
    return star.parent if isinstance(star.parent, exp.Column | exp.Dot) else star


def _has_star(sql: str, is_meant: Callable[[exp.Star], bool]) -> bool:
    trees = _trees(sql)
    if trees is None:
        return True
    stars = [star for tree in trees for star in tree.find_all(exp.Star)]
    # sqlglot reads `values` in a union as `select * from (values …)`.
    written = [star for star in stars if sql[star.meta.get("start", 0)] == "*"]
    return any(map(is_meant, written))


def mentioned(sql: str) -> Names:
    """Every word of some code, apart from its literals and comments."""
    tokens = cut(sql)
    if tokens is None:
        # A quotation mark is missing, so literals cannot be told from code.
        return Names(words=frozenset(words_of(sql)), is_exact=False)
    words = {folded(token) for token in tokens if is_word(token)}
    names = _sum(mentioned(token.text) for token in code(tokens)).words
    texts = [each for each, _ in object_names(tokens)]
    if words & RUNS_TEXT:
        texts += [token for token in tokens if is_string(token)]
    return Names(
        words=frozenset(words.union(names, *(words_of(token.text) for token in texts))),
        is_exact=False,
    )


def _trees(sql: str) -> list[exp.Expr] | None:
    """The parsed statements; None if a part could not be parsed."""
    try:
        trees = [tree for tree in POSTGRES.parse(sql) if tree is not None]
    except Exception:  # noqa: BLE001  # then every word counts as used
        return None
    return None if any(tree.find(exp.Command) for tree in trees) else trees


def _in_tree(tree: exp.Expr) -> Names:
    made_here = {(each.alias,) for each in tree.find_all(exp.CTE)}
    tables = {_path(each.parts) for each in tree.find_all(exp.Table)} - made_here - {()}
    behind = _behind(tree, tables)
    columns = {_column(each, behind) for each in tree.find_all(exp.Column)}
    columns |= {(_name(each),) for each in tree.find_all(exp.Identifier) if _is_bare(each)}
    types = {_path(each.find_all(exp.Identifier)) for each in tree.find_all(exp.DataType)}
    return Names(
        columns=frozenset(columns - {()}),
        tables=frozenset(tables),
        types=frozenset(types - {()}),
    )


def _behind(tree: exp.Expr, tables: Iterable[Path]) -> dict[str, Path]:
    """The table that each qualifier of a column stands for, if it is only one table."""
    behind = {path[-1]: path for path in tables}
    for alias in tree.find_all(exp.TableAlias):
        if isinstance(alias.this, exp.Identifier):
            table = alias.parent
            path = _path(table.parts) if isinstance(table, exp.Table) else ()
            name = _name(alias.this)
            behind[name] = path if behind.get(name, path) == path else ()
    return behind


def _column(column: exp.Column, behind: dict[str, Path]) -> Path:
    """A column with its table, or alone if it may belong to any table."""
    match _path(column.parts):
        case (table, name):
            return (*behind.get(table, ()), name)
        case path:
            return path


def _is_bare(name: exp.Expr) -> bool:
    """Whether a name is a plain column name: in `using (a)`, `insert into t (a)`, `(row).a`."""
    parent = name.parent
    if isinstance(parent, exp.Dot):
        return name.arg_key == "expression" and not parent.find_ancestor(exp.DataType)
    if isinstance(parent, exp.Collate):
        return name.arg_key != "expression"
    return not isinstance(parent, KNOWS_NAMES)


def _path(parts: Iterable[exp.Expr]) -> Path:
    return tuple(_name(each) for each in parts if isinstance(each, exp.Identifier))


def _name(part: exp.Expr) -> str:
    return part.name if part.args.get("quoted") else part.name.lower()


def _overlooked(sql: str, trees: Sequence[exp.Expr], found: Names) -> set[str]:
    """Words that were parsed, but are not in the tree, such as a field of a row."""
    known = {
        each.name.lower()
        for tree in trees
        for each in tree.find_all(exp.Identifier, exp.Var, exp.Anonymous, exp.DataType)
        # `a @ b` is an operator, and not the parameter `@b` of other databases.
        if not isinstance(each.parent, exp.Parameter)
    }
    known |= {path[-1].lower() for path in found.functions}
    return {
        folded(token)
        for token in POSTGRES.tokenize(sql)
        if token.token_type in {TokenType.VAR, TokenType.IDENTIFIER}
        and token.text.lower() not in known
    }


def _paths(sql: str) -> Iterator[Path]:
    return (mention.path for _, mention in named(cut(sql) or []))


def _sum(each: Iterable[Names]) -> Names:
    total = Names()
    for names in each:
        total |= names
    return total
