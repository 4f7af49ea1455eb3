"""asyncpg, from within: each private name of it that the service uses is in this module.

`docs/upstream` says what asyncpg could offer in their place, and
`tests/ottavino/postgres/test_driver.py` fails where a version of it changes one of them.
"""

# ruff: noqa: SLF001  # what is private is used here, so that it is used nowhere else

import asyncio
import functools
import hashlib
import ssl
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

import asyncpg
import asyncpg.serverversion
from asyncpg import connect_utils

from ottavino.postgres.address import Address
from ottavino.postgres.answers import Reader
from ottavino.postgres.tls import PROTOCOL

_utils: Any = connect_utils
_protocol: Any = asyncpg.protocol.protocol
"""Their private names, which no type stub has."""

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
"""Arguments of the driver's own `connect`, which would be looked for in variables and files."""

if TYPE_CHECKING:
    Connection = asyncpg.Connection[asyncpg.Record]
    _Protocol = asyncio.Protocol
else:
    Connection = asyncpg.Connection
    _Protocol = _protocol.Protocol

_received: Callable[[Any, bytes], None] = _Protocol.data_received

MOST_KEYS = 64
"""How many keys of passwords are kept. A server may give each login a salt of its own."""

FIRST_OWN_TYPE = 16384
"""Types below this number are PostgreSQL's own, which never change."""


class Hashes:
    """The module `hashlib` as the driver uses it, with the keys of passwords kept.

    A login with SCRAM derives a key from the password by thousands of rounds of a hash. It is
    the same as long as the password, the salt and the number of rounds are, which are what it
    is kept by. All that is computed from it is computed for each login: the proof that the
    client has the password, and what the server has to show in return.
    """

    pbkdf2_hmac = staticmethod(functools.lru_cache(MOST_KEYS)(hashlib.pbkdf2_hmac))

    def __getattr__(self, name: str) -> Any:
        return getattr(hashlib, name)


_protocol.hashlib = Hashes()

# The driver parses the server's version for each connection, and it seldom changes.
_versions: Any = asyncpg.serverversion
_versions.split_server_version_string = functools.lru_cache(16)(
    _versions.split_server_version_string
)


class Protocol(_Protocol):
    """The driver's protocol, which can send messages ahead, and is read by `Answers` first."""

    def __init__(self, *arguments: Any) -> None:
        super().__init__(*arguments)
        self.awaited: Reader | None = None

    def connection_made(self, transport: Any) -> None:
        """Send what the driver sends through a transport that sends more ahead of it."""
        self.outgoing = _Outgoing(transport)
        super().connection_made(self.outgoing)  # type: ignore[arg-type]  # it has the methods that asyncpg calls

    def data_received(self, data: bytes) -> None:
        """Let the driver read what it may know already."""
        awaited = self.awaited
        if awaited is not None:
            data = awaited.read(data)
            if awaited.is_read:
                self.awaited = None
            if not data:
                return
        _received(self, data)


class _Outgoing:
    """A transport that sends what was put ahead together with what is written next."""

    def __init__(self, transport: Any) -> None:
        self.ahead = b""
        self.inner = transport
        self.abort = transport.abort
        self.get_extra_info = transport.get_extra_info
        self._write = transport.write

    def write(self, data: Any) -> None:
        """Write, after what was put ahead."""
        if self.ahead:
            data, self.ahead = b"".join((self.ahead, data)), b""
        self._write(data)

    def writelines(self, parts: Any) -> None:
        """Write several parts at once."""
        self.write(b"".join(parts))

    def pause_reading(self) -> None:
        """Let the server wait until what it sent has been used."""
        self.inner.pause_reading()

    def resume_reading(self) -> None:
        """Let the server go on."""
        self.inner.resume_reading()


class Description(NamedTuple):
    """What the driver knows of a statement: how to write its arguments and read its rows."""

    state: Any
    types: tuple[int, ...]
    """The types of its arguments, by number; 0 for those that are not PostgreSQL's own.

    A statement of a caller can put a type of theirs in the place of another. By its number it
    would be taken in a statement of the next caller, and its check would run as that caller.
    So the server finds these types again, by their names.
    """
    is_lasting: bool
    """Whether all its types are read and written in the same way as long as they exist."""
    is_current: bool
    """Whether the server has the statement still prepared."""
    encoding: Callable[[], str]
    """How it reads and writes text: as its connection does, until that is closed."""


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
    except BaseException:
        transport.abort()
        raise
    connection: Any = asyncpg.Connection(
        made, made.outgoing, loop, host, configuration, parameters
    )
    made.set_connection(connection)
    return connection


