"""Each attack is tried directly, and through a pool whose one connection all callers share."""

import pytest

from db.local.server import address
from db.local.supabase import LOGIN
from tests.conftest import SettingsFrom
from tests.postgres import Database
from tests.users import User, user


@pytest.fixture(params=["directly", "through PgBouncer"])
def attacked(
    request: pytest.FixtureRequest, database: Database, settings_from: SettingsFrom
) -> Database:
    """The database that the sessions of callers reach by one of the ways."""
    if request.param != "directly":
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
