"""The stage of these tests: a server in a process of its own, a database, and two users."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from ottavino.testing import Database
from ottavino.testing.cluster import Cluster, short_folder, stop
from tests.ottavino.clients.stage import (
    Server,
    answering,
    configure,
    environment,
    prepare,
    server,
    tokens,
)
from tests.ottavino.databases import MIGRATED


@dataclass(frozen=True, slots=True)
class Stage:
    """A server that answers, and a token of a user."""

    server: Server
    token: str
    database: Database

    @property
    def url(self) -> str:
        """Where the server is."""
        return self.server.url


@asynccontextmanager
async def stage(application: str) -> AsyncGenerator[Stage]:
    """The stage, for the length of a block.

    `application` is the module that serves: `app`, `slow` or `development`.
    """
    with short_folder() as folder:
        cluster = Cluster(folder, "18")
        try:
            await asyncio.to_thread(cluster.start)
            async with cluster.clone(MIGRATED) as database:
                variables = environment({**database.variables, "OPENAPI": "on"})
                configure(variables)
                users = await prepare(database)
                with server(
                    application, f"tests.ottavino.api.{application}", variables
                ) as started:
                    await answering(started)
                    yield Stage(started, tokens(users)["alice"], database)
        finally:
            stop(folder)
