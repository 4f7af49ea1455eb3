"""Opening a connection: passwords, TLS, and the errors if it fails."""

import asyncio
import functools
import hashlib
import os
import socket
import ssl
import sys
import traceback
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import asyncpg
import pytest

from ottavino.errors import DatabaseUnavailable
from ottavino.identity import Identity
from ottavino.postgres import address as reading
from ottavino.postgres import connection, driver
from ottavino.postgres.address import Address, address, caller_address
from ottavino.postgres.connection import connect
from ottavino.postgres.session import session
from ottavino.testing import Database, SettingsFrom
from tests.ottavino.gate import gate
from tests.ottavino.line import line
from tests.ottavino.postgres.site import SECRET, Site
from tests.ottavino.wire import tapped


async def log_in(url: str) -> None:
    """Connect as an invocation does."""
    opened = await connect(address(url), "test", 5)
    assert await opened.fetchval("select current_user::text") == "alice"
    await opened.close()


# Work that is done once


async def test_the_address_is_read_once_and_its_tls_context_built_once(
    site: Site, settings_from: SettingsFrom, monkeypatch: pytest.MonkeyPatch
) -> None:
    read = counted(monkeypatch, reading, "_address")
    built = counted(monkeypatch, ssl.SSLContext, "__new__")
    async with gate(site.socket, site.tls) as way:
        settings_from(DATABASE_URL=site.url(way.port, "sslmode=verify-ca&sslrootcert=CA"))
        for _ in range(3):
            opened = await connect(caller_address(), "test", 5)
            await opened.close()
    assert (len(read), len(built)) == (1, 1)


async def test_no_statement_gets_a_name_that_a_pooler_would_lose(database: Database) -> None:
    async with tapped(database.url) as wire:
        opened = await connect(address(wire.url), "test", 5)
        for _ in range(2):
            await opened.fetchval("select $1::text", "x")
        await opened.close()
    names = [each[5:].split(b"\0")[0] for each in wire.messages if each[:1] == b"P"]
    assert len(names) >= 2
    assert set(names) == {b""}


async def test_the_servers_list_of_connections_names_the_function(database: Database) -> None:
    opened = await connect(address(database.url), "hello", 5)
    assert await opened.fetchval("show application_name") == "hello"
    await opened.close()


def counted(monkeypatch: pytest.MonkeyPatch, owner: object, name: str) -> list[object]:
    """Count the calls of a function from now on."""
    calls: list[object] = []
    original = getattr(owner, name)

    def call(*arguments: object, **named: object) -> object:
        calls.append(arguments)
        return original(*arguments, **named)

    monkeypatch.setattr(owner, name, call)
    return calls


@pytest.mark.skipif(sys.platform != "linux", reason="Other systems have other options.")
async def test_the_system_notices_a_server_that_is_gone(database: Database) -> None:
    async with line(database.url) as far:
        opened = await connect(address(far.url), "test", 5)
        with socket.socket(fileno=os.dup(file_of(opened))) as copy:
            assert copy.getsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE) == 1
            for name in ("TCP_KEEPIDLE", "TCP_KEEPINTVL", "TCP_KEEPCNT", "TCP_USER_TIMEOUT"):
                said = copy.getsockopt(socket.IPPROTO_TCP, getattr(socket, name))
                assert said == connection.TCP_OPTIONS[name]
        await opened.close()


def file_of(opened: Any) -> int:
    """The descriptor of a connection's socket."""
    return opened._transport.get_extra_info("socket").fileno()  # noqa: SLF001  # nothing else has it


# Passwords


