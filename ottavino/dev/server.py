"""The development server: database, migrations and demo users first, then HTTP."""

import asyncio
import signal
import socket
import sys

from ottavino.dev.answer import answer
from ottavino.dev.database.login import make_login
from ottavino.dev.database.supabase import ensure_auth
from ottavino.dev.demo import demo_tokens
from ottavino.dev.reload import keep_answering
from ottavino.errors import SettingsError
from ottavino.http.auth.verifier import verifier
from ottavino.migrate.commands import forwards
from ottavino.postgres.address import migration_address
from ottavino.postgres.local import NotLocal, require_local
from ottavino.postgres.supabase import LOGIN
from ottavino.settings import EMBEDDED, settings

LISTENS = """
Ottavino listens at {address}; Ctrl-C stops it.
Open that address in a browser to try the functions. What you change is served at once."""
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
    try:
        tokens = asyncio.run(_prepare())
    except NotLocal as error:
        print(error)
    else:
        exports = "\n".join(f"export {name}={token}" for name, token in tokens.items())
        banner.append(TRY.format(address=address, exports=exports))
    keep_answering(answer, listener, "\n".join(banner))


async def _prepare() -> dict[str, str]:
    """See that the local database has `auth`, the tables, and two users to try them with.

    One that is not marked as local is left as it is: that is `NotLocal`.
    """
    await require_local()
    connection = await migration_address().connect("serve", settings().connect_timeout)
    try:
        await ensure_auth(connection)
    finally:
        await connection.close()
    if not (await forwards("all")).success:
        sys.exit(1)
    if settings().database_url == EMBEDDED and settings().claims_key:
        await make_login(LOGIN)
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
