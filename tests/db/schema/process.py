"""Piccolo's commands in processes of their own, which can be killed.

Each is forked from a process that has imported everything, so it starts in milliseconds.
"""

import asyncio
import multiprocessing
import os
import signal
import sys
from collections.abc import Mapping
from pathlib import Path
from uuid import uuid4

from piccolo.main import main

from db.piccolo_app import APP_CONFIG

_context = multiprocessing.get_context("forkserver")
_context.set_forkserver_preload([__name__, "piccolo_conf"])


class Process:
    """`piccolo …` on a folder of migrations, as a process that runs while the test does."""

    def __init__(
        self, variables: Mapping[str, str], folder: Path, output: Path, *arguments: str
    ) -> None:
        self._output = output / uuid4().hex
        self._process = _context.Process(
            target=_run, args=(dict(variables), folder, self._output, arguments)
        )
        self._process.start()

    def kill(self) -> None:
        """End it at once, as `kill -9` does."""
        self._process.kill()

    def interrupt(self) -> None:
        """Do as Ctrl-C does."""
        assert self._process.pid is not None
        os.kill(self._process.pid, signal.SIGINT)

    async def ended(self) -> int:
        """Its exit status, once it has ended; below zero the signal that ended it."""
        await asyncio.to_thread(self._process.join)
        assert self._process.exitcode is not None
        return self._process.exitcode

    @property
    def output(self) -> str:
        """What it has printed so far, on standard output and standard error."""
        return self._output.read_text() if self._output.exists() else ""


def _run(
    variables: dict[str, str], folder: Path, output: Path, arguments: tuple[str, ...]
) -> None:
    # Where the tests run in the background, a shell has had it ignored.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    descriptor = os.open(output, os.O_CREAT | os.O_WRONLY)
    os.dup2(descriptor, 1)
    os.dup2(descriptor, 2)
    os.environ.update(variables)
    APP_CONFIG.migrations_folder_path = folder
    sys.argv = ["piccolo", *arguments]
    main()
