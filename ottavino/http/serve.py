"""Serves the functions: `run` is the only place that starts uvicorn.

`python -m ottavino serve`, the line `web` of `Procfile`, calls `main`. Each process of the
development server, `piccolo functions serve`, calls `run` with a socket that stays open.
"""

import asyncio
import math
import socket
import sys
from collections.abc import Callable, Coroutine
from typing import Any

import uvicorn

from ottavino.errors import in_a_sentence
from ottavino.http.configuration import import_configuration
from ottavino.http.lifespan import check_login, check_settings
from ottavino.http.listener import bound
from ottavino.http.log import LOGGING
from ottavino.postgres.positions import shared_positions
from ottavino.settings import settings

PROTOCOL = "ottavino.http.protocol:Protocol"
"""The protocol's name and not the class, because uvicorn's processes import it."""

ANSWER_SECONDS = 30
"""How long a process may not answer its parent, which then kills and replaces it.

On a busy machine, a process that starts may need more than uvicorn's 5 s. It would be killed,
and so would each of those that replace it.
"""


def main(app: str = "functions.app:app") -> None:
    """Serve an application until a signal ends it.

    If a setting is wrong, or a table cannot be imported, it ends with a sentence before it
    starts anything.
    """
    with in_a_sentence():
        check_settings()
        if settings().web_concurrency > 1:
            # uvicorn's parent process would restart them for ever if they refused to start.
            asyncio.run(check_login())
        import_configuration()
        # uvicorn would log the reason only after the application has started.
        bound(settings().host, settings().port).close()
    # The processes share the positions of callers' writes, so that any of them reads what
    # another wrote.
    with shared_positions():
        run(app)


Listening = Callable[["Server"], Coroutine[None, None, None]]


def run(
    app: str,
    listener: socket.socket | None = None,
    listening: Listening | None = None,
    **changed: Any,
) -> None:
    """Serve at HOST and PORT, or at a listener, until a signal ends it. With a listener,
    `listening` runs beside the server once it answers requests. `changed` are options of
    uvicorn.
    """
    chosen = options() | changed
    if listener is None:
        uvicorn.run(app, **chosen)
        return
    server = Server(uvicorn.Config(app, **chosen), listening)
    server.run([listener])
    if not server.started:
        sys.exit(1)


class Server(uvicorn.Server):
    """A server with a task that starts when the server answers requests."""

    def __init__(self, config: uvicorn.Config, listening: Listening | None) -> None:
        super().__init__(config)
        self._listening = listening
        self._beside: asyncio.Task[None] | None = None

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        if self.started and self._listening:
            self._beside = asyncio.create_task(self._listening(self))

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        if self._beside:
            self._beside.cancel()
        await super().shutdown(sockets)

    def stop(self) -> None:
        """Stop, like after a signal."""
        self.should_exit = True


def options() -> dict[str, Any]:
    """uvicorn's options, from the settings."""
    chosen = settings()
    return {
        "host": chosen.host,
        "port": chosen.port,
        "workers": chosen.web_concurrency,
        "timeout_worker_healthcheck": ANSWER_SECONDS,
        # The client's address and scheme are the connection's, unless a trusted proxy is named
        # in the settings.
        "forwarded_allow_ips": list(chosen.forwarded_allow_ips),
        "proxy_headers": bool(chosen.forwarded_allow_ips),
        "timeout_graceful_shutdown": math.ceil(chosen.shutdown_timeout),
        "http": PROTOCOL,
        "ws": "none",
        "lifespan": "on",
        "log_config": LOGGING,
        "access_log": False,
        "server_header": False,
    }
