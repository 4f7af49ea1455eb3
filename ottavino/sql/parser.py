"""Names read from SQL with sqlglot: from its tree, or else from its tokens."""

import itertools
import logging
from collections.abc import Callable, Iterable, Iterator, Sequence

from sqlglot import exp
from sqlglot.dialects.postgres import Postgres
from sqlglot.errors import SqlglotError
from sqlglot.tokenizer_core import Token, TokenType

from ottavino.postgres.quoting import RESERVED, identifier, literal
from ottavino.sql.names import Mention, Names, Path

# It warns of each statement that it does not know, which is no news to who reads the answer.
logging.getLogger("sqlglot").setLevel(logging.ERROR)

POSTGRES = Postgres()

CODE_FOLLOWS = {"as", "do", "plpgsql", "sql"}
"""The words after which a quoted string is code: `as $$…$$`, `do language plpgsql $$…$$`."""

OBJECT_TYPES = {"regclass", "regproc", "regprocedure", "regtype", "regnamespace"}
"""The types by which a literal is the name of an object."""

RUNS_TEXT = {"execute", "format"}
"""The words in PL/pgSQL by which a literal may be SQL too."""

KNOWS_NAMES = (exp.Column, exp.Table, exp.TableAlias, exp.Alias, exp.DataType, exp.CTE)
"""What a name in the tree may be part of, besides being a column by itself."""


class Words(Postgres.Tokenizer):
    """Cuts any SQL into tokens. No word has a meaning: sqlglot's own takes `execute` and all
    that follows, up to the semicolon, for one string.
    """

    KEYWORDS = {  # noqa: RUF012  # as its parent has it
        text: kind
        for text, kind in Postgres.Tokenizer.KEYWORDS.items()
        if not text[0].isalpha()
    }


def names(sql: str) -> Names:
    """What some statements use."""
    tokens, trees = _tokens(sql), _trees(sql)
    if tokens is None or trees is None:
        return mentioned(sql)
    found = _sum(map(_in_tree, trees))
    found |= Names(
        tables=frozenset(path for each in _object_names(tokens) for path in _paths(each.text)),
        functions=frozenset(
            mention.path for _, mention in _mentions(tokens) if mention.is_call
        ),
    )
    found |= Names(columns=frozenset((word,) for word in _overlooked(sql, trees, found)))
    is_sql = not any(token.text.lower() == "plpgsql" for token in tokens)
    return found | _sum((names if is_sql else mentioned)(code.text) for code in _code(tokens))


def mentioned(sql: str) -> Names:
    """Every word of some code, apart from its literals and comments."""
    tokens = _tokens(sql)
    if tokens is None:
        # A quotation mark is missing, so what is a literal cannot be known.
        return Names(words=frozenset(_words(sql)), is_exact=False)
    words = {_folded(token) for token in tokens if _is_word(token)}
    names = _sum(mentioned(token.text) for token in _code(tokens)).words
    texts = [*_object_names(tokens)]
    if words & RUNS_TEXT:
        texts += [token for token in tokens if _is_string(token)]
    return Names(
        words=frozenset(words.union(names, *(_words(token.text) for token in texts))),
        is_exact=False,
    )


def mentions(sql: str) -> Iterator[Mention]:
    """Every name, and after them those in the bodies of functions."""
    tokens = _tokens(sql) or []
    yield from (mention for _, mention in _mentions(tokens))
    for token in [*_code(tokens), *_object_names(tokens)]:
        yield from mentions(token.text)


def rewritten(sql: str, change: Callable[[Mention], Path]) -> str:
    """The same SQL with the names that `change` gives."""
    tokens = _tokens(sql)
    if tokens is None:
        return sql
    changes = [
        (token, identifier(name))
        for parts, mention in _mentions(tokens)
        for token, name, old in zip(parts, change(mention), mention.path, strict=True)
        if name != old
    ]
    for token in [*_code(tokens), *_object_names(tokens)]:
        text = rewritten(token.text, change)
        if text != token.text:
            changes.append((token, _quoted(_source(token, sql), text)))
    return _spliced(sql, changes)


def _tokens(sql: str) -> list[Token] | None:
    try:
        return Words(dialect=POSTGRES).tokenize(sql)
    except (SqlglotError, RecursionError):
        return None


def _trees(sql: str) -> list[exp.Expr] | None:
    """What was parsed, unless a part of it was not."""
    try:
        trees = [tree for tree in POSTGRES.parse(sql) if tree is not None]
    except Exception:  # noqa: BLE001  # whatever it does not know: then the words are looked at
        return None
    return None if any(tree.find(exp.Command) for tree in trees) else trees


# The tree


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
    """The table for which each name stands before a column, where it is one table's only."""
    behind = {path[-1]: path for path in tables}
    for alias in tree.find_all(exp.TableAlias):
        if isinstance(alias.this, exp.Identifier):
            table = alias.parent
            path = _path(table.parts) if isinstance(table, exp.Table) else ()
            name = _name(alias.this)
            behind[name] = path if behind.get(name, path) == path else ()
    return behind


