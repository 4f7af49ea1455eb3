"""The login of the service, as `piccolo db login` makes it."""

from urllib.parse import quote

import asyncpg
import pytest

from ottavino.errors import SettingsError
from ottavino.identity import Identity
from ottavino.postgres.login import _login, service_login
from ottavino.postgres.login_sql import made_login
from ottavino.postgres.scope import current_scope
from ottavino.postgres.session import session
from ottavino.settings import settings
from ottavino.testing import Database, SettingsFrom
from ottavino.testing.database import connected
from tests.ottavino.databases import piccolo, unmark
from tests.ottavino.migrate.process import run_forked

NAMES = ["shop", 'Shop\'s "own"']


@pytest.fixture(params=NAMES)
def name(request: pytest.FixtureRequest, database: Database) -> str:
    """A login that no other test has."""
    return f"{request.param} {database.name[-12:]}"


async def drop(database: Database, name: str) -> None:
    async with connected(database.superuser_url) as connection:
        await connection.execute('drop role "{}"'.format(name.replace('"', '""')))


async def test_the_sql_makes_a_login_that_serves(
    database: Database, name: str, settings_from: SettingsFrom
) -> None:
    async with connected(database.direct_url) as connection:
        # It can run again: that is how a key or a password is changed.
        for password in ("it's", "another"):
            await connection.execute(made_login(name, password))
    settings_from(DATABASE_URL=database.url.replace("//ottavino@", f"//{quote(name)}@"))
    login = await service_login()
    login.check()
    assert (login.name, login.warnings) == (name, [])
    async with session(Identity.anonymous()):
        rows = await current_scope().fetch("select current_user::text, ottavino.verified()", ())
    assert tuple(rows[0]) == ("anon", True)
    async with connected(settings().required_database_url) as connection:
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await connection.execute("set role service_role")
    await drop(database, name)


@pytest.mark.usefixtures("database")
async def test_looking_at_the_login_leaves_no_caller_on_the_connection() -> None:
    left = "select current_setting('role'), current_setting('request.jwt.claims', true), "
    left += "current_setting('ottavino.signature', true)"
    async with connected(settings().required_database_url) as connection:
        assert (await _login(connection)).is_known
        assert tuple(await connection.fetchrow(left) or ()) == ("none", "", "")


@pytest.mark.whole
def test_what_is_printed_is_that_sql_with_a_new_password(database: Database) -> None:
    printed = piccolo(database, "db", "login")
    (line,) = [line for line in printed.splitlines() if " password " in line]
    password = line.removesuffix("';").partition(" password '")[2]
    assert len(password) >= 32
    assert printed == f"{made_login('ottavino', password)}\n"


def test_without_a_key_it_says_how_to_make_one(settings_from: SettingsFrom) -> None:
    settings_from(CLAIMS_KEY="")
    with pytest.raises(SettingsError, match="CLAIMS_KEY is not set"):
        made_login("ottavino", None)


@pytest.mark.whole
async def test_it_is_run_in_a_local_database_alone(database: Database) -> None:
    assert "signs with CLAIMS_KEY" in piccolo(database, "db", "login", "--run")
    await unmark(database)
    run = run_forked(database.variables, "db", "login", "--run")
    assert run.returncode == 1
    assert "is not marked as a local one" in run.stderr


async def test_service_role_needs_an_address_of_its_own_and_nothing_else_does(
    database: Database, settings_from: SettingsFrom
) -> None:
    settings_from(SERVICE_DATABASE_URL="")
    async with session(Identity.service()):
        with pytest.raises(Exception, match="SERVICE_DATABASE_URL is not set"):
            await current_scope().fetch("select 1", ())
    async with session(Identity.anonymous()):
        assert await current_scope().fetch("select 1", ())
