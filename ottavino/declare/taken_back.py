"""Takes back what the statements beside a function have set, where the function is replaced.

`create or replace` keeps the privileges and the comment of a function, with the triggers and
all else that calls it. The new statements set their own, and leave alone what only the old ones
had.
"""

from collections.abc import Iterator

from ottavino.declare.tokens import tokens
from ottavino.declare.with_triggers import separated


def taken_back(old: str, new: str) -> list[str]:
    """The statements that undo what an old definition grants or says, and a new one does not.

    Each definition revokes all from the roles that it names, before it grants something.
    """
    revoked = {role for each in separated(new)[0] for role in _roles(each, "revoke", "from")}
    is_described = any(_begins(each, "comment") for each in separated(new)[0])
    undone: list[str] = []
    for each in separated(old)[0]:
        if lost := [role for role in _roles(each, "grant", "to") if role not in revoked]:
            undone.append(f"revoke all {_on(each, 'to')} from {', '.join(lost)}")
        if _begins(each, "comment") and not is_described:
            undone.append(f"comment {_on(each, 'is')} is null")
    return undone


def is_beside(statement: str) -> bool:
    """Whether a statement grants or revokes something, or is a comment."""
    return any(_begins(statement, each) for each in ("grant", "revoke", "comment"))


def _begins(statement: str, word: str) -> bool:
    return next((each.text for each in tokens(statement)), "") == word


def _roles(statement: str, verb: str, before: str) -> Iterator[str]:
    """The roles in a statement of a kind, after the last one of some words."""
    if _begins(statement, verb):
        end = max(each.end for each in tokens(statement) if each[:2] == ("word", before))
        yield from (role.strip() for role in statement[end:].split(","))


def _on(statement: str, end: str) -> str:
    """What a statement is about: `on function public.f()`."""
    words = [each for each in tokens(statement) if each.kind == "word"]
    first = next(each for each in words if each.text == "on")
    last = [each for each in words if each.text == end][-1]
    return statement[first.start : last.start].strip()
