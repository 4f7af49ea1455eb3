"""The development server: database, migrations and demo users first, then HTTP."""

import asyncio
import signal
import socket
import sys
from functools import partial

from ottavino.dev import greeting
from ottavino.dev.answer import answer
from ottavino.dev.database.login import make_login
from ottavino.dev.database.supabase import ensure_auth
from ottavino.dev.demo import demo_tokens
from ottavino.dev.reload import keep_answering
from ottavino.http.auth.verifier import verifier
from ottavino.http.listener import bound
from ottavino.migrate.commands import forwards
from ottavino.postgres.connection import owner_connection
from ottavino.postgres.local import NotLocal, require_local
from ottavino.postgres.supabase import LOGIN
from ottavino.settings import EMBEDDED, settings


def serve(host: str | None = None, port: int | None = None) -> None:
    """Serve until Ctrl-C, at HOST and PORT unless others are given.

    A setting that is wrong ends it with a sentence before anything is started.
    """
    # This process stops its child processes, in whichever way it ends.
    for each in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(each, signal.default_int_handler)
    try:
        _serve(
            settings().host if host is None else host,
            settings().port if port is None else port,
        )
    except KeyboardInterrupt:
        print("\nStopped.")


def _serve(host: str, port: int) -> None:
    verifier(settings())
    with bound(host, port) as listener:
        _serve_at(listener)


def _serve_at(listener: socket.socket) -> None:
    host, port = listener.getsockname()[:2]
    address = f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"
    tokens: dict[str, str] = {}
    try:
        tokens = asyncio.run(_prepare())
    except NotLocal as error:
        print(error)
    keep_answering(answer, listener, partial(greeting.first, address, tokens))


async def _prepare() -> dict[str, str]:
    """Give a local database `auth`, the tables and two users; return the users' tokens.

    Raises `NotLocal`, and changes nothing, if the database is not marked as local.
    """
    await require_local()
    async with owner_connection("serve") as connection:
        await ensure_auth(connection)
    if not (await forwards("all")).success:
        sys.exit(1)
    if settings().database_url == EMBEDDED and settings().claims_key:
        await make_login(LOGIN)
    return await demo_tokens()
