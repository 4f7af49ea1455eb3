"""Where the database is, read once from its address, and how a connection to it is opened."""

import functools
import ssl
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import parse_qs, unquote, urlsplit

import asyncpg

from db.errors import DatabaseUnavailable, SettingsError
from db.local import embedded
from db.settings import EMBEDDED, settings

# What other tools put into an address for themselves. asyncpg would send each of them to
# the server as a setting, and a pooler refuses a setting that it does not know.
FOREIGN_PARAMETERS = {"pgbouncer", "connection_limit", "pool_timeout", "schema", "options"}

if TYPE_CHECKING:
    Connection = asyncpg.Connection[asyncpg.Record]
else:
    Connection = asyncpg.Connection


@dataclass(frozen=True, slots=True)
class Address:
    """One database, with whatever is costly to work out about it worked out already."""

    host: str
    port: int
    user: str
    password: str | None
    database: str
    tls: ssl.SSLContext | None
    tls_optional: bool = False
    """`sslmode=prefer`: an answer without TLS is taken too."""

    async def connect(self, application_name: str, timeout: float) -> Connection:  # noqa: ASYNC109  # asyncpg bounds the TLS and authentication steps with it
        """Open one connection, or say which host did not answer (never the password)."""
        try:
            return await self._connect(application_name, timeout)
        except (OSError, TimeoutError, asyncpg.CannotConnectNowError) as error:
            where = self.host if self.host.startswith("/") else f"{self.host}:{self.port}"
            raise DatabaseUnavailable(
                f"The database at {where} does not answer within {timeout:g} s."
            ) from error

    async def _connect(self, application_name: str, seconds: float) -> Connection:
        try:
            return await self._open(self.tls, application_name, seconds)
        except ConnectionError as error:
            # asyncpg has no class of its own for a server without TLS.
            if not (self.tls_optional and "rejected SSL upgrade" in str(error)):
                raise
        return await self._open(None, application_name, seconds)

    async def _open(
        self, tls: ssl.SSLContext | None, application_name: str, seconds: float
    ) -> Connection:
        return await asyncpg.connect(
            host=self.host,
            port=self.port,
            user=self.user,
            password=self.password,
            database=self.database,
            ssl=tls if tls is not None else False,
            timeout=seconds,
            # Behind a transaction pooler the next transaction may meet another server
            # process, which has never heard of the statement; and after an ALTER in the
            # same transaction a cached plan no longer fits its table.
            statement_cache_size=0,
            server_settings={"application_name": application_name},
        )


def address(url: str) -> Address:
    """Read a `postgresql://` address; what cannot be honoured is refused, not dropped."""
    parts = urlsplit(url)
    parameters = {name: values[-1] for name, values in parse_qs(parts.query).items()}
    host = parameters.pop("host", None) or parts.hostname or "localhost"
    user = unquote(parts.username or "") or parameters.pop("user", "")
    if not user:
        raise SettingsError("The database address names no user: postgresql://USER@HOST/NAME.")
    mode = parameters.pop("sslmode", "disable" if host.startswith("/") else "prefer")
    root_certificate = parameters.pop("sslrootcert", None)
    port = parameters.pop("port", None) or parts.port or 5432
    if unknown := parameters.keys() - FOREIGN_PARAMETERS:
        raise SettingsError(
            f"The database address has a parameter that is not understood: {min(unknown)}."
        )
    return Address(
        host=host,
        port=int(port),
        user=user,
        password=unquote(parts.password) if parts.password else None,
        database=unquote(parts.path.lstrip("/")) or user,
        tls=_tls_context(mode, root_certificate),
        tls_optional=mode == "prefer",
    )


def _tls_context(mode: str, root_certificate: str | None) -> ssl.SSLContext | None:
    """Translate libpq's `sslmode` and `sslrootcert`."""
    if mode in {"disable", "allow"}:
        return None
    if mode not in {"prefer", "require", "verify-ca", "verify-full"}:
        raise SettingsError(
            f"sslmode={mode} is not understood: use disable, allow, prefer, require, verify-ca "
            "or verify-full."
        )
    context = ssl.create_default_context()
    context.set_alpn_protocols(["postgresql"])
    context.check_hostname = mode == "verify-full"
    if root_certificate not in {None, "system"}:
        try:
            context.load_verify_locations(root_certificate)
        except OSError as error:
            raise SettingsError(f"sslrootcert={root_certificate} cannot be read.") from error
    elif not mode.startswith("verify"):
        context.verify_mode = ssl.CERT_NONE
    return context


@functools.cache
def service_address() -> Address:
    """Where invocations connect. The embedded database is started by the first who asks."""
    url = settings().required_database_url
    return address(embedded.start().database_url if url == EMBEDDED else url)


@functools.cache
def migration_address() -> Address:
    """Where migrations connect: past a pooler, and as the owner of the tables."""
    url = settings().migration_url
    return address(embedded.start().direct_url if url == EMBEDDED else url)
