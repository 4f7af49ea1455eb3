"""The private parts of asyncpg that the service uses: these tests fail if they change.

Where a test of these fails after an upgrade, `ottavino/postgres/driver.py` has to be looked at
before the new version is used, however well the others do.
"""

# ruff: noqa: SLF001  # private parts are the subject

import ast
import asyncio
import hashlib
import inspect
import re
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path
from typing import Any

import asyncpg
import pytest
from asyncpg import connect_utils

from ottavino.postgres import driver
from ottavino.postgres.address import address
from ottavino.settings import ROOT
from ottavino.testing import Database
from ottavino.testing.database import connected
from tests.ottavino.line import line
from tests.ottavino.wire import TERMINATE, tapped

PROTOCOL: Any = asyncpg.protocol.protocol
CONNECTION: Any = asyncpg.Connection
UTILS: Any = connect_utils

SIGNATURES = {
    PROTOCOL.Protocol.prepare: (
        "(self, stmt_name, query, timeout, *, state=None, ignore_custom_codec=False, "
        "record_class)"
    ),
    PROTOCOL.Protocol.bind_execute: (
        "(self, state, args, portal_name, limit, return_extra, timeout)"
    ),
    PROTOCOL.Protocol._wait_for_cancellation: "(self, timeout=None)",
    PROTOCOL.Protocol.query: "(self, query, timeout)",
    PROTOCOL.Protocol.abort: "(self)",
    PROTOCOL.Protocol.data_received: "(self, data)",
    PROTOCOL.Protocol.connection_made: "(self, transport)",
    CONNECTION.__init__: "(self, protocol, transport, loop, addr, config, params)",
    CONNECTION._introspect_types: "(self, typeoids, timeout)",
    CONNECTION._cancel_current_command: "(self, waiter, cancel_waiter=None)",
    UTILS._create_ssl_connection: (
        "(protocol_factory, host, port, *, loop, ssl_context, ssl_is_advisory=False, "
        "retry=False)"
    ),
    UTILS._parse_connect_arguments: (
        "(*, dsn, host, port, user, password, passfile, database, command_timeout, "
        "statement_cache_size, max_cached_statement_lifetime, max_cacheable_statement_size, "
        "ssl, direct_tls, server_settings, target_session_attrs, krbsrvname, gsslib, service, "
        "servicefile)"
    ),
}


@pytest.mark.parametrize(
    ("function", "signature"),
    SIGNATURES.items(),
    ids=lambda each: getattr(each, "__name__", ""),
)
def test_it_takes_what_it_took(function: Any, signature: str) -> None:
    taken = inspect.signature(function)
    untyped = [each.replace(annotation=each.empty) for each in taken.parameters.values()]
    assert str(taken.replace(parameters=untyped, return_annotation=taken.empty)) == signature


def test_this_version_has_been_looked_at() -> None:
    assert version("asyncpg").split(".")[:2] == ["0", "32"]


async def test_a_statement_tells_its_types_and_is_written_as_it_is_expected(
    database: Database,
) -> None:
    async with connected(database.superuser_url) as connection:
        inner: Any = connection
        protocol = inner._protocol
        sql = "select $1::int as it"
        state = await protocol.prepare("", sql, None, record_class=asyncpg.Record)
        assert state._init_types() == set()
        state._init_codecs()
        assert [each.oid for each in state._get_parameters()] == [23]
        (column,) = state._get_attributes()
        assert (column.name, column.type.oid, column.type.kind) == ("it", 23, "scalar")
        before = protocol.queries_count
        assert await protocol.bind_execute(state, (7,), "", 0, False, None) == [(7,)]
        assert protocol.queries_count == before + 1
        final = PROTOCOL.PreparedStatementState("", "select", protocol, asyncpg.Record, False)
        final.mark_unprepared()
        final._init_codecs()
        rows, tag, _ = await protocol.bind_execute(final, (), "", 0, True, None)
        assert (len(rows), tag) == (1, b"SELECT 1")


async def test_what_the_driver_does_not_read_waits_at_the_server(database: Database) -> None:
    connection: Any = await driver.opened(address(database.url), None, "test")
    try:
        outgoing = connection._transport
        outgoing.pause_reading()
        assert not outgoing.inner.is_reading()
        outgoing.resume_reading()
        assert outgoing.inner.is_reading()
    finally:
        connection.terminate()


async def test_of_own_types_enums_alone_last(database: Database) -> None:
    async with connected(database.superuser_url) as connection:
        await connection.execute("""
            create type public.mood as enum ('glad');
            create type public.pair as (a int);
            create domain public.short as text;
        """)
        lasting = {
            "'glad'::public.mood": True,
            "'a'::public.short": True,
            "array[1]": True,
            "array['glad'::public.mood]": False,
            "row(1)::public.pair": False,
            "row(1)": True,
            "array[row(1)]": True,
            "row(array['glad'::public.mood]), null::public.mood[]": False,
            "1, row(1)::public.pair": False,
        }
        for expression, expected in lasting.items():
            described = await driver.described(connection, f"select {expression}")
            assert described.is_lasting is expected, expression


