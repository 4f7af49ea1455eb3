"""Installs the schema `ottavino`: the functions that policies call, and the keys that sign
claims.
"""

import hashlib
from pathlib import Path

from ottavino.errors import MigrationError
from ottavino.postgres.connection import Connection

SQL = (Path(__file__).parent / "ottavino.sql").read_text("utf-8")

SCHEMA = "ottavino"

MARK = f"Ottavino {hashlib.sha256(SQL.encode()).hexdigest()[:16]}"
"""The comment of the schema, which marks it as ours and identifies the version of its SQL."""

FOUND = """
select coalesce(obj_description(oid, 'pg_namespace'), '')
from pg_catalog.pg_namespace where nspname = 'ottavino'
"""

FORGET = """
delete from ottavino.idempotency_keys where (user_id, key) in (
    select user_id, key from ottavino.idempotency_keys
    where claimed_at < now() - interval '24 hours'
    for update skip locked
)
"""
"""Deletes all expired keys."""

MISSING = "select where to_regprocedure('ottavino.uid()') is null"
"""Returns a row if the functions that policies call are missing."""


async def install(connection: Connection) -> None:
    """Create the schema, or bring it to this version, in the open transaction."""
    found = await connection.fetchval(FOUND)
    if found == MARK:
        return
    if found is not None and not found.startswith("Ottavino "):
        raise MigrationError(
            "The database has a schema named ottavino that Ottavino did not make. Rename it: "
            "the policies of all tables call functions of a schema with this name."
        )
    await connection.execute(f"{SQL}\n;comment on schema ottavino is '{MARK}'")
