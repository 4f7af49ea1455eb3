"""The database of a test, with an address for each login."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from ottavino.postgres.address import address
from ottavino.postgres.connection import Connection, opened

CLAIMS_KEY = "only for tests, and as long as a key of claims has to be"
"""The key with which the service signs its callers' claims."""
NAME = "ottavino.testing"
"""The name by which the server knows these connections, apart from those that are tested."""
CONNECT_SECONDS = 60.0
"""How long a test waits for a connection, also if it changes that setting."""
JWT_SECRET = "only for tests, and long enough for them"  # noqa: S105  # it protects nothing


@dataclass(frozen=True, slots=True)
class Database:
    """A database that the settings of a test name."""

    name: str
    url: str
    """As `ottavino`, which becomes any caller but `service_role`: `DATABASE_URL`."""
    service_url: str
    """As `authenticator`, which becomes `service_role` too: `SERVICE_DATABASE_URL`."""
    direct_url: str
    """As `postgres`, which owns the tables and is no superuser: `DIRECT_URL`."""
    superuser_url: str
    piccolo_conf: str = "piccolo_conf"
    """The module that names the apps whose tables it has."""

    @property
    def variables(self) -> dict[str, str]:
        """The environment variables of a process that uses this database."""
        return {
            "DATABASE_URL": self.url,
            "SERVICE_DATABASE_URL": self.service_url,
            "CLAIMS_KEY": CLAIMS_KEY,
            "DIRECT_URL": self.direct_url,
            "JWT_SECRET": JWT_SECRET,
            "PICCOLO_CONF": self.piccolo_conf,
        }

    @asynccontextmanager
    async def superuser(self) -> AsyncGenerator[Connection]:
        """A connection that no policy and no grant restricts, to arrange and inspect rows."""
        async with connected(self.superuser_url) as connection:
            yield connection


@asynccontextmanager
async def connected(url: str) -> AsyncGenerator[Connection]:
    """A connection for the length of a block; its errors are those of the driver."""
    async with opened(address(url), NAME, CONNECT_SECONDS) as connection:
        yield connection