@asynccontextmanager
async def lying(site: Site, lie: tuple[bytes, bytes]) -> AsyncGenerator[str]:
    """The address of a server that changes the real one's messages in a login."""

    relays: set[asyncio.Task[None]] = set()

    async def carry(
        source: asyncio.StreamReader, target: asyncio.StreamWriter, lie: tuple[bytes, bytes]
    ) -> None:
        while data := await source.read(65536):
            target.write(data.replace(*lie, 1))
        target.close()

    async def relay(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        real, forward = await asyncio.open_unix_connection(site.socket)
        relays.add(asyncio.create_task(carry(reader, forward, (b"", b""))))
        relays.add(asyncio.create_task(carry(real, writer, lie)))

    server = await asyncio.start_server(relay, "localhost", 0)
    try:
        yield site.url(server.sockets[0].getsockname()[1], "sslmode=disable")
    finally:
        server.close()
        await asyncio.wait_for(asyncio.gather(*relays, return_exceptions=True), 5)


async def test_the_key_of_a_password_is_derived_once(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    derived = counted(monkeypatch, hashlib, "pbkdf2_hmac")
    monkeypatch.setattr(
        driver.Hashes, "pbkdf2_hmac", staticmethod(functools.cache(hashlib.pbkdf2_hmac))
    )
    async with lying(site, (b"", b"")) as url:
        for _ in range(3):
            await log_in(url)
        assert len(derived) == 1
        with pytest.raises(DatabaseUnavailable, match="password authentication failed"):
            await log_in(url.replace(SECRET, "another"))
        assert len(derived) == 2


async def test_a_server_that_does_not_know_the_password_is_refused_with_a_kept_key(
    site: Site,
) -> None:
    async with lying(site, (b"", b"")) as url:
        await log_in(url)
    # The signature of a server that knows the password, with another beginning.
    for first in (b"A", b"B"):
        async with lying(site, (b"v=", b"v=" + first)) as url:
            with pytest.raises(DatabaseUnavailable, match="could not verify server signature"):
                await log_in(url)


# TLS


@pytest.mark.whole_but_first("connects for each case")
@pytest.mark.parametrize(
    ("parameters", "host", "logins"),
    [
        ("", "localhost", [True]),
        ("sslmode=disable", "localhost", [False]),
        ("sslmode=allow", "localhost", [False]),
        ("sslmode=prefer", "localhost", [True]),
        ("sslmode=require", "localhost", [True]),
        ("sslmode=require&sslrootcert=CA", "127.0.0.1", [True]),
        ("sslmode=verify-ca&sslrootcert=CA", "127.0.0.1", [True]),
        ("sslmode=verify-full&sslrootcert=CA", "localhost", [True]),
        ("sslrootcert=CA", "localhost", [True]),
    ],
)
async def test_a_connection_is_encrypted_as_the_address_says(
    site: Site, parameters: str, host: str, logins: list[bool]
) -> None:
    async with gate(site.socket, site.tls) as way:
        await log_in(site.url(way.port, parameters, host))
        assert way.logins == logins


@pytest.mark.whole_but_first("connects for each case")
@pytest.mark.parametrize(
    ("parameters", "host"),
    [
        ("sslmode=require&sslrootcert=OTHER", "localhost"),
        ("sslmode=verify-ca&sslrootcert=OTHER", "localhost"),
        ("sslmode=verify-full&sslrootcert=OTHER", "localhost"),
        ("sslmode=verify-full&sslrootcert=CA", "127.0.0.1"),
        ("sslrootcert=CA", "127.0.0.1"),
        ("sslmode=verify-full", "localhost"),
        ("sslmode=verify-full&sslrootcert=system", "localhost"),
    ],
)
async def test_a_certificate_of_another_host_is_refused_before_the_login(
    site: Site, parameters: str, host: str
) -> None:
    async with gate(site.socket, site.tls) as way:
        answer = await reason(address(site.url(way.port, parameters, host)))
        assert "shows a certificate that is not trusted: " in answer
        assert not answer.endswith("..")
        assert way.logins == []


@pytest.mark.parametrize(
    "parameters", ["sslmode=require", "sslmode=verify-full&sslrootcert=CA"]
)
async def test_the_client_names_the_protocol_in_the_handshake(
    site: Site, parameters: str
) -> None:
    async with gate(site.socket, site.tls) as way:
        await log_in(site.url(way.port, parameters))
        assert way.protocols == ["postgresql"]


@pytest.mark.parametrize("mode", ["require", "verify-full&sslrootcert=CA"])
async def test_direct_tls_asks_for_nothing_before_the_handshake(site: Site, mode: str) -> None:
    async with gate(site.socket, site.tls) as way:
        way.is_direct = True
        await log_in(site.url(way.port, f"sslmode={mode}&sslnegotiation=direct"))
        assert (way.asked, way.logins, way.protocols) == (0, [True], ["postgresql"])
        way.is_direct = False
        await log_in(site.url(way.port, f"sslmode={mode}"))
        assert way.asked == 1


async def test_a_query_is_cancelled_through_direct_tls_too(site: Site) -> None:
    """The driver's own connection asks for TLS, which PostgreSQL takes on the same port."""
    async with gate(site.socket, site.tls) as way:
        way.is_direct = True
        url = site.url(way.port, "sslmode=require&sslnegotiation=direct")
        opened = await connect(address(url), "test", 5)
        way.is_direct = False
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.1):
                await opened.fetchval("select pg_sleep(30)")
        async with asyncio.timeout(5):
            assert await opened.fetchval("select 1") == 1
        await opened.close()
    assert (way.asked, way.logins) == (1, [True, True])


async def test_direct_tls_refuses_a_certificate_of_another_authority(site: Site) -> None:
    mode = "sslmode=verify-full&sslrootcert=OTHER&sslnegotiation=direct"
    async with gate(site.socket, site.tls) as way:
        way.is_direct = True
        with pytest.raises(DatabaseUnavailable, match="certificate that is not trusted"):
            await log_in(site.url(way.port, mode))
        assert way.logins == []


async def test_direct_tls_refuses_a_server_of_another_protocol(site: Site) -> None:
    async with gate(site.socket, site.tls) as way:
        way.is_direct = True
        site.tls.set_alpn_protocols(["http/1.1"])
        try:
            with pytest.raises(DatabaseUnavailable):
                await log_in(site.url(way.port, "sslmode=require&sslnegotiation=direct"))
        finally:
            site.tls.set_alpn_protocols(["http/1.1", "postgresql"])


@pytest.mark.parametrize("speaks_tls", [True, False])
async def test_an_older_server_is_not_asked_in_another_way(
    site: Site, speaks_tls: bool
) -> None:
    async with gate(site.socket, site.tls if speaks_tls else None) as way:
        with pytest.raises(DatabaseUnavailable, match="take it out of the address"):
            await log_in(site.url(way.port, "sslmode=require&sslnegotiation=direct"))
        assert way.asked == 0
        assert True not in way.logins


async def test_a_server_that_is_starting_says_so(site: Site) -> None:
    async with gate(site.socket, demands=True) as way:
        way.refusal = b"SFATAL\0C57P03\0Mthe database system is starting up.\0\0"
        answer = await reason(address(site.url(way.port, "sslmode=disable")))
    assert answer.endswith("refuses the connection: the database system is starting up.")


def test_only_the_named_authority_is_trusted(site: Site) -> None:
    (context,) = address(site.url(1, "sslmode=verify-ca&sslrootcert=CA")).tls
    assert context is not None
    assert len(context.get_ca_certs()) == 1


@pytest.mark.parametrize("parameters", ["", "sslmode=prefer", "sslmode=allow"])
async def test_a_server_without_tls_is_taken_where_tls_is_only_preferred(
    site: Site, parameters: str
) -> None:
    async with gate(site.socket) as way:
        await log_in(site.url(way.port, parameters))
        assert way.logins == [False]


@pytest.mark.parametrize(
    "parameters", ["sslmode=require", "sslmode=verify-full&sslrootcert=CA"]
)
async def test_a_server_without_tls_is_refused_where_tls_is_required(
    site: Site, parameters: str
) -> None:
    async with gate(site.socket) as way:
        answer = await reason(address(site.url(way.port, parameters)))
        assert "does not speak TLS" in answer
        assert way.logins == []


@pytest.mark.parametrize(("mode", "demanded"), [("allow", True), ("prefer", False)])
async def test_a_login_is_tried_the_other_way_where_the_server_demands_it(
    site: Site, mode: str, demanded: bool
) -> None:
    async with gate(site.socket, site.tls, demands=demanded) as way:
        await log_in(site.url(way.port, f"sslmode={mode}"))
        assert way.logins == [not demanded, demanded]


@pytest.mark.parametrize(("mode", "demanded"), [("disable", True), ("require", False)])
async def test_a_login_is_not_tried_a_way_that_the_address_excludes(
    site: Site, mode: str, demanded: bool
) -> None:
    async with gate(site.socket, site.tls, demands=demanded) as way:
        answer = await reason(address(site.url(way.port, f"sslmode={mode}")))
        assert "refuses the connection: no pg_hba.conf entry" in answer
        assert way.logins == [not demanded]


@pytest.mark.parametrize("mode", ["prefer", "allow"])
async def test_a_wrong_password_is_shown_only_once(site: Site, mode: str) -> None:
    async with gate(site.socket, site.tls) as way:
        url = site.url(way.port, f"sslmode={mode}").replace(SECRET, "wrong")
        assert "password authentication failed" in await reason(address(url))
        assert len(way.logins) == 1


# Errors


async def reason(target: Address, seconds: float = 5) -> str:
    """The error of connecting, checked to be one sentence without the password."""
    with pytest.raises(DatabaseUnavailable) as error:
        await connect(target, "test", seconds)
    sentence = str(error.value)
    assert SECRET not in "".join(traceback.format_exception(error.value))
    assert sentence.startswith(f"The database at {target.host}")
    assert sentence.endswith(".")
    assert "\n" not in sentence
    return sentence


@pytest.mark.parametrize(
    ("login", "sentence"),
    [
        ("alice:wrong@/postgres", 'password authentication failed for user "alice"'),
        ("alice@/postgres", 'password authentication failed for user "alice"'),
        ("alice:swordfish@/nothing", 'database "nothing" does not exist'),
        ("full_up:swordfish@/postgres", 'too many connections for role "full_up"'),
        ("nobody:swordfish@/postgres", "no pg_hba.conf entry for host"),
    ],
)
async def test_what_the_server_refuses_is_said_in_its_words(
    site: Site, login: str, sentence: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PGPASSFILE", "/nowhere")
    url = f"postgresql://{login}?host={site.socket.parent}"
    assert f"refuses the connection: {sentence}" in await reason(address(url))


@pytest.fixture(params=["PGPASSWORD", "PGPASSFILE", "HOME"])
def kept_elsewhere(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest
) -> None:
    """A password in the places where libpq, and asyncpg by default, look for one."""
    file = tmp_path / ".pgpass"
    file.write_text(f"*:*:*:*:{SECRET}\n")
    file.chmod(0o600)
    values = {"PGPASSWORD": SECRET, "PGPASSFILE": str(file), "HOME": str(tmp_path)}
    for name in values:
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv(request.param, values[request.param])


@pytest.mark.usefixtures("kept_elsewhere")
async def test_a_password_that_the_address_does_not_name_is_looked_for_nowhere(
    site: Site,
) -> None:
    url = f"postgresql://alice@/postgres?host={site.socket.parent}"
    assert "password authentication failed" in await reason(address(url))
    # asyncpg finds it by default.
    await (await asyncpg.connect(url)).close()


@pytest.mark.parametrize(
    "url",
    [
        f"postgresql://alice:{SECRET}@127.0.0.1:1/app",
        f"postgresql://alice:{SECRET}@a..b/app",
        f"postgresql://alice:{SECRET}@/app?host=/nowhere",
    ],
)
async def test_an_address_that_does_not_answer_is_named(url: str) -> None:
    assert " does not answer: " in await reason(address(url))


Behaviour = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


@asynccontextmanager
async def pretending(behaviour: Behaviour) -> AsyncGenerator[str]:
    """The address of a server that is no PostgreSQL."""

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await behaviour(reader, writer)
        finally:
            writer.close()

    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    async with server:
        yield f"postgresql://u:{SECRET}@127.0.0.1:{server.sockets[0].getsockname()[1]}/app"


async def silence(reader: asyncio.StreamReader, _: asyncio.StreamWriter) -> None:
    await reader.read()


async def late_refusal(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    if (await reader.read(8))[4:] == b"\x04\xd2\x16\x2f":
        # Longer than the client waits.
        await asyncio.sleep(0.3)
        writer.write(b"N")
        await writer.drain()
    await reader.read()


async def hanging_up(_: asyncio.StreamReader, __: asyncio.StreamWriter) -> None:
    """Close the connection without an answer."""


async def a_web_page(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await reader.read(8)
    writer.write(b"HTTP/1.1 400 Bad Request\r\n\r\n")
    await writer.drain()
    await reader.read()


async def test_a_server_that_is_silent_is_given_up_in_time() -> None:
    async with pretending(silence) as url:
        assert "does not answer within 0.1 s" in await reason(address(url), 0.1)


async def test_a_second_attempt_gets_only_what_is_left_of_the_time() -> None:
    loop = asyncio.get_running_loop()
    async with pretending(late_refusal) as url:
        began = loop.time()
        assert "does not answer within 0.4 s" in await reason(address(url), 0.4)
    assert loop.time() - began < 0.6


@pytest.mark.parametrize("behaviour", [hanging_up, a_web_page])
@pytest.mark.parametrize("mode", ["disable", "prefer", "require"])
async def test_what_is_no_postgresql_is_no_connection(behaviour: Behaviour, mode: str) -> None:
    async with pretending(behaviour) as url:
        await reason(address(f"{url}?sslmode={mode}"), 0.3)


async def test_a_session_says_why_its_first_query_found_no_connection(
    site: Site, settings_from: SettingsFrom
) -> None:
    settings_from(DATABASE_URL=f"postgresql://alice:wrong@/postgres?host={site.socket.parent}")
    with pytest.raises(DatabaseUnavailable, match="password authentication failed"):
        async with session(Identity.anonymous()) as opened:
            await opened.open()
