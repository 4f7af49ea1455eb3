"""What any statement of a caller can do to rows of others, and claims that nothing verifies."""

from collections.abc import Iterable, Iterator

from ottavino.declare.role import PUBLIC
from ottavino.declare.tokens import strings
from ottavino.identity import Role
from ottavino.settings import settings
from ottavino.sql import mentions

UNBOUNDED = {
    "truncate": "delete the rows of every user",
    "trigger": "create a trigger, which runs as each later caller",
    "references": "find out which rows exist by a foreign key",
    "maintain": "lock the table",
}
"""The privileges that no policy bounds, and what a statement does with each."""
CLAIMS = {("auth", name) for name in ("uid", "jwt", "role", "email")}
"""The functions that return claims, whoever has signed them."""
SETTING = "request.jwt."
"""How the names of the settings begin that hold these claims."""
VERIFIED = {("ottavino", "verified"), ("ottavino", "uid")}
"""The functions that believe only claims which the service has signed."""


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
    there = [each for each in conditions if each]
    calls = {name.path for sql in there for name in mentions(sql) if name.is_call}
    reads = any(text.startswith(SETTING) for sql in there for text in strings(sql))
    return (reads or not calls.isdisjoint(CLAIMS)) and calls.isdisjoint(VERIFIED)


def believing(policy: str) -> str:
    """The sentence about such a policy."""
    return (
        f"The policy {policy} believes claims that the server has not signed: a statement that "
        "is injected can name another user. Write ottavino.uid() in place of auth.uid(), or "
        "add `and (select ottavino.verified())`."
    )
