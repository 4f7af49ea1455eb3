"""Finds the names in some SQL, and replaces them."""

import functools
from collections.abc import Callable, Iterable
from dataclasses import replace

from sqlglot.tokenizer_core import Token

from ottavino.postgres.quoting import identifier, literal
from ottavino.sql.names import Mention, Path
from ottavino.sql.tokens import code, cut, named, object_names


@functools.lru_cache(maxsize=512)
def mentions(sql: str) -> tuple[Mention, ...]:
    """Every name, and after them those in the bodies of functions."""
    tokens = cut(sql) or []
    inside = [*code(tokens), *object_names(tokens)]
    return (
        *(mention for _, mention in named(tokens)),
        *(mention for token in inside for mention in mentions(token.text)),
    )


def rewritten(sql: str, change: Callable[[Mention], Path]) -> str:
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
    for token in [*code(tokens), *object_names(tokens)]:
        text = rewritten(token.text, lambda mention: change(replace(mention, after="")))
        if text != token.text:
            changes.append((token, _quoted(_source(token, sql), text)))
    return _spliced(sql, changes)


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
