"""What any statement of a caller can do to rows of others, and claims that nothing verifies."""

import re
from collections.abc import Iterable, Iterator

from ottavino.declare.role import PUBLIC
from ottavino.identity import Role
from ottavino.settings import settings

UNBOUNDED = {
    "truncate": "delete the rows of every user",
    "trigger": "create a trigger, which runs as each later caller",
    "references": "find out which rows exist by a foreign key",
    "maintain": "lock the table",
}
"""The privileges that no policy bounds, and what a statement does with each."""
CLAIMS = re.compile(r"\bauth\.(uid|jwt|role|email)\(\)|\brequest\.jwt\b")
VERIFIED = re.compile(r"\bottavino\.(verified|uid)\(\)")


def caller_roles() -> frozenset[str]:
    """The roles of callers that policies bind, and `public`, which is every role."""
    bound = {str(each) for each in Role if each != Role.SERVICE_ROLE}
    return frozenset({*bound, str(PUBLIC), *settings().api_roles} - {Role.SERVICE_ROLE})


def unbounded(table: str, role: str, privileges: Iterable[str]) -> Iterator[str]:
    """The sentence about those privileges of a role that no policy bounds, if it has some."""
    found = sorted({each.lower() for each in privileges} & UNBOUNDED.keys())
    if found:
        can = ", and ".join(UNBOUNDED[each] for each in found)
        yield (
            f"{role} has {', '.join(found)} on {table}, which no policy bounds: a statement "
            f"that is injected can {can}. Revoke it, or adopt the table with `piccolo db adopt "
            "--tighten`."
        )


def believes(*conditions: str | None) -> bool:
    """Whether a policy's conditions read claims, and none asks whether they were signed."""
    text = " ".join(each for each in conditions if each)
    return bool(CLAIMS.search(text)) and not VERIFIED.search(text)


def believing(policy: str) -> str:
    """The sentence about such a policy."""
    return (
        f"The policy {policy} believes claims that the server has not signed: a statement that "
        "is injected can name another user. Write ottavino.uid() in place of auth.uid(), or "
        "add `and (select ottavino.verified())`."
    )
