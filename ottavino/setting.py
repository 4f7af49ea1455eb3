"""How one setting is declared: its default, its meaning, and how its variable is read."""

import dataclasses
import json
import re
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

from ottavino.errors import SettingsError

Reader = Callable[[str, str], object]
"""Reads the value of a variable, given with its name; raises `SettingsError`."""

EMBEDDED = "embedded"
"""The `DATABASE_URL` of the PostgreSQL that is installed as a package."""

KEY_CHARACTERS = 16
"""An opaque key with fewer characters after its prefix could be guessed."""

SHORTEST_SECONDS = 0.001
"""A shorter time would be rounded to no milliseconds, which PostgreSQL reads as no limit."""
LONGEST_SECONDS = (2**31 - 1) // 1000
"""Milliseconds are 32 bits there: 24 days."""
LAST_PORT = 65535
KEY_BYTES = 32
"""The length of a SHA-256 digest: a shorter key would be easier to find than a signature."""

# `set role none` would turn the caller back into the login.
RESERVED_ROLES = re.compile(r"none|public|postgres|authenticator|supabase_.*|pg_.*")


def setting(
    meaning: str, read: Reader, default: object = None, *, secret: bool = False
) -> Any:  # its type is that of the field, as with dataclasses.field
    """A field of the settings. A `secret` field is not shown when they are printed."""
    metadata = {"meaning": meaning, "read": read}
    return dataclasses.field(default=default, metadata=metadata, repr=not secret)


def text(_: str, value: str) -> str:
    """Any text."""
    return value


def key_text(name: str, value: str) -> str:
    """A secret that is too long to be guessed."""
    if len(value.encode()) < KEY_BYTES:
        raise SettingsError(
            f"{name} is shorter than {KEY_BYTES} bytes: make one with `openssl rand -hex 32`."
        )
    return value


def seconds(name: str, value: str) -> float:
    """A number of seconds that PostgreSQL can store as milliseconds and accepts as a limit."""
    try:
        number = float(value)
    except ValueError:
        number = 0
    if not SHORTEST_SECONDS <= number <= LONGEST_SECONDS:
        raise SettingsError(
            f"{name} must be a number of seconds from {SHORTEST_SECONDS} to {LONGEST_SECONDS}, "
            f"not {value!r}."
        )
    return number


def number(name: str, value: str) -> int:
    """A whole number above 0."""
    if not re.fullmatch(r"[1-9]\d{0,11}", value, re.ASCII):
        raise SettingsError(f"{name} must be a whole number above 0, not {value!r}.")
    return int(value)


def port(name: str, value: str) -> int:
    """A port of TCP."""
    if not re.fullmatch(r"[1-9]\d{0,4}", value, re.ASCII) or int(value) > LAST_PORT:
        raise SettingsError(
            f"{name} must be a whole number from 1 to {LAST_PORT}, not {value!r}."
        )
    return int(value)


def switch(name: str, value: str) -> bool:
    """`on` or `off`."""
    if value not in {"on", "off"}:
        raise SettingsError(f"{name} must be on or off, not {value!r}.")
    return value == "on"


def id_type(name: str, value: str) -> str:
    """`uuid` or `text`."""
    if value not in {"uuid", "text"}:
        raise SettingsError(f"{name} must be uuid or text, not {value!r}.")
    return value


def words(_: str, value: str) -> tuple[str, ...]:
    """Words with commas between them."""
    return tuple(word for each in value.split(",") if (word := each.strip()))


def role_names(name: str, value: str) -> tuple[str, ...]:
    """Names of roles that a caller may become."""
    names = words(name, value)
    for each in names:
        if not re.fullmatch(r"[a-z_][a-z0-9_]{0,62}", each) or RESERVED_ROLES.fullmatch(each):
            raise SettingsError(
                f"{name} names {each!r}, which callers cannot become: name roles that were "
                f"made for callers, in lower-case letters, digits and _."
            )
    return names


def keys(prefix: str) -> Reader:
    """Opaque keys: one, several with commas between them, or a JSON object of them by name."""

    def read(name: str, value: str) -> tuple[str, ...]:
        found = _named(name, value) if value.lstrip().startswith("{") else words(name, value)
        for each in found:
            if not re.fullmatch(rf"{prefix}[\w-]{{{KEY_CHARACTERS},}}", each, re.ASCII):
                # Without the key: this sentence may end in a log.
                raise SettingsError(f"{name} contains a value that is not a {prefix}… key.")
        return found

    return read


def _named(name: str, value: str) -> tuple[str, ...]:
    try:
        return tuple(str(key) for key in json.loads(value).values())
    except ValueError:
        raise SettingsError(f"{name} begins with {{ but is not a JSON object.") from None


def https_url(name: str, value: str) -> str:
    """An `https://` address, or one on this machine, where no other machine can answer
    instead.
    """
    try:
        parts = urlsplit(value)
        host = parts.hostname or ""
    except ValueError:
        raise SettingsError(f"{name} cannot be read as an address.") from None
    # A name without a dot is on the same machine, or in its own network.
    near = host in {"127.0.0.1", "::1"} or (host and "." not in host and ":" not in host)
    if not host or (parts.scheme != "https" and not (parts.scheme == "http" and near)):
        raise SettingsError(
            f"{name} must begin with https://: over anything else, a machine on the way could "
            "replace the project's keys with their own."
        )
    return value.rstrip("/")


def postgresql_url(name: str, value: str) -> str:
    """A `postgresql://` address, or the word `embedded`."""
    if value == EMBEDDED:
        return value
    try:
        scheme = urlsplit(value).scheme
    except ValueError:
        # Without its cause, which may repeat the password.
        raise SettingsError(f"{name} cannot be read as an address.") from None
    if scheme in {"postgresql", "postgres"}:
        return value
    raise SettingsError(f"{name} must begin with postgresql:// or be the word 'embedded'.")


def replica_url(name: str, value: str) -> str:
    """A `postgresql://` address: the embedded database has no replica."""
    if value == EMBEDDED:
        raise SettingsError(f"{name} must begin with postgresql://, and name a read replica.")
    return postgresql_url(name, value)
