"""The log of the development server: a line for each request, and the tracebacks of errors."""

import contextlib
import logging
from collections.abc import Generator
from typing import Any

from ottavino.http.log import LOGGING, NO_ACCESS_LOG
from ottavino.postgres.watch import current_watch
from ottavino.project.mistake import sentence


class Lines(logging.Formatter):
    """Formats records for a person who reads the terminal."""

    def format(self, record: logging.LogRecord) -> str:
        if hasattr(record, "method"):
            return _request(record)
        if hasattr(record, "at_start") and record.exc_info and record.exc_info[1]:
            return f"{record.getMessage()} {sentence(record.exc_info[1])}"
        text = super().format(record)
        watch = current_watch()
        if record.exc_info and watch and watch.last:
            text += f"\nThe statement sent last, perhaps not the failed one:\n{watch.last}"
        return text


@contextlib.contextmanager
def in_lines() -> Generator[None]:
    """Write the log of a block to the terminal, for a command."""
    handler = logging.StreamHandler()
    handler.setFormatter(Lines())
    logger = logging.getLogger("ottavino")
    logger.addHandler(handler)
    try:
        yield
    finally:
        logger.removeHandler(handler)


def _request(record: Any) -> str:
    line = (
        f"{record.method:<7} {record.function:<20} {record.role:<13} "
        f"{record.status} {record.milliseconds:>8.1f} ms"
    )
    if (watch := current_watch()) and watch.round_trips:
        asked = f"{watch.statements} {'query' if watch.statements == 1 else 'queries'}"
        line += f"  {asked}, {watch.round_trips} round trips"
    return f"{line}  {record.code}: {record.reason}" if record.code else line


LOG = {
    **LOGGING,
    "formatters": {"lines": {"()": Lines}},
    "loggers": {
        "ottavino": {"handlers": ["terminal"], "level": "DEBUG", "propagate": False},
        "uvicorn": {"handlers": ["terminal"], "level": "WARNING", "propagate": False},
        **NO_ACCESS_LOG,
    },
}
