"""Facts that a migration file does not state, read from the tokens of its SQL. Older files
state no facts, and a hand-written file may leave them out. The names that an object uses are
not among these facts, because finding them needs a parser.
"""

from collections.abc import Mapping
from itertools import takewhile
from typing import Any

from ottavino.declare.database_function import FunctionDefinition
from ottavino.declare.enum_type import EnumDefinition
from ottavino.declare.extension import ExtensionDefinition
from ottavino.declare.index import IndexDefinition
from ottavino.declare.sequence import SequenceDefinition
from ottavino.declare.tokens import Token, strings, tokens
from ottavino.declare.trigger import TriggerDefinition
from ottavino.identity import Role
from ottavino.postgres.quoting import identifier


def unstated(kind: type, create: str, drop: str) -> dict[str, Any]:
    """The facts about an object of a kind, as far as its tokens show them."""
    if issubclass(kind, FunctionDefinition):
        return {"interface": _interface(create), "roles": _own_roles(create)}
    if issubclass(kind, TriggerDefinition):
        return {"function": _dropped_function(drop)}
    if issubclass(kind, EnumDefinition):
        return {"values": tuple(strings(create))}
    if issubclass(kind, IndexDefinition):
        return _index(create)
    return {}


def earlier(kind: type, create: str, stated: Mapping[str, Any]) -> Mapping[str, Any]:
    """The stated facts, and one that older files do not state."""
    if issubclass(kind, ExtensionDefinition) and "into" not in stated:
        first = takewhile(lambda each: each.text != ";", tokens(create))
        names = [identifier(each.text) for each in first]
        return {**stated, "into": names[-1] if names else ""}
    if issubclass(kind, SequenceDefinition) and "options" not in stated:
        verb = next(tokens(create), None)
        return {**stated, "as_change": f"alter{create[verb.end :]}" if verb else ""}
    return stated


def _interface(create: str) -> str:
    """The arguments of a function and what it returns: `(a integer) returns integer`."""
    start = end = depth = 0
    for token in tokens(create):
        match token.kind, token.text:
            case "sign", "(":
                start, depth = start or token.start, depth + 1
            case "sign", ")":
                depth -= 1
            case "word", "language" | "as" if depth == 0:
                end = token.start
                break
            case _:
                pass
    words = " ".join(create[start:end].split())
    return words.replace("( ", "(").replace(" )", ")")


def _own_roles(create: str) -> tuple[str, ...]:
    """The roles of the project's own that a function is revoked from before it is granted."""
    words = [each.text for each in tokens(create)]
    if "revoke" not in words:
        return ()
    revoked = words[words.index("revoke") :]
    named = takewhile(lambda word: word != ";", revoked[revoked.index("from") + 1 :])
    return tuple(word for word in named if word not in {",", "public", *Role})


def _dropped_function(drop: str) -> str:
    """The signature of the function that is dropped with a trigger, if there is one."""
    words = [*tokens(drop)]
    match [word.text for word in words]:
        case ["drop", "function", *_, "cascade"]:
            return drop[words[1].end : words[-1].start].strip()
        case _:
            return ""


def _index(create: str) -> dict[str, Any]:
    words = [*tokens(create)]
    texts = [word.text for word in words]
    return {
        "unique": texts[:2] == ["create", "unique"],
        "over": _name_after("on", words, create),
    }


def _name_after(word: str, words: list[Token], sql: str) -> str:
    """The name with its schema that follows a word."""
    for before, schema, name in zip(words, words[1:], words[2:], strict=False):
        if (before.kind, before.text) == ("word", word):
            has_schema = sql[schema.end : name.start] == "."
            parts = (schema.text, name.text) if has_schema else (schema.text,)
            return ".".join(map(identifier, parts))
    return ""
