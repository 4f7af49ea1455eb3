"""Finds the logins of others that no policy binds, beside those that a server begins with."""

from collections.abc import Collection, Sequence
from pathlib import Path

from ottavino.inspect.finding import Finding
from ottavino.inspect.powers import LOGINS as OF_CALLERS
from ottavino.postgres.connection import Connection

LOGINS = (Path(__file__).parent / "logins.sql").read_text("utf-8")


async def logins(
    connection: Connection, tables: Collection[str], roles: Sequence[str]
) -> list[Finding]:
    """The logins that reach the rows of every user in some tables. `roles` are those that a
    caller may become.
    """
    rows = await connection.fetch(LOGINS, [*tables], roles, OF_CALLERS)
    return [_finding(**row) for row in rows]


def _finding(kind: str, name: str, says: str, through: str, granted: str | None) -> Finding:
    if kind == "own":
        return Finding(
            "warning",
            "OTT101",
            name,
            f"The login {name} {says}: no policy keeps the rows of any user from it. If that "
            f"is not meant: alter role {name} nosuperuser nobypassrls nocreaterole "
            "noreplication.",
        )
    return Finding(
        "error" if kind == "of a caller" else "warning",
        "OTT102",
        name,
        f"The login {name} may become {through}, which {says}. If it is not meant to: revoke "
        f"{granted} from {name}.",
    )
