"""A PostgreSQL that asks for passwords."""

import asyncio
import ssl
from collections.abc import Generator
from dataclasses import dataclass
from pathlib import Path

import pytest
import trustme

from ottavino.dev.database.server import PORT, Server
from ottavino.postgres.supabase import SUPERUSER
from ottavino.testing.cluster import short_folder
from ottavino.testing.database import connected
from ottavino.testing.server import VERSIONS

SECRET = "swordfish"  # noqa: S105  # it guards nothing

ROLES = """
create role alice login password 'swordfish';
create role full_up login password 'swordfish' connection limit 0;
"""

RULES = """
local  all  alice,full_up   scram-sha-256
local  all  supabase_admin  trust
"""


@dataclass(frozen=True, slots=True)
class Site:
    """A PostgreSQL that asks for passwords, and the certificates of the gates before it."""

    server: Server
    tls: ssl.SSLContext
    """Shows a certificate for `localhost`."""
    authority: Path
    """The certificate of the authority that signed it."""
    other_authority: Path

    @property
    def socket(self) -> Path:
        """The folder of the server's socket."""
        assert self.server.socket_folder is not None
        return self.server.socket_folder / f".s.PGSQL.{PORT}"

    def url(self, port: int, parameters: str = "", host: str = "localhost") -> str:
        """An address of a gate. `CA` and `OTHER` in the parameters mean the authorities."""
        parameters = parameters.replace("CA", str(self.authority))
        parameters = parameters.replace("OTHER", str(self.other_authority))
        return f"postgresql://alice:{SECRET}@{host}:{port}/postgres?{parameters}"


@pytest.fixture(scope="session")
def site(pytestconfig: pytest.Config) -> Generator[Site]:
    version = str(pytestconfig.getoption("postgres"))
    with short_folder() as folder:
        server = Server(
            folder / "data",
            version=int(version),
            binaries=VERSIONS[version],
            settings="fsync = off\n",
        )
        authority, other = trustme.CA(), trustme.CA()
        tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        tls.set_alpn_protocols(["http/1.1", "postgresql"])
        authority.issue_cert("localhost").configure_cert(tls)  # pyright: ignore[reportUnknownMemberType]  # it takes contexts of pyOpenSSL, too
        site = Site(server, tls, folder / "authority.pem", folder / "other.pem")
        authority.cert_pem.write_to_path(site.authority)
        other.cert_pem.write_to_path(site.other_authority)
        server.start()
        try:
            asyncio.run(ask_for_passwords(server))
            yield site
        finally:
            server.stop()


async def ask_for_passwords(server: Server) -> None:
    async with connected(server.url(SUPERUSER)) as admin:
        await admin.execute(ROLES)
        (server.data / "pg_hba.conf").write_text(RULES)
        await admin.execute("select pg_reload_conf()")
