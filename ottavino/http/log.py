"""The log of a server: one JSON object a line, and no text that a caller sent or a row holds.

What an error says may repeat either: `raise exception` in a trigger, an argument that the
driver cannot send, the answer that a library could not read. Of an error that is logged here
only its type, its SQLSTATE and its stack are told; the log of the development server tells it
whole. What a function logs by a logger of its own is its own word.
"""

import json
import logging
import logging.config
import re
import sys
import threading
import traceback
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from typing import Any

import asyncpg
from pydantic import ValidationError

from ottavino.errors import DatabaseUnavailable, OttavinoError, SettingsError
from ottavino.http.request_record import RequestRecord

logger = logging.getLogger("ottavino")

FIELDS = ("request_id", "status", "code")
"""What the line of a request that could not be read has beside its message."""

NO_ACCESS_LOG: dict[str, dict[str, Any]] = {
    "uvicorn.access": {"handlers": [], "propagate": False}
}
"""uvicorn's own line of a request holds the address with its query. It has to be silenced here:
configuring the logger `uvicorn` gives that of its child to it, whatever uvicorn was told."""

LOGGING: dict[str, Any] = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"lines": {"()": "ottavino.http.log.JsonLines"}},
    "handlers": {
        "terminal": {"class": "ottavino.http.line_handler.LineHandler", "formatter": "lines"}
    },
    "loggers": {
        name: {"handlers": ["terminal"], "level": "INFO", "propagate": False}
        for name in ("ottavino", "uvicorn")
    }
    | NO_ACCESS_LOG,
    "root": {"handlers": ["terminal"], "level": "WARNING"},
}
"""For `logging.config.dictConfig`, and for uvicorn, which hands it to each of its processes."""

OURS = {"ottavino", "uvicorn", "uvicorn.error"}
"""Loggers whose messages name nothing that was sent or stored."""
APPLICATION = {"db", "functions", "ottavino"}
"""The packages whose modules say what they mean to."""

TOLD_ERRORS = 25
"""How many errors of a chain or of groups are told at most, the last ones raised."""
TOLD_MISFITS = 100
"""With more errors than this, of what did not fit is only said how much it is."""

_WARNING = re.compile(r"[^\n:]+:\d+: \w+")


def configure() -> None:
    """Configure the log unless it has a handler, and log what Python prints by itself."""
    if not logger.hasHandlers():
        logging.config.dictConfig(LOGGING)
    # pytest, for one, has hooks of its own, which stay.
    if sys.unraisablehook is sys.__unraisablehook__:
        sys.unraisablehook = lambda each: _log_unraised(each.exc_value)
        threading.excepthook = lambda each: _log_unraised(each.exc_value)
        logging.captureWarnings(capture=True)


def _log_unraised(error: BaseException | None) -> None:
    logger.error("An error was raised where nothing could catch it.", exc_info=error)


class JsonLines(logging.Formatter):
    """Writes a record as one line of JSON, with what is known of its request as fields."""

    def format(self, record: logging.LogRecord) -> str:
        if isinstance(record, RequestRecord):
            return record.json_line()
        line: dict[str, object] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(),
            "level": record.levelname,
            "message": _message(record),
        }
        line |= {name: value for name in FIELDS if (value := getattr(record, name, None))}
        if record.exc_info and record.exc_info[1]:
            error = record.exc_info[1]
            # Before the first request, an error holds nothing that a caller sent.
            if getattr(record, "at_start", False):
                said = error.msg if isinstance(error, SyntaxError) else error
                where = f"{_place(error)}: {type(error).__name__}: {said}"
                line["message"] = f"{line['message']} {where}"
                line["error"] = "".join(traceback.format_exception(error))
            else:
                line["error"] = "".join(_story(error))
        return json.dumps(line)


def _message(record: logging.LogRecord) -> str:
    """What a record says; of a library's only where it was logged: asyncio repeats errors,
    a client of HTTP the addresses that it asks, and Python's warnings the values that they are
    about.
    """
    if record.name in OURS or record.name.partition(".")[0] in APPLICATION:
        return record.getMessage()
    if record.name == "py.warnings" and (found := _WARNING.match(record.getMessage())):
        return found[0]
    return f"{record.name}: {record.module}.{record.funcName}, line {record.lineno}"


def _place(error: BaseException) -> str:
    """The file and the line where an error came up."""
    if isinstance(error, SyntaxError) and error.filename:
        return f"{error.filename}, line {error.lineno}"
    last = traceback.extract_tb(error.__traceback__)[-1:]
    return f"{last[0].filename}, line {last[0].lineno}" if last else "in no file"


def _story(error: BaseException) -> Iterator[str]:
    """The tracebacks of an error, of what led to it, and of the members of a group."""
    return _told(error, set())


def _told(error: BaseException | None, seen: set[int]) -> Iterator[str]:
    if error is None or id(error) in seen or len(seen) == TOLD_ERRORS:
        return
    seen.add(id(error))
    yield from _told(
        error.__cause__ or (None if error.__suppress_context__ else error.__context__), seen
    )
    yield from traceback.format_tb(error.__traceback__)
    words = _words(error)
    yield f"{type(error).__module__}.{type(error).__qualname__}{': ' if words else ''}{words}\n"
    members: Sequence[BaseException] = getattr(error, "exceptions", ())
    for member in members if isinstance(error, BaseExceptionGroup) else ():
        yield from _told(member, seen)


def _words(error: BaseException) -> str:
    """The parts of an error that are the same for every caller. Its message is not."""
    match error:
        case ValidationError():
            return f"{error.title}: {_misfits(error)}"
        case asyncpg.PostgresError():
            return error.sqlstate or ""
        # They name a setting, or where the database is.
        case DatabaseUnavailable() | SettingsError():
            return str(error)
        # A function may give any of these a sentence of its own.
        case OttavinoError():
            return (type(error).__doc__ or "").partition("\n")[0]
        case _:
            return ""


def _misfits(error: ValidationError) -> str:
    """Of what kind the misfits are, and not where: a place may be a name that was sent."""
    count = error.error_count()
    if count > TOLD_MISFITS:
        return f"{count} errors"
    found = error.errors(include_url=False, include_input=False, include_context=False)
    return ", ".join(sorted({each["type"] for each in found}))
