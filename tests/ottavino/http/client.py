"""Callers for the tests: tokens that are signed here, and clients that need no network."""

import asyncio
import base64
import io
import json
import logging
import ssl
import time
from collections.abc import AsyncGenerator, Generator, Iterable
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import httpx
import jwt
import uvicorn
from starlette.applications import Starlette
from starlette.types import Message

from ottavino.http import create_app
from ottavino.http.function import Function
from ottavino.http.serve import options
from ottavino.testing import Database
from ottavino.testing.database import connected

SECRET = "a-secret-of-the-tests-that-is-long-enough"  # noqa: S105  # it guards nothing
ALICE = UUID("a11ce000-0000-4000-8000-000000000001")


def claims(**changes: object) -> dict[str, object]:
    """The claims of Alice's token. A change to None leaves a claim out."""
    whole = {
        "sub": str(ALICE),
        "role": "authenticated",
        "aud": "authenticated",
        "exp": int(time.time()) + 3600,
    }
    return {name: value for name, value in (whole | changes).items() if value is not None}


def token(**changes: object) -> str:
    """Alice's token with a valid signature."""
    return jwt.encode(claims(**changes), SECRET)


def bearer(value: str | None = None) -> dict[str, str]:
    """The headers that carry a token: Alice's, if no other is given."""
    return {"authorization": f"Bearer {value or token()}"}


def signed(payload: str | bytes, algorithm: str = "HS256", **header: object) -> str:
    """A token with a payload, and a header, that no library would write."""
    body = payload.encode() if isinstance(payload, str) else payload
    return jwt.api_jws.encode(body, SECRET, algorithm, headers=header or None)


def segment(value: object) -> str:
    """One part of a token."""
    return base64.urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=").decode()


def checked(app: Starlette | Function) -> Starlette:
    """An app, or one of a function called `it`, which serves without its first checks."""
    app = create_app({"it": app}) if isinstance(app, Function) else app
    app.state.is_checked = True
    return app


def client(app: Starlette | Function, **headers: str) -> httpx.AsyncClient:
    """A client of an app, or of one function called `it`."""
    transport = httpx.ASGITransport(app=checked(app))
    return httpx.AsyncClient(
        transport=transport, base_url="http://test/functions/v1", headers=headers
    )


def network() -> httpx.AsyncClient:
    """A client of servers on this machine, which loads no certificate authorities."""
    return httpx.AsyncClient(verify=ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT))


@dataclass(slots=True)
class Answer:
    """What an app sent."""

    status: int = 0
    headers: dict[str, str] = field(default_factory=dict[str, str])
    body: bytes = b""

    @property
    def expected(self) -> list[str]:
        """What the answer says was expected, for each invalid field."""
        return [each["expected"] for each in json.loads(self.body).get("details", [])]


async def ask(  # noqa: PLR0913  # each is given by name, and few of them at once
    app: Starlette | Function,
    method: str = "GET",
    path: str = "/it",
    *,
    query: bytes = b"",
    headers: Iterable[tuple[bytes, bytes]] = (),
    body: Iterable[bytes] = (),
) -> Answer:
    """Call an app as a server does, with a body in pieces: what a client does is not in it."""
    app = checked(app)
    pieces = [*body]
    announced = [(b"content-length", b"%d" % sum(map(len, pieces)))] if pieces else []
    scope = {
        "type": "http",
        "method": method,
        "path": f"/functions/v1{path}",
        "query_string": query,
        "headers": [*announced, *headers],
    }
    answer = Answer()
    coming = iter(pieces)

    async def receive() -> Message:
        piece = next(coming, b"")
        return {"type": "http.request", "body": piece, "more_body": piece != b""}

    async def send(message: Message) -> None:
        if message["type"] == "http.response.start":
            answer.status = message["status"]
            answer.headers = {
                name.decode(): value.decode() for name, value in message["headers"]
            }
        answer.body += message.get("body", b"")

    await app(scope, receive, send)
    return answer


@contextmanager
def logged(formatter: logging.Formatter, level: int) -> Generator[io.StringIO]:
    """What is written to the terminal while the block runs."""
    written = io.StringIO()
    handler = logging.StreamHandler(written)
    handler.setFormatter(formatter)
    logger = logging.getLogger("ottavino")
    logger.addHandler(handler)
    logger.setLevel(level)
    yield written
    logger.removeHandler(handler)
    logger.setLevel(logging.NOTSET)


@asynccontextmanager
async def served(app: Starlette | Function) -> AsyncGenerator[str]:
    """A real server on a port of its own, for what needs a real connection."""
    app = checked(app)
    own: dict[str, Any] = {"port": 0, "workers": 1, "lifespan": "off", "log_config": None}
    config = uvicorn.Config(app, **{**options(), **own})
    config.load()
    server = uvicorn.Server(config)
    server.lifespan = config.lifespan_class(config)
    await server.startup()
    port = server.servers[0].sockets[0].getsockname()[1]
    try:
        yield f"http://127.0.0.1:{port}/functions/v1"
    finally:
        await server.shutdown()


async def connections(database: Database) -> int:
    """How many connections the function `it` has. A closed one is counted for a moment."""
    sql = "select count(*) from pg_stat_activity where datname = $1 and application_name = 'it'"
    async with connected(database.superuser_url) as connection:
        for _ in range(500):
            if not await connection.fetchval(sql, database.name):
                break
            await asyncio.sleep(0.01)
        count: int = await connection.fetchval(sql, database.name)
        return count
