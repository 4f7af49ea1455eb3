"""Addresses of a database in all their forms, and connections: with TLS, or with a reason."""

import asyncio
import os
import socket
import ssl
import sys
import traceback
from collections.abc import AsyncGenerator, Awaitable, Callable, Generator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import trustme

from ottavino.dev.database.server import PORT, Server
from ottavino.errors import DatabaseUnavailable, SettingsError
from ottavino.identity import Identity
from ottavino.postgres import address as reading
from ottavino.postgres import connection
from ottavino.postgres.address import Address, address, caller_address
from ottavino.postgres.connection import connect
from ottavino.postgres.session import session
from ottavino.postgres.supabase import SUPERUSER
from ottavino.settings import read_settings
from ottavino.testing import Database, SettingsFrom
from ottavino.testing.cluster import short_folder
from ottavino.testing.database import connected
from ottavino.testing.server import VERSIONS
from tests.ottavino.gate import gate
from tests.ottavino.line import line
from tests.ottavino.wire import tapped

SECRET = "swordfish"  # noqa: S105  # it guards nothing

ROLES = """
create role alice login password 'swordfish';
create role full_up login password 'swordfish' connection limit 0;
"""

RULES = """
local  all  alice,full_up   scram-sha-256
local  all  supabase_admin  trust
"""


@dataclass(frozen=True, slots=True)
class Site:
    """A PostgreSQL that asks for passwords, and what a gate in front of it shows."""

    server: Server
    tls: ssl.SSLContext
    """Shows a certificate for `localhost`."""
    authority: Path
    """The certificate of the authority that signed it."""
    other_authority: Path

    @property
    def socket(self) -> Path:
        """Where the server listens."""
        assert self.server.socket_folder is not None
        return self.server.socket_folder / f".s.PGSQL.{PORT}"

    def url(self, port: int, parameters: str = "", host: str = "localhost") -> str:
        """An address of a gate. `CA` and `OTHER` in the parameters mean the authorities."""
        parameters = parameters.replace("CA", str(self.authority))
        parameters = parameters.replace("OTHER", str(self.other_authority))
        return f"postgresql://alice:{SECRET}@{host}:{port}/postgres?{parameters}"


@pytest.fixture(scope="module")
def site(pytestconfig: pytest.Config) -> Generator[Site]:
    version = str(pytestconfig.getoption("postgres"))
    with short_folder() as folder:
        server = Server(
            folder / "data",
            version=int(version),
            binaries=VERSIONS[version],
            settings="fsync = off\n",
        )
        authority, other = trustme.CA(), trustme.CA()
        tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        tls.set_alpn_protocols(["http/1.1", "postgresql"])
        authority.issue_cert("localhost").configure_cert(tls)  # pyright: ignore[reportUnknownMemberType]  # it takes contexts of pyOpenSSL, too
        site = Site(server, tls, folder / "authority.pem", folder / "other.pem")
        authority.cert_pem.write_to_path(site.authority)
        other.cert_pem.write_to_path(site.other_authority)
        server.start()
        try:
            asyncio.run(ask_for_passwords(server))
            yield site
        finally:
            server.stop()


async def ask_for_passwords(server: Server) -> None:
    async with connected(server.url(SUPERUSER)) as admin:
        await admin.execute(ROLES)
        (server.data / "pg_hba.conf").write_text(RULES)
        await admin.execute("select pg_reload_conf()")


async def log_in(url: str) -> None:
    """Connect as an invocation does."""
    opened = await connect(address(url), "test", 5)
    assert await opened.fetchval("select current_user::text") == "alice"
    await opened.close()


