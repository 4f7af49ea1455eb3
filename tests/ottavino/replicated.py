"""A PostgreSQL and its streaming replica."""

import asyncio
import contextlib
import os
import signal
import subprocess
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from ottavino.dev.database.server import PORT, Server, account
from ottavino.errors import DatabaseUnavailable
from ottavino.postgres.supabase import SUPERUSER
from ottavino.testing import Database
from ottavino.testing.cluster import Cluster, short_folder, stop
from ottavino.testing.database import connected
from ottavino.testing.server import VERSIONS

SETTINGS = (
    # Settings that the tests switch off, and a replica needs.
    "wal_level = replica",
    "max_wal_senders = 4",
    "synchronous_commit = on",
    # How long a query may keep the replica from replaying what conflicts with it.
    "max_standby_streaming_delay = '100ms'",
)

SECONDS = 20


@dataclass(frozen=True, slots=True)
class Pair:
    """Both servers while they run."""

    cluster: Cluster
    primary: Server
    replica: Server

    @property
    def replica_folder(self) -> Path:
        """The folder of the replica's socket."""
        return self.replica.data

    def replica_url(self, database: Database) -> str:
        """`READ_DATABASE_URL` for a database."""
        return self._there(database.url)

    def _there(self, url: str) -> str:
        return url.replace(str(_folder(self.primary)), str(self.replica.data))

    async def on_replica(self, database: Database, sql: str) -> object:
        """The result of a superuser's query on the replica."""
        async with connected(self._there(database.superuser_url)) as connection:
            return await connection.fetchval(sql)

    async def caught_up(self, database: Database) -> None:
        """Wait until the replica has everything that the primary has."""
        async with connected(database.superuser_url) as connection:
            # This flushes what others have written, which is sent to the replica only then.
            await connection.execute("set synchronous_commit = on")
            await connection.execute("select pg_logical_emit_message(true, 'test', 'more')")
            end = await connection.fetchval("select pg_current_wal_flush_lsn()::text")
        async with asyncio.timeout(SECONDS):
            while not await self._has(database, end):  # noqa: ASYNC110  # it can only be polled
                await asyncio.sleep(0.02)

    async def _has(self, database: Database, position: str) -> bool:
        try:
            found = await self.on_replica(
                database, f"select pg_last_wal_replay_lsn() >= '{position}'"
            )
        # The replica may not have the database yet.
        except Exception:  # noqa: BLE001  # it is waited for
            return False
        return bool(found)

    def kill_replica(self) -> None:
        """End all processes of the replica at once."""
        pid = int((self.replica.data / "postmaster.pid").read_text().split("\n")[0])
        os.kill(pid, signal.SIGKILL)

    def start_replica(self) -> None:
        """Start it again when the last of its processes has ended."""
        for _ in range(50):
            with contextlib.suppress(DatabaseUnavailable):
                return self.replica.start()
        raise RuntimeError("The replica did not start again.")


@contextmanager
def replicated(version: str) -> Generator[Pair]:
    """A primary as the tests' server is, and a replica of it."""
    with short_folder() as folder:
        cluster = Cluster(folder, version)
        cluster.start()
        primary = Server(folder / "data", version=int(version), binaries=VERSIONS[version])
        try:
            asyncio.run(_let_replicate(cluster))
            primary.stop()
            primary.start()
            replica = _replica(primary, folder / "replica")
            replica.start()
            try:
                yield Pair(cluster, primary, replica)
            finally:
                replica.stop()
        finally:
            stop(folder)


async def _let_replicate(cluster: Cluster) -> None:
    async with connected(cluster.database("postgres").superuser_url) as connection:
        for setting in SETTINGS:
            await connection.execute(f"alter system set {setting}")


def _replica(primary: Server, data: Path) -> Server:
    """A copy of a server's data, which follows the server when it is started."""
    data.mkdir(mode=0o700)
    owner = primary.data.stat()
    os.chown(data, owner.st_uid, owner.st_gid)
    rights = account()
    subprocess.run(  # noqa: S603  # a program of PostgreSQL's
        [
            *(primary.bin_path / "pg_basebackup", "--write-recovery-conf", "--checkpoint=fast"),
            *("-D", data, "-h", _folder(primary), "-p", str(PORT), "-U", SUPERUSER),
        ],
        check=True,
        stderr=subprocess.DEVNULL,
        **(rights.options if rights else {}),
    )
    # The primary's socket is in the folder of its data.
    for left in (*data.glob(".s.PGSQL.*"), data / "log"):
        left.unlink(missing_ok=True)
    return Server(data, version=primary.version, binaries=primary.bin_path)


def _folder(server: Server) -> Path:
    folder = server.socket_folder
    assert folder is not None
    return folder