def test_the_driver_takes_its_hashes_from_a_name_that_is_ours() -> None:
    assert isinstance(PROTOCOL.hashlib, driver.Hashes)


async def test_what_a_server_can_do_is_found_once_for_its_version(database: Database) -> None:
    async with (
        connected(database.superuser_url) as one,
        connected(database.superuser_url) as another,
    ):
        first, second = capabilities(one), capabilities(another)
        assert first is second
        assert (first.advisory_locks, first.sql_copy_from_where, first.jit) == (True,) * 3


def capabilities(connection: Any) -> Any:
    """What the driver has found out about a server."""
    return connection._server_caps


PRIVATE = ("_protocol", "_transport", "_init_codecs", "_introspect_types", "_connect_addr")


@pytest.mark.whole("parses all modules")
def test_no_other_module_uses_what_is_private() -> None:
    using = {
        str(path.relative_to(ROOT))
        for path in (ROOT / "ottavino").rglob("*.py")
        for node in ast.walk(ast.parse(Path(path).read_text("utf-8")))
        if isinstance(node, ast.Attribute) and node.attr in PRIVATE
    }
    assert using == {"ottavino/postgres/driver.py"}


def test_only_the_derivation_of_a_key_is_cached() -> None:
    hashes = driver.Hashes()
    assert hashes.sha256 is hashlib.sha256
    derived = [hashes.pbkdf2_hmac("sha256", b"a", salt, 2) for salt in (b"1", b"2", b"1")]
    assert derived[0] == derived[2] == hashlib.pbkdf2_hmac("sha256", b"a", b"1", 2)
    assert derived[0] != derived[1]


async def test_a_connection_is_closed_once(database: Database) -> None:
    async with tapped(database.url) as wire:
        connection = await driver.opened(address(wire.url), None, "test")
        driver.close(connection)
        driver.close(connection)
        assert connection.is_closed()
        await wire.closed()
    assert [each[:1] for each in wire.messages].count(TERMINATE) == 1


CLEARED = {
    "_call_termination_listeners",
    "_mark_stmts_as_closed",
    "_listeners.clear",
    "_log_listeners.clear",
    "_query_loggers.clear",
    "_clean_tasks",
    "_pool_holder",
}
"""What `terminate` clears of a connection, which `driver.close` leaves as it is."""


async def test_a_connection_has_nothing_that_only_terminate_would_clear(
    database: Database,
) -> None:
    source = inspect.getsource(CONNECTION._cleanup)
    assert set(re.findall(r"self\.([\w.]+)\(", source)) == CLEARED
    connection: Any = await driver.opened(address(database.url), None, "test")
    try:
        described = await driver.described(connection, "select 1 as it")
        await driver.fetched(connection, described.state, ())
        assert await driver.commanded(connection, "begin") == "BEGIN"
        assert not connection._termination_listeners
        assert not connection._stmts_to_close
        assert not [*connection._stmt_cache.iter_statements()]
        assert not connection._listeners
        assert not connection._log_listeners
        assert not connection._query_loggers
        assert not connection._cancellations
        assert connection._pool_holder is None
    finally:
        driver.close(connection)
    assert connection.is_closed()
    with pytest.raises(asyncpg.InterfaceError, match="connection is closed"):
        await driver.commanded(connection, "commit")


@pytest.mark.parametrize("leave", [driver.close, driver.drop])
@pytest.mark.parametrize("is_answered", [True, False])
async def test_a_cancellation_is_answered_after_the_end_of_its_connection(
    database: Database,
    monkeypatch: pytest.MonkeyPatch,
    leave: Callable[[Any], None],
    is_answered: bool,
) -> None:
    """PgBouncer 1.18 crashes otherwise. A server that never answers is not waited for."""
    monkeypatch.setattr(driver, "ANSWER_SECONDS", 5.0 if is_answered else 0.05)
    async with line(database.url) as far:
        connection: Any = await driver.opened(address(far.url), None, "test")
        sleeping = asyncio.create_task(connection.execute("select pg_sleep(60)"))
        await asyncio.sleep(0)
        far.freeze()
        driver.cancel(connection, asyncio.get_running_loop().create_future())
        (cancelling,) = connection._cancellations
        await asyncio.sleep(0)
        leave(connection)
        await asyncio.gather(sleeping, return_exceptions=True)
        assert connection.is_closed()
        assert driver.unanswered == {cancelling}
        if is_answered:
            far.thaw()
        _, waiting = await asyncio.wait({cancelling}, timeout=2)
        assert not waiting
        assert far.accepted == 2
        assert not driver.unanswered


async def test_nothing_is_sent_ahead_on_a_connection_that_is_closed(database: Database) -> None:
    async with tapped(database.url) as wire:
        connection = await driver.opened(address(wire.url), None, "test")
        connection.terminate()
        with pytest.raises(asyncpg.InterfaceError, match="connection is closed"):
            driver.put_ahead(connection, b"words")
        assert not driver.take_back(connection)
