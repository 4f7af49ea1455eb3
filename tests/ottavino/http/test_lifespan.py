"""What is checked before the first request, and what readiness says afterwards."""

import logging
import resource
import stat
from collections.abc import AsyncGenerator, Iterator
from pathlib import Path

import httpx
import pytest
from starlette.types import Message

from ottavino.http import create_app
from ottavino.http import readiness as ready
from ottavino.http.auth.verifier import PUBLISHED
from ottavino.http.discovery import discover
from ottavino.postgres.login import service_login
from ottavino.postgres.login_sql import key_sql
from ottavino.testing import Database, SettingsFrom
from ottavino.testing.database import CLAIMS_KEY, connected
from tests.ottavino.databases import unmark
from tests.ottavino.house.db.tables import UsageEvent
from tests.ottavino.http.client import SECRET, client
from tests.ottavino.http.test_app import started

READY = "http://test/_internal/ready"


@pytest.fixture
def running(database: Database, settings_from: SettingsFrom) -> Database:
    """A migrated database, and a secret of the tests."""
    settings_from(JWT_SECRET=SECRET)
    return database


async def start() -> Message:
    """The answer to the server's startup message."""
    return (await started(create_app({})))[0]


async def execute(url: str, sql: str) -> None:
    async with connected(url) as connection:
        await connection.execute(sql)


# A published secret


@pytest.fixture(params=["JWT_SECRET", "SUPABASE_SECRET_KEYS"])
def published(
    running: Database, settings_from: SettingsFrom, request: pytest.FixtureRequest
) -> str:
    """A secret that Supabase's command line comes with, which the settings hold."""
    begins = {"JWT_SECRET": "super-secret", "SUPABASE_SECRET_KEYS": "sb_"}[request.param]
    (published,) = [each for each in PUBLISHED if each.startswith(begins)]
    settings_from(**{request.param: published})
    return published


@pytest.mark.whole_but_first("tries each case on a database")
async def test_a_published_secret_is_accepted_for_a_local_database(published: str) -> None:
    assert (await start())["type"] == "lifespan.startup.complete"


async def test_a_published_secret_is_refused_if_the_database_is_not_marked_as_local(
    running: Database, published: str
) -> None:
    # Its address is one of this machine.
    await unmark(running)
    message = await start()
    assert message["type"] == "lifespan.startup.failed"
    assert "has a published value, and the database is not marked" in message["message"]
    assert published not in message["message"]


async def test_a_published_secret_is_refused_if_the_database_does_not_answer(
    published: str, settings_from: SettingsFrom
) -> None:
    settings_from(DATABASE_URL="postgresql://nobody@127.0.0.1:1/nothing")
    assert "has a published value" in (await start())["message"]


# The login of the service


