"""The address of a database, parsed once, and the address for each kind of work."""

import functools
import ipaddress
import ssl
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import parse_qs, unquote, urlsplit

from ottavino.errors import SettingsError
from ottavino.identity import Identity, Role
from ottavino.postgres import tls
from ottavino.postgres.embedded import embedded
from ottavino.settings import EMBEDDED, host_of, settings

FOREIGN_PARAMETERS = {"pgbouncer", "connection_limit", "pool_timeout", "schema"}
"""Parameters that other tools put into an address for themselves.

asyncpg would send each of them to the server as a setting, and a pooler refuses a setting that
it does not know.
"""


@dataclass(frozen=True, slots=True)
class Address:
    """One database, with the parsed parameters for connecting to it."""

    host: str
    port: int
    user: str
    password: str | None = field(repr=False)
    database: str
    tls: tuple[ssl.SSLContext | None, ...]
    """The TLS contexts to connect with, in the order to try: None is without TLS."""
    is_direct: bool = False
    """Whether TLS begins at once. Requesting it from the server takes a round trip."""
    tls_parameters: Mapping[str, str] = field(default_factory=dict[str, str])
    """The parameters of the address about TLS, as libpq reads them."""

    def __hash__(self) -> int:
        # Each statement is looked up by its address.
        return hash((self.host, self.port, self.user, self.database))

    @property
    def is_socket(self) -> bool:
        """Whether the host is a folder, with the server's Unix socket in it."""
        return self.host.startswith("/")

    @property
    def where(self) -> str:
        """The host and port of the server, for messages."""
        return self.host if self.is_socket else f"{self.host}:{self.port}"

    @property
    def is_verified(self) -> bool:
        """Whether no machine on the way can pretend to be the server."""
        if self.is_socket or _is_loopback(self.host):
            return True
        return all(tls is not None and tls.verify_mode is ssl.CERT_REQUIRED for tls in self.tls)


def address(url: str) -> Address:
    """Parse a `postgresql://` address; an unsupported parameter is an error, and is never
    ignored.
    """
    try:
        return _address(url)
    except ValueError:
        # The cause is left out: its text repeats a part of the address, which may be the
        # password.
        raise SettingsError(
            "The database address cannot be read. It looks like "
            "postgresql://USER:PASSWORD@HOST:PORT/NAME, and in the password @ : / ? # % are "
            "written as %40 %3A %2F %3F %23 %25."
        ) from None


def _address(url: str) -> Address:
    parts = urlsplit(url)
    parameters = {name: values[-1] for name, values in parse_qs(parts.query).items()}
    host = host_of(url) or "localhost"
    parameters.pop("host", None)
    port = int(parameters.pop("port", 5432 if parts.port is None else parts.port))
    if parts.fragment or not 0 < port < 2**16:
        raise ValueError
    if "," in host:
        raise SettingsError(
            "The database address names several hosts: name the one to connect to."
        )
    user = unquote(parts.username or "") or parameters.pop("user", "")
    if not user:
        raise SettingsError("The database address names no user: postgresql://USER@HOST/NAME.")
    root_certificate = parameters.pop("sslrootcert", None)
    mode = parameters.pop("sslmode", "verify-full" if root_certificate else "prefer")
    tls_parameters = {"sslmode": mode}
    if root_certificate:
        tls_parameters["sslrootcert"] = root_certificate
    contexts = tls.contexts(mode, root_certificate)
    is_direct = tls.is_direct(mode, parameters.pop("sslnegotiation", "postgres"))
    if unknown := parameters.keys() - FOREIGN_PARAMETERS:
        raise SettingsError(
            f"The database address has a parameter that is unknown: {min(unknown)}. Remove it."
        )
    return Address(
        host=host,
        port=port,
        user=user,
        password=unquote(parts.password) if parts.password else None,
        database=unquote(parts.path.removeprefix("/")) or user,
        # As in libpq: no server speaks TLS on a Unix socket, where no other machine can listen.
        tls=(None,) if host.startswith("/") else contexts,
        is_direct=is_direct,
        tls_parameters=tls_parameters,
    )


def _is_loopback(host: str) -> bool:
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def address_of(identity: Identity) -> Address:
    """The address for a caller's transactions: `service_role` has a login of its own."""
    is_service = identity.role == Role.SERVICE_ROLE
    return service_address() if is_service else caller_address()


@functools.cache
def caller_address() -> Address:
    """The address for invocations. The first call starts an embedded database."""
    url = settings().required_database_url
    return address(embedded().start().database_url if url == EMBEDDED else url)


@functools.cache
def replica_address() -> Address:
    """The address for read-only transactions, if `READ_DATABASE_URL` is set."""
    found = address(settings().read_database_url or "")
    # The rights of the login are checked at the primary alone. A pooler's name for it may have
    # a suffix.
    if found.user.partition(".")[0] != caller_address().user.partition(".")[0]:
        raise SettingsError(
            "READ_DATABASE_URL logs in as another role than DATABASE_URL: name the same one, "
            "whose rights are checked at the start."
        )
    return found


@functools.cache
def service_address() -> Address:
    """The address for functions and sessions of `service_role`."""
    url = settings().service_url
    return address(embedded().start().service_url if url == EMBEDDED else url)


@functools.cache
def migration_address() -> Address:
    """The address for migrations, which bypass a pooler and log in as the owner of the
    tables.
    """
    url = settings().migration_url
    return address(embedded().start().direct_url if url == EMBEDDED else url)
