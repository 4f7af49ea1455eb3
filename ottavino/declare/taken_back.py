"""Takes back what the statements beside a function have set, where the function is replaced.

`create or replace` keeps the privileges and the comment of a function, with the triggers and
all else that calls it. The new statements set their own, and leave alone what only the old ones
had.
"""

from collections.abc import Iterator

from ottavino.declare.privilege import changing
from ottavino.declare.tokens import tokens
from ottavino.declare.with_triggers import separated


def replaced(old: str, new: str) -> str:
    """The SQL that makes a function of its old state, of which both are the statements that
    create it. The privileges that others have granted stay.
    """
    return ";\n".join(filter(None, [changing(old, new), *_uncommented(old, new)]))


def _uncommented(old: str, new: str) -> Iterator[str]:
    """The statement that removes a comment which only the old function has."""
    if not any(_begins(each, "comment") for each in separated(new)[0]):
        for each in separated(old)[0]:
            if _begins(each, "comment"):
                yield f"comment {_on(each)} is null"


def is_beside(statement: str) -> bool:
    """Whether a statement grants or revokes something, or is a comment."""
    return any(_begins(statement, each) for each in ("grant", "revoke", "comment"))


def _begins(statement: str, word: str) -> bool:
    return next((each.text for each in tokens(statement)), None) == word


def _on(comment: str) -> str:
    """What a comment is about: `on function public.f()`."""
    words = [*tokens(comment)]
    last = [each for each in words if each.text == "is"][-1]
    return comment[words[1].start : last.start].strip()
