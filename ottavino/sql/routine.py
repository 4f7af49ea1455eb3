"""Reads a function's body statement by statement: the tables and columns that each uses.

PL/pgSQL is SQL with statements of its own around it. These are removed, and the rest of each
statement is parsed: a query as it is, an expression as if it were selected.
"""

from collections.abc import Collection, Iterator, Sequence

from sqlglot.tokenizer_core import Token, TokenType

from ottavino.sql import parser
from ottavino.sql.names import Names, Part
from ottavino.sql.tokens import cut, is_word, named

ENDS = {"begin", "declare", "else", "exception", "loop", "then"}
"""The words after which a statement begins, besides `;`."""

QUERIES = {"delete", "insert", "merge", "select", "update", "values", "with"}
"""The words that begin a query, which may follow `return query` or `for row in`."""

DEEPER = {TokenType.L_PAREN: 1, TokenType.R_PAREN: -1}

CONTROL = {
    "assert", "elsif", "exit", "for", "if", "next", "perform", "return", "when", "while",
}  # fmt: skip
"""The words that an expression may follow at the beginning of a statement."""


def parts(body: str, language: str) -> Iterator[Part]:
    """The statements of a body in `sql` or PL/pgSQL; one for the whole body if it executes
    text.
    """
    tokens = cut(body)
    if tokens is None:
        yield _part(parser.mentioned(body), [])
        return
    is_sql = language.lower() == "sql"
    for statement in _statements(tokens, set() if is_sql else ENDS):
        text = _text(statement, body)
        yield _part(parser.names(text) if is_sql else _names(statement, body), statement)
    if not is_sql and any(each.text.lower() in parser.RUNS_TEXT for each in tokens):
        yield _part(parser.mentioned(body), tokens)


def _part(names: Names, statement: Sequence[Token]) -> Part:
    mentions = [mention for _, mention in named(statement)]
    paths = [each.path for each in mentions if each.path[1:] and not each.is_call]
    fields = {(path[-2], path[-1]) for path in paths}
    if names.is_exact:
        # A name qualified by a table or its alias is known to be a column of it.
        fields = {(of, name) for of, name in fields if (name,) in names.columns}
    bare = {each.path[0] for each in mentions if not each.path[1:]}
    return Part(names, frozenset(fields), frozenset(bare))


def _statements(tokens: Sequence[Token], ends: Collection[str]) -> Iterator[list[Token]]:
    """The tokens of each statement."""
    statement: list[Token] = []
    depth = cases = 0
    for token in tokens:
        word = token.text.lower() if is_word(token) else ""
        depth += (token.token_type == TokenType.L_PAREN) - (
            token.token_type == TokenType.R_PAREN
        )
        # `case` at the beginning is a statement, elsewhere an expression with an end.
        cases += (word == "case" and bool(statement)) - (word == "end" and cases > 0)
        if depth == cases == 0 and (token.token_type == TokenType.SEMICOLON or word in ends):
            if statement:
                yield statement
            statement = []
        else:
            statement.append(token)
    if statement:
        yield statement


def _names(statement: Sequence[Token], body: str) -> Names:
    """The names that a statement of PL/pgSQL uses; all of its words if it cannot be parsed."""
    names = parser.names(_query(statement, body) or _expression(statement, body))
    return names if names.is_exact else parser.mentioned(_text(statement, body))


def _query(statement: Sequence[Token], body: str) -> str | None:
    depth = 0
    for token in statement:
        depth += (token.token_type == TokenType.L_PAREN) - (
            token.token_type == TokenType.R_PAREN
        )
        if depth == 0 and is_word(token) and token.text.lower() in QUERIES:
            return body[token.start : statement[-1].end + 1]
    return None


def _expression(statement: Sequence[Token], body: str) -> str:
    for at, token in enumerate(statement):
        if token.token_type == TokenType.COLON_EQ:
            target, value = statement[:at], statement[at + 1 :]
            return f"select {_text(target, body)}, {_text(value, body)}"
    words = [is_word(token) and token.text.lower() in CONTROL for token in statement]
    first = words.index(False) if False in words else 0
    return f"select {_text(statement[first:], body)}"


def _text(statement: Sequence[Token], body: str) -> str:
    return body[statement[0].start : statement[-1].end + 1] if statement else ""