@pytest.fixture
def dotenv(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A `.env` of the test's own, which its owner alone may read."""
    path = tmp_path / ".env"
    path.touch(0o600)
    monkeypatch.setattr("ottavino.settings.DOTENV", path)
    return path


async def test_a_login_that_can_become_the_api_roles_and_no_more_starts_silently(
    running: Database, dotenv: Path, caplog: pytest.LogCaptureFixture
) -> None:
    assert (await start())["type"] == "lifespan.startup.complete"
    assert [each for each in caplog.records if each.levelno >= logging.WARNING] == []


@pytest.fixture(params=[0o640, 0o604, 0o620])
def loose_dotenv(dotenv: Path, request: pytest.FixtureRequest) -> Iterator[Path]:
    """A `.env` that others can read or change, before the test and after it."""
    dotenv.chmod(request.param)
    yield dotenv
    assert stat.S_IMODE(dotenv.stat().st_mode) == request.param


@pytest.mark.whole_but_first("tries each case on a database")
async def test_a_dotenv_that_others_can_read_or_change_is_warned_of(
    running: Database, loose_dotenv: Path, caplog: pytest.LogCaptureFixture
) -> None:
    assert (await start())["type"] == "lifespan.startup.complete"
    (warning,) = caplog.messages
    assert warning.startswith(f"Other users of this machine can read or change {loose_dotenv},")
    assert warning.endswith(f": chmod 600 {loose_dotenv}.")


@pytest.mark.parametrize(
    ("which", "words"),
    [
        (
            "direct_url",
            "postgres, which DATABASE_URL names, is not bound by row security and owns",
        ),
        ("service_url", "authenticator, which DATABASE_URL names, can become service_role"),
    ],
)
async def test_a_privileged_login_is_accepted_only_by_a_setting_and_with_a_warning(
    running: Database,
    settings_from: SettingsFrom,
    caplog: pytest.LogCaptureFixture,
    which: str,
    words: str,
) -> None:
    settings_from(DATABASE_URL=getattr(running, which))
    message = await start()
    assert message["type"] == "lifespan.startup.failed"
    assert words in message["message"]
    assert "PRIVILEGED_LOGIN=on" in message["message"]
    settings_from(PRIVILEGED_LOGIN="on")
    assert (await start())["type"] == "lifespan.startup.complete"
    assert words in caplog.text


@pytest.fixture
async def login(running: Database, settings_from: SettingsFrom) -> AsyncGenerator[str]:
    """A login of the test's own, which the service logs in as, and whose rights it changes."""
    name = f"login_{running.name[-12:]}"
    await execute(running.superuser_url, f"create role {name} login noinherit")
    settings_from(DATABASE_URL=running.url.replace("//ottavino@", f"//{name}@"))
    yield name
    await execute(running.superuser_url, f"drop owned by {name} cascade; drop role {name}")


async def test_a_login_that_cannot_become_the_callers_roles_does_not_start(
    login: str, running: Database
) -> None:
    message = await start()
    assert message["type"] == "lifespan.startup.failed"
    assert f"The role {login}" in message["message"]
    assert "cannot become anon, authenticated." in message["message"]
    await execute(running.superuser_url, f"grant anon to {login}")
    assert "cannot become authenticated." in (await start())["message"]
    await execute(running.superuser_url, f"grant authenticated to {login}")
    assert (await start())["type"] == "lifespan.startup.complete"


@pytest.mark.whole_but_first("tries each case on a database")
@pytest.mark.parametrize(
    "right",
    [
        "alter role {} bypassrls",
        "alter role {} superuser",
        "grant service_role to {}",
        "grant pg_read_all_data to {}",
        "grant pg_signal_backend to {}",
        "grant postgres to {}",
        "grant supabase_auth_admin to {}",
        "grant create on schema public to {}",
        "create table public.its_own (); alter table public.its_own owner to {}",
    ],
)
async def test_a_login_with_one_right_too_many_does_not_start(
    login: str, running: Database, right: str
) -> None:
    await execute(running.superuser_url, f"grant anon, authenticated to {login}")
    assert (await service_login()).excess == ""
    await execute(running.superuser_url, right.format(login))
    assert (await start())["type"] == "lifespan.startup.failed"


async def test_a_role_of_the_project_has_to_be_there(
    running: Database, settings_from: SettingsFrom
) -> None:
    settings_from(API_ROLES="editor_who_is_not_there")
    assert "cannot become editor_who_is_not_there" in (await start())["message"]


async def test_a_role_of_the_project_that_sees_everything_does_not_start(
    login: str, running: Database, settings_from: SettingsFrom
) -> None:
    settings_from(API_ROLES=login)
    await execute(
        running.superuser_url,
        f"alter role {login} bypassrls; grant anon, authenticated to {login}",
    )
    assert f"Row security does not bind {login}" in (await start())["message"]


async def test_a_login_that_the_database_has_no_key_for_starts_with_a_warning(
    login: str, running: Database, caplog: pytest.LogCaptureFixture
) -> None:
    await execute(running.superuser_url, f"grant anon, authenticated to {login}")
    assert (await start())["type"] == "lifespan.startup.complete"
    assert f"The database has no key for the role {login}" in caplog.text


@pytest.mark.whole("starts the server many times")
async def test_settings_of_the_login_are_warned_of(
    login: str, running: Database, caplog: pytest.LogCaptureFixture
) -> None:
    await execute(
        running.superuser_url,
        f"grant anon, authenticated to {login}; alter role {login} set row_security = off",
    )
    assert (await start())["type"] == "lifespan.startup.complete"
    assert f"The role {login} has settings of its own" in caplog.text
    assert ": row_security. Take them away" in caplog.text
    await execute(running.superuser_url, f"alter role {login} reset all")
    caplog.clear()
    await start()
    assert "settings of its own" not in caplog.text


@pytest.mark.parametrize("key", ["", "another key, which is as long as it has to be"])
async def test_a_key_that_is_not_the_databases_does_not_start(
    running: Database, settings_from: SettingsFrom, key: str
) -> None:
    settings_from(CLAIMS_KEY=key)
    assert "CLAIMS_KEY is another one" in (await start())["message"]


@pytest.mark.whole("starts the server many times")
async def test_the_key_before_holds_until_there_is_a_third(
    running: Database, settings_from: SettingsFrom
) -> None:
    for number, outcome in ((1, "complete"), (2, "failed")):
        await execute(running.direct_url, key_sql("ottavino", f"{CLAIMS_KEY}, number {number}"))
        assert (await start())["type"] == f"lifespan.startup.{outcome}"
    settings_from(CLAIMS_KEY=f"{CLAIMS_KEY}, number 1")
    assert (await start())["type"] == "lifespan.startup.complete"


async def test_a_database_that_is_down_does_not_keep_the_server_from_starting(
    caplog: pytest.LogCaptureFixture,
) -> None:
    assert (await start())["type"] == "lifespan.startup.complete"
    assert "The server starts without its database" in caplog.text


@pytest.mark.whole("starts the server many times")
async def test_a_database_elsewhere_that_is_not_verified_is_warned_of(
    settings_from: SettingsFrom, caplog: pytest.LogCaptureFixture
) -> None:
    url = "postgresql://nobody:swordfish@db.invalid/nothing"
    settings_from(
        DATABASE_URL=f"{url}?sslmode=require",
        DIRECT_URL=f"{url}?sslmode=verify-full",
        CONNECT_TIMEOUT="0.05",
    )
    assert (await start())["type"] == "lifespan.startup.complete"
    assert "DATABASE_URL does not verify the server at db.invalid:" in caplog.text
    assert "DIRECT_URL does not ask" not in caplog.text
    assert "swordfish" not in caplog.text
    caplog.clear()
    settings_from(DATABASE_URL=f"{url}?sslmode=verify-full", DIRECT_URL=url)
    assert (await start())["type"] == "lifespan.startup.complete"
    assert "DIRECT_URL does not verify the server at db.invalid:" in caplog.text
    assert "DATABASE_URL does not ask" not in caplog.text


async def test_a_database_on_this_machine_is_not_warned_of(
    settings_from: SettingsFrom, caplog: pytest.LogCaptureFixture
) -> None:
    settings_from(DATABASE_URL="postgresql://nobody@127.0.0.1:1/nothing?sslmode=require")
    assert (await start())["type"] == "lifespan.startup.complete"
    assert "does not ask who answers" not in caplog.text


async def test_without_a_secret_the_public_keys_are_enough(settings_from: SettingsFrom) -> None:
    settings_from(JWT_SECRET="", SUPABASE_URL="https://abc.supabase.co")
    assert (await start())["type"] == "lifespan.startup.complete"


# A server that starts without it


async def test_as_many_files_may_be_open_as_the_system_allows(running: Database) -> None:
    before = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (256, before[1]))
    try:
        await start()
        assert resource.getrlimit(resource.RLIMIT_NOFILE) == (before[1], before[1])
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, before)


