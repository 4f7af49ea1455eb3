"""HTTP/1.1 on the wire: uvicorn's protocol with stricter rules, time limits and errors in JSON.

The parser in C accepts a head of any length, and leaves some rules of HTTP to its user. uvicorn
waits for a slow client without a limit. uvicorn answers a bad request in plain text, without
CORS headers.
"""

import asyncio
import logging
from contextvars import Context, copy_context

import httptools
from starlette.datastructures import Headers, MutableHeaders
from uvicorn._types import ASGI3Application
from uvicorn.protocols.http.httptools_impl import (
    STATUS_LINE,
    HttpToolsProtocol,
    RequestResponseCycle,
)

from ottavino.http.cors import share
from ottavino.http.errors import ApiError, HeadersTooLarge, TooSlow, Unreadable
from ottavino.http.request_id import new_request_id
from ottavino.http.request_log import HEADERS
from ottavino.http.whole import CYCLE
from ottavino.settings import settings

logger = logging.getLogger("ottavino")

LONGEST_ADDRESS = 65535
"""The parser of addresses counts in two bytes."""

MOST_WAITING = 16
"""How many pipelined requests of one connection may wait, each with its head and its body."""

SMALLEST_PIECE = 64
"""Each piece counts as at least so many bytes, because the parser copies all earlier ones
again.
"""

LAST_CALL_SECONDS = 0.5
"""How long a stopping server reads an idle connection."""

ONCE_MORE_SECONDS = 0.01
"""How long a process reads what has arrived before it closes an idle connection."""

NEVER = float("inf")

CODING = b"transfer-encoding"
FRAME = {b"content-length", CODING}


