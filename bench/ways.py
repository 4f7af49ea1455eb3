"""The ways into the database: the address that a client has, and what is in between."""

import contextlib
from collections.abc import Generator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from bench import pooler
from bench.cluster import HOST, NO_TLS, PASSWORD, TLS_HOST, Cluster, system_binaries
from bench.wire import Wire, relayed
from ottavino.dev.database.server import PORT
from ottavino.postgres.supabase import AUTHENTICATOR, LOGIN

WIRE_PORT = 7432

TITLES = {
    "socket": "Unix socket",
    "tcp": "TCP, SCRAM",
    "tls": "TCP, SCRAM, TLS",
    "pgbouncer": "PgBouncer, Unix socket",
    "pgbouncer-tcp": "PgBouncer, TCP, SCRAM",
    "pgbouncer-tls": "PgBouncer, TCP, SCRAM, TLS",
}


@dataclass(frozen=True, slots=True)
class Way:
    """One way in, as its clients see it."""

    name: str
    database: str
    host: str
    port: int
    authority: Path | None = None

    @property
    def is_socket(self) -> bool:
        """Whether it is a Unix socket, which needs no password."""
        return self.host.startswith("/")

    @property
    def url(self) -> str:
        """The address that the service is given."""
        if self.is_socket:
            host = quote(self.host, safe="/")
            return f"postgresql://{LOGIN}@/{self.database}?host={host}&port={self.port}"
        tls = (
            f"verify-full&sslrootcert={quote(str(self.authority), safe='/')}"
            if self.authority
            else "disable"
        )
        login = f"{LOGIN}:{PASSWORD}"
        return f"postgresql://{login}@{self.host}:{self.port}/{self.database}?sslmode={tls}"

    @property
    def variables(self) -> dict[str, str]:
        """The same in the variables that PostgreSQL's own clients know."""
        found = {
            "PGHOST": self.host,
            "PGPORT": str(self.port),
            "PGUSER": AUTHENTICATOR,
            "PGDATABASE": self.database,
        }
        if not self.is_socket:
            found["PGPASSWORD"] = PASSWORD
        if self.authority is not None:
            found |= {"PGSSLMODE": "verify-full", "PGSSLROOTCERT": str(self.authority)}
        return found


def missing(name: str) -> str | None:
    """Why a way cannot be used; None if it can."""
    if name == "tls" and system_binaries() is None:
        return NO_TLS
    return pooler.missing() if name.startswith("pgbouncer") else None


@contextlib.contextmanager
def opened(
    cluster: Cluster, database: str, name: str, milliseconds: float = 0
) -> Generator[Way]:
    """A way for the length of a block, with a round-trip time where one is given."""
    with contextlib.ExitStack() as stack:
        way = _way(cluster, database, name, stack)
        if milliseconds:
            listen = f"{HOST}:{WIRE_PORT}"
            stack.enter_context(relayed(listen, f"{way.host}:{way.port}", milliseconds))
            way = Way(name, database, HOST, WIRE_PORT, way.authority)
        yield way


@contextlib.contextmanager
def tapped(cluster: Cluster, database: str, name: str) -> Generator[tuple[Way, Wire]]:
    """A way without TLS for the length of a block, and the wire that counts on it.

    Two milliseconds tell what was asked at once from what waited for an answer.
    """
    with contextlib.ExitStack() as stack:
        way = _way(cluster, database, name, stack)
        if way.is_socket:
            folder = cluster.folder / "wire"
            folder.mkdir(exist_ok=True)
            socket = f".s.PGSQL.{way.port}"
            wire = relayed(str(folder / socket), f"{way.host}/{socket}", 2)
            way = Way(name, database, str(folder), way.port)
        else:
            wire = relayed(f"{HOST}:{WIRE_PORT}", f"{HOST}:{way.port}", 2)
            way = Way(name, database, HOST, WIRE_PORT)
        yield way, stack.enter_context(wire)


def _way(cluster: Cluster, database: str, name: str, stack: contextlib.ExitStack) -> Way:
    if name.startswith("pgbouncer"):
        folder = stack.enter_context(pooler.pooled(cluster))
        host = str(folder) if name == "pgbouncer" else HOST
        authority = cluster.authority if name == "pgbouncer-tls" else None
        return Way(name, database, host, pooler.PORT, authority)
    if name == "socket":
        return Way(name, database, str(cluster.socket_folder), PORT)
    if name == "tls":
        return Way(name, database, TLS_HOST, PORT, cluster.authority)
    return Way(name, database, HOST, PORT)
