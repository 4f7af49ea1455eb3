"""Sends back what it was sent, as the type that it came with."""

from starlette.requests import Request
from starlette.responses import Response


async def handler(request: Request) -> Response:
    """The body of the request, with its method in a header. It may be empty."""
    body = await request.body()
    headers = {"x-method": request.method}
    if not body:
        return Response(status_code=204, headers=headers)
    # Not `media_type`: it would add a charset to a text that came without one.
    return Response(
        body, headers={**headers, "content-type": request.headers.get("content-type", "none")}
    )
