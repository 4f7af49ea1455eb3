"""Finds the names in some SQL, and replaces them."""

import functools
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace

from sqlglot.tokenizer_core import Token, TokenType

from ottavino.postgres.quoting import identifier, literal
from ottavino.sql.names import Mention, Path
from ottavino.sql.tokens import code, cut, is_word, named, object_names, type_at

LIST, CAST = ["(", "array"], [")", "::"]
"""The tokens around a list that PostgreSQL casts as a whole."""

SCHEMA = "regnamespace"
"""The type of a literal that names a schema."""

OF_TYPES = {
    TokenType.COMMA,
    TokenType.DOT,
    TokenType.L_PAREN,
    TokenType.NUMBER,
    TokenType.R_PAREN,
}
"""The tokens of the name of a type, beside its words."""


@functools.lru_cache(maxsize=512)
def mentions(sql: str) -> tuple[Mention, ...]:
    """Every name, and after them those in the bodies of functions."""
    tokens = cut(sql) or []
    inside = [*code(tokens), *(token for token, _ in object_names(tokens))]
    return (
        *(mention for _, mention in named(tokens)),
        *(mention for token in inside for mention in mentions(token.text)),
    )


def rewritten(sql: str, change: Callable[[Mention], Path], *, in_code: bool = True) -> str:
    """The same SQL with the names that `change` gives."""
    tokens = cut(sql)
    if tokens is None:
        return sql
    changes = [
        (token, identifier(name))
        for parts, mention in named(tokens)
        for token, name, old in zip(parts, change(mention), mention.path, strict=True)
        if name != old
    ]
    bodies = [(token, "") for token in code(tokens)] if in_code else []
    for token, kind in [*bodies, *object_names(tokens)]:
        text = rewritten(token.text, _inside(change, kind))
        if text != token.text:
            changes.append((token, _quoted(_source(token, sql), text)))
    return _spliced(sql, changes)


def _inside(change: Callable[[Mention], Path], kind: str) -> Callable[[Mention], Path]:
    """What changes the names in a body, or in a literal of some type: only of a schema, the
    word before it says what it is.
    """

    def changed(mention: Mention) -> Path:
        after = SCHEMA if SCHEMA in {kind, mention.after} else ""
        return change(replace(mention, after=after))

    return changed


def stable(sql: str) -> str:
    """The same SQL of PostgreSQL's, which it writes in this way again after reading it.

    It writes `kind in ('a', 'b')`, where `kind` is a `varchar`, with a cast of the whole list
    to `text[]`. When it reads that cast, it casts each member of the list instead. Without the
    cast, it adds its own again.
    """
    tokens = cut(sql) or []
    return _spliced(
        sql, ((token, "") for begun, end in _casts(tokens) for token in tokens[begun:end])
    )


def _casts(tokens: Sequence[Token]) -> Iterator[tuple[int, int]]:
    """The places of casts such as `::text[]` behind a list in parentheses: each place where one
    begins, and the next after its end. PostgreSQL writes them only where it casts by itself.
    """
    opened: list[int] = []
    for at, token in enumerate(tokens):
        if token.token_type == TokenType.L_BRACKET:
            opened.append(at)
        elif token.token_type == TokenType.R_BRACKET and opened:
            begun = opened.pop()
            before = [each.text.lower() for each in tokens[max(0, begun - 2) : begun]]
            after = [each.text for each in tokens[at + 1 : at + 3]]
            end = _after_type(tokens, at + 3)
            if (before, after) == (LIST, CAST) and end is not None:
                yield at + 2, end


def _after_type(tokens: Sequence[Token], at: int) -> int | None:
    """The place after the type of a list that begins at a place, as `numeric(9,2)[]`."""
    for end, token in enumerate(tokens[at:], at):
        if token.token_type == TokenType.L_BRACKET:
            is_list = type_at(tokens, end + 1) == TokenType.R_BRACKET
            return end + 2 if is_list else None
        is_word_of_type = is_word(token) and token.text.lower() != "array"
        if token.token_type not in OF_TYPES and not is_word_of_type:
            return None
    return None


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
