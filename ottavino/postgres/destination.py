"""Chooses the server of a transaction: the replica, if it can begin there, or the primary."""

import contextlib

import asyncpg

from ottavino.errors import DatabaseUnavailable, OutcomeUnknown
from ottavino.identity import Identity, Role
from ottavino.postgres import driver_errors as errors
from ottavino.postgres.address import Address, address_of
from ottavino.postgres.commit import commit
from ottavino.postgres.connection import connect
from ottavino.postgres.driver import Connection
from ottavino.postgres.own_writes import OwnWrites
from ottavino.postgres.replica import CONFLICT, Replica, replica
from ottavino.settings import settings


class Destination:
    """The server of one transaction. It changes at most once, before a statement is
    answered.
    """

    def __init__(self, identity: Identity, *, read_only: bool) -> None:
        self._identity = identity
        self._read_only = read_only
        self._own_writes = OwnWrites(identity) if settings().read_database_url else None
        # The login of the replica cannot become `service_role`.
        may_be_replica = read_only and identity.role != Role.SERVICE_ROLE
        self._replica: Replica | None = replica() if may_be_replica else None
        """The replica; None once the transaction cannot run on it."""
        self._is_decided = False
        """Whether a statement was answered, so that the next one goes to the same server."""
        self.address: Address
        """The server of the last connection."""
        self.replayed: int | None = None
        """The position of the primary's log up to which a replica must have replayed it."""

    async def connect(self, application_name: str) -> Connection:
        """Open a connection to the replica, or to the primary if it may not run there."""
        position = self._own_writes.position if self._own_writes else 0
        there = self._replica
        if there is not None and there.is_worth_trying(position):
            self.address, self.replayed = there.address, position
            try:
                return await connect(there.address, application_name, there.connect_seconds)
            except DatabaseUnavailable as error:
                there.has_failed(error)
        self._replica = self.replayed = None
        self.address = address_of(self._identity)
        return await connect(self.address, application_name)

    def is_to_change(self, error: Exception, *, has_begun: bool) -> bool:
        """Whether a statement that failed on the replica is repeated on the primary. Before the
        transaction has begun on the replica, any error of the server is a reason.
        """
        if self._replica is None or self._is_decided:
            return False
        cause = error.__cause__ if isinstance(error, DatabaseUnavailable) else error
        if has_begun and not _is_of_the_replica(cause):
            return False
        if not isinstance(cause, errors.ERRORS):
            return False
        if not _is_conflict(cause):
            self._replica.has_failed(cause)
        self._replica = None
        return True

    def decide(self) -> None:
        """Stay with the server, since it has answered a statement."""
        if not self._is_decided and self._replica is not None:
            self._replica.has_answered()
        self._is_decided = True

    async def commit(self, connection: Connection, before: bytes) -> None:
        """Commit, and record the position of the primary's log after the commit."""
        own_writes = self._own_writes
        if self._replica is not None:
            # The rows were read completely, so a failed commit on the replica does not matter.
            with contextlib.suppress(DatabaseUnavailable):
                await commit(connection, before, read_only=True)
            return
        if own_writes is None:
            await commit(connection, before, read_only=self._read_only)
            return
        locating = not self._read_only or own_writes.is_unknown
        try:
            position = await commit(
                connection, before, read_only=self._read_only, locating=locating
            )
        except OutcomeUnknown:
            own_writes.lost()
            raise
        if position is not None:
            own_writes.committed(position, is_writing=not self._read_only)
        elif not self._read_only:
            own_writes.lost()


def _is_of_the_replica(error: BaseException | None) -> bool:
    """Whether a query failed for a reason that only a replica has."""
    return error is not None and (_is_conflict(error) or errors.is_away(error))


def _is_conflict(error: BaseException) -> bool:
    """Whether the replica cancelled a query because it conflicted with replaying the log."""
    return isinstance(error, asyncpg.PostgresError) and error.sqlstate == CONFLICT
