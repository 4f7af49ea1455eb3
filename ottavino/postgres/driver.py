"""All uses of asyncpg's private names, which no other module touches. `docs/upstream` proposes
public names to asyncpg, and `tests/ottavino/postgres/test_driver.py` fails if a version of
asyncpg changes one of the private ones.
"""

# ruff: noqa: SLF001  # this is the one module that uses private names

import asyncio
import functools
import hashlib
import ssl
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

import asyncpg
import asyncpg.connection
import asyncpg.serverversion
from asyncpg import connect_utils

from ottavino.postgres.address import Address
from ottavino.postgres.answers import Greeting, Reader
from ottavino.postgres.tls import PROTOCOL

_utils: Any = connect_utils
_protocol: Any = asyncpg.protocol.protocol
"""asyncpg's private modules, which have no type stubs."""

NOT_GIVEN = dict.fromkeys(
    (
        "dsn",
        "passfile",
        "service",
        "servicefile",
        "command_timeout",
        "target_session_attrs",
        "krbsrvname",
        "gsslib",
    )
)
"""Arguments of the driver's own `connect`; without them it would read environment variables and
files.
"""

if TYPE_CHECKING:
    Connection = asyncpg.Connection[asyncpg.Record]
    _Protocol = asyncio.Protocol
else:
    Connection = asyncpg.Connection
    _Protocol = _protocol.Protocol

_received: Callable[[Any, bytes], None] = _Protocol.data_received

MOST_KEYS = 64
"""How many derived keys are cached. A server may give each login a salt of its own."""

FIRST_OWN_TYPE = 16384
"""Types below this number are PostgreSQL's own, which never change."""


ANSWER_SECONDS = 5.0
"""How long a server may take to answer a cancellation whose connection is closed."""

unanswered: set["asyncio.Task[None]"] = set()
"""The cancellations whose connection has ended before their answer."""


class Hashes:
    """The module `hashlib` for the driver, with a cache of the keys derived from passwords.

    A login with SCRAM derives a key from the password by thousands of rounds of a hash. The key
    depends only on the password, the salt and the number of rounds, so it is cached by these.
    The proofs of the client and of the server are computed for each login.
    """

    pbkdf2_hmac = staticmethod(functools.lru_cache(MOST_KEYS)(hashlib.pbkdf2_hmac))

    def __getattr__(self, name: str) -> Any:
        return getattr(hashlib, name)


_protocol.hashlib = Hashes()

# The driver parses the server's version for each connection, and derives from it what the
# server can do. The version seldom changes.
_versions: Any = asyncpg.serverversion
_versions.split_server_version_string = functools.lru_cache(16)(
    _versions.split_server_version_string
)
_connection: Any = asyncpg.connection
_detect: Callable[[Any, Any], Any] = _connection._detect_server_capabilities


@functools.lru_cache(16)
def _capabilities(version: Any) -> Any:
    # The driver recognises databases other than PostgreSQL by their settings.
    return _detect(version, None)


def _detect_server_capabilities(server_version: Any, _: object) -> Any:
    return _capabilities(server_version)


_connection._detect_server_capabilities = _detect_server_capabilities


class Protocol(_Protocol):
    """The driver's protocol, extended: it sends messages ahead, and lets `Answers` read
    first.
    """

    def __init__(self, *arguments: Any) -> None:
        super().__init__(*arguments)
        self.awaited: Reader | None = Greeting()

    def connection_made(self, transport: Any) -> None:
        """Wrap the transport in one that can send messages ahead of the driver's."""
        self.outgoing = _Outgoing(transport)
        super().connection_made(self.outgoing)  # type: ignore[arg-type]  # the wrapper has the methods that asyncpg calls

    def data_received(self, data: bytes) -> None:
        """Pass the data to the driver, as far as `Answers` allows."""
        awaited = self.awaited
        if awaited is not None:
            data = awaited.read(data)
            if awaited.is_read:
                self.awaited = None
            if not data:
                return
        _received(self, data)


class _Outgoing:
    """A transport that sends the messages put ahead together with the next write."""

    def __init__(self, transport: Any) -> None:
        self.ahead = b""
        self.inner = transport
        self.abort = transport.abort
        self.get_extra_info = transport.get_extra_info
        self._write = transport.write

    def write(self, data: Any) -> None:
        """Write the messages put ahead, then the data."""
        if self.ahead:
            data, self.ahead = b"".join((self.ahead, data)), b""
        self._write(data)

    def writelines(self, parts: Any) -> None:
        """Write several parts at once."""
        self.write(b"".join(parts))

    def pause_reading(self) -> None:
        """Stop reading until the received data has been processed."""
        self.inner.pause_reading()

    def resume_reading(self) -> None:
        """Resume reading."""
        self.inner.resume_reading()


