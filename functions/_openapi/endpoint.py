"""The OpenAPI document at its address."""

import json

from starlette.requests import Request
from starlette.responses import Response

from functions._openapi.document import document
from functions._shared.discovery import Functions


class OpenApi:
    """Answers with the document, which the first who asks has written. It holds no data."""

    def __init__(self, functions: Functions) -> None:
        self._functions = functions
        self._written = b""

    async def __call__(self, _: Request) -> Response:
        self._written = self._written or json.dumps(document(self._functions)).encode()
        return Response(self._written, media_type="application/json")
