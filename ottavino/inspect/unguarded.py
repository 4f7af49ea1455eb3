"""Finds what is open to callers outside of the comparison: tables of others whose row level
security is disabled although they have policies, and schemas.
"""

from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path

import asyncpg

from ottavino.declare.policy import PolicyDefinition
from ottavino.declare.role import PUBLIC
from ottavino.declare.schema import SchemaDefinition
from ottavino.inspect.exposure import caller_roles
from ottavino.inspect.finding import Finding, Severity
from ottavino.migrate.state import State
from ottavino.postgres.connection import Connection

UNGUARDED = (Path(__file__).parent / "unguarded.sql").read_text("utf-8")

RULE = "OTT117"


@dataclass(frozen=True, slots=True)
class Fault:
    """What is said of a row of one kind. The texts name its columns."""

    severity: Severity
    where: str
    message: str


DISABLED = (
    "but its row level security is disabled, so they bound nothing: {roles} may use it. To end "
    "that: alter table {name} enable row level security."
)

FAULTS = {
    "declared policies": Fault(
        "error", "table {name}", f"The table {{name}} has declared policies, {DISABLED}"
    ),
    "policies": Fault(
        "warning", "table {name}", f"The table {{name}} has policies, {DISABLED}"
    ),
    "usage": Fault(
        "warning",
        "schema {name}",
        "The schema {name} has declared objects, and no class lets {roles} use it. If that is "
        "meant, declare `Schema`. To end that: revoke usage on schema {name} from public, "
        "{roles}.",
    ),
    "closed": Fault(
        "warning",
        "schema {name}",
        "In the schema {name} {roles} may use tables, but not the schema, so each query fails. "
        "If that is not meant: grant usage on schema {name} to {roles}.",
    ),
    "inherited": Fault(
        "error",
        "role {name}",
        "The role {name} has the privileges of {roles} before it becomes a caller. To end "
        "that: grant {roles} to {name} with inherit false.",
    ),
    "inheriting": Fault(
        "error",
        "role {name}",
        "The role {name} has the privileges of {roles} before it becomes a caller. To end "
        "that: alter role {name} noinherit.",
    ),
    "addresses": Fault(
        "warning",
        "role {name}",
        "The role {name} has {roles} on auth.users, which has the address of every user. If "
        "that is not meant: revoke all on auth.users from {name}.",
    ),
    "owned": Fault(
        "error",
        "{name}",
        "The role {roles} owns the {name}, and may change or drop it. To end that: alter "
        "{name} owner to postgres.",
    ),
    "large objects": Fault(
        "warning",
        "large object {name}",
        "{roles} may use large objects, such as {name}, and no policy bounds that. To end it: "
        "revoke all on large object {name} from {roles}.",
    ),
    "server": Fault(
        "warning",
        "server {name}",
        "By the server {name} {roles} may use another database, and read the passwords of "
        "their user mappings. To end that: revoke all on foreign server {name} from public, "
        "{roles}.",
    ),
    "create": Fault(
        "error",
        "schema {name}",
        "In the schema {name} {roles} may create objects, which can take the place of others "
        "that are named without their schema. To end that: revoke create on schema {name} "
        "from public, {roles}.",
    ),
}


async def unguarded(
    connection: Connection, schemas: Collection[str], classes: State
) -> list[Finding]:
    """The privileges on schemas that nothing declares, and policies that are not in force."""
    objects = classes.objects.values()
    declared = [each.full_name for each in objects if isinstance(each, SchemaDefinition)]
    guarded = {each.table for each in objects if isinstance(each, PolicyDefinition)}
    await connection.execute("set local search_path = ''")
    rows = await connection.fetch(
        UNGUARDED,
        [*schemas],
        declared,
        sorted(guarded - {*classes.tables}),
        sorted(caller_roles() - {PUBLIC}),
    )
    return [_finding(row) for row in rows]


def _finding(row: asyncpg.Record) -> Finding:
    fault = FAULTS[row["kind"]]
    name, roles = row["name"], row["roles"] or "roles that are granted it"
    where = fault.where.format(name=name)
    return Finding(fault.severity, RULE, where, fault.message.format(name=name, roles=roles))
