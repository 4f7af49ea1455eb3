"""One run of the development server, until the code changes."""

import asyncio
import importlib
import multiprocessing
import signal
import socket
import sys
from collections.abc import Callable

from piccolo.conf.apps import Finder

from ottavino.dev.log import LOG
from ottavino.dev.outstanding import outstanding
from ottavino.http.discovery import Functions
from ottavino.http.serve import Server, run
from ottavino.project.mistake import sentence

APP = "ottavino.dev.app"

STOP_SECONDS = 1
"""How long a running request may still take after the code has changed."""

Greeting = Callable[[Functions], str]
"""Makes the text that is printed when the server is ready, from its functions."""


def answer(listener: socket.socket, greeting: Greeting) -> None:
    """Answer at a listener until a signal ends it."""
    # Ctrl-C is sent to every process of the terminal, but this one is ended by its parent.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    functions = _functions()

    async def listening(server: Server) -> None:
        if parent := multiprocessing.parent_process():
            # If its parent is killed, nothing else ends this process.
            asyncio.get_running_loop().add_reader(parent.sentinel, server.stop)
        print(greeting(functions), flush=True)
        # In a thread, because it would otherwise block requests.
        for line in await asyncio.to_thread(asyncio.run, outstanding()):
            print(line, flush=True)

    run(
        f"{APP}:app",
        listener,
        listening,
        workers=1,
        log_config=LOG,
        log_level="warning",
        timeout_graceful_shutdown=STOP_SECONDS,
    )


def _functions() -> Functions:
    """The functions; an error in the application's files ends the process with a sentence."""
    try:
        # First, since each function would report an error of this module again.
        Finder().get_piccolo_conf_module()
        return importlib.import_module(APP).app.state.functions
    except Exception as error:  # noqa: BLE001  # the application may raise any error
        sys.exit(sentence(error.__cause__ or error))