class Protocol(HttpToolsProtocol):
    """One connection of a client."""

    _in_head = False
    """Whether a head has begun that is not complete."""
    _unfinished = 0
    """How many bytes have come since a head, a part of a body or a request was complete."""
    _error: type[ApiError] = Unreadable
    """The error with which a bad head is answered."""
    _arriving: asyncio.TimerHandle | None = None
    """The timer for the next head; set while no request is being answered."""
    _leaving: asyncio.TimerHandle | None = None
    """The timer for the client to read some of the answer; set while it reads nothing."""
    _idle_since = NEVER
    """When the last answer was complete, if no request has begun since."""
    _closing: asyncio.TimerHandle | None = None
    """The timer that closes an idle connection."""
    _is_replayed = False
    """Whether the parser reads a head that this class made, and not the client's."""
    _is_ending = False
    """Whether the server is stopping. It answers at most one more request then."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Begin to wait for the first head."""
        # Before there is a request, these are the variables of the server alone.
        self._context = Context() if self.config.reset_contextvars else copy_context()
        super().connection_made(transport)  # pyright: ignore[reportArgumentType]  # as in uvicorn's own code
        self._await_head()

    def shutdown(self) -> None:
        """Stop after the current answer, or after one more request if it arrives right now.

        A client with an open connection may have sent a request that is not read yet, and no
        other server will answer it. The last answer therefore says `connection: close`. If the
        last answer did not say it, the connection is still read for a short time.
        """
        self._is_ending = True
        if self._is_idle():
            self._await_last_call()
        elif not self.cycle.response_started:
            super().shutdown()

    def _await_last_call(self) -> None:
        if self._arriving is not None:
            self._arriving.cancel()
        self._arriving = self.loop.call_later(LAST_CALL_SECONDS, self._end_last_call)

    def _end_last_call(self) -> None:
        # If the process was busy, its timers run before it reads what has arrived.
        self._arriving = self.loop.call_later(ONCE_MORE_SECONDS, self._give_up)

    def connection_lost(self, exc: Exception | None) -> None:
        """Cancel the timers of the connection."""
        for timer in (self._arriving, self._leaving, self._closing):
            if timer is not None:
                timer.cancel()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Read what has arrived; close the connection if a head or a trailer is too long."""
        if self.transport.is_closing():
            return
        self._unset_keepalive_if_required()
        self._unfinished += max(len(data), SMALLEST_PIECE)
        self._read(data)
        self._await_head()
        # A complete head is measured exactly later, and answered like any other request.
        if self._unfinished > 2 * settings().max_header_bytes:
            self._refuse(HeadersTooLarge())

    def _read(self, data: bytes) -> None:
        rest = memoryview(data)
        try:
            while rest:
                rest = self._read_until_offer(rest)
        except httptools.HttpParserError:
            self._refuse(self._error())

    def _read_until_offer(self, data: memoryview) -> memoryview:
        """Parse data, and return what follows a head that offers an upgrade from HTTP/1.1, if
        any.

        The upgrade is declined. The parser acts as if it was accepted, and would read the body
        as the next request. So a new parser reads the body, after a head that announces the
        same body.
        """
        try:
            self.parser.feed_data(data)
        except httptools.HttpParserUpgrade as offer:
            frame = [each for each in self.headers if each[0] in FRAME]
            lines = [name + b": " + value + b"\r\n" for name, value in frame]
            self.parser = httptools.HttpRequestParser(self)
            self.parser.set_dangerous_leniencies(lenient_data_after_close=True)
            self._is_replayed = True
            self.parser.feed_data(
                b"".join([b"POST / HTTP/1.1\r\nhost: x\r\n", *lines, b"\r\n"])
            )
            self._is_replayed = False
            return data[offer.args[0] :]
        return data[:0]

    def on_message_begin(self) -> None:
        """Begin a request, if not too many of this connection wait already."""
        if self._is_replayed:
            return
        if len(self.pipeline) >= MOST_WAITING:
            raise ValueError("Too many requests wait.")
        self._in_head = True
        super().on_message_begin()

    def on_header(self, name: bytes, value: bytes) -> None:
        """Add a header, unless it is a trailer: proxies do not check trailers."""
        if self._in_head:
            self._add_header(name, value)

    # Without `super()`, which takes longer than the method.
    _add_header = HttpToolsProtocol.on_header

    def on_headers_complete(self) -> None:
        """Let the application answer, unless the head breaks a rule."""
        if self._is_replayed:
            return
        if self._arriving is not None:
            self._arriving.cancel()
            self._arriving = None
        if len(self.url) > LONGEST_ADDRESS:
            self._error = HeadersTooLarge
        if self._error is HeadersTooLarge or not self._keeps_rules():
            # Raising stops the parser, and `data_received` answers the error.
            raise ValueError(self._error.__doc__)
        super().on_headers_complete()
        self.scope[CYCLE] = self.cycle  # pyright: ignore[reportGeneralTypeIssues]  # a key of our own
        self._in_head = False
        self._unfinished = 0
        if self._is_ending:
            self.cycle.keep_alive = False

    def _keeps_rules(self) -> bool:
        """Whether every proxy would find the same end of this request."""
        version: str = self.parser.get_http_version()
        hosts = 0
        for name, value in self.headers:
            if name == b"host":
                hosts += 1
            # For any other coding, only its decoder knows where the body ends.
            elif name == CODING and (version == "1.0" or value.lower() != b"chunked"):
                return False
        return hosts == 1 if version == "1.1" else version == "1.0" and hosts <= 1

    def _start_asgi_task(self, cycle: RequestResponseCycle, app: ASGI3Application) -> None:
        """Answer a request in a context of its own.

        uvicorn uses a copy of the running one, which may be that of an earlier request: that
        one begins the pipelined request after it, and lets the connection be read again.
        """
        task = self.loop.create_task(cycle.run_asgi(app), context=self._context.copy())
        task.add_done_callback(self.tasks.discard)
        self.tasks.add(task)

    def on_body(self, body: bytes) -> None:
        """Pass a part of a body to the application."""
        self._unfinished = 0
        super().on_body(body)

    def on_message_complete(self) -> None:
        """Tell the application that the body is complete."""
        self._unfinished = 0
        if not self.parser.should_upgrade():
            super().on_message_complete()

    def on_response_complete(self) -> None:
        """Begin the next request, like uvicorn, or wait for it. From now on, the client has to
        read the answer.
        """
        self.server_state.total_requests += 1
        if not self.transport.is_closing():
            self.flow.resume_reading()
            if self.pipeline:
                self._start_asgi_task(*self.pipeline.pop())
            else:
                self._keep_alive()
            if self._is_ending and self._is_idle():
                self._await_last_call()
        self._await_reading()

    def _keep_alive(self) -> None:
        """Close the connection if it stays idle. Its timer goes on during requests: to make one
        for each takes longer than to write an answer.
        """
        self._idle_since = self.loop.time()
        if self._closing is None:
            self._closing = self.loop.call_later(self.timeout_keep_alive, self._close_if_idle)

    def _unset_keepalive_if_required(self) -> None:
        self._idle_since = NEVER

    def _close_if_idle(self) -> None:
        self._closing = None
        left = self._idle_since + self.timeout_keep_alive - self.loop.time()
        if left <= 0:
            self.timeout_keep_alive_handler()
        elif left < NEVER:
            self._closing = self.loop.call_later(left, self._close_if_idle)

    def pause_writing(self) -> None:
        """Pause the answer until the client has read enough; called by the transport."""
        super().pause_writing()
        self._await_reading()

    def _await_head(self) -> None:
        """Limit the time of the next head from its first byte; uvicorn's timer restarts with
        each byte.
        """
        if self._arriving is None and self._is_idle():
            self._arriving = self.loop.call_later(settings().client_timeout, self._give_up)

    def _is_idle(self) -> bool:
        return self.cycle is None or self.cycle.response_complete  # pyright: ignore[reportUnnecessaryComparison]  # None until the first request

    def _give_up(self) -> None:
        self._arriving = None
        if self._in_head:
            self._refuse(TooSlow())
        elif self._is_idle():
            # The client sent nothing, such as a browser that connects in advance.
            self.transport.close()

    def _await_reading(self, before: float = float("inf")) -> None:
        """Close the connection of a client that has read nothing since `before` bytes were
        left.
        """
        if self._leaving is not None:
            self._leaving.cancel()
            self._leaving = None
        left = self.transport.get_write_buffer_size()
        if not left or not (self.flow.write_paused or self._is_idle()):
            # The client has read everything, or there is room to write more.
            return
        if left >= before:
            self.transport.abort()
        else:
            seconds = settings().client_timeout
            self._leaving = self.loop.call_later(seconds, self._await_reading, left)

    def _refuse(self, error: ApiError) -> None:
        self._in_head = False
        if not self._is_idle() and not self._interrupt():
            return
        request_id = new_request_id()
        response = error.response(request_id)
        headers = MutableHeaders(raw=response.raw_headers)
        share(headers, Headers(raw=self.headers or []).get("origin"))
        headers.update({**HEADERS, "x-request-id": request_id, "connection": "close"})
        if settings().relay_errors:
            headers["x-relay-error"] = "true"
        lines = [name + b": " + value + b"\r\n" for name, value in headers.raw]
        status = STATUS_LINE[response.status_code]
        self.transport.write(b"".join([status, *lines, b"\r\n", bytes(response.body)]))
        self.transport.close()
        fields = {"request_id": request_id, "status": response.status_code, "code": error.code}
        # An earlier request may have let the connection be read, or set its timer.
        self._context.copy().run(logger.info, "%s %s", request_id, error.code, extra=fields)

    def _interrupt(self) -> bool:
        """Refuse what the application would still answer; return whether an error can be
        answered in its place. The application stops waiting when the connection closes.
        """
        if not self.cycle.more_body or self.cycle.response_started:
            # The request was complete; only the next one is bad. So this answer is the last
            # one.
            self.cycle.keep_alive = False
            self.flow.pause_reading()
            return False
        self.cycle.disconnected = True
        return True
