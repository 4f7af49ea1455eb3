"""The environment, read once, into a frozen value."""

import functools
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

from dotenv import dotenv_values

from db.errors import SettingsError

ROOT = Path(__file__).parent.parent
EMBEDDED = "embedded"
"""The `DATABASE_URL` that names the PostgreSQL which comes with the development packages."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """What the environment, and `.env` where it is silent, say. Times are in seconds."""

    database_url: str | None
    """Where invocations connect: behind a pooler in production, or `embedded`."""
    direct_url: str | None
    """Where migrations connect: past the pooler. Falls back to `database_url`."""
    jwt_secret: str | None
    jwt_audience: str = "authenticated"
    connect_timeout: float = 5.0
    statement_timeout: float = 8.0
    function_timeout: float = 30.0
    lock_timeout: float = 10.0
    """How long a migration waits for a lock that somebody else holds."""

    @property
    def required_database_url(self) -> str:
        """`database_url`, or an error that says how to set it."""
        if self.database_url is None:
            raise SettingsError(
                "DATABASE_URL is not set. Put it into .env or the environment: a "
                "postgresql:// address, or the word 'embedded' for a local database."
            )
        return self.database_url

    @property
    def migration_url(self) -> str:
        """The address that migrations use: past a pooler where `DIRECT_URL` names one."""
        return self.direct_url or self.required_database_url

    @property
    def is_local(self) -> bool:
        """Whether the database is on this machine: embedded, a Unix socket, or loopback."""
        return is_local(self.required_database_url) and is_local(self.migration_url)


def is_local(url: str) -> bool:
    """Whether a database address stays on this machine."""
    if url == EMBEDDED:
        return True
    parts = urlsplit(url)
    host = parts.hostname or parse_qs(parts.query).get("host", [""])[-1]
    return not host or host.startswith("/") or host in {"localhost", "127.0.0.1", "::1"}


def read_settings(environment: Mapping[str, str]) -> Settings:
    """Read settings from variables; an empty variable counts as absent."""
    numbers = {
        name: _seconds(name.upper(), value)
        for name in ("connect_timeout", "statement_timeout", "function_timeout", "lock_timeout")
        if (value := environment.get(name.upper()))
    }
    return Settings(
        database_url=_url("DATABASE_URL", environment),
        direct_url=_url("DIRECT_URL", environment),
        jwt_secret=environment.get("JWT_SECRET") or None,
        jwt_audience=environment.get("JWT_AUDIENCE") or "authenticated",
        **numbers,
    )


@functools.cache
def settings() -> Settings:
    """The settings of this process; the environment wins over `.env`."""
    dotenv = {name: value or "" for name, value in dotenv_values(ROOT / ".env").items()}
    return read_settings({**dotenv, **os.environ})


def _seconds(name: str, value: str) -> float:
    try:
        seconds = float(value)
    except ValueError:
        seconds = 0
    if not 0 < seconds < float("inf"):
        raise SettingsError(f"{name} must be a number of seconds above 0, not {value!r}.")
    return seconds


def _url(name: str, environment: Mapping[str, str]) -> str | None:
    value = environment.get(name) or None
    if value in {None, EMBEDDED} or urlsplit(value).scheme in {"postgresql", "postgres"}:
        return value
    raise SettingsError(f"{name} must begin with postgresql:// or be the word 'embedded'.")
