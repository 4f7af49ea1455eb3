"""A client that calls an app's functions in this process, without a network."""

from collections.abc import Mapping

import httpx
from starlette.applications import Starlette

from ottavino.testing.caller import Caller

FUNCTIONS_URL = "http://test/functions/v1"


class Client(httpx.AsyncClient):
    """A client of the functions: `await client.as_(alice).get("/hello")`."""

    def __init__(self, app: Starlette, headers: Mapping[str, str] | None = None) -> None:
        self.app = app
        super().__init__(
            transport=httpx.ASGITransport(app), base_url=FUNCTIONS_URL, headers=headers
        )

    def as_(self, caller: Caller) -> "Client":
        """The same client, which shows a caller's token with every request."""
        return Client(self.app, caller.headers)
