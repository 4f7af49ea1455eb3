"""Reads a function that is declared together with triggers on tables of others.

PostgreSQL replaces the function in place, which keeps every trigger that calls it. It cannot
create the triggers again, so a replacement leaves these statements out.
"""

from itertools import pairwise

from ottavino.declare.tokens import closed, tokens
from ottavino.postgres.quoting import identifier

MODIFIERS = {"or", "replace", "constraint"}


def has_triggers(drop: str) -> bool:
    """Whether a function is dropped together with the triggers that call it."""
    return drop.endswith(" cascade")


def separated(create: str) -> tuple[list[str], list[str]]:
    """The statements that create a function, and those that create its triggers.

    The body of a trigger function is always quoted, so that it has no separator of statements.
    """
    ends = [each.start for each in tokens(create) if (each.kind, each.text) == ("sign", ";")]
    texts = [create[a + 1 : b].strip() for a, b in pairwise([-1, *ends, len(create)])]
    function = [each for each in texts if not _creates_trigger(each)]
    return function, [each for each in texts if _creates_trigger(each)]


def without_triggers(create: str) -> str:
    """The statements that create a function, without those of its triggers."""
    return ";\n".join(map(closed, separated(create)[0]))


def created_triggers(create: str) -> list[tuple[str, str]]:
    """The qualified table and the name of each trigger that is created with a function."""
    return [_on(each) for each in separated(create)[1]]


def is_replacing(statement: str) -> bool:
    """Whether a statement creates a function, or replaces one that exists."""
    words = [each.text for each, _ in zip(tokens(statement), range(4), strict=False)]
    return words == ["create", "or", "replace", "function"]


def _creates_trigger(statement: str) -> bool:
    words = [each.text for each, _ in zip(tokens(statement), range(5), strict=False)]
    kinds = [each for each in words[1:] if each not in MODIFIERS]
    return (words[:1], kinds[:1]) == (["create"], ["trigger"])


def _on(statement: str) -> tuple[str, str]:
    """The table and the name of a trigger."""
    words = [*tokens(statement)]
    texts = [each.text if each.kind == "word" else "" for each in words]
    name = words[texts.index("trigger") + 1].text
    schema, table = words[texts.index("on") + 1 :][:2]
    is_qualified = statement[schema.end : table.start] == "."
    path = (schema.text, table.text) if is_qualified else (schema.text,)
    return ".".join(map(identifier, path)), name
