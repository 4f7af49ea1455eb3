"""Connections to PostgreSQL. Only this module opens them, except one connection for pgrls.

A session opens its own connection and sets its caller on it. Commands and checks run as the
login, on a connection that is closed at the end of a block.
"""

import asyncio
import contextlib
import socket
import ssl
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

import asyncpg

from ottavino.deadline import within
from ottavino.errors import DatabaseUnavailable
from ottavino.postgres import driver, driver_errors, tls
from ottavino.postgres.address import Address, migration_address
from ottavino.postgres.driver import Connection
from ottavino.postgres.release import UNDO_SECONDS, release
from ottavino.settings import settings

TCP_OPTIONS = {
    "TCP_KEEPIDLE": 5,
    "TCP_KEEPINTVL": 2,
    "TCP_KEEPCNT": 3,
    "TCP_USER_TIMEOUT": 10_000,
}
"""When the system probes a silent server, how often and how many times, in seconds; and how
many milliseconds the server has to acknowledge what it is sent."""


CLOSED = "it closes the connection"
"""The reason if the system gives no text for it."""


@asynccontextmanager
async def owner_connection(application_name: str) -> AsyncGenerator[Connection]:
    """A connection as the owner of the tables, directly to the server, open during the
    block.
    """
    async with connected(migration_address(), application_name) as connection:
        yield connection


@asynccontextmanager
async def connected(address: Address, application_name: str) -> AsyncGenerator[Connection]:
    """A connection as the login of an address, open during the block. Errors of the driver are
    converted to ours, unless the block handles them.
    """
    async with opened(address, application_name) as connection:
        with driver_errors.converted(connection):
            yield connection


@asynccontextmanager
async def opened(
    address: Address, application_name: str, seconds: float | None = None
) -> AsyncGenerator[Connection]:
    """A connection that is closed at the end of the block; errors of the driver are not
    converted. An error rolls back an open transaction.
    """
    connection = await connect(address, application_name, seconds)
    try:
        yield connection
    except BaseException:
        # The close is awaited, so that a retry does not wait for the locks of this connection.
        await asyncio.wait({release(connection, asyncio.Lock())}, timeout=UNDO_SECONDS)
        raise
    # Where the server does not answer in time, the driver drops the connection.
    with contextlib.suppress(*driver_errors.ERRORS):
        await connection.close(timeout=settings().connect_timeout)


async def connect(
    address: Address, application_name: str, seconds: float | None = None
) -> Connection:
    """Open one connection, or raise an error with the reason (never with the password). The
    caller closes it. Without `seconds`, `CONNECT_TIMEOUT` applies.
    """
    seconds = settings().connect_timeout if seconds is None else seconds
    try:
        with within(seconds):
            connection = await _by_first_tls(address, application_name)
        if not address.is_socket:
            _keep_alive(connection)
    # A host name that cannot be one is a UnicodeError.
    except (UnicodeError, *driver_errors.ERRORS) as error:
        raise unavailable(address, error, seconds) from error
    return connection


def unavailable(address: Address, error: Exception, seconds: float) -> DatabaseUnavailable:
    """The error with the reason for a failed connection."""
    reason, advice = _reason(error, seconds), _advice(address, error)
    return DatabaseUnavailable(f"The database at {address.where} {reason}.{advice}")


async def _by_first_tls(address: Address, application_name: str) -> Connection:
    """The connection by the first kind of TLS that the server takes."""
    *optional, last = address.tls
    for context in optional:
        try:
            return await driver.opened(address, context, application_name)
        except (OSError, asyncpg.PostgresError) as error:
            if not tls.is_about_tls(error):
                raise
    return await driver.opened(address, last, application_name)


def _keep_alive(connection: Connection) -> None:
    """Let the system probe a silent server, which may have crashed without closing the
    connection.
    """
    opened = driver.socket_of(connection)
    opened.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    for name, value in TCP_OPTIONS.items():
        # Not every system has each of these options.
        if (option := getattr(socket, name, None)) is not None:
            opened.setsockopt(socket.IPPROTO_TCP, option, value)


def _advice(address: Address, error: Exception) -> str:
    """Advice if TLS began at once, which the server may not support."""
    is_refused = isinstance(error, ssl.SSLCertVerificationError | TimeoutError)
    if not address.is_direct or is_refused or not isinstance(error, OSError):
        return ""
    return (
        " PostgreSQL takes sslnegotiation=direct from version 17 on, and not every pooler "
        "takes it: take it out of the address for one that does not."
    )


def _reason(error: Exception, seconds: float) -> str:
    """The reason for a failed connection, as words that follow the database's name."""
    match error:
        case TimeoutError():
            return f"does not answer within {seconds:g} s"
        case ssl.SSLCertVerificationError():
            reason = error.verify_message.rstrip(".")
            return f"shows a certificate that is not trusted: {reason}"
        case OSError() if tls.NO_TLS in str(error):
            return "does not speak TLS, which its address asks for with sslmode"
        case OSError():
            return f"does not answer: {error.strerror or error or CLOSED}"
        case UnicodeError():
            return "does not answer: its name cannot be that of a host"
        case _:
            reason = str(error).partition("\n")[0].rstrip(".")
            return f"refuses the connection: {reason}"
