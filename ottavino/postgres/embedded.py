"""The PostgreSQL behind `DATABASE_URL=embedded`: its addresses, and the module that starts
it.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from piccolo.conf.apps import Finder

from ottavino.errors import SettingsError


@dataclass(frozen=True, slots=True)
class Addresses:
    """The addresses of the running server, one for each login."""

    database_url: str
    """The login `ottavino`, which can become any caller except `service_role`."""
    service_url: str
    """The login `authenticator` of Supabase projects, which can also become `service_role`."""
    direct_url: str
    """The login `postgres`, which migrates and is not a superuser."""
    superuser_url: str
    """The login `supabase_admin`, a superuser."""


class Embedded(Protocol):
    """The module that starts the server and stops it."""

    def start(self) -> Addresses:
        """Start the server if it is not running."""
        ...

    def release(self) -> None:
        """Stop the server, unless another process uses it."""
        ...


_provided: list[Callable[[], Embedded]] = []


def provide(import_server: Callable[[], Embedded]) -> None:
    """Set the function that imports the server's module, if the application has one."""
    _provided[:] = [import_server]


def embedded() -> Embedded:
    """The server that the application's configuration provides; it is imported only here."""
    if not _provided:
        _import_configuration()
    (import_server,) = _provided
    return import_server()


def _import_configuration() -> None:
    try:
        Finder().get_piccolo_conf_module()
    except ModuleNotFoundError as error:
        raise SettingsError(
            "DATABASE_URL=embedded needs the application's piccolo_conf.py, which cannot be "
            f"imported here: {error}."
        ) from error
    if not _provided:
        raise SettingsError(
            "DATABASE_URL=embedded needs a piccolo_conf.py with Ottavino's Engine."
        )
