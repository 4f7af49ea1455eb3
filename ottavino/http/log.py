"""The log of a server: one JSON object a line, without text from requests or rows.

The message of an error may repeat such text: `raise exception` in a trigger, an argument that
the driver cannot send, an answer that a library could not read. So an error is logged with its
type, its SQLSTATE and its stack alone; only the log of the development server has its message.
Messages that a function logs are written unchanged.
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
"""The extra fields in the line of a request that could not be parsed."""

NO_ACCESS_LOG: dict[str, dict[str, Any]] = {
    "uvicorn.access": {"handlers": [], "propagate": False}
}
"""uvicorn's own line of a request holds the address with its query. It is silenced here,
because configuring the logger `uvicorn` enables its child again, despite uvicorn's own options.
"""

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
"""For `logging.config.dictConfig`, and for uvicorn, which passes it to each of its processes.
"""

OURS = {"ottavino", "uvicorn", "uvicorn.error"}
"""Loggers whose messages contain no text from requests or rows."""
APPLICATION = {"db", "functions", "ottavino"}
"""The packages whose own log messages are written as they are."""

TOLD_ERRORS = 25
"""The most errors of a chain or a group that are logged; the last ones raised are kept."""
TOLD_MISFITS = 100
"""With more validation errors than this, only their number is logged."""

_WARNING = re.compile(r"[^\n:]+:\d+: \w+")


def configure() -> None:
    """Configure the log unless it has a handler, and log errors that Python would print."""
    if not logger.hasHandlers():
        logging.config.dictConfig(LOGGING)
    # Hooks that others have set stay, such as pytest's.
    if sys.unraisablehook is sys.__unraisablehook__:
        sys.unraisablehook = lambda each: _log_unraised(each.exc_value)
        threading.excepthook = lambda each: _log_unraised(each.exc_value)
        logging.captureWarnings(capture=True)


def _log_unraised(error: BaseException | None) -> None:
    logger.error("An error was raised where no code could catch it.", exc_info=error)


class JsonLines(logging.Formatter):
    """Formats a record as one line of JSON, with fields for its request."""

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
            # Before the first request, an error cannot contain anything that a caller sent.
            if getattr(record, "at_start", False):
                said = error.msg if isinstance(error, SyntaxError) else error
                where = f"{_place(error)}: {type(error).__name__}: {said}"
                line["message"] = f"{line['message']} {where}"
                line["error"] = "".join(traceback.format_exception(error))
            else:
                line["error"] = "".join(_story(error))
        return json.dumps(line)


def _message(record: logging.LogRecord) -> str:
    """The message of a record. Of a library's record, only the place in its code: asyncio
    repeats errors, HTTP clients log addresses, and Python's warnings contain values.
    """
    if record.name in OURS or record.name.partition(".")[0] in APPLICATION:
        return record.getMessage()
    if record.name == "py.warnings" and (found := _WARNING.match(record.getMessage())):
        return found[0]
    return f"{record.name}: {record.module}.{record.funcName}, line {record.lineno}"


def _place(error: BaseException) -> str:
    """The file and the line where an error was raised."""
    if isinstance(error, SyntaxError) and error.filename:
        return f"{error.filename}, line {error.lineno}"
    last = traceback.extract_tb(error.__traceback__)[-1:]
    return f"{last[0].filename}, line {last[0].lineno}" if last else "in no file"


def _story(error: BaseException) -> Iterator[str]:
    """The tracebacks of an error, of its causes, and of the members of a group."""
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
        # These errors name a setting or the database's address.
        case DatabaseUnavailable() | SettingsError():
            return str(error)
        # A function may raise any of these with a sentence of its own.
        case OttavinoError():
            return (type(error).__doc__ or "").partition("\n")[0]
        case _:
            return ""


def _misfits(error: ValidationError) -> str:
    """The kinds of the validation errors, without their places: a place may be a name that was
    sent.
    """
    count = error.error_count()
    if count > TOLD_MISFITS:
        return f"{count} errors"
    found = error.errors(include_url=False, include_input=False, include_context=False)
    return ", ".join(sorted({each["type"] for each in found}))
