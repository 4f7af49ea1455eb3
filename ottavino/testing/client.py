"""A client that calls an app's functions in this process, without a network."""

from collections.abc import Mapping

import httpx
from starlette.applications import Starlette

from ottavino.http.discovery import log_failure
from ottavino.http.errors import BootError
from ottavino.testing.caller import Caller

FUNCTIONS_URL = "http://test/functions/v1"


class Client(httpx.AsyncClient):
    """A client of the functions: `await client.as_(alice).get("/hello")`."""

    def __init__(self, app: Starlette, headers: Mapping[str, str] | None = None) -> None:
        self.app = app
        super().__init__(
            transport=httpx.ASGITransport(app),
            base_url=FUNCTIONS_URL,
            headers=headers,
            event_hooks={"response": [self._explain]},
        )

    def as_(self, caller: Caller) -> "Client":
        """The same client, which sends a caller's token with every request."""
        return Client(self.app, caller.headers)

    async def _explain(self, response: httpx.Response) -> None:
        """Log again why a function cannot be imported, for the test that calls it.

        It is imported once for all tests, so the log of the first one would have the reason.
        """
        if response.headers.get("sb-error-code") != BootError.code:
            return
        for name, function in self.app.state.functions.items():
            log_failure(name, function)
