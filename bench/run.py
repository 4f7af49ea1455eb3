"""A run: the databases it measures on, what it has found, and how far it has come."""

import asyncio
import contextlib
import sys
import time
from collections.abc import Generator, Iterable
from dataclasses import dataclass, field

from bench import cluster, seed, ways
from bench.book import Book
from bench.cluster import Cluster, connected
from bench.pace import Pace
from bench.peer import Peer
from bench.ways import Way
from ottavino.postgres.supabase import SUPERUSER

DATABASE = "bench"


@dataclass(slots=True)
class Run:
    """What every measurement is given."""

    cluster: Cluster
    pace: Pace
    book: Book
    clusters: contextlib.ExitStack
    """Ends every server that was started for the run."""
    begun: float = field(default_factory=time.monotonic)
    _with_tls: Cluster | None = None

    @contextlib.contextmanager
    def way(self, name: str, milliseconds: float = 0) -> Generator[Way]:
        """A way into the database of invocations."""
        with ways.opened(self.cluster_behind(name), DATABASE, name, milliseconds) as way:
            yield way

    def cluster_behind(self, way: str) -> Cluster:
        """The PostgreSQL that a way leads to."""
        return self._tls_cluster() if way == "tls" else self.cluster

    def has_way(self, name: str) -> bool:
        """Whether a way is available. If not, the report says what is missing."""
        reason = ways.missing(name)
        if reason:
            self.book.note(f"{ways.TITLES[name]}: not measured. {reason}")
        return reason is None

    def present(self, peers: Iterable[Peer]) -> list[Peer]:
        """The peers that are installed. The report names the others."""
        found = list(peers)
        for peer in found:
            if peer.missing:
                self.book.note(peer.missing)
        return [peer for peer in found if not peer.missing]

    def say(self, sentence: str) -> None:
        """Show how far the run has come."""
        minutes, seconds = divmod(int(time.monotonic() - self.begun), 60)
        sys.stderr.write(f"{minutes:2d}:{seconds:02d}  {sentence}\n")
        sys.stderr.flush()

    def _tls_cluster(self) -> Cluster:
        if self._with_tls is None:
            self.say("starting a PostgreSQL that speaks TLS")
            self._with_tls = self.clusters.enter_context(cluster.started(tls=True))
            prepare(self._with_tls, self.pace.documents)
        return self._with_tls


@contextlib.contextmanager
def begun(pace: Pace) -> Generator[Run]:
    """A run, with a database that has documents in it."""
    with contextlib.ExitStack() as clusters:
        run = Run(clusters.enter_context(cluster.started()), pace, Book(), clusters)
        run.say(f"filling a database with {pace.documents:,} documents")
        prepare(run.cluster, pace.documents)
        yield run


def prepare(chosen: Cluster, documents: int) -> None:
    """Make the database of invocations."""
    chosen.create_database(DATABASE)

    async def fill() -> None:
        await seed.fill(chosen, DATABASE, 0, seed.USERS, ("user_profiles",))
        await seed.fill(chosen, DATABASE, 0, documents, ("documents",))
        # What autovacuum would have done by then. Each connection reads many catalogs.
        async with connected(chosen.url(SUPERUSER, DATABASE)) as connection:
            await connection.execute("vacuum analyze")

    asyncio.run(fill())
