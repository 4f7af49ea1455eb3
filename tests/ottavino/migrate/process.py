"""Piccolo's commands in processes of their own, which can be killed.

Each is forked from a process that has imported everything, so it starts in milliseconds.
"""

import asyncio
import multiprocessing
import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path
from uuid import uuid4

from piccolo.main import main

from tests.ottavino.forked import FRAMEWORK
from tests.ottavino.house.piccolo_app import APP_CONFIG

_context = multiprocessing.get_context("forkserver")
_context.set_forkserver_preload([__name__, "tests.ottavino.house.piccolo_conf", *FRAMEWORK])


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


def run_forked(
    variables: Mapping[str, str], *arguments: str
) -> subprocess.CompletedProcess[str]:
    """Run `piccolo …` in the project to its end."""
    with tempfile.TemporaryDirectory() as folder:
        outputs = [Path(folder) / each for each in ("out", "err")]
        process = _context.Process(
            target=_run_in_two, args=(dict(variables), *outputs, arguments)
        )
        process.start()
        process.join()
        assert process.exitcode is not None
        said, complained = (each.read_text() for each in outputs)
    return subprocess.CompletedProcess(arguments, process.exitcode, said, complained)


def _run(
    variables: dict[str, str], folder: Path, output: Path, arguments: tuple[str, ...]
) -> None:
    # A shell that runs the tests in the background makes them ignore this signal.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    _print_into(output, 1, 2)
    APP_CONFIG.migrations_folder_path = folder
    _main(variables, arguments)


def _run_in_two(
    variables: dict[str, str], said: Path, complained: Path, arguments: tuple[str, ...]
) -> None:
    _print_into(said, 1)
    _print_into(complained, 2)
    _main(variables, arguments)


def _print_into(output: Path, *descriptors: int) -> None:
    opened = os.open(output, os.O_CREAT | os.O_WRONLY)
    for each in descriptors:
        os.dup2(opened, each)


def _main(variables: dict[str, str], arguments: tuple[str, ...]) -> None:
    os.environ.update(variables)
    sys.argv = ["piccolo", *arguments]
    main()