class Description(NamedTuple):
    """The driver's description of a statement: how to encode its arguments and decode its
    rows.
    """

    state: Any
    types: tuple[int, ...]
    """The oids of the arguments' types; 0 for a type that is not built into PostgreSQL. A
    caller can create a type that hides another one of the same name. Sent by its oid, it would
    be used in the next caller's statement, and its check would run as that caller. So the
    server looks these types up again by name.
    """
    is_lasting: bool
    """Whether the format of all its types stays the same as long as they exist."""
    is_current: bool
    """Whether the server has the statement still prepared."""
    encoding: Callable[[], str]
    """The text encoding: the connection's, until that is closed."""


async def opened(
    address: Address, context: ssl.SSLContext | None, application_name: str
) -> Connection:
    """Open a connection, with TLS where there is a context for it."""
    host, parameters, configuration = _arguments(address, context, application_name)
    loop = asyncio.get_running_loop()
    connected: asyncio.Future[Any] = loop.create_future()

    def protocol() -> Any:
        return Protocol(host, connected, parameters, asyncpg.Record, loop)

    if isinstance(host, str):
        connecting = loop.create_unix_connection(protocol, host)
    elif context is None:
        connecting = loop.create_connection(protocol, *host)
    elif address.is_direct:
        connecting = loop.create_connection(protocol, *host, ssl=context)
    else:
        connecting = _utils._create_ssl_connection(
            protocol, *host, loop=loop, ssl_context=context
        )
    try:
        transport, made = await connecting
    except BaseException:
        connected.cancel()
        raise
    try:
        if address.is_direct and context is not None:
            _require_postgresql(transport)
        await connected
        _require_version(made)
    except BaseException:
        transport.abort()
        raise
    connection: Any = asyncpg.Connection(
        made, made.outgoing, loop, host, configuration, parameters
    )
    made.set_connection(connection)
    return connection


def _require_version(protocol: Any) -> None:
    """Refuse a server whose version the driver cannot read."""
    try:
        _versions.split_server_version_string(protocol.get_settings().server_version)
    except (AttributeError, ValueError) as error:
        raise ConnectionError("it does not say which version of PostgreSQL it is") from error


def _require_postgresql(transport: Any) -> None:
    """Refuse a server that has not named PostgreSQL's protocol in the handshake."""
    if transport.get_extra_info("ssl_object").selected_alpn_protocol() != PROTOCOL:
        raise ConnectionError("it does not speak PostgreSQL's protocol in TLS")


@functools.lru_cache(maxsize=1000)
def _arguments(address: Address, context: ssl.SSLContext | None, application_name: str) -> Any:
    """The host, the parameters and the configuration that the driver derives from an address.
    The driver's own `connect` derives them each time.
    """
    (host,), parameters, configuration = _utils._parse_connect_arguments(
        **NOT_GIVEN,
        host=address.host,
        port=address.port,
        user=address.user,
        # Without one, the driver would search environment variables and files.
        password=address.password or "",
        database=address.database,
        ssl=context if context is not None else False,
        # Otherwise an environment variable would decide it.
        direct_tls=address.is_direct and context is not None,
        # Behind a transaction pooler the next transaction may meet another server
        # process, which does not know the statement; and after an ALTER in the same
        # transaction a cached plan no longer fits its table.
        statement_cache_size=0,
        max_cached_statement_lifetime=0,
        max_cacheable_statement_size=0,
        server_settings={"application_name": application_name},
    )
    return host, parameters, configuration


def put_ahead(connection: Any, messages: bytes, awaited: Reader | None = None) -> None:
    """Queue messages to be sent ahead of the next write, and set the reader of the answers."""
    protocol = connection._protocol
    if protocol is None or connection.is_closed():
        raise asyncpg.InterfaceError("connection is closed")
    protocol.outgoing.ahead = messages
    protocol.awaited = awaited


def take_back(connection: Any) -> bool:
    """Remove the queued messages; return false if they were sent already."""
    protocol = connection._protocol
    if protocol is None or not protocol.outgoing.ahead:
        return False
    protocol.outgoing.ahead = b""
    protocol.awaited = None
    return True


