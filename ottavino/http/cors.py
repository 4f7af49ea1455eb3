"""CORS: lets pages of other origins call functions and read the answers."""

import re

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import Response

from ottavino.settings import settings

METHODS = "GET, POST, PUT, PATCH, DELETE, OPTIONS"
# The headers of Supabase's clients. Others that a page requests are allowed as well.
HEADERS = (
    "authorization",
    "x-client-info",
    "apikey",
    "content-type",
    "x-region",
    "x-retry-count",
    "idempotency-key",
    "ottavino-position",
    "traceparent",
    "tracestate",
    "baggage",
)
EXPOSED = "x-relay-error, sb-error-code, retry-after, idempotent-replayed, ottavino-position"
MAX_AGE_SECONDS = 3600
MOST_ASKED = 100
"""How many of the headers that a page requests are read."""

_NAME = re.compile(r"[a-z0-9!#$%&'*+.^_`|~-]+")


def preflight(request: Headers) -> Response:
    """The answer to OPTIONS, the same for every address and every client."""
    asked = request.get("access-control-request-headers", "").lower().split(",", MOST_ASKED)
    names = [name for each in asked[:MOST_ASKED] if _NAME.fullmatch(name := each.strip())]
    return Response(
        status_code=204,
        headers={
            "access-control-allow-methods": METHODS,
            "access-control-allow-headers": ", ".join(dict.fromkeys([*HEADERS, *names])),
            "access-control-max-age": str(MAX_AGE_SECONDS),
            "vary": "access-control-request-headers",
        },
    )


SHARED_WITH_ALL = [
    (b"access-control-expose-headers", EXPOSED.encode()),
    (b"access-control-allow-origin", b"*"),
]


def shared_with_all() -> list[tuple[bytes, bytes]]:
    """The headers that let pages of every origin read an answer; none if the origins are
    restricted.
    """
    return SHARED_WITH_ALL if "*" in settings().cors_origins else []


def share(response: MutableHeaders, origin: str | None) -> None:
    """Let pages of an allowed origin read an answer, unless the answer has CORS headers of its
    own.
    """
    response.setdefault("access-control-expose-headers", EXPOSED)
    if "access-control-allow-origin" in response:
        return
    allowed = settings().cors_origins
    if "*" in allowed:
        response["access-control-allow-origin"] = "*"
        return
    response.add_vary_header("origin")
    if origin in allowed:
        response["access-control-allow-origin"] = origin
