"""TLS of a connection: the encryption and the trusted certificates, by libpq's `sslmode` and
`sslrootcert`.
"""

import functools
import ssl

import asyncpg

from ottavino.errors import SettingsError

PROTOCOL = "postgresql"
"""The name of PostgreSQL's protocol in TLS."""
NO_TLS = "rejected SSL upgrade"
"""asyncpg has no class of its own for the answer of a server without TLS."""


def contexts(mode: str, root_certificate: str | None) -> tuple[ssl.SSLContext | None, ...]:
    """The TLS contexts for a connection, in the order to try: None is without TLS."""
    if root_certificate is not None and mode in {"disable", "allow", "prefer"}:
        raise SettingsError(
            f"sslmode={mode} checks no certificate, so sslrootcert would have no effect: "
            f"remove it, or use sslmode=verify-full."
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
            # Any web site can have a certificate from an authority of the system.
            if root_certificate in {None, "system"}:
                raise SettingsError(
                    f"sslmode={mode} needs sslrootcert=FILE, the certificate of the "
                    f"authority to trust; or use sslmode=verify-full, which needs none."
                )
            return (_verified(root_certificate, check_hostname=False),)
        case "verify-full":
            return (_verified(root_certificate, check_hostname=True),)
        case _:
            raise SettingsError(
                f"sslmode={mode} is unknown: use disable, allow, prefer, require, "
                "verify-ca or verify-full."
            )


def is_direct(mode: str, negotiation: str) -> bool:
    """Whether TLS begins at once, by libpq's `sslnegotiation`. Nothing is tried without TLS."""
    if negotiation not in {"postgres", "direct"}:
        raise SettingsError(f"sslnegotiation={negotiation} is unknown: use postgres or direct.")
    if negotiation == "direct" and mode in {"disable", "allow", "prefer"}:
        raise SettingsError(
            f"sslnegotiation=direct needs TLS, which sslmode={mode} does not: use require, "
            "verify-ca or verify-full."
        )
    return negotiation == "direct"


@functools.cache
def _unverified() -> ssl.SSLContext:
    # Making one takes a millisecond, and addresses on a Unix socket have no use for it.
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    context.set_alpn_protocols([PROTOCOL])
    return context


def _verified(root_certificate: str | None, *, check_hostname: bool) -> ssl.SSLContext:
    file = None if root_certificate == "system" else root_certificate
    try:
        # With a file, the authorities of the system are not trusted.
        context = ssl.create_default_context(cafile=file)
    except OSError as error:
        raise SettingsError(
            f"sslrootcert={root_certificate} cannot be read as a certificate."
        ) from error
    context.check_hostname = check_hostname
    context.set_alpn_protocols([PROTOCOL])
    return context


def is_about_tls(error: OSError | asyncpg.PostgresError) -> bool:
    """Whether the server may take the same login with TLS instead of without, or vice versa."""
    if isinstance(error, OSError):
        return NO_TLS in str(error)
    # Compared by the exact class, because a wrong password is a subclass of it.
    return type(error) is asyncpg.InvalidAuthorizationSpecificationError
