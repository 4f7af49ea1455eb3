"""The PostgreSQL behind `DATABASE_URL=embedded`: where it listens, and who starts it."""

import importlib
from dataclasses import dataclass
from typing import Protocol, cast


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


def embedded() -> Embedded:
    """The server, whose code is development's.

    It is imported by name, and only where the settings ask for it: what serves in production
    imports nothing of `ottavino.dev`.
    """
    return cast("Embedded", importlib.import_module("ottavino.dev.database.embedded"))
