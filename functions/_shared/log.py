"""The log of a server: one JSON object a line, without anything that a caller sent or owns."""

import json
import logging
import traceback
from collections.abc import Iterator
from datetime import UTC, datetime

import asyncpg
from pydantic import ValidationError
from pydantic_core import PydanticSerializationError

FIELDS = (
    "request_id",
    "function",
    "method",
    "status",
    "code",
    "milliseconds",
    "role",
    "client_info",
)

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"lines": {"()": "functions._shared.log.JsonLines"}},
    "handlers": {"terminal": {"class": "logging.StreamHandler", "formatter": "lines"}},
    "loggers": {
        name: {"handlers": ["terminal"], "level": "INFO", "propagate": False}
        for name in ("ottavino", "uvicorn")
    },
    "root": {"handlers": ["terminal"], "level": "WARNING"},
}
"""For `logging.config.dictConfig`, and for uvicorn, which hands it to each of its processes."""


class JsonLines(logging.Formatter):
    """Writes a record as one line of JSON, with what is known of its request as fields."""

    def format(self, record: logging.LogRecord) -> str:
        line: dict[str, object] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(),
            "level": record.levelname,
            "message": record.getMessage(),
        }
        line |= {name: value for name in FIELDS if (value := getattr(record, name, None))}
        if record.exc_info and record.exc_info[1]:
            line["error"] = "".join(_story(record.exc_info[1]))
        return json.dumps(line)


def _story(error: BaseException | None) -> Iterator[str]:
    """A traceback, causes first, in which no error repeats a value that was sent or stored."""
    seen: list[BaseException] = []
    while error is not None and error not in seen:
        seen.insert(0, error)
        error = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    for each in seen:
        yield from traceback.format_tb(each.__traceback__)
        yield f"{type(each).__module__}.{type(each).__qualname__}: {_words(each)}\n"


def _words(error: BaseException) -> str:
    match error:
        case ValidationError():
            found = error.errors(include_url=False, include_input=False, include_context=False)
            places = (".".join(map(str, each["loc"])) + f" ({each['type']})" for each in found)
            return f"{error.title}: {', '.join(places)}"
        case PydanticSerializationError():
            return "the result is not what the handler declares"
        case asyncpg.PostgresError():
            # Its detail and its hint hold values of rows.
            return f"{error.sqlstate}: {error.message}"
        case _:
            return str(error)