@pytest.mark.usefixtures("running")
async def test_where_nothing_was_checked_no_function_answers() -> None:
    """As with `uvicorn --lifespan off`."""
    app = create_app(discover("tests.ottavino.house.functions"))
    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(transport=transport, base_url="http://test") as http:
        for address in ("/functions/v1/hello", READY):
            response = await http.get(address)
            assert response.status_code == 503
            assert response.json()["code"] == "BOOT_ERROR"
            assert "`--lifespan on`" in response.json()["error"]
        assert (await http.get("/_internal/health")).status_code == 200
        await started(app)
        for address in ("/functions/v1/hello", READY):
            assert (await http.get(address)).is_success


# Readiness


async def is_ready() -> httpx.Response:
    async with client(create_app({})) as http:
        return await http.get(READY)


async def test_with_every_migration_applied_it_is_ready(running: Database) -> None:
    response = await is_ready()
    assert (response.status_code, response.json()) == (
        200,
        {"message": "ok", "migrations": "applied"},
    )


async def test_a_migration_that_is_not_applied_is_counted(running: Database) -> None:
    await execute(running.direct_url, "delete from public.migration")
    response = await is_ready()
    assert response.status_code == 503
    assert response.json()["error"].startswith("Migrations are not applied: ")
    assert "retry-after" in response.headers


