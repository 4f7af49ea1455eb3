"""Each attack is tried directly, and through a pool whose one connection all callers share.

What a caller does in a transaction of its own is the same by both ways, so that of most attacks
the second is tried by `make test-long` alone. What a caller leaves to others is not the same,
and of that `test_leftovers.py` tries both in every run.
"""

import pytest

from ottavino.dev.database.server import address
from ottavino.postgres.supabase import LOGIN
from ottavino.testing import Database, SettingsFrom
from tests.ottavino.users import User, user

DIRECTLY, POOLED = "directly", "through PgBouncer"


@pytest.fixture(params=[DIRECTLY, pytest.param(POOLED, marks=pytest.mark.long)])
def way(request: pytest.FixtureRequest) -> str:
    """How the sessions of callers reach their database."""
    return request.param


@pytest.fixture
def attacked(
    way: str, request: pytest.FixtureRequest, database: Database, settings_from: SettingsFrom
) -> Database:
    """The database that the sessions of callers reach by one of the ways."""
    if way == POOLED:
        folder = request.getfixturevalue("pooler")
        settings_from(DATABASE_URL=address(folder, LOGIN, database.name))
    return database


@pytest.fixture
async def attacker(attacked: Database) -> User:
    """A user who can send any statement."""
    return await user("Mallory")


@pytest.fixture
async def victim(attacked: Database) -> User:
    """A user whose rows the other wants."""
    return await user("Victoria")
