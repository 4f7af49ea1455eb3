"""Finds access to our tables through other schemas, other roles and the database itself."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import asyncpg

from ottavino.inspect.finding import Finding, Severity
from ottavino.inspect.openings import calls_function, names_table, ways_out
from ottavino.inspect.strangers import PLATFORM
from ottavino.postgres.connection import Connection

BEYOND = (Path(__file__).parent / "beyond.sql").read_text("utf-8")

USERS = "auth.users"

ROUTINES = (
    "function",
    "function of a service",
    "procedure",
    "procedure of a service",
)
"""The kinds of rows about what runs with the rights of its owner."""

READ = (*ROUTINES, "called")
"""The kinds of rows with the body of a function."""


@dataclass(frozen=True, slots=True)
class Fault:
    """What is said of a row of one kind. The texts name its columns."""

    severity: Severity
    rule: str
    where: str
    message: str


FAULTS = {
    "trigger": Fault(
        "error",
        "OTT114",
        "trigger {name}",
        "The trigger {name} runs {words} with the rights of that function's owner whenever "
        "somebody writes to {roles}. {ways_out}",
    ),
    "child": Fault(
        "error",
        "OTT114",
        "table {name}",
        "The table {name} is a child of {words}, its row level security is disabled, and "
        "{roles} may use it. {ways_out}",
    ),
    "copy": Fault(
        "error",
        "OTT114",
        "table {name}",
        "The table {name} has the columns of {words}, its row level security is disabled, and "
        "{roles} may read it: if it is a copy, they see the rows of every user. {ways_out}",
    ),
    "owned database": Fault(
        "error",
        "OTT110",
        "{name}",
        "The role {roles} owns the {name}. To end that: alter {name} owner to postgres.",
    ),
    "open database": Fault(
        "error",
        "OTT110",
        "{name}",
        "The role {roles} may create schemas in the {name}. To end that: revoke create on "
        "{name} from public, {roles}.",
    ),
    "owner": Fault(
        "warning",
        "OTT110",
        "{name}",
        "The role {roles}, which owns none of our tables, owns the {name}, and may put "
        "anything into it. If that is not meant: alter {name} owner to postgres.",
    ),
    "parameter": Fault(
        "error",
        "OTT101",
        "{name}",
        "The role {name} was granted settings that are a superuser's: {words}. One of them may "
        "disable triggers and foreign keys.",
    ),
    "membership": Fault(
        "error",
        "OTT102",
        "{name}",
        "The role {name} is a member of {words}, and may do what that may. To end that: revoke "
        "{words} from {name}.",
    ),
    "membership of a login": Fault(
        "warning",
        "OTT102",
        "{name}",
        "The login {name} is a member of {words}, and may do what that may. If it is not meant "
        "to: revoke {words} from {name}.",
    ),
    "login": Fault(
        "warning",
        "OTT102",
        "{name}",
        "The login {name} may become {words}, and then call itself any user in a policy that "
        "believes unsigned claims. If it is not meant to: revoke {words} from {name}.",
    ),
    "default privileges": Fault(
        "warning",
        "OTT109",
        "{name}",
        "Each of the {name} gets privileges for {roles}: {words}. Migrations take them from "
        "what they make, and from nothing else. Declare `DefaultPrivileges`, or change them by "
        "hand.",
    ),
    "disabled event trigger": Fault(
        "warning",
        "OTT111",
        "event trigger {name}",
        "The event trigger {name} is disabled, so an SQL injection can take a role out of all "
        "policies with `drop owned by`. To enable it: alter event trigger {name} enable.",
    ),
    "event trigger": Fault(
        "warning",
        "OTT111",
        "event trigger {name}",
        "{words} runs at an event of the whole database, as the role that causes it: {roles} "
        "made the event trigger {name}. To end that: alter event trigger {name} disable.",
    ),
}


async def beyond(
    connection: Connection,
    schemas: Sequence[str],
    tables: Collection[str],
    roles: Sequence[str],
) -> list[Finding]:
    """The accesses from outside of some schemas to the tables of ours in them, with advice."""
    await connection.execute("set local search_path = ''")
    reachable = [*tables, USERS]
    rows = await connection.fetch(BEYOND, schemas, roles, reachable, PLATFORM)
    reached = _reached(rows, reachable)
    return [finding for row in rows for finding in _findings(row, reached)]


def _reached(
    rows: Sequence[asyncpg.Record], tables: Collection[str]
) -> Mapping[str, Collection[str]]:
    """The tables that each function reaches, by itself or through others that it calls."""
    texts = {row["name"]: row["words"] or "" for row in rows if row["kind"] in READ}
    found = {
        name: {each for each in tables if names_table(text, each)}
        for name, text in texts.items()
    }
    calls = {
        name: [other for other in texts if other != name and calls_function(text, other)]
        for name, text in texts.items()
    }
    for _ in texts:
        before = sum(map(len, found.values()))
        for name, called in calls.items():
            found[name] |= {table for each in called for table in found[each]}
        if sum(map(len, found.values())) == before:
            break
    return found


def _findings(row: asyncpg.Record, reached: Mapping[str, Collection[str]]) -> Iterator[Finding]:
    name, words, roles = row["name"], row["words"], row["roles"]
    match row["kind"]:
        case "view":
            yield _over("view", name, words, roles, f"alter view {name} set (security_invoker)")
        case "materialized view" as kind:
            yield _over(kind, name, words, roles, _withdrawn(name, roles))
        case kind if kind in ROUTINES:
            noun, _, service = kind.partition(" ")
            others = {USERS} if service else set[str]()
            if named := {*reached[name]} - others:
                advice = f"alter {noun} {name} security invoker"
                yield _over(noun, name, ", ".join(sorted(named)), roles, advice)
        case "called":
            pass
        case kind:
            yield _said(FAULTS[kind], name=name, words=words, roles=roles)


def _withdrawn(name: str, roles: str | None) -> str:
    """The advice about a materialized view, which stores rows and cannot read as its caller."""
    if roles is None:
        return "keep it so, because it stores the rows of all users"
    return f"revoke all on {name} from public, {roles}"


def _said(fault: Fault, **row: str) -> Finding:
    where = fault.where.format(**row)
    message = fault.message.format(**row, ways_out=ways_out(where))
    return Finding(fault.severity, fault.rule, where, message)


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
