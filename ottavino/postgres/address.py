"""Where the database is, read once from its address, and how a connection to it is opened."""

import asyncio
import functools
import ipaddress
import socket
import ssl
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, unquote, urlsplit

import asyncpg
from asyncpg import connect_utils

from ottavino.errors import DatabaseUnavailable, SettingsError
from ottavino.identity import Identity, Role
from ottavino.postgres import driver_errors as driver
from ottavino.postgres.embedded import embedded
from ottavino.settings import EMBEDDED, host_of, settings

# What other tools put into an address for themselves. asyncpg would send each of them to
# the server as a setting, and a pooler refuses a setting that it does not know.
FOREIGN_PARAMETERS = {"pgbouncer", "connection_limit", "pool_timeout", "schema"}

TCP_OPTIONS = {
    "TCP_KEEPIDLE": 5,
    "TCP_KEEPINTVL": 2,
    "TCP_KEEPCNT": 3,
    "TCP_USER_TIMEOUT": 10_000,
}
"""When an idle server is asked whether it is there, how often, how many times, in seconds; and
in how many milliseconds it has to acknowledge what it is sent."""

NO_TLS = "rejected SSL upgrade"
"""asyncpg has no class of its own for the answer of a server without TLS."""

_driver: Any = connect_utils
"""What of it is used is not in its types."""

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
    password: str | None = field(repr=False)
    database: str
    tls: tuple[ssl.SSLContext | None, ...]
    """What to open a connection with, in the order to try: None is a connection without TLS."""

    @property
    def is_verified(self) -> bool:
        """Whether nobody on the way can answer in the server's place, or there is no way."""
        if self.host.startswith("/") or _is_loopback(self.host):
            return True
        return all(tls is not None and tls.verify_mode is ssl.CERT_REQUIRED for tls in self.tls)

    async def connect(self, application_name: str, seconds: float) -> Connection:
        """Open one connection, or say why there is none (never with the password)."""
        try:
            async with asyncio.timeout(seconds):
                return await self._connect(application_name)
        # A host name that cannot be one is a UnicodeError.
        except (UnicodeError, *driver.ERRORS) as error:
            where = self.host if self.host.startswith("/") else f"{self.host}:{self.port}"
            raise DatabaseUnavailable(
                f"The database at {where} {_reason(error, seconds)}."
            ) from error

    async def _connect(self, application_name: str) -> Connection:
        *optional, last = self.tls
        for tls in optional:
            try:
                return await self._open(tls, application_name)
            except (OSError, asyncpg.PostgresError) as error:
                if not _is_about_tls(error):
                    raise
        return await self._open(last, application_name)

    async def _open(self, tls: ssl.SSLContext | None, application_name: str) -> Connection:
        (host,), parameters, configuration = _understood(self, tls, application_name)
        try:
            connection = await _driver._connect_addr(  # noqa: SLF001  # see below
                addr=host,
                loop=asyncio.get_running_loop(),
                params=parameters,
                config=configuration,
                connection_class=asyncpg.Connection,
                record_class=asyncpg.Record,
            )
        except _driver._NextHostSignal as signal:  # noqa: SLF001  # it asks for a next one
            raise signal.__cause__ or signal from None
        if not self.host.startswith("/"):
            _watch(connection)
        return connection


def _watch(connection: Any) -> None:
    """Let the system notice a server that is gone without a word, as no timer of ours does."""
    opened = connection._transport.get_extra_info("socket")  # noqa: SLF001  # nothing else has it
    opened.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    for name, value in TCP_OPTIONS.items():
        # Not every system has each of them.
        if (option := getattr(socket, name, None)) is not None:
            opened.setsockopt(socket.IPPROTO_TCP, option, value)


@functools.lru_cache(maxsize=1000)
def _understood(address: Address, tls: ssl.SSLContext | None, application_name: str) -> Any:
    """What the driver makes of an address: host, parameters, configuration.

    It works that out anew in each `connect`. So the two steps of that are called by
    themselves, and the first of them once.
    """
    nothing = dict.fromkeys(
        (
            "dsn",
            "passfile",
            "service",
            "servicefile",
            "direct_tls",
            "command_timeout",
            "target_session_attrs",
            "krbsrvname",
            "gsslib",
        )
    )
    return _driver._parse_connect_arguments(  # noqa: SLF001  # as said
        **nothing,
        host=address.host,
        port=address.port,
        user=address.user,
        # Without one, it would be looked for in variables and files.
        password=address.password or "",
        database=address.database,
        ssl=tls if tls is not None else False,
        # Behind a transaction pooler the next transaction may meet another server
        # process, which has never heard of the statement; and after an ALTER in the
        # same transaction a cached plan no longer fits its table.
        statement_cache_size=0,
        max_cached_statement_lifetime=0,
        max_cacheable_statement_size=0,
        server_settings={"application_name": application_name},
    )


