"""A request whose parts are read at a bounded cost, whatever a client sends."""

import asyncio
from functools import partial
from typing import Any
from urllib.parse import parse_qsl

from starlette.datastructures import FormData, QueryParams
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.types import Message, Receive, Scope

from ottavino.http.errors import HeadersTooLarge, PayloadTooLarge
from ottavino.http.load import SMALL_BODY_BYTES, Place
from ottavino.http.validation import check_numbers, check_size, too_many
from ottavino.settings import settings

COOKIE_ESCAPES = 100
"""How many backslashes cookies may hold. Up to Python 3.11.9 and 3.12.5, the parser searches
all of the cookie for each one. Only quoted cookies have any.
"""

URLENCODED = "application/x-www-form-urlencoded"


HTTP_1 = {"1.0", "1.1"}
BODY_HEADERS = {b"content-length", b"transfer-encoding"}


class BoundedRequest(Request):
    """Starlette's request. Its body is counted while it arrives, because not every client
    announces its length.
    """

    def __init__(self, scope: Scope, receive: Receive, place: Place) -> None:
        super().__init__(scope, self._receive_within_limit)
        self.limit = 0
        """The largest body that is accepted, in bytes."""
        self._place = place
        self._unbounded = receive
        self._received = 0

    async def _receive_within_limit(self) -> Message:
        message = await self._unbounded()
        if body := message.get("body"):
            self._received += len(body)
            self.expect(self._received)
        return message

    def expect(self, size: int) -> None:
        """Reserve room for a body of so many bytes; raises an error if there is none."""
        if size > self.limit:
            raise PayloadTooLarge
        self._place.hold(size)

    def end(self) -> None:
        """Release the request's place, and its body, which would otherwise stay in memory until
        the next garbage collection.
        """
        self._receive = _has_ended
        self._place.close()

    def begin(self) -> None:
        """Count as one of the requests in progress; `Overloaded` if there are too many."""
        self._place.begin()

    def has_no_body(self) -> bool:
        """Whether there is no body to wait for: HTTP/1 announces each body by a header."""
        if self.scope.get("http_version") not in HTTP_1:
            return False
        headers: list[tuple[bytes, bytes]] = self.scope["headers"]
        for name, _ in headers:
            if name in BODY_HEADERS:
                return False
        self._body = b""
        return True

    async def body(self) -> bytes:
        """The whole body. It is joined as it arrives, so small pieces take no more memory."""
        if not hasattr(self, "_body"):
            collected = bytearray()
            async for piece in self.stream():
                collected += piece
            self._body = bytes(collected)
        return self._body

    async def json(self) -> Any:
        """The body as JSON, with at most as many values as the settings allow, and finite
        numbers.
        """
        body = await self.body()
        check_size(body)
        check_numbers(body)
        return await super().json()

    @property
    def query_params(self) -> QueryParams:
        """The parameters of the query, at most as many as the settings allow."""
        most = settings().max_parameters
        # Parameters are separated by &.
        if self.scope["query_string"].count(b"&") >= most:
            raise too_many("query", f"No more than {most} parameters")
        return super().query_params

    @property
    def cookies(self) -> dict[str, str]:
        """The cookies, by name."""
        escapes = sum(each.count("\\") for each in self.headers.getlist("cookie"))
        if escapes > COOKIE_ESCAPES:
            raise HeadersTooLarge
        return super().cookies

    async def _get_form(
        self,
        *,
        max_files: float = 1000,
        max_fields: float = 1000,
        max_part_size: int = 1024 * 1024,
    ) -> FormData:
        """What `form` returns, with at most as many parts as the settings allow."""
        most = settings().max_parameters
        kind = self.headers.get("content-type", "").partition(";")[0].strip().lower()
        if self._form is None and kind == URLENCODED:
            self._form = await _fields(await self.body(), min(max_fields, most))
        return await super()._get_form(
            max_files=min(max_files, most),
            max_fields=min(max_fields, most),
            max_part_size=max_part_size,
        )


async def _has_ended() -> Message:
    """Stand in for `receive` after the request's end: every call reports a disconnect."""
    return {"type": "http.disconnect"}


async def _fields(body: bytes, most: float) -> FormData:
    """The fields of a form without files. Starlette's parser is slow if there are many &."""
    if body.count(b"&") >= most:
        raise HTTPException(400, f"Too many fields. Maximum number of fields is {most}.")
    read = partial(parse_qsl, body.decode("latin-1"), keep_blank_values=True)
    # Percent-encoded bytes take a tenth of a microsecond each.
    found = read() if len(body) <= SMALL_BODY_BYTES else await asyncio.to_thread(read)
    return FormData([*found])
