"""HTTP/1.1 on the wire: uvicorn's protocol, held to a largest head, and answering in JSON.

The parser in C takes a head of any length, and uvicorn answers what it cannot read in plain
text and without the headers that let a page read it.
"""

import logging
from uuid import uuid4

from starlette.datastructures import MutableHeaders
from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol

from db.settings import settings
from functions._shared.cors import share
from functions._shared.errors import ApiError, HeadersTooLarge, Unreadable
from functions._shared.exchange import HEADERS

logger = logging.getLogger("ottavino")


class Protocol(HttpToolsProtocol):
    """One connection of a client."""

    _in_head = False
    """Whether a head has begun that is not complete."""
    _unfinished = 0
    """How many bytes of it have come, at most."""

    def data_received(self, data: bytes) -> None:
        """Read what has come; hang up on a head that is too long to be one."""
        if self.transport.is_closing():
            return
        super().data_received(data)
        if not self._in_head:
            self._unfinished = 0
            return
        self._unfinished += len(data)
        # A complete one is measured exactly, where it is answered like any other request.
        if self._unfinished > 2 * settings().max_header_bytes:
            self._refuse(HeadersTooLarge())

    def on_message_begin(self) -> None:
        """Begin a request."""
        self._in_head = True
        super().on_message_begin()

    def on_header(self, name: bytes, value: bytes) -> None:
        """Add a header, unless it comes after the body: no proxy has looked at it there."""
        if self._in_head:
            super().on_header(name, value)

    def on_headers_complete(self) -> None:
        """Let the application answer."""
        super().on_headers_complete()
        self._in_head = False

    def send_400_response(self, msg: str) -> None:
        """Answer what cannot be read; uvicorn calls it."""
        self._refuse(Unreadable())

    def _refuse(self, error: ApiError) -> None:
        self._in_head = False
        if self.cycle is not None and not self.cycle.response_complete:  # pyright: ignore[reportUnnecessaryComparison]  # None until the first request
            # In the middle of another answer it would be read as a part of that.
            self.transport.abort()
            return
        request_id = str(uuid4())
        response = error.response(request_id)
        headers = MutableHeaders(raw=response.raw_headers)
        share(headers, None)
        headers.update({**HEADERS, "x-request-id": request_id, "connection": "close"})
        lines = [name + b": " + value + b"\r\n" for name, value in headers.raw]
        status = STATUS_LINE[response.status_code]
        self.transport.write(b"".join([status, *lines, b"\r\n", bytes(response.body)]))
        self.transport.close()
        logger.info("%s %s", request_id, error.code)
