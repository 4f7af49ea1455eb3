"""The log of the development server: a line for each request, and every error in full."""

import logging
from typing import Any

from ottavino.http.log import LOGGING, NO_ACCESS_LOG
from ottavino.postgres.watch import current_watch


class Lines(logging.Formatter):
    """Writes what somebody reads who wrote the function just now."""

    def format(self, record: logging.LogRecord) -> str:
        if hasattr(record, "method"):
            return _request(record)
        text = super().format(record)
        watch = current_watch()
        if record.exc_info and watch and watch.last:
            text += f"\nThe statement that was asked last:\n{watch.last}"
        return text


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
