"""PostgreSQL notices with the documented settings that the host of a client has vanished."""

import asyncio
import random

import asyncpg
import pytest

from bench.cluster import ListeningServer
from ottavino.postgres.supabase import SUPERUSER
from ottavino.testing.cluster import short_folder
from ottavino.testing.database import connected
from tests.ottavino.line import silence

SETTINGS = """
tcp_keepalives_idle = 1
tcp_keepalives_interval = 1
tcp_keepalives_count = 3
tcp_user_timeout = 1000
"""
"""Those of docs/scaling.md at a faster pace."""

IS_THERE = "select exists (select from pg_stat_activity where pid = $1)"


@pytest.mark.whole
async def test_postgresql_ends_a_connection_whose_client_is_gone() -> None:
    with short_folder() as folder:
        server = ListeningServer(folder / "data", settings=SETTINGS)
        # Another run may listen at the same port.
        server.host = f"127.54.{random.randrange(256)}.{random.randrange(1, 255)}"  # noqa: S311  # no secret
        server.start()
        try:
            async with connected(server.url(SUPERUSER)) as observer:
                gone = await asyncpg.connect(
                    host=server.host, user=SUPERUSER, database="postgres"
                )
                transport: asyncio.BaseTransport = getattr(gone, "_transport")  # noqa: B009  # no type has it
                silence(transport.get_extra_info("socket"))
                async with asyncio.timeout(10):
                    while await observer.fetchval(IS_THERE, gone.get_server_pid()):  # noqa: ASYNC110  # nobody tells
                        await asyncio.sleep(0.05)
                gone.terminate()
        finally:
            server.stop()
