"""Finds privileges that policies do not restrict, and policies that rely on unverified
claims.
"""

from collections.abc import Iterable, Iterator, Sequence

from ottavino.declare.role import PUBLIC
from ottavino.identity import Role
from ottavino.settings import settings
from ottavino.sql import literals, mentions

UNBOUNDED = {
    "truncate": "delete the rows of every user",
    "trigger": "create a trigger, which runs as each later caller",
    "references": "find out which rows exist by a foreign key",
    "maintain": "lock the table",
}
"""The privileges that policies do not restrict, each with its effect."""
OF_VIEWS = {"view": {"trigger"}, "materialized view": {"maintain"}}
"""Those that have an effect on a view."""
CLAIMS = {("auth", name) for name in ("uid", "jwt", "role", "email")}
"""The functions that return claims without a check of their signature."""
SETTING = "request.jwt."
"""The prefix of the settings that contain these claims."""
VERIFIED = {("ottavino", "verified"), ("ottavino", "uid")}
"""The functions that accept only claims that the service has signed."""


def caller_roles() -> frozenset[str]:
    """The roles of callers to which policies apply, and `public`."""
    bound = {str(each) for each in Role if each != Role.SERVICE_ROLE}
    return frozenset({*bound, str(PUBLIC), *settings().api_roles} - {Role.SERVICE_ROLE})


def unbounded_on(noun: str) -> set[str]:
    """The privileges on a table or view that policies do not restrict."""
    return {*UNBOUNDED} & OF_VIEWS.get(noun, {*UNBOUNDED})


def unbounded(
    table: str, roles: Sequence[str], privileges: Iterable[str], noun: str = "table"
) -> Iterator[str]:
    """A sentence about privileges of some roles that policies do not restrict, if there are
    any.
    """
    found = sorted({each.lower() for each in privileges} & unbounded_on(noun))
    if found:
        can = ", and ".join(UNBOUNDED[each] for each in found)
        have = "has" if len(roles) == 1 else "have"
        yield (
            f"{' and '.join(roles)} {have} {', '.join(found)} on {table}, which no policy "
            "bounds: a statement "
            f"that is injected can {can}. Revoke it, or adopt the table with `piccolo db adopt "
            "--tighten`."
        )


def believes(*conditions: str | None) -> bool:
    """Whether a policy's conditions read claims without a check of the signature."""
    there = [each for each in conditions if each]
    calls = {name.path for sql in there for name in mentions(sql) if name.is_call}
    reads = any(name.startswith(SETTING) for sql in there for name in literals(sql))
    return (reads or not calls.isdisjoint(CLAIMS)) and calls.isdisjoint(VERIFIED)


def believing(policy: str) -> str:
    """A sentence about such a policy."""
    return (
        f"The policy {policy} believes claims that the server has not signed: a statement that "
        "is injected can name another user. Write ottavino.uid() in place of auth.uid(), or "
        "add `and (select ottavino.verified())`."
    )