@pytest.mark.whole_but_first("tries each case on a database")
@pytest.mark.parametrize(
    "sql",
    [
        "insert into public.migration (app_name, name) values ('db', 'of the next release')",
        "update public.migration set checksum = 'of a file that was edited since'",
        "alter table public.documents add column language text",
        "alter table public.usage_events alter column cost type numeric(20, 8)",
        "create table public.notes (id bigint)",
    ],
)
async def test_additions_of_the_next_release_leave_it_ready(
    sql: str, running: Database
) -> None:
    await execute(running.direct_url, sql)
    assert (await is_ready()).status_code == 200


@pytest.mark.whole_but_first("tries each case on a database")
@pytest.mark.parametrize("direct_url", [True, False], ids=["DIRECT_URL", "no DIRECT_URL"])
@pytest.mark.parametrize(
    ("change", "columns", "back"),
    [
        (
            "alter table public.documents rename column filename to name",
            1,
            "alter table public.documents rename column name to filename",
        ),
        (
            "alter table public.usage_events drop column cost, drop column occurred_at",
            2,
            "alter table public.usage_events add cost numeric, add occurred_at timestamptz",
        ),
        (
            "alter table public.usage_events alter column tokens_used type bigint",
            1,
            "alter table public.usage_events alter column tokens_used type integer",
        ),
        (
            "alter table public.usage_events rename to events",
            len(UsageEvent.column_specs()),
            "alter table public.events rename to usage_events",
        ),
        (
            "create schema old; alter table public.usage_events set schema old",
            len(UsageEvent.column_specs()),
            "alter table old.usage_events set schema public",
        ),
    ],
)
async def test_a_server_whose_columns_are_gone_is_not_ready_until_they_are_back(  # noqa: PLR0913, PLR0917  # what is changed, and how it is taken back
    running: Database,
    settings_from: SettingsFrom,
    caplog: pytest.LogCaptureFixture,
    change: str,
    columns: int,
    back: str,
    *,
    direct_url: bool,
) -> None:
    if not direct_url:
        settings_from(DIRECT_URL="")
    await execute(running.superuser_url, change)
    response = await is_ready()
    assert response.status_code == 503
    assert response.json()["error"].startswith(
        f"The database lacks columns that this server needs: {columns}."
    )
    assert response.headers["sb-error-code"] == "SCHEMA_CHANGED"
    assert "retry-after" in response.headers
    # The log names them, and the answer does not.
    assert "Not ready: the database does not have public." in caplog.text
    await execute(running.superuser_url, back)
    assert (await is_ready()).status_code == 200


async def test_a_database_that_is_down_is_not_ready_and_nothing_is_said_of_it(
    caplog: pytest.LogCaptureFixture,
) -> None:
    response = await is_ready()
    assert response.status_code == 503
    assert response.json()["error"] == "The database does not answer."
    assert response.headers["sb-error-code"] == "DATABASE_UNAVAILABLE"
    assert "127.0.0.1" in caplog.text


@pytest.mark.usefixtures("login")
async def test_a_login_that_cannot_serve_is_not_ready() -> None:
    assert (await is_ready()).status_code == 503


async def test_a_login_that_may_not_see_the_migrations_says_so(
    running: Database, settings_from: SettingsFrom
) -> None:
    settings_from(DIRECT_URL="")
    assert (await is_ready()).json() == {"message": "ok", "migrations": "unknown"}


@pytest.mark.whole("sends many probes")
async def test_frequent_probes_get_the_same_answer_without_a_connection(
    running: Database, settings_from: SettingsFrom, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with client(create_app({})) as http:
        assert (await http.get(READY)).status_code == 200
        settings_from(DATABASE_URL="postgresql://nobody@127.0.0.1:1/nothing")
        assert (await http.get(READY)).status_code == 200
        monkeypatch.setattr(ready, "monotonic", lambda: 1e12)
        assert (await http.get(READY)).status_code == 503
