"""The PostgreSQL behind `DATABASE_URL=embedded`: where it listens, and who starts it."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from piccolo.conf.apps import Finder

from ottavino.errors import SettingsError


@dataclass(frozen=True, slots=True)
class Addresses:
    """Where the running server listens, once for each kind of login."""

    database_url: str
    """As `ottavino`, which can become any caller but `service_role`."""
    service_url: str
    """As `authenticator`, which can become `service_role` too: a Supabase project's own."""
    direct_url: str
    """As `postgres`, which migrates and is no superuser."""
    superuser_url: str
    """As `supabase_admin`, for what the others may not do."""


class Embedded(Protocol):
    """The module that starts the server and stops it."""

    def start(self) -> Addresses:
        """Start the server unless it runs."""
        ...

    def release(self) -> None:
        """Stop the server, unless another process uses it."""
        ...


_provided: list[Callable[[], Embedded]] = []


def provide(import_server: Callable[[], Embedded]) -> None:
    """Hand over what imports the server's module, where an application has it."""
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