def address(url: str) -> Address:
    """Read a `postgresql://` address; what cannot be honoured is refused, not dropped."""
    try:
        return _address(url)
    except ValueError:
        # Without its cause, which repeats what it could not read: it may be the password.
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
    tls = _tls(mode, root_certificate)
    if unknown := parameters.keys() - FOREIGN_PARAMETERS:
        raise SettingsError(
            f"The database address has a parameter that is not understood: {min(unknown)}. "
            "Take it out."
        )
    return Address(
        host=host,
        port=port,
        user=user,
        password=unquote(parts.password) if parts.password else None,
        database=unquote(parts.path.removeprefix("/")) or user,
        # As in libpq: nobody listens in on a Unix socket, and no server speaks TLS there.
        tls=(None,) if host.startswith("/") else tls,
    )


def _is_loopback(host: str) -> bool:
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _tls(mode: str, root_certificate: str | None) -> tuple[ssl.SSLContext | None, ...]:
    """What libpq's `sslmode` and `sslrootcert` ask for."""
    if root_certificate is not None and mode in {"disable", "allow", "prefer"}:
        raise SettingsError(
            f"sslmode={mode} checks no certificate, so sslrootcert would do nothing."
        )
    match mode:
        case "disable":
            return (None,)
        case "allow":
            return (None, _unverified())
        case "prefer":
            return (_unverified(), None)
        case "require" if root_certificate is None:
            return (_unverified(),)
        case "require" | "verify-ca":
            # Any site of the world has a certificate from an authority of the system.
            if root_certificate in {None, "system"}:
                raise SettingsError(
                    f"sslmode={mode} needs sslrootcert=FILE, the certificate of the authority "
                    "to trust; sslmode=verify-full can do without."
                )
            return (_verified(root_certificate, check_hostname=False),)
        case "verify-full":
            return (_verified(root_certificate, check_hostname=True),)
        case _:
            raise SettingsError(
                f"sslmode={mode} is not understood: use disable, allow, prefer, require, "
                "verify-ca or verify-full."
            )


def _unverified() -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    context.set_alpn_protocols(["postgresql"])
    return context


def _verified(root_certificate: str | None, *, check_hostname: bool) -> ssl.SSLContext:
    file = None if root_certificate == "system" else root_certificate
    try:
        # With a file, the authorities of the system are not trusted beside it.
        context = ssl.create_default_context(cafile=file)
    except OSError as error:
        raise SettingsError(
            f"sslrootcert={root_certificate} cannot be read as a certificate."
        ) from error
    context.check_hostname = check_hostname
    context.set_alpn_protocols(["postgresql"])
    return context


def _is_about_tls(error: OSError | asyncpg.PostgresError) -> bool:
    """Whether the server may take the same login with TLS instead of without, or vice versa."""
    if isinstance(error, OSError):
        return NO_TLS in str(error)
    # The class itself: a wrong password is one of its subclasses.
    return type(error) is asyncpg.InvalidAuthorizationSpecificationError


def _reason(error: Exception, seconds: float) -> str:
    """Why there is no connection, in words that follow the database's name."""
    match error:
        case TimeoutError():
            return f"does not answer within {seconds:g} s"
        case ssl.SSLCertVerificationError():
            reason = error.verify_message.rstrip(".")
            return f"shows a certificate that is not trusted: {reason}"
        case OSError() if NO_TLS in str(error):
            return "does not speak TLS, which its address asks for with sslmode"
        case OSError():
            return f"does not answer: {error.strerror or error}"
        case UnicodeError():
            return "does not answer: its name cannot be that of a host"
        case _:
            reason = str(error).partition("\n")[0].rstrip(".")
            return f"refuses the connection: {reason}"


def address_of(identity: Identity) -> Address:
    """Where a caller's transactions connect: `service_role` has a login to itself."""
    is_service = identity.role == Role.SERVICE_ROLE
    return service_address() if is_service else caller_address()


@functools.cache
def caller_address() -> Address:
    """Where invocations connect. The embedded database is started by the first who asks."""
    url = settings().required_database_url
    return address(embedded().start().database_url if url == EMBEDDED else url)


@functools.cache
def service_address() -> Address:
    """Where functions and sessions connect that ask for `service_role`, or what they lack."""
    url = settings().service_url
    return address(embedded().start().service_url if url == EMBEDDED else url)


@functools.cache
def migration_address() -> Address:
    """Where migrations connect: past a pooler, and as the owner of the tables."""
    url = settings().migration_url
    return address(embedded().start().direct_url if url == EMBEDDED else url)
