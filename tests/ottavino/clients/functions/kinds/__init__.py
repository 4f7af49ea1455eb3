"""Answers with every kind of content."""

import asyncio
from collections import defaultdict
from collections.abc import AsyncGenerator, AsyncIterator

from starlette.responses import JSONResponse, Response

from ottavino.http import Event, Function

function = Function()

FORM = """\
--part\r
Content-Disposition: form-data; name="title"\r
\r
Grüße\r
--part\r
Content-Disposition: form-data; name="file"; filename="a.bin"\r
Content-Type: application/octet-stream\r
\r
abc\r
--part--\r
"""

PDF = b"%PDF-1.4\n%\xe2\xe3\xcf\xd3\n"

_told: defaultdict[str, asyncio.Event] = defaultdict(asyncio.Event)


@function.post("/json")
@function.get("/json")
async def json() -> dict[str, list[str | int | None]]:
    """JSON."""
    return {"values": ["ä", 1, None]}


@function.post("/text")
async def text() -> str:
    """Text."""
    return "Grüße"


@function.post("/bytes")
async def binary() -> bytes:
    """Bytes that are no text."""
    return b"\xff\x00\xfe"


@function.post("/pdf")
async def pdf() -> Response:
    """A document."""
    return Response(PDF, media_type="application/pdf")


@function.post("/form")
async def form() -> Response:
    """A form, as a browser sends one."""
    return Response(FORM, headers={"content-type": "multipart/form-data; boundary=part"})


@function.post("/nothing")
async def nothing() -> None:
    """Nothing."""


@function.post("/problem")
async def problem() -> Response:
    """JSON of a media type that the clients do not take for JSON."""
    return JSONResponse({"title": "x"}, media_type="application/problem+json")


@function.post("/events/{name}")
async def events(name: str) -> AsyncIterator[Event]:
    """One event at once, and a second when `tell` is called."""

    async def pieces() -> AsyncGenerator[Event]:
        yield Event("one")
        await _told[name].wait()
        yield Event("two", event="last", id="2")

    return pieces()


@function.post("/next/{name}")
async def tell(name: str) -> None:
    """Send the second event."""
    _told[name].set()
