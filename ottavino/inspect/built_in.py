"""Finds what was changed, added or granted in PostgreSQL's own schemas, `pg_catalog` and
`information_schema`, since it was installed.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from ottavino.inspect.finding import Finding, Severity
from ottavino.inspect.powers import LOGINS
from ottavino.inspect.unguarded import RULE
from ottavino.postgres.connection import Connection

BUILT_IN = (Path(__file__).parent / "built_in.sql").read_text("utf-8")


class Fault(NamedTuple):
    """What is said of a row of one kind. The text names its columns."""

    severity: Severity
    message: str


FAULTS = {
    "changed": Fault(
        "error",
        "The {name} was changed since PostgreSQL was installed. Policies rely on it. A "
        "superuser has to restore it.",
    ),
    "changed function": Fault(
        "warning",
        "The {name} was changed since PostgreSQL was installed: its body, its volatility, or "
        "whether it is leakproof. Policies may rely on it. A superuser has to restore it.",
    ),
    "search": Fault(
        "warning",
        "The {name} was changed since PostgreSQL was installed, so searches find other words "
        "than on the database that the tests run on. Restore it, and make one of your own.",
    ),
    "replaced": Fault(
        "error",
        "The {name} of PostgreSQL has another body. A superuser has to restore it.",
    ),
    "added": Fault(
        "error",
        "The {name} is in a schema of PostgreSQL's own, and neither PostgreSQL nor an "
        "extension brought it: statements may find it in place of another. A superuser has to "
        "remove it.",
    ),
    "language": Fault(
        "error",
        "The {name} is trusted, so every role that may use it runs code of the server. A "
        "superuser has to correct its row of pg_language.",
    ),
    "granted": Fault(
        "error",
        "The {name} of PostgreSQL was granted to {roles}, to whom it is closed. To end that: "
        "revoke {privileges} on {target} from {roles}.",
    ),
}


async def built_in(connection: Connection, roles: Sequence[str]) -> list[Finding]:
    """The differences in PostgreSQL's own schemas. `roles` are those that a caller becomes."""
    rows = await connection.fetch(BUILT_IN, [*roles, *LOGINS])
    return [_finding(**row) for row in rows]


def _finding(kind: str, name: str, **row: str | None) -> Finding:
    severity, message = FAULTS[kind]
    return Finding(severity, RULE, name, message.format(name=name, **row))
