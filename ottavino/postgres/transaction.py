"""Begins a transaction and sets its caller, in one round trip and from a clean state.

Behind a pooler in transaction mode, a server's session is shared by all callers. All state that
an earlier transaction may have left is reset before the caller's first statement. All settings
of this transaction end with it.
"""

import functools
import random
from typing import NamedTuple

from ottavino.errors import QueryRefused
from ottavino.identity import Identity
from ottavino.postgres import wire
from ottavino.postgres.budget import transaction_limits
from ottavino.postgres.claims import signed
from ottavino.postgres.driver import Connection
from ottavino.postgres.positions import written
from ottavino.postgres.replica import CHECK
from ottavino.settings import settings

SEARCH_PATH = "public, extensions, pg_temp"
"""Temporary objects come last: unless named here, they would come before everything else."""

TRANSACTION_TIMEOUT_SINCE = 17
"""The version of PostgreSQL that first has a limit for a whole transaction."""

# Each is a statement of its own, as the protocol requires. None looks up a name that an earlier
# caller could have replaced. Beside each is the tag of PostgreSQL's answer.
CLEARING = {
    "reset role": "RESET",
    "close all": "CLOSE CURSOR ALL",
    "unlisten *": "UNLISTEN",
    "deallocate all": "DEALLOCATE ALL",
    "discard temp": "DISCARD TEMP",
    "discard sequences": "DISCARD SEQUENCES",
    "reset all": "RESET",
}
CLEARED = b"".join(map(wire.statement, CLEARING))

_TAGS = ("BEGIN", *CLEARING.values(), "SELECT 0", "SET")
OPENING = len(_TAGS)
"""The number of statements that begin a transaction and set its caller."""
OPENED = b"".join(map(wire.answer, _TAGS))
"""PostgreSQL's answer when all of them have succeeded."""


def _without_comments(sql: str) -> str:
    lines = (line.partition("--")[0].strip() for line in sql.splitlines())
    return " ".join(filter(None, lines))


# Values are sent as parameters. So no claim is parsed as SQL, and none is visible to other
# sessions of the login or in statistics of statements.
_AS_CALLER = _without_comments("""
    pg_catalog.pg_advisory_unlock_all(),
    -- `reset all` has reset these to the values of the pooled connection, or of its login.
    pg_catalog.set_config('application_name', $1, true),
    pg_catalog.set_config('client_encoding', 'UTF8', true),
    pg_catalog.set_config('row_security', 'on', true),
    pg_catalog.set_config('standard_conforming_strings', 'on', true),
    pg_catalog.set_config('transform_null_equals', 'off', true),
    pg_catalog.set_config('search_path', $2, true),
    -- PostgreSQL may evaluate a cheap condition before a policy, on the rows of all users, if
    -- its operators are leakproof. A sub-select in it that raises an error would then reveal
    -- whether a row exists. If operators cost nothing, no condition counts as cheap.
    pg_catalog.set_config('cpu_operator_cost', '0', true),
    -- Otherwise a caller could choose the random numbers of the next one.
    pg_catalog.setseed($7::text::float8),
    pg_catalog.set_config('statement_timeout', $3, true),
    -- Ends the transaction if the service is gone or cannot be reached.
    pg_catalog.set_config('idle_in_transaction_session_timeout', $8, true),
    pg_catalog.set_config($4, $9, true),
    pg_catalog.set_config('request.jwt.claims', $5, true),
    pg_catalog.set_config('ottavino.signature', $6, true),
    -- Supabase's functions read these settings first.
    pg_catalog.set_config('request.jwt.claim', '', true),
    pg_catalog.set_config('request.jwt.claim.sub', '', true),
    pg_catalog.set_config('request.jwt.claim.role', '', true),
    pg_catalog.set_config('request.jwt.claim.email', '', true)
-- PostgreSQL evaluates all expressions for the one row, and `offset 1` leaves it out.
offset 1
""")
IDENTITY = f"select {_AS_CALLER}"
IDENTITY_ON_REPLICA = f"select{CHECK} {_AS_CALLER}"


class Opening(NamedTuple):
    """What begins a transaction and becomes its caller, before its first query."""

    statements: bytes
    """The messages of all statements except the last."""
    become: str
    """The last statement."""

    @property
    def all(self) -> bytes:
        """The messages of all of it."""
        return self.statements + _become_messages(self.become)


def opening(
    connection: Connection,
    identity: Identity,
    *,
    name: str = "",
    read_only: bool,
    replayed: int | None = None,
) -> Opening:
    """The messages that begin a caller's transaction and reset the state of earlier ones.
    `name` identifies it in the server's log and statistics. With `replayed`, it begins only on
    a replica that has replayed the primary's log up to this position.
    """
    values = (
        _encoded(*_of_service(connection, name))
        + _encoded(*signed(identity))
        + wire.encoded(*_of_transaction())
    )
    if replayed is None:
        settings_of_caller = wire.bound(IDENTITY, VALUES, values)
    else:
        values += wire.encoded(written(replayed))
        settings_of_caller = wire.bound(IDENTITY_ON_REPLICA, VALUES + 1, values)
    return Opening(_beginning(read_only) + CLEARED + settings_of_caller, _become(identity.role))


async def become(connection: Connection, identity: Identity) -> None:
    """Set the caller until the end of the open transaction."""
    values = (*_of_service(connection, ""), *signed(identity), *_of_transaction())
    await connection.execute(IDENTITY, *values)
    await connection.execute(_become(identity.role))


@functools.cache
def _beginning(read_only: bool) -> bytes:  # the one argument of a cached function
    # Every mode is written out, since the defaults are settings that an earlier session may
    # have changed.
    mode = "read only" if read_only else "read write"
    return wire.statement(f"begin isolation level read committed {mode}")


VALUES = 9
"""The number of parameters of `IDENTITY`: those of the service, the caller's, and those of the
transaction, which differ each time.
"""
_encoded = functools.lru_cache(maxsize=500)(wire.encoded)
"""Encodes parameters that come again, as text does for each caller and each function."""


def _of_service(connection: Connection, name: str) -> tuple[str, str, str, str]:
    # Where PostgreSQL has no limit for a transaction, it is a setting without a meaning.
    has_limit = connection.get_server_version().major >= TRANSACTION_TIMEOUT_SINCE
    guard = "transaction_timeout" if has_limit else "ottavino.transaction_timeout"
    return name, SEARCH_PATH, _milliseconds(settings().statement_timeout), guard


def _of_transaction() -> tuple[str, str, str]:
    idle, whole = transaction_limits()
    # As random as PostgreSQL's own seeds are.
    seed = f"0.{random.getrandbits(53)}"
    return seed, _milliseconds(idle), _milliseconds(whole)


def _milliseconds(seconds: float) -> str:
    return str(round(seconds * 1000))


_become_messages = functools.cache(wire.statement)
"""One entry for each role."""


def _become(role: str) -> str:
    """The statement that sets the role, whose name comes from a closed list. It is the last
    one, because the caller's role has no right to execute the others.
    """
    if role not in settings().roles:
        raise QueryRefused(
            f"No caller can become {role!r}: API_ROLES names the roles of the project."
        )
    return f'set local role "{role}"'
