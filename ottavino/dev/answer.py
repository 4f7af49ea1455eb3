"""One run of the development server: from when its code is read until it is changed."""

import asyncio
import multiprocessing
import signal
import socket
import sys

import uvicorn

from ottavino.dev.log import LOG
from ottavino.http.protocol import Protocol

STOP_SECONDS = 1
"""How long a request may still take when the code was changed under it."""


def answer(listener: socket.socket, greeting: str) -> None:
    """Answer at a listener until told to stop; say the greeting once it does."""
    # Ctrl-C reaches every process of the terminal. Ours is told by the one that started it.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    config = uvicorn.Config(
        "ottavino.dev.app:app",
        http=Protocol,
        log_config=LOG,
        log_level="warning",
        access_log=False,
        timeout_graceful_shutdown=STOP_SECONDS,
    )
    asyncio.run(_run(_Server(config), listener, greeting))


class _Server(uvicorn.Server):
    """A server that says when it listens."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.listening = asyncio.Event()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self.listening.set()

    def stop(self) -> None:
        self.should_exit = True


async def _run(server: _Server, listener: socket.socket, greeting: str) -> None:
    async def greet() -> None:
        await server.listening.wait()
        print(greeting, flush=True)

    if parent := multiprocessing.parent_process():
        # Nobody else would end it, were its parent killed.
        asyncio.get_running_loop().add_reader(parent.sentinel, server.stop)
    async with asyncio.TaskGroup() as group:
        greeting_task = group.create_task(greet())
        await server.serve([listener])
        greeting_task.cancel()
    if not server.started:
        sys.exit(1)
