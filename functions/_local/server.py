"""The development server: database, migrations and demo users first, then HTTP."""

import asyncio
import signal
import socket
import sys

import uvicorn

from db.connection import migration_address, service_address
from db.errors import SettingsError
from db.local.supabase import ensure_auth
from db.schema.commands import forwards
from db.settings import settings
from functions._local.demo import demo_tokens
from functions._shared.caller import verifier
from functions._shared.log import LOGGING

# Somebody reads along, and no machine does.
LOG = {**LOGGING, "formatters": {"lines": {"format": "%(message)s"}}}

LISTENS = "\nOttavino listens at {address}; Ctrl-C stops it."
TRY = """Paste this to see whose rows are whose:

{exports}

# Alice's documents, and what Bob sees of them
curl -w '\\n' {address}/functions/v1/documents -H "Authorization: Bearer $ALICE"
curl -w '\\n' {address}/functions/v1/documents -H "Authorization: Bearer $BOB"

# A greeting by name, and one for whoever comes without a token
curl -w '\\n' {address}/functions/v1/hello -H "Authorization: Bearer $ALICE"
curl -w '\\n' {address}/functions/v1/hello
"""


def serve(host: str, port: int) -> None:
    """Serve until Ctrl-C. Whatever is wrong is said before anything is started."""
    # However it is told to end, what it started has to end with it.
    for each in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(each, signal.default_int_handler)
    try:
        _serve(host, port)
    except KeyboardInterrupt:
        print("\nStopped.")


def _serve(host: str, port: int) -> None:
    verifier(settings())
    with _listen(host, port) as listener:
        _serve_at(listener)


def _serve_at(listener: socket.socket) -> None:
    address = "http://{}:{}".format(*listener.getsockname())
    banner = [LISTENS.format(address=address)]
    if settings().is_local:
        tokens = asyncio.run(_prepare())
        exports = "\n".join(f"export {name}={token}" for name, token in tokens.items())
        banner.append(TRY.format(address=address, exports=exports))
    else:
        asyncio.run(_check_reachable())
    config = uvicorn.Config(
        "functions.app:app", log_config=LOG, log_level="warning", access_log=False
    )
    asyncio.run(_run(_Server(config), listener, "\n".join(banner)))


class _Server(uvicorn.Server):
    """A server that says when it listens."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.listening = asyncio.Event()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self.listening.set()


async def _run(server: _Server, listener: socket.socket, banner: str) -> None:
    async def announce() -> None:
        await server.listening.wait()
        print(banner, flush=True)

    async with asyncio.TaskGroup() as group:
        announcing = group.create_task(announce())
        await server.serve([listener])
        announcing.cancel()
    if not server.started:
        sys.exit(1)


async def _check_reachable() -> None:
    """See that a database elsewhere answers. What is in it is not ours to change here."""
    connection = await service_address().connect("serve", settings().connect_timeout)
    await connection.close()


async def _prepare() -> dict[str, str]:
    """See that the local database has `auth`, the tables, and two users to try them with."""
    connection = await migration_address().connect("serve", settings().connect_timeout)
    try:
        await ensure_auth(connection, local=True)
    finally:
        await connection.close()
    if not (await forwards("all")).success:
        sys.exit(1)
    return await demo_tokens()


def _listen(host: str, port: int) -> socket.socket:
    listener = socket.socket(socket.AF_INET)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
    except OSError as error:
        listener.close()
        raise SettingsError(
            f"{host}:{port} cannot be listened at: {error.strerror}. Stop what uses it, or "
            f"choose another: piccolo functions serve --port={port + 1}."
        ) from error
    return listener
