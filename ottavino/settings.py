"""The environment, read once, into a frozen value. `docs/settings.md` is written from it."""

import dataclasses
import functools
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import parse_qs, unquote, urlsplit

from dotenv import dotenv_values

from ottavino.errors import SettingsError
from ottavino.identity import Role
from ottavino.setting import (
    EMBEDDED,
    https_url,
    id_type,
    key_text,
    keys,
    number,
    port,
    postgresql_url,
    replica_url,
    role_names,
    seconds,
    setting,
    switch,
    text,
    words,
)

__all__ = ["EMBEDDED", "ROOT", "Settings", "host_of", "read_settings", "settings"]

ROOT = Path.cwd()
DOTENV = ROOT / ".env"


SUPABASE_ROLES = tuple(Role)
"""The roles that every database has, kept in a tuple because `Role` takes long to list them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """The settings from the environment, or else from `.env`. Times are in seconds."""

    # The database
    database_url: str | None = setting(
        "The database for invocations: a `postgresql://` address, in production a pooler's, "
        "or `embedded` for a PostgreSQL in `.postgres/`. Its login should only be able to "
        "become the API roles except `service_role`: `piccolo db login` makes such a login. "
        "Required.",
        postgresql_url,
        secret=True,
    )
    read_database_url: str | None = setting(
        "A streaming replica for read-only transactions, such as those of GET, with the "
        "login of `DATABASE_URL`. While the replica lacks a caller's own writes, the primary "
        "answers. Without this setting the primary answers everything.",
        replica_url,
        secret=True,
    )
    service_database_url: str | None = setting(
        "The database address for functions and sessions of `service_role`: its login can "
        "become that role, like Supabase's `authenticator`. Without it, they raise an error. "
        "With `DATABASE_URL=embedded` it is `embedded`, too.",
        postgresql_url,
        secret=True,
    )
    claims_key: str | None = setting(
        "The key that signs callers' claims for the database, so that an SQL injection "
        "cannot name another user. It has at least 32 bytes, and `piccolo db login` stores "
        "it in the database for the login of `DATABASE_URL`.",
        key_text,
        secret=True,
    )
    privileged_login: bool = setting(
        "Whether the login of `DATABASE_URL` may do more than it needs, as `postgres` can: "
        "`on` or `off`. An SQL injection in a function then reaches the rows of all users.",
        switch,
        default=False,
    )
    direct_url: str | None = setting(
        "The address for migrations, and for the check that all are applied: not a pooler's, "
        "and with the owner of the tables as its login. Without it `DATABASE_URL` is used.",
        postgresql_url,
        secret=True,
    )
    connect_timeout: float = setting("How long connecting may take.", seconds, 5.0)
    statement_timeout: float = setting("How long one statement may take.", seconds, 8.0)
    lock_timeout: float = setting(
        "How long one attempt of a migration waits for a lock of another connection. Callers "
        "may wait behind it, so this is shorter than `STATEMENT_TIMEOUT`. After it their "
        "queries run, and the migration tries again, for up to ten minutes.",
        seconds,
        0.5,
    )

    # Callers
    jwt_secret: str | None = setting(
        "The secret that signs callers' tokens (HS256): on Supabase the project's JWT secret. "
        "It has at least 32 bytes. It is not needed if all tokens are signed with keys.",
        text,
        secret=True,
    )
    user_id_claim: str = setting(
        "The claim of a token that names the user, if it is not `sub`. Policies then compare "
        "its value in the place of `sub`.",
        text,
        "sub",
    )
    user_id_type: str = setting(
        "The type of users' ids: `uuid`, or `text` if users sign in elsewhere, as with "
        "Auth0, Clerk or Firebase. Tables then name their owner with `owner(str)`.",
        id_type,
        "uuid",
    )
    jwt_audience: str = setting("The audience of a user's token.", text, "authenticated")
    supabase_url: str | None = setting(
        "The project's address. The public keys of its tokens (ES256, RS256, EdDSA) are read "
        "below it, at `/auth/v1/.well-known/jwks.json`. If they cannot be read for four "
        "hours, they are no longer used, since one of them may have been withdrawn.",
        https_url,
    )
    supabase_jwks_url: str | None = setting(
        "The address of those public keys, if it is not below `SUPABASE_URL`.", https_url
    )
    supabase_jwks: str | None = setting(
        "The public keys themselves, as JSON. If an address is set too, they are used until it "
        "has answered.",
        text,
    )
    supabase_publishable_keys: tuple[str, ...] = setting(
        "The `sb_publishable_…` keys, with commas between them or as a JSON object by name. "
        "A caller with one is `anon`.",
        keys("sb_publishable_"),
        (),
    )
    supabase_secret_keys: tuple[str, ...] = setting(
        "The `sb_secret_…` keys, in the same form. A caller with one is `service_role`.",
        keys("sb_secret_"),
        (),
        secret=True,
    )
    api_roles: tuple[str, ...] = setting(
        "Roles of the project's own that a token may name, with commas between them, beside "
        "`anon`, `authenticated` and `service_role`.",
        role_names,
        (),
    )

    # Requests
    function_timeout: float = setting(
        "The time limit of a function that declares no other.", seconds, 30.0
    )
    max_body_bytes: int = setting(
        "The largest body for a function that declares no other limit.", number, 6 * 1024**2
    )
    max_anonymous_body_bytes: int = setting(
        "How large the body of a request without a user may be: without a token, or with a "
        "publishable key.",
        number,
        256 * 1024,
    )
    max_json_values: int = setting(
        "How many values a body of JSON may hold: items of lists, and members of objects, at "
        "every depth.",
        number,
        50_000,
    )
    max_parameters: int = setting(
        "How many parameters a query may have, and how many fields and how many files a form.",
        number,
        1000,
    )
    max_requests: int = setting(
        "How many requests a process answers at once. Any further one is answered 503.",
        number,
        1000,
    )
    max_bodies_bytes: int = setting(
        "The memory of a process for the bodies of all its requests, without the first 64 KB "
        "of each. A request whose body does not fit is answered 503; a single body may be "
        "larger.",
        number,
        128 * 1024**2,
    )
    max_header_bytes: int = setting(
        "How large a request's line and headers may be together; an address has 64 KB at most.",
        number,
        64 * 1024,
    )
    client_timeout: float = setting(
        "How long a client may take to send a request's line and headers, and how long the "
        "service waits for a client that does not read its answer.",
        seconds,
        10.0,
    )
    cors_origins: tuple[str, ...] = setting(
        "The origins whose pages may read the answers, with commas between them; `*` is any.",
        words,
        ("*",),
    )
    relay_errors: bool = setting(
        "Whether an error that the platform made carries `x-relay-error: true`: `on` or `off`.",
        switch,
        default=False,
    )
    openapi: bool = setting(
        "Whether `/_internal/openapi.json` shows every caller what the functions declare: `on` "
        "or `off`. Functions for `service_role` alone are never in it. The development "
        "server always has it.",
        switch,
        default=False,
    )

    # The server
    host: str = setting("The address to listen at.", text, "127.0.0.1")
    port: int = setting("The port to listen at.", port, 8000)
    web_concurrency: int = setting("How many processes answer.", number, 1)
    forwarded_allow_ips: tuple[str, ...] = setting(
        "The proxies whose `X-Forwarded-For` and `X-Forwarded-Proto` are trusted, with "
        "commas between them; `*` is any. Without it, no proxy is trusted.",
        words,
        (),
    )
    shutdown_timeout: float = setting(
        "How long requests and background work may continue after the signal to stop. After "
        "that they are cancelled. Rounded up to whole seconds.",
        seconds,
        20.0,
    )

    @property
    def required_database_url(self) -> str:
        """`database_url`, or an error with advice on how to set it."""
        if self.database_url is None:
            raise SettingsError(
                "DATABASE_URL is not set. Put it into .env or the environment: a "
                "postgresql:// address, or the word 'embedded' for a local database."
            )
        return self.database_url

    @property
    def service_url(self) -> str:
        """`service_database_url`, or an error with its purpose."""
        url = self.service_database_url
        if url is None and self.database_url == EMBEDDED:
            return EMBEDDED
        if url is None:
            raise SettingsError(
                "SERVICE_DATABASE_URL is not set, and a function or session needs "
                "service_role. Set it to an "
                "address whose login can become service_role; nothing else uses it."
            )
        return url

    @property
    def migration_url(self) -> str:
        """The address for migrations: `DIRECT_URL`, or else `DATABASE_URL`."""
        return self.direct_url or self.required_database_url

    @property
    def jwks_url(self) -> str | None:
        """The address of the public keys of tokens, if there is one."""
        if self.supabase_url and not self.supabase_jwks_url:
            return f"{self.supabase_url}/auth/v1/.well-known/jwks.json"
        return self.supabase_jwks_url

    @property
    def roles(self) -> tuple[str, ...]:
        """All roles that a caller can become."""
        return SUPABASE_ROLES + self.api_roles

    @property
    def caller_roles(self) -> tuple[str, ...]:
        """The roles that the login of `DATABASE_URL` can become: all except `service_role`."""
        return tuple(role for role in self.roles if role != Role.SERVICE_ROLE)


def host_of(url: str) -> str:
    """The host in a database address, or the folder of a socket; empty if it names none. As in
    libpq, the parameter `host` takes precedence, and a folder may be written escaped in place
    of the host.
    """
    parts = urlsplit(url)
    if parameter := parse_qs(parts.query).get("host"):
        return parameter[-1]
    # Not `hostname`, which is converted to lower case: a folder's name must not be.
    written = unquote(parts.netloc.rpartition("@")[2].partition(":")[0])
    return written if written.startswith("/") else parts.hostname or ""


def read_settings(environment: Mapping[str, str]) -> Settings:
    """Read settings from variables; an empty variable counts as absent.

    One error has a line for each variable that is wrong.
    """
    found: dict[str, object] = {}
    wrong: list[str] = []
    for field in dataclasses.fields(Settings):
        name = field.name.upper()
        if value := environment.get(name):
            try:
                found[field.name] = field.metadata["read"](name, value)
            except SettingsError as error:
                wrong.append(str(error))
    if wrong:
        raise SettingsError("\n".join(wrong))
    return Settings(**found)  # pyright: ignore[reportArgumentType]  # each reader has the type of its field


def dotenv_warning() -> str | None:
    """A sentence, if other users of this machine may read or change `.env`.

    Its mode is not changed: it may be readable by a group on purpose.
    """
    if not DOTENV.exists() or not DOTENV.stat().st_mode & 0o077:
        return None
    return (
        f"Other users of this machine can read or change {DOTENV}, and with JWT_SECRET "
        f"they can be any user: chmod 600 {DOTENV}."
    )


@functools.cache
def settings() -> Settings:
    """The settings of this process; the environment wins over `.env`."""
    dotenv = {name: value or "" for name, value in dotenv_values(DOTENV).items()}
    return read_settings({**dotenv, **os.environ})