def _require_postgresql(transport: Any) -> None:
    """Refuse a server that has not named PostgreSQL's protocol in the handshake."""
    if transport.get_extra_info("ssl_object").selected_alpn_protocol() != PROTOCOL:
        raise ConnectionError("it does not speak PostgreSQL's protocol in TLS")


@functools.lru_cache(maxsize=1000)
def _arguments(address: Address, context: ssl.SSLContext | None, application_name: str) -> Any:
    """The host, the parameters and the configuration that the driver makes of an address.

    The driver's own `connect` works them out each time.
    """
    (host,), parameters, configuration = _utils._parse_connect_arguments(
        **NOT_GIVEN,
        host=address.host,
        port=address.port,
        user=address.user,
        # Without one, it would be looked for in variables and files.
        password=address.password or "",
        database=address.database,
        ssl=context if context is not None else False,
        # A variable would say it otherwise.
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
    """Let messages travel ahead of what is sent next, and say how to read the answers."""
    protocol = connection._protocol
    if protocol is None or connection.is_closed():
        raise asyncpg.InterfaceError("connection is closed")
    protocol.outgoing.ahead = messages
    protocol.awaited = awaited


def take_back(connection: Any) -> bool:
    """Remove the messages that were put ahead; false if they were sent already."""
    protocol = connection._protocol
    if protocol is None or not protocol.outgoing.ahead:
        return False
    protocol.outgoing.ahead = b""
    protocol.awaited = None
    return True


async def executed(connection: Any, sql: str) -> tuple[int, str]:
    """Execute one statement without parameters: how many rows came, and its tag.

    None of the rows has a column.
    """
    protocol = connection._protocol
    final = _protocol.PreparedStatementState("", sql, protocol, asyncpg.Record, False)
    # It is parsed on the way to being executed.
    final.mark_unprepared()
    # Of rows without columns there is nothing to describe.
    final._init_codecs()
    rows, tag, _ = await protocol.bind_execute(final, (), "", 0, True, None)
    return len(rows), tag.decode()


async def described(connection: Any, sql: str) -> Description:
    """Let the server parse and describe a statement, and look up the types that it names."""
    protocol = connection._protocol
    state = await protocol.prepare("", sql, None, record_class=asyncpg.Record)
    missing = state._init_types()
    is_current = not missing
    while missing:
        # These queries take the place of the statement on the server.
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
    """Whether a type cannot change without getting another number.

    Of a composite type a column can, and so can the type inside an array or a range. In a
    record each value comes with the number of its type, which says how it is read.
    """
    return type_.oid < FIRST_OWN_TYPE or type_.kind == "scalar"


async def fetched(
    connection: Any, state: Any, values: Sequence[object]
) -> tuple[list[asyncpg.Record], str]:
    """The rows and the tag of a statement, parsed when the server comes to executing it."""
    rows, tag, _ = await connection._protocol.bind_execute(state, values, "", 0, True, None)
    return rows, tag.decode() if tag else ""


async def cancellations_over(connection: Any) -> None:
    """Wait until the answer to a cancelled query has come. Until then nothing is known."""
    if not connection.is_closed():
        await connection._protocol._wait_for_cancellation()


def cancel(connection: Any, sent: "asyncio.Future[None]") -> None:
    """Ask the server to cancel the query under way."""
    connection._cancel_current_command(sent)


def sent_from_now_on(connection: Any) -> Callable[[], bool]:
    """A function that says whether a query has been sent since."""
    # The connection forgets its protocol when it is dropped.
    protocol = connection._protocol
    before = protocol.queries_count
    return lambda: protocol.queries_count > before


def close(connection: Any) -> None:
    """Tell the server that the connection ends, and close it. Nothing is waited for."""
    if connection.is_closed():
        return
    outgoing = connection._protocol.outgoing
    transport = outgoing.inner
    if not transport.get_write_buffer_size():
        # What the socket does not take at once would be dropped.
        outgoing.abort = transport.close
    connection.terminate()


def socket_of(connection: Any) -> Any:
    """The socket of a connection."""
    return connection._protocol.outgoing.get_extra_info("socket")
