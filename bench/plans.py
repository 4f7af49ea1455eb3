"""What PostgreSQL does for a query: which index it reads, and how often it asks who calls."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from ottavino.postgres.connection import Connection

# Counted, since the plan of what a function asks is not shown.
SCANS = """
select indexrelid::regclass::text as name, pg_stat_get_xact_numscans(indexrelid) as scans
from pg_index
where indrelid in (select oid from pg_class where relnamespace = 'public'::regnamespace)
"""

# What a plan shows of the caller's id: the function of the service's policies, or what other
# policies call, after PostgreSQL has inlined its body.
IDENTITY = ("ottavino.uid()", "auth.uid()", "current_setting")

Node = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Plan:
    """One query's plan, run once."""

    milliseconds: float
    """Planning and running, in the server alone."""
    indexes: tuple[str, ...]
    identity_per_query: float
    """How often the caller's identity was read before any row was; a function reads it once."""
    identity_per_row: bool
    """Whether it is read again for each row."""

    @property
    def is_as_meant(self) -> bool:
        """Whether an index is read and the identity is evaluated once."""
        return bool(self.indexes) and self.identity_per_query == 1 and not self.identity_per_row


async def plan(connection: Connection, sql: str, arguments: Sequence[object]) -> Plan:
    """Run a query and look at its plan."""
    explain = f"explain (analyze, timing off, verbose, format json) {sql}"
    before = await _scans(connection)
    found = json.loads(await connection.fetchval(explain, *arguments))[0]
    after = await _scans(connection)
    nodes = list(_walk(found["Plan"]))
    initial = [node for node in nodes if node.get("Parent Relationship") == "InitPlan"]
    rest = [node for node in nodes if node not in initial]
    return Plan(
        milliseconds=found["Planning Time"] + found["Execution Time"],
        indexes=tuple(name for name, scans in after.items() if scans > before[name]),
        identity_per_query=sum(
            node["Actual Loops"]
            for node in nodes
            if node["Node Type"] == "Function Scan"
            or (node in initial and _reads_identity(node))
        ),
        identity_per_row=any(_reads_identity(node) for node in rest),
    )


def _walk(node: Node) -> Iterator[Node]:
    children: list[Node] = node.pop("Plans", [])
    yield node
    for child in children:
        yield from _walk(child)


async def _scans(connection: Connection) -> dict[str, int]:
    """How often this transaction has read each index."""
    return {row["name"]: row["scans"] for row in await connection.fetch(SCANS)}


def _reads_identity(node: Node) -> bool:
    text = json.dumps(node)
    return any(word in text for word in IDENTITY)
