"""The least that an invocation takes in Python, with all that keeps callers apart.

What is sent to the database is the service's own, byte for byte: what clears a pooled session,
what becomes the caller, and the signature of the claims. All else is left out: the log, errors,
limits of time, typed answers, and the check that a kept statement still fits its table.
"""

# ruff: noqa: INP001, SLF001  # a program of its own, with private names of asyncpg as in driver.py

import asyncio
import functools
import os
from typing import Any

import asyncpg
import jwt
import msgspec
from asyncpg import connect_utils
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from ottavino.identity import Identity
from ottavino.postgres.address import address
from ottavino.postgres.driver import NOT_GIVEN  # which also keeps the keys of passwords
from ottavino.postgres.transaction import opening

SECRET = os.environ["JWT_SECRET"]
NEWEST = """
select id, filename, file_type, file_size, status, created_at, updated_at
from public.documents
order by created_at desc, id desc
limit 20
"""
TERMINATE = b"X\0\0\0\4"

_utils: Any = connect_utils
to_json = msgspec.json.Encoder().encode
_kept: dict[str, Any] = {}
"""The statement, described once."""


@functools.cache
def arguments() -> Any:
    """What asyncpg makes of the address, worked out once."""
    there = address(os.environ["DATABASE_URL"])
    return _utils._parse_connect_arguments(
        **NOT_GIVEN,
        host=there.host,
        port=there.port,
        user=there.user,
        password=there.password or "",
        database=there.database,
        ssl=there.tls[0] or False,
        direct_tls=False,
        statement_cache_size=0,
        max_cached_statement_lifetime=0,
        max_cacheable_statement_size=0,
        server_settings={"application_name": "floor"},
    )


async def connect() -> Any:
    """A new connection."""
    (host,), parameters, configuration = arguments()
    return await _utils._connect_addr(
        addr=host,
        loop=asyncio.get_running_loop(),
        params=parameters,
        config=configuration,
        connection_class=asyncpg.Connection,
        record_class=asyncpg.Record,
    )


@functools.lru_cache(1000)
def caller(token: str) -> Identity:
    """The caller whom a token names."""
    claims = jwt.decode(token, SECRET, algorithms=["HS256"], audience="authenticated")  # pyright: ignore[reportUnknownMemberType]  # its key types come from cryptography, which HS256 does without
    return Identity(claims["role"], claims)


async def described(connection: Any) -> Any:
    """The statement as it is kept; a connection that describes it is good for nothing else."""
    state = await connection._protocol.prepare("", NEWEST, None, record_class=asyncpg.Record)
    state._init_codecs()
    state.mark_unprepared()
    return state


async def newest(request: Request) -> Response:
    """The caller's newest documents."""
    identity = caller(request.headers["authorization"].removeprefix("Bearer "))
    connection = await connect()
    try:
        protocol = connection._protocol
        begin = opening(connection, identity, name="floor", read_only=True).all
        if (statement := _kept.get(NEWEST)) is None:
            await connection.execute("begin")
            await connection.execute(f'set local role "{identity.role}"')
            statement = _kept[NEWEST] = await described(connection)
            await connection.execute("rollback")
        connection._transport.write(begin)
        rows = await protocol.bind_execute(statement, (), "", 0, False, None)
        await protocol.query("commit", None)
        connection._transport.write(TERMINATE)
    finally:
        connection.terminate()
    return Response(to_json([{**row} for row in rows]), media_type="application/json")


async def ping(request: Request) -> Response:
    """Nothing of the database's."""
    caller(request.headers["authorization"].removeprefix("Bearer "))
    return Response(b'{"message":"pong"}', media_type="application/json")


app = Starlette(routes=[Route("/newest", newest), Route("/ping", ping)])
