"""PgBouncer with the settings of docs/scaling.md, in front of a server that restarts."""

import asyncio
import os
import pwd
import shutil
import subprocess
import time
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

import asyncpg
import pytest

from db.local.server import PORT, Server, address
from db.local.supabase import SUPERUSER
from db.settings import ROOT
from tests.postgres import short_folder

PROGRAM = shutil.which("pgbouncer", path=f"{os.environ.get('PATH', '')}:/usr/sbin")

HERE = """
[databases]
* = host={server} port={port}

{documented}
unix_socket_dir = {folder}
listen_port = {port}
auth_type = trust
auth_file = {folder}/users
logfile = {folder}/log
"""

SECONDS = 3.0
"""Within which there is an answer again: the pooler tries once a second."""


def documented() -> str:
    """The settings as the documentation has them."""
    text = (ROOT / "docs" / "scaling.md").read_text("utf-8")
    return text.partition("```ini\n")[2].partition("```")[0]


@contextmanager
def pooled(server: Path) -> Generator[str]:
    """The address of a pooler in front of the server that listens in a folder."""
    with short_folder() as folder:
        text = HERE.format(server=server, port=PORT, folder=folder, documented=documented())
        (folder / "ini").write_text(text, "utf-8")
        (folder / "users").write_text(f'"{SUPERUSER}" ""\n', "utf-8")
        owner = server.stat()
        os.chown(folder, owner.st_uid, owner.st_gid)
        # It refuses to run as root, so it runs as the server does.
        user = ["-u", pwd.getpwuid(owner.st_uid).pw_name] if os.getuid() == 0 else []
        process = subprocess.Popen(  # noqa: S603  # a program of the system, and our file
            [str(PROGRAM), "-q", *user, str(folder / "ini")], stderr=subprocess.DEVNULL
        )
        try:
            yield address(folder, SUPERUSER, "postgres")
        finally:
            process.terminate()
            process.wait()


async def answers(url: str) -> bool:
    try:
        connection = await asyncpg.connect(url, statement_cache_size=0)
        try:
            return await connection.fetchval("select true")
        finally:
            connection.terminate()
    except (asyncpg.PostgresError, OSError):
        return False


async def until_answered(url: str) -> float:
    """How long it takes until somebody is answered, in seconds."""
    begun = time.monotonic()
    async with asyncio.timeout(30):
        while not await answers(url):  # noqa: ASYNC110  # nobody tells
            await asyncio.sleep(0.05)
    return time.monotonic() - begun


@pytest.mark.skipif(PROGRAM is None, reason="PgBouncer is not on this machine")
async def test_a_restart_of_the_server_is_over_for_callers_when_it_is() -> None:
    with short_folder() as folder:
        server = Server(folder / "data")
        server.start()
        assert server.socket_folder is not None
        try:
            with pooled(server.socket_folder) as url:
                await until_answered(url)
                server.stop()
                # From now on the pooler waits before it tries to log in again.
                assert not await answers(url)
                server.start()
                assert await until_answered(url) < SECONDS
        finally:
            server.stop()
