"""What the body of a function reads and calls, by the words around each name.

`migrations forwards` runs without sqlglot, which does not know PL/pgSQL either. `migrations
new` and `piccolo db lint` read bodies in the same way, so that all three find the same cycles.
"""

from collections.abc import Iterator
from typing import NamedTuple

from ottavino.declare.tokens import Token, strings, tokens
from ottavino.sql.names import Path

BEFORE_RELATIONS = {"from", "join", "only", "into", "update", "using", "table"}
"""The words that the name of a table or a view may follow."""

RUN_TEXT = {"execute", "format"}
"""The words in PL/pgSQL after which a literal may be SQL."""


class BodyNames(NamedTuple):
    """The names in a body; some of them may be of something else, such as a variable."""

    relations: frozenset[Path]
    functions: frozenset[Path]


class _Name(NamedTuple):
    """A name in a body, and what is around it."""

    path: Path
    before: str
    """The word before it; a comma if one is between them."""
    after: str
    is_bound: bool
    """Whether `as (` follows, as after the name of a common table expression."""

    @property
    def is_relation(self) -> bool:
        # In a list of expressions, a single word after a comma is a column.
        return self.before in BEFORE_RELATIONS or (self.before == "," and bool(self.path[1:]))


def names_read(body: str) -> BodyNames:
    """The names in a body in `sql` or PL/pgSQL, and in literals that it may execute."""
    names = [*_names(body)]
    if any(token.text in RUN_TEXT for token in tokens(body)):
        names += [name for text in strings(body) for name in _names(text)]
    bound = {name.path for name in names if name.is_bound}
    return BodyNames(
        frozenset(name.path for name in names if name.is_relation) - bound,
        frozenset(name.path for name in names if name.after == "("),
    )


def _names(sql: str) -> Iterator[_Name]:
    found = [*tokens(sql)]
    at = 0
    while at < len(found):
        parts = _parts(sql, found, at)
        if parts:
            yield _name(sql, found, at, parts)
        at += max(len(parts), 1)


def _parts(sql: str, found: list[Token], at: int) -> list[Token]:
    """The parts of a name; none if a sign is at this place."""
    parts: list[Token] = []
    for token in found[at:]:
        if token.kind == "sign" or (parts and sql[parts[-1].end : token.start].strip() != "."):
            break
        parts.append(token)
    return parts


def _name(sql: str, found: list[Token], at: int, parts: list[Token]) -> _Name:
    before = found[at - 1] if at else None
    after = found[at + len(parts) : at + len(parts) + 3]
    words = [token.text for token in after]
    has_comma = before is not None and "," in sql[before.end : parts[0].start]
    return _Name(
        tuple(token.text for token in parts[:2]),
        "," if has_comma else before.text if before else "",
        words[0] if words else "",
        words[:1] == ["as"] and bool({"(", "materialized"} & {*words[1:]}),
    )