async def executed(connection: Any, sql: str) -> tuple[int, str]:
    """Execute one statement without parameters; return the number of rows and its tag. No row
    has a column.
    """
    protocol = connection._protocol
    final = _protocol.PreparedStatementState("", sql, protocol, asyncpg.Record, False)
    # The statement is parsed in the same flight.
    final.mark_unprepared()
    # Rows without columns need no description.
    final._init_codecs()
    rows, tag, _ = await protocol.bind_execute(final, (), "", 0, True, None)
    return len(rows), tag.decode()


async def commanded(connection: Any, sql: str) -> str:
    """Execute a statement that has neither parameters nor rows; return its tag."""
    if connection.is_closed():
        raise asyncpg.InterfaceError("connection is closed")
    return await connection._protocol.query(sql, None)


async def described(connection: Any, sql: str) -> Description:
    """Let the server parse and describe a statement, and look up the types that it names."""
    protocol = connection._protocol
    state = await protocol.prepare("", sql, None, record_class=asyncpg.Record)
    missing = state._init_types()
    is_current = not missing
    while missing:
        # These queries replace the unnamed prepared statement on the server.
        types, _ = await connection._introspect_types(missing, None)
        protocol.get_settings().register_data_types(types)
        if missing == (missing := state._init_types()):
            raise asyncpg.InternalClientError(f"The types {missing} could not be looked up.")
    state._init_codecs()
    parameters = state._get_parameters()
    columns = [each.type for each in state._get_attributes()]
    settings = protocol.get_settings()
    return Description(
        state,
        tuple(each.oid if each.oid < FIRST_OWN_TYPE else 0 for each in parameters),
        all(map(_is_lasting, (*parameters, *columns))),
        is_current,
        lambda: settings.get_text_codec().name,
    )


def _is_lasting(type_: asyncpg.Type) -> bool:
    """Whether a type cannot change while its oid stays the same. A composite type can change by
    a column, and an array or a range by its inner type. In a record, each value comes with the
    oid of its type.
    """
    return type_.oid < FIRST_OWN_TYPE or type_.kind == "scalar"


async def fetched(
    connection: Any, state: Any, values: Sequence[object]
) -> tuple[list[asyncpg.Record], str]:
    """The rows and the tag of a statement, which the server has parsed earlier in the
    flight.
    """
    rows, tag, _ = await connection._protocol.bind_execute(state, values, "", 0, True, None)
    return rows, tag.decode() if tag else ""


async def cancellations_over(connection: Any) -> None:
    """Wait for the answer to a cancelled query. Until then its outcome is unknown."""
    if not connection.is_closed():
        await connection._protocol._wait_for_cancellation()


def cancel(connection: Any, sent: "asyncio.Future[None]") -> None:
    """Ask the server to cancel the query under way."""
    connection._cancel_current_command(sent)


def sent_from_now_on(connection: Any) -> Callable[[], bool]:
    """A function that says whether a query has been sent since."""
    # A dropped connection loses the reference to its protocol.
    protocol = connection._protocol
    before = protocol.queries_count
    return lambda: protocol.queries_count > before


def close(connection: Any) -> None:
    """Send a Terminate message, and close the connection without waiting."""
    if connection.is_closed():
        return
    outgoing = connection._protocol.outgoing
    transport = outgoing.inner
    if not transport.get_write_buffer_size():
        # Data that the socket does not accept at once would be dropped.
        outgoing.abort = transport.close
    if connection._cancellations:
        _leave_cancellations(connection)
    # `terminate` also clears listeners, statements and a pool's place, of which there are none.
    protocol, connection._protocol = connection._protocol, None
    connection._aborted = True
    protocol.abort()


def drop(connection: Any) -> None:
    """Close the connection without a message, whatever waits to be sent."""
    _leave_cancellations(connection)
    connection.terminate()


def _leave_cancellations(connection: Any) -> None:
    """Let the connection's cancellations be answered after its end, for a limited time.
    PgBouncer 1.18.0 to 1.19.0 crash if a client does not wait for that answer.
    """
    loop = asyncio.get_running_loop()
    for each in connection._cancellations:
        unanswered.add(each)
        each.add_done_callback(unanswered.discard)
        loop.call_later(ANSWER_SECONDS, each.cancel)
    connection._cancellations = set()


def socket_of(connection: Any) -> Any:
    """The socket of a connection."""
    return connection._protocol.outgoing.get_extra_info("socket")
