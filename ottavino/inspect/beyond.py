"""Finds access to our tables through other schemas, other roles and the database itself."""

from collections.abc import Collection, Iterator, Sequence
from pathlib import Path

import asyncpg

from ottavino.inspect.finding import Finding
from ottavino.inspect.openings import names_table
from ottavino.postgres.connection import Connection

BEYOND = (Path(__file__).parent / "beyond.sql").read_text("utf-8")


async def beyond(
    connection: Connection,
    schemas: Sequence[str],
    tables: Collection[str],
    roles: Sequence[str],
) -> list[Finding]:
    """The accesses from outside of some schemas to the tables of ours in them, with advice."""
    await connection.execute("set local search_path = ''")
    rows = await connection.fetch(BEYOND, schemas, roles, [*tables])
    return [finding for row in rows for finding in _findings(row, tables)]


def _findings(row: asyncpg.Record, tables: Collection[str]) -> Iterator[Finding]:
    name, words, roles = row["name"], row["words"], row["roles"]
    match row["kind"]:
        case "view":
            yield _over("view", name, words, roles, f"alter view {name} set (security_invoker)")
        case "function":
            named = [each for each in tables if names_table(words, each)]
            if named:
                advice = f"alter function {name} security invoker"
                yield _over("function", name, ", ".join(sorted(named)), roles, advice)
        case "default privileges":
            kind, _, whose = name.partition(" of ")
            role, _, schema = whose.partition(" in ")
            within = f" in schema {schema}" if schema else ""
            yield Finding(
                "warning",
                "OTT109",
                name,
                f"Each of the {kind} that {role} makes{within} is granted to {roles}: {words}. "
                "Migrations take that from what they make, and from nothing else. Declare "
                "`DefaultPrivileges`, or change them by hand.",
            )
        case "database" | "schema" as kind:
            advice = (
                f"alter {kind} {name} owner to postgres"
                if words == "owns"
                else f"revoke create on {kind} {name} from public, {roles}"
            )
            yield Finding(
                "error",
                "OTT110",
                f"{kind} {name}",
                f"The role {roles} {words} the {kind} {name}. To end that: {advice}.",
            )
        case "membership":
            yield Finding(
                "error",
                "OTT102",
                name,
                f"The role {name} is a member of {words}, and may do what that may. To end "
                f"that: revoke {words} from {name}.",
            )
        case "login":
            yield Finding(
                "warning",
                "OTT102",
                name,
                f"The login {name} may become {words}, which no policy binds. If it is not "
                f"meant to: revoke {words} from {name}.",
            )
        case "disabled event trigger":
            yield Finding(
                "warning",
                "OTT111",
                f"event trigger {name}",
                f"The event trigger {name} is disabled, so an SQL injection can take a role "
                "out of all policies with `drop owned by`. To enable it: alter event trigger "
                f"{name} enable.",
            )
        case _:
            yield Finding(
                "warning",
                "OTT111",
                f"event trigger {name}",
                f"{words} runs at an event of the whole database, as the role that causes it: "
                f"{roles} made the event trigger {name}. To end that: alter event trigger "
                f"{name} disable.",
            )


def _over(kind: str, name: str, tables: str, roles: str | None, advice: str) -> Finding:
    """Objects that read our tables with the rights of an owner to whom policies may not
    apply.
    """
    used = f"which {roles} may use" if roles else "which no API role may use"
    return Finding(
        "error" if roles else "warning",
        "OTT108",
        f"{kind} {name}",
        f"The {kind} {name}, {used}, reaches {tables} with the rights of its owner. If its "
        f"callers are to reach their own rows alone: {advice}.",
    )
