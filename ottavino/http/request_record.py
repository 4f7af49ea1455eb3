"""The line in the log for each request."""

import functools
import json
import logging
import time
from datetime import UTC, datetime
from typing import TypedDict

MESSAGE = "%(request_id)s %(function)s %(method)s %(status)d %(milliseconds).1f ms"


class RequestFields(TypedDict):
    """The fields of a request in the log. No value is text that the caller sent."""

    request_id: str
    function: str
    method: str
    status: int
    milliseconds: float
    role: str
    client_info: str
    code: str
    reason: str
    """The error's sentence, for a developer's terminal. It is left out of the JSON."""


class RequestRecord(logging.LogRecord):
    """The log record of a request, which has the fields as attributes.

    It is copied from a template: `logging` would look up the same line of code, thread and
    process for each request, which takes longer than the rest.
    """

    def __init__(self, fields: RequestFields) -> None:
        now = time.time()
        self.__dict__.update(_COMMON, created=now, msecs=now % 1 * 1000, args=fields)
        self.__dict__.update(fields)
        self.fields = fields

    def json_line(self) -> str:
        """The record as one JSON object."""
        return json_line(self.fields, self.created)


def json_line(fields: RequestFields, created: float) -> str:
    """A request as one JSON object; parts that many requests share are encoded once."""
    request_id, milliseconds = fields["request_id"], repr(fields["milliseconds"])
    function, method, status = fields["function"], fields["method"], fields["status"]
    second = int(created)
    shared = _shared(
        function, method, status, fields["role"], fields["client_info"], fields["code"]
    )
    return (
        f'{{"time": "{_moment(second)}.{int((created - second) * 1_000_000):06}+00:00", '
        f'"level": "INFO", "message": "{request_id} {function} {method} {status} '
        f'{milliseconds} ms", "request_id": "{request_id}", "milliseconds": {milliseconds}, '
        f"{shared}"
    )


@functools.lru_cache(maxsize=2)
def _moment(second: int) -> str:
    return datetime.fromtimestamp(second, UTC).strftime("%Y-%m-%dT%H:%M:%S")


@functools.lru_cache(maxsize=1024)
def _shared(  # noqa: PLR0913, PLR0917  # the key of a cache
    function: str, method: str, status: int, role: str, client_info: str, code: str
) -> str:
    """The end of a line: the fields that do not differ from request to request."""
    fields = {
        "function": function,
        "method": method,
        "status": status,
        "code": code,
        "role": role,
        "client_info": client_info,
    }
    return json.dumps({name: value for name, value in fields.items() if value})[1:]


_COMMON = logging.LogRecord(
    "ottavino", logging.INFO, __file__, 0, MESSAGE, args=None, exc_info=None
).__dict__
