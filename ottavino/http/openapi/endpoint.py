"""The OpenAPI document at its address."""

import json

from starlette.requests import Request
from starlette.responses import Response

from ottavino.http.discovery import Functions, importable
from ottavino.http.errors import NotFound
from ottavino.http.openapi.document import document
from ottavino.settings import settings


class OpenApi:
    """Answers with the document, which is built for the first request. It contains no data.

    It is served with `OPENAPI=on`, and in any case if `always` is set. Functions for
    `service_role` alone are never in it; `piccolo functions openapi` writes them too.
    """

    def __init__(self, functions: Functions, *, always: bool = False) -> None:
        self._always = always
        self._functions = {
            name: function
            for name, function in importable(functions).items()
            if not function.admission.is_for_services
        }
        self._written = b""

    async def __call__(self, _: Request) -> Response:
        if not (self._always or settings().openapi):
            raise NotFound
        self._written = self._written or json.dumps(document(self._functions)).encode()
        return Response(self._written, media_type="application/json")
