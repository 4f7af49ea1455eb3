"""A request whose parts can be read at a bounded cost, whatever was sent."""

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
"""How many backslashes cookies may hold: Python's reader looks through all of the cookie for
each, up to 3.11.9 and 3.12.5. Only a cookie that was quoted has any."""

URLENCODED = "application/x-www-form-urlencoded"


HTTP_1 = {"1.0", "1.1"}
BODY_HEADERS = {b"content-length", b"transfer-encoding"}


class BoundedRequest(Request):
    """Starlette's request. Its body is counted while it arrives: not every client says how
    long it is going to be."""

    def __init__(self, scope: Scope, receive: Receive, place: Place) -> None:
        super().__init__(scope, self._receive_within_limit)
        self.limit = 0
        """How many bytes of body are taken."""
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
        """Make room for a body of so many bytes, or raise what says that there is none."""
        if size > self.limit:
            raise PayloadTooLarge
        self._place.hold(size)

    def begin(self) -> None:
        """Take a place among the requests under way; `Overloaded` where there is none."""
        self._place.begin()

    def has_no_body(self) -> bool:
        """Whether nothing has to be waited for: HTTP/1 announces every body by a header."""
        if self.scope.get("http_version") not in HTTP_1 or any(
            name in BODY_HEADERS for name, _ in self.scope["headers"]
        ):
            return False
        self._body = b""
        return True

    async def body(self) -> bytes:
        """The whole body. However small its pieces are, they take up no more than it does."""
        if not hasattr(self, "_body"):
            collected = bytearray()
            async for piece in self.stream():
                collected += piece
            self._body = bytes(collected)
        return self._body

    async def json(self) -> Any:
        """The body as JSON, of no more values than the settings allow, each number finite."""
        body = await self.body()
        check_size(body)
        check_numbers(body)
        return await super().json()

    @property
    def query_params(self) -> QueryParams:
        """The parameters of the query, no more than the settings allow."""
        most = settings().max_parameters
        # An & stands between two.
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
        """What `form` returns: it has no more parts than the settings allow."""
        most = settings().max_parameters
        kind = self.headers.get("content-type", "").partition(";")[0].strip().lower()
        if self._form is None and kind == URLENCODED:
            self._form = await _fields(await self.body(), min(max_fields, most))
        return await super()._get_form(
            max_files=min(max_files, most),
            max_fields=min(max_fields, most),
            max_part_size=max_part_size,
        )


async def _fields(body: bytes, most: float) -> FormData:
    """The fields of a form without files. Starlette's own reader looks at each & by itself."""
    if body.count(b"&") >= most:
        raise HTTPException(400, f"Too many fields. Maximum number of fields is {most}.")
    read = partial(parse_qsl, body.decode("latin-1"), keep_blank_values=True)
    # What is percent-encoded takes a tenth of a microsecond for each byte.
    found = read() if len(body) <= SMALL_BODY_BYTES else await asyncio.to_thread(read)
    return FormData([*found])
