"""The stage of these tests: a database with two users, and servers on ports of their own."""

import asyncio
import contextlib
import dataclasses
import json
import os
import socket
import subprocess
import time
from collections.abc import AsyncGenerator, Generator, Mapping
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import jwt

from ottavino.dev.tokens import sign_up
from ottavino.settings import ROOT, Settings
from ottavino.testing import Database
from ottavino.testing.cluster import Cluster, short_folder, stop
from ottavino.testing.database import connected
from ottavino.testing.environment import forget_settings
from tests.ottavino.clients.functions.notes import TABLE
from tests.ottavino.databases import MIGRATED
from tests.ottavino.forked import Python
from tests.ottavino.http.auth.issuer import key

SECRET = "a-secret-of-the-clients-that-is-long-enough"  # noqa: S105  # it guards nothing
PUBLISHABLE = "sb_publishable_for_the_clients_alone"
SECRET_KEY = "sb_secret_for_the_clients_alone"  # noqa: S105  # nor does this

NOWHERE = "postgresql://nobody@127.0.0.1:1/nothing"
ELSEWHERE = "https://elsewhere.example.com"

LOGS = ROOT / ".cache" / "clients"
START_SECONDS = 60
STOP_SECONDS = 30

Stage = dict[str, Any]
"""What the tests have to know of it, as JSON."""


@asynccontextmanager
async def stage() -> AsyncGenerator[Stage]:
    """The stage, for the length of a block."""
    with short_folder() as folder:
        cluster = Cluster(folder, "18")
        try:
            await asyncio.to_thread(cluster.start)
            async with cluster.clone(MIGRATED) as database:
                configure(environment(database.variables))
                users = await prepare(database)
                with servers(database) as started:
                    await asyncio.gather(*(answering(each) for each in started.values()))
                    yield {
                        "urls": {name: each.url for name, each in started.items()},
                        "keys": {"publishable": PUBLISHABLE, "secret": SECRET_KEY},
                        "users": users,
                        "tokens": tokens(users),
                    }
        finally:
            stop(folder)


def configure(variables: Mapping[str, str]) -> None:
    """Set environment variables, and forget the settings that a cluster was started with."""
    os.environ.update(variables)
    forget_settings()


def environment(variables: Mapping[str, str]) -> dict[str, str]:
    """The settings of a server: these alone, without those of a developer's environment."""
    names = {each.name.upper() for each in dataclasses.fields(Settings)}
    return {
        # An empty variable counts as absent; uvicorn reads this one by itself.
        **dict.fromkeys(names - {"WEB_CONCURRENCY"}, ""),
        "WEB_CONCURRENCY": "1",
        "SUPABASE_PUBLISHABLE_KEYS": PUBLISHABLE,
        "SUPABASE_SECRET_KEYS": SECRET_KEY,
        "SUPABASE_JWKS": json.dumps({"keys": [key("ES256").public]}),
        **variables,
        "JWT_SECRET": SECRET,
    }


async def prepare(database: Database) -> dict[str, str]:
    """Let Alice and Bob sign up, and Alice have the note 0. Returns their ids."""
    ids = {
        name: str((await sign_up(f"{name}@example.com", name.capitalize())).user_id)
        for name in ("alice", "bob")
    }
    async with connected(database.direct_url) as connection:
        await connection.execute(TABLE)
        await connection.execute(
            "insert into notes (id, text, user_id) values (0, 'first', $1)", ids["alice"]
        )
    async with connected(database.superuser_url) as connection:
        # PostgreSQL looks for a deadlock after 50 ms of waiting, and not after a second.
        await connection.execute(
            f"alter database {database.name} set deadlock_timeout = '50ms'"
        )
    return ids


def tokens(users: Mapping[str, str]) -> dict[str, str]:
    """The tokens and keys of the clients, by their names in the tests."""
    now = int(time.time())
    user: dict[str, Any] = {"role": "authenticated", "aud": "authenticated", "exp": now + 3600}
    alice, bob = ({**user, "sub": users[name]} for name in ("alice", "bob"))
    expired = {**alice, "exp": now - 600}
    return {
        "alice": jwt.encode(alice, SECRET),
        "bob": jwt.encode(bob, SECRET),
        "alice_with_a_key": key("ES256").signed(alice),
        "anon": jwt.encode({"role": "anon", "exp": now + 3600}, SECRET),
        "service": jwt.encode({"role": "service_role", "exp": now + 3600}, SECRET),
        "malformed": "not.a.token",
        "forged": jwt.encode(alice, "another secret that is long enough as well"),
        "expired": jwt.encode(expired, SECRET),
        "elsewhere": jwt.encode({**alice, "aud": "elsewhere"}, SECRET),
        "forged_with_a_key": key("ES256", "two").signed(alice, kid="one"),
        "expired_with_a_key": key("ES256").signed(expired),
        "unsupported": jwt.encode(alice, SECRET * 2, "HS512"),
        "unsigned": jwt.encode(alice, "", "none"),
        "postgres": jwt.encode({**alice, "role": "postgres"}, SECRET),
    }


@dataclass(frozen=True, slots=True)
class Server:
    """A server in a process of its own."""

    process: Python
    url: str
    log: Path


@contextmanager
def servers(database: Database) -> Generator[dict[str, Server]]:
    """The servers by name, while they run.

    `all` has the functions of these tests too, the others have the project's own: `relaying`
    marks the platform's errors and lets no page here read it, and `down` has lost its database.
    """
    relaying = {**database.variables, "RELAY_ERRORS": "on", "CORS_ORIGINS": ELSEWHERE}
    with contextlib.ExitStack() as running:

        def start(name: str, module: str, **variables: str) -> Server:
            return running.enter_context(server(name, module, environment(variables)))

        yield {
            "all": start("all", "tests.ottavino.clients.functions", **database.variables),
            "relaying": start("relaying", "ottavino serve", **relaying),
            "down": start("down", "ottavino serve", DATABASE_URL=NOWHERE),
        }


@contextmanager
def server(name: str, module: str, variables: Mapping[str, str]) -> Generator[Server]:
    """A server, stopped when the block is left. Its log stays in `.cache/clients`."""
    LOGS.mkdir(parents=True, exist_ok=True)
    log, port = LOGS / f"{name}.log", free_port()
    with log.open("wb") as output:
        process = Python(
            *("-m", *module.split()),
            cwd=ROOT,
            env={**os.environ, **variables, "PORT": str(port)},
            stdout=output,
            stderr=subprocess.STDOUT,
        )
    try:
        yield Server(process, f"http://127.0.0.1:{port}", log)
    finally:
        process.terminate()
        try:
            process.wait(STOP_SECONDS)
        finally:
            process.kill()


async def answering(server: Server) -> None:
    """Wait until a server answers."""
    async with httpx.AsyncClient() as http, asyncio.timeout(START_SECONDS):
        while server.process.poll() is None:
            with contextlib.suppress(httpx.TransportError):
                await http.get(f"{server.url}/_internal/health")
                return
            await asyncio.sleep(0.05)
    raise RuntimeError(f"The server did not start:\n{server.log.read_text()}")


def free_port() -> int:
    """A free port."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        return free.getsockname()[1]