def _column(column: exp.Column, behind: dict[str, Path]) -> Path:
    """A column with its table, or by itself where it may be any table's."""
    match _path(column.parts):
        case (table, name):
            return (*behind.get(table, ()), name)
        case path:
            return path


def _is_bare(name: exp.Expr) -> bool:
    """Whether a name stands for itself: in `using (a)`, `insert into t (a)`, `(row).a`."""
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
    """Words that were parsed, and are not in the tree: a field of a row, perhaps."""
    known = {
        each.name.lower()
        for tree in trees
        for each in tree.find_all(exp.Identifier, exp.Var, exp.Anonymous, exp.DataType)
        # `a @ b` is an operator, and not the parameter `@b` of other databases.
        if not isinstance(each.parent, exp.Parameter)
    }
    known |= {path[-1].lower() for path in found.functions}
    return {
        _folded(token)
        for token in POSTGRES.tokenize(sql)
        if token.token_type in {TokenType.VAR, TokenType.IDENTIFIER}
        and token.text.lower() not in known
    }


# The tokens


def _mentions(tokens: Sequence[Token]) -> Iterator[tuple[list[Token], Mention]]:
    """The names, each with its tokens."""
    at = 0
    while at < len(tokens):
        parts = [*_dotted(tokens, at)]
        before, after = _type(tokens, at - 1), _type(tokens, at + 2 * len(parts) - 1)
        is_alias = before == TokenType.DCOLON or (
            at > 0 and _is_word(tokens[at - 1]) and tokens[at - 1].text.lower() == "as"
        )
        if len(parts) > 1 or (parts and not is_alias):
            path = tuple(map(_folded, parts))
            is_enclosed = (before, after) == (TokenType.L_PAREN, TokenType.R_PAREN)
            yield parts, Mention(path, after == TokenType.L_PAREN, is_enclosed)
        at += max(2 * len(parts) - 1, 1)


def _dotted(tokens: Sequence[Token], at: int) -> Iterator[Token]:
    """The parts of the name that begins at a token, if one does."""
    first = tokens[at]
    if not _is_word(first) or (
        first.token_type != TokenType.IDENTIFIER
        and first.text.lower() in RESERVED
        and _type(tokens, at - 1) != TokenType.DOT
    ):
        return
    yield first
    while _type(tokens, at + 1) == TokenType.DOT and at + 2 < len(tokens):
        at += 2
        if not _is_word(tokens[at]):
            return
        yield tokens[at]


def _code(tokens: Sequence[Token]) -> Iterator[Token]:
    """The strings that are bodies of functions, or blocks of `do`."""
    for before, token in itertools.pairwise(tokens):
        if (
            token.token_type in {TokenType.HEREDOC_STRING, TokenType.STRING}
            and _is_word(before)
            and before.text.lower() in CODE_FOLLOWS
        ):
            yield token


def _object_names(tokens: Sequence[Token]) -> Iterator[Token]:
    """The literals that name an object: `'public.notes'::regclass`."""
    for at, token in enumerate(tokens):
        if (
            token.token_type == TokenType.STRING
            and _type(tokens, at + 1) == TokenType.DCOLON
            and any(part.text.lower() in OBJECT_TYPES for part in tokens[at + 2 : at + 5])
        ):
            yield token


def _paths(sql: str) -> Iterator[Path]:
    return (mention.path for _, mention in _mentions(_tokens(sql) or []))


def _type(tokens: Sequence[Token], at: int) -> TokenType | None:
    return tokens[at].token_type if 0 <= at < len(tokens) else None


def _is_word(token: Token) -> bool:
    return token.token_type in {TokenType.VAR, TokenType.IDENTIFIER}


def _is_string(token: Token) -> bool:
    return token.token_type.name.endswith("STRING")


def _folded(token: Token) -> str:
    """A name as PostgreSQL knows it: in small letters, unless it is quoted."""
    return token.text if token.token_type == TokenType.IDENTIFIER else token.text.lower()


def _words(text: str) -> list[str]:
    return "".join(
        each if each.isalnum() or each in "_$" else " " for each in text.lower()
    ).split()


def _source(token: Token, sql: str) -> str:
    return sql[token.start : token.end + 1]


def _quoted(source: str, text: str) -> str:
    """A text, quoted as another one is in the source."""
    if not source.startswith("$"):
        return literal(text)
    mark = source[: source.index("$", 1) + 1]
    return f"{mark}{text}{mark}"


def _spliced(sql: str, changes: Iterable[tuple[Token, str]]) -> str:
    for token, text in sorted(changes, key=lambda each: each[0].start, reverse=True):
        sql = sql[: token.start] + text + sql[token.end + 1 :]
    return sql


def _sum(each: Iterable[Names]) -> Names:
    total = Names()
    for names in each:
        total |= names
    return total