# Forms of an address


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("postgresql://u:p@db.example.com:6543/app", ("db.example.com", 6543, "u", "p", "app")),
        ("postgres://u:p@db.example.com/app", ("db.example.com", 5432, "u", "p", "app")),
        ("postgresql://u@db.example.com", ("db.example.com", 5432, "u", None, "u")),
        ("postgresql://u@db.example.com/", ("db.example.com", 5432, "u", None, "u")),
        ("postgresql://u@/app", ("localhost", 5432, "u", None, "app")),
        ("postgresql://a.b%40c:p%40%2F%3A%23@h/d%20b", ("h", 5432, "a.b@c", "p@/:#", "d b")),
        ("postgresql://u:p@ss@h/app", ("h", 5432, "u", "p@ss", "app")),
        ("postgresql://u:@h/app", ("h", 5432, "u", None, "app")),
        ("postgresql://u@[::1]:6543/app", ("::1", 6543, "u", None, "app")),
        ("postgresql://u@/app?host=/run/pg&port=6543", ("/run/pg", 6543, "u", None, "app")),
        ("postgresql://u@%2FRun%2Fpg:6543/app", ("/Run/pg", 6543, "u", None, "app")),
        ("postgresql:///app?host=h&user=u", ("h", 5432, "u", None, "app")),
        ("postgresql://u@there/app?host=here", ("here", 5432, "u", None, "app")),
        (
            "postgresql://u@h/app?pgbouncer=true&connection_limit=1&pool_timeout=1&schema=a",
            ("h", 5432, "u", None, "app"),
        ),
    ],
)
def test_an_address_is_read(url: str, expected: tuple[object, ...]) -> None:
    read = address(url)
    assert (read.host, read.port, read.user, read.password, read.database) == expected


@pytest.mark.parametrize(
    ("url", "sentence"),
    [
        ("postgresql://u:swordfish@h:port/app", "cannot be read"),
        ("postgresql://u:swordfish@h:0/app", "cannot be read"),
        ("postgresql://u:swordfish@h:65536/app", "cannot be read"),
        ("postgresql://u:swordfish@h/app?port=many", "cannot be read"),
        ("postgresql://u:swordfish@h/app?port=65536", "cannot be read"),
        ("postgresql://u:swordfish@one:1,two:2/app", "cannot be read"),
        ("postgresql://u:swordfish@one,two/app", "names several hosts"),
        ("postgresql://u:sword/swordfish@h/app", "cannot be read"),
        ("postgresql://u:sword#swordfish@h/app", "cannot be read"),
        ("postgresql://u:sword?swordfish@h/app", "cannot be read"),
        ("postgresql://u:1#swordfish@h/app", "cannot be read"),
        ("postgresql://u:swordfish@[h/app", "cannot be read"),
        ("postgresql://u:swordfish℀@h/app", "cannot be read"),
        ("postgresql://:swordfish@h/app", "names no user"),
        ("postgresql://u:swordfish@h/app?sslmode=maybe", "sslmode=maybe is not understood"),
        ("postgresql://u:swordfish@h/app?options=-c%20x", "not understood: options"),
        ("postgresql://u@h/app?password=swordfish", "not understood: password"),
        (
            "postgresql://u:swordfish@h/app?sslrootcert=/none",
            "sslrootcert=/none cannot be read",
        ),
        ("postgresql://u:swordfish@h/app?sslmode=verify-ca", "needs sslrootcert=FILE"),
        (
            "postgresql://u:swordfish@h/app?sslmode=require&sslrootcert=system",
            "needs sslrootcert=FILE",
        ),
        *(
            (
                f"postgresql://u:swordfish@h/app?sslmode={mode}&sslrootcert=system",
                "checks no certificate",
            )
            for mode in ("disable", "allow", "prefer")
        ),
    ],
)
def test_what_cannot_be_read_is_refused_without_repeating_the_password(
    url: str, sentence: str
) -> None:
    with pytest.raises(SettingsError, match=sentence) as error:
        address(url)
    assert SECRET not in "".join(traceback.format_exception(error.value))


@pytest.mark.parametrize("host", ["[h", "h\u2100"])
def test_the_settings_refuse_what_is_no_address_without_repeating_it(host: str) -> None:
    with pytest.raises(SettingsError, match="DATABASE_URL cannot be read") as error:
        read_settings({"DATABASE_URL": f"postgresql://u:{SECRET}@{host}/app"})
    assert SECRET not in "".join(traceback.format_exception(error.value))


