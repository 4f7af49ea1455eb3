"""Tokens for a local database, as Supabase's sign-in would give them."""

import dataclasses
import re
import time
from datetime import timedelta
from uuid import UUID

import jwt

from ottavino.dev.database.supabase import create_user
from ottavino.errors import DatabaseUnavailable, SettingsError
from ottavino.http.auth.verifier import ALGORITHM
from ottavino.identity import Identity, Role
from ottavino.postgres.address import Address, migration_address
from ottavino.postgres.connection import connected
from ottavino.postgres.local import require_marked
from ottavino.postgres.supabase import AUTH_ADMIN
from ottavino.settings import settings

UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}


async def sign_up(email: str, full_name: str = "") -> Identity:
    """The identity of the local user with this e-mail address; a new user is made if needed."""
    email = email.strip().lower()
    name = full_name or email.partition("@")[0]
    address = migration_address()
    try:
        user_id = await _sign_up(dataclasses.replace(address, user=AUTH_ADMIN), email, name)
    except DatabaseUnavailable:
        # Outside of Supabase, the auth service's role may have no password to log in with.
        user_id = await _sign_up(address, email, name)
    return Identity.user(user_id, email=email)


async def _sign_up(address: Address, email: str, name: str) -> UUID:
    async with connected(address, "sign_up") as connection:
        await require_marked(connection, address)
        return await create_user(connection, email, name)


def sign(identity: Identity, lifetime: timedelta) -> str:
    """A token of an identity, valid from now for a lifetime."""
    secret = settings().jwt_secret
    if secret is None:
        raise SettingsError("Tokens are signed with JWT_SECRET here, and it is not set.")
    now = int(time.time())
    claims = {
        **identity.claims,
        "aud": settings().jwt_audience,
        "iat": now,
        "exp": now + int(lifetime.total_seconds()),
    }
    return jwt.encode(claims, secret, algorithm=ALGORITHM)  # pyright: ignore[reportUnknownMemberType]  # its key types come from cryptography, which HS256 does without


def lifetime(text: str) -> timedelta:
    """Read `90s`, `15m`, `1h` or `7d`."""
    match = re.fullmatch(r"([1-9]\d{0,6})([smhd])", text)
    if match is None:
        raise SettingsError(f"--expires takes a time like 90s, 15m, 1h or 7d, not {text!r}.")
    return timedelta(**{UNITS[match[2]]: int(match[1])})


def role_named(text: str) -> Role:
    """The API role of this name."""
    if text not in set(Role):
        raise SettingsError(f"--role takes {', '.join(Role)}, not {text!r}.")
    return Role(text)