def test_a_certificate_that_is_none_is_refused(tmp_path: Path) -> None:
    (tmp_path / "ca.pem").write_text("no certificate")
    with pytest.raises(SettingsError, match=r"ca\.pem cannot be read"):
        address(f"postgresql://u@h/app?sslrootcert={tmp_path}/ca.pem")


def test_an_address_shows_no_password() -> None:
    read = address(f"postgresql://alice:{SECRET}@h/app")
    assert "alice" in repr(read)
    assert SECRET not in repr(read)


# What is done once


async def test_the_address_is_read_once_and_its_tls_context_built_once(
    site: Site, settings_from: SettingsFrom, monkeypatch: pytest.MonkeyPatch
) -> None:
    read = counted(monkeypatch, reading, "_address")
    built = counted(monkeypatch, ssl.SSLContext, "__new__")
    async with gate(site.socket, site.tls) as way:
        settings_from(DATABASE_URL=site.url(way.port, "sslmode=require"))
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
    """Note every call of a function from now on, and let it do what it does."""
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


# TLS


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
async def test_a_certificate_of_somebody_else_is_refused_before_the_login(
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
async def test_the_server_is_told_what_is_to_be_spoken(site: Site, parameters: str) -> None:
    async with gate(site.socket, site.tls) as way:
        await log_in(site.url(way.port, parameters))
        assert way.protocols == ["postgresql"]


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


def test_a_unix_socket_needs_no_tls() -> None:
    assert address("postgresql://u@/app?host=/run/pg&sslmode=require").tls == (None,)


ELSEWHERE = ("db.example.com", "10.0.0.7", "db", "[2001:db8::1]", "127.0.0.1.example.com")


@pytest.mark.parametrize("host", ELSEWHERE)
@pytest.mark.parametrize(
    ("parameters", "is_verified"),
    [
        ("", False),
        ("sslmode=disable", False),
        ("sslmode=allow", False),
        ("sslmode=prefer", False),
        ("sslmode=require", False),
        ("sslmode=require&sslrootcert=CA", True),
        ("sslmode=verify-ca&sslrootcert=CA", True),
        ("sslmode=verify-full", True),
        ("sslrootcert=CA", True),
    ],
)
def test_a_server_elsewhere_is_verified_or_known_not_to_be(
    host: str, parameters: str, is_verified: bool, site: Site
) -> None:
    assert address(site.url(5432, parameters, host)).is_verified is is_verified


@pytest.mark.parametrize("mode", ["disable", "allow", "prefer", "require"])
@pytest.mark.parametrize(
    "where",
    ["localhost", "LOCALHOST", "127.0.0.1", "127.8.8.8", "[::1]", "%2Frun%2Fpg", ""],
)
def test_nobody_stands_between_a_process_and_its_own_machine(where: str, mode: str) -> None:
    assert address(f"postgresql://u@{where}/app?sslmode={mode}").is_verified


# No connection


async def reason(target: Address, seconds: float = 5) -> str:
    """Why there is no connection, in one sentence without the password."""
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
    """The password where libpq, and asyncpg by itself, would find it."""
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
    # It is there to be found.
    async with connected(url):
        pass


@pytest.mark.parametrize(
    "url",
    [
        f"postgresql://alice:{SECRET}@127.0.0.1:1/app",
        f"postgresql://alice:{SECRET}@a..b/app",
        f"postgresql://alice:{SECRET}@/app?host=/nowhere",
    ],
)
async def test_where_nobody_answers_is_named(url: str) -> None:
    assert " does not answer: " in await reason(address(url))


Behaviour = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


@asynccontextmanager
async def pretending(behaviour: Behaviour) -> AsyncGenerator[str]:
    """The address of something that listens, and is no PostgreSQL."""

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
        # Later than who asks will wait.
        await asyncio.sleep(0.3)
        writer.write(b"N")
        await writer.drain()
    await reader.read()


async def hanging_up(_: asyncio.StreamReader, __: asyncio.StreamWriter) -> None:
    """Say nothing, and go."""


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
