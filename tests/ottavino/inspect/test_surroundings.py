"""Faults outside of the schema that undermine the policies: each is made, and reported."""

import json
import re
from collections.abc import AsyncGenerator, Iterator
from pathlib import Path

import pytest

from ottavino.inspect import beyond, built_in, commands, powers, unguarded
from ottavino.inspect.finding import Finding
from ottavino.inspect.lint import lint
from ottavino.inspect.surroundings import surroundings
from ottavino.migrate.state import declared
from ottavino.postgres.connection import Connection
from ottavino.testing import Database, SettingsFrom
from ottavino.testing.database import connected
from tests.ottavino.databases import repeating
from tests.ottavino.declare.installed import undone
from tests.ottavino.house.piccolo_app import APP_CONFIG
from tests.ottavino.migrate.hand import by_hand

FAULTS = (Path(__file__).parent / "faults.sql").read_text("utf-8")

TABLES = [*declared(APP_CONFIG.table_classes).tables]

HARMLESS = """
alter role anon set statement_timeout = '1s';
alter role authenticator
    set session_preload_libraries = 'supautils, $libdir/plugins/safeupdate';
alter role authenticated set session_preload_libraries = 'safeupdate';
alter role authenticator set pgrst.db_schemas = 'public';
alter database DATABASE set idle_in_transaction_session_timeout = '1min';
grant authenticated to DATABASE_editor;
create role DATABASE_analyst login in role pg_read_all_data, pg_monitor, pg_signal_backend;
create role DATABASE_elsewhere login bypassrls;
revoke connect on database DATABASE from public;
grant connect on database DATABASE to DATABASE_analyst;
create role DATABASE_group bypassrls;
create publication planted;
"""

# The auth service's own, and what a project begins with before that has been there.
SUPABASES = {
    "the auth service's": "coalesce({}, ({}))::{}",
    "a new project's": "{0}::{2};",
}


@pytest.fixture
async def connection(database: Database) -> AsyncGenerator[Connection]:
    """A superuser's connection to a database of the test's own."""
    async with repeating(database.superuser_url) as connection:
        yield connection


def faults(database: Database) -> Iterator[tuple[str, list[tuple[str, str, str]]]]:
    """The SQL of each fault, and the finding about it."""
    for fault in FAULTS.replace("DATABASE", database.name).split("\n\n")[1:]:
        comments = [line[3:] for line in fault.splitlines() if line.startswith("-- ")]
        told = [line.partition(" ") for line in comments]
        yield fault, [(rule, *_split(rest)) for rule, _, rest in told]


def _split(text: str) -> tuple[str, str]:
    where, _, words = text.rpartition(": ")
    return where, words


def _is_told(finding: Finding, told: list[tuple[str, str, str]]) -> bool:
    return any(
        (finding.rule, finding.where) == (rule, where) and words in finding.message
        for rule, where, words in told
    )


def advised(message: str) -> str:
    """The SQL that a finding proposes, or a statement that does nothing."""
    match = re.search(
        r": ((?:alter|comment|create|grant|revoke) [^`]*?)(?:, and `.*)?\.$", message
    )
    return match[1] if match else "select"


@pytest.mark.whole("reads all surroundings after each of 107 faults")
async def test_each_fault_is_found_and_nothing_else(
    connection: Connection, database: Database
) -> None:
    wrong: list[str] = []
    for sql, told in faults(database):
        async with undone(connection):
            await connection.execute(sql)
            found = await surroundings(connection, ["public"], TABLES)
            for each in found:
                await connection.execute(advised(each.message))
        messages = " ".join(each.message for each in found)
        if not all(words in messages for _, _, words in told) or not all(
            _is_told(each, told) for each in found
        ):
            wrong.append(f"{sql}\nis told as {found}")
    assert not wrong, "\n\n".join(wrong)


async def test_nothing_is_said_of_our_own(connection: Connection) -> None:
    assert await surroundings(connection, ["public"], TABLES) == []


@pytest.mark.whole("reads all surroundings many times")
async def test_what_supabase_sets_and_what_bounds_callers_further_is_no_fault(
    connection: Connection, database: Database, settings_from: SettingsFrom
) -> None:
    editor = f"{database.name}_editor"
    settings_from(API_ROLES=editor)
    async with undone(connection):
        await connection.execute(f"create role {editor}")
        await connection.execute(HARMLESS.replace("DATABASE", database.name))
        assert await surroundings(connection, ["public"], TABLES) == []
        await connection.execute(f"alter role {editor} bypassrls")
        found = await surroundings(connection, ["public"], TABLES)
    assert [(each.rule, each.where) for each in found] == [("OTT101", editor)]


async def test_a_setting_in_the_files_of_the_server_is_found(
    connection: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    # The servers of the tests have this one.
    monkeypatch.setattr(powers, "GRAVE", ("fsyn",))
    (finding,) = await powers.powers(connection, ["public"])
    assert (finding.rule, finding.where) == ("OTT103", "server: fsync")


@pytest.mark.whole_but_first("reads all surroundings in each case")
@pytest.mark.parametrize("whose", SUPABASES)
async def test_supabases_own_functions_are_no_fault(connection: Connection, whose: str) -> None:
    async with undone(connection):
        for name, claim, returns in (
            ("uid", "sub", "uuid"),
            ("role", "role", "text"),
            ("email", "email", "text"),
        ):
            alone = f"nullif(current_setting('request.jwt.claim.{claim}', true), '')"
            of_all = (
                f"nullif(current_setting('request.jwt.claims', true), '')::jsonb ->> '{claim}'"
            )
            body = SUPABASES[whose].format(alone, of_all, returns)
            await connection.execute(
                f"create or replace function auth.{name}() returns {returns} "
                f"language sql stable as $$\n  select\n  \t{body}\n$$"
            )
        await connection.execute("alter function auth.jwt() set search_path = ''")
        assert await surroundings(connection, ["public"], TABLES) == []


# The commands


@pytest.mark.whole("runs three commands")
def test_drift_and_lint_and_matrix_say_what_was_found(
    database: Database, capsys: pytest.CaptureFixture[str]
) -> None:
    by_hand(database, f"alter database {database.name} set row_security = off")
    sentence = f"The database {database.name} has a setting row_security,"
    for command in (commands.drift, commands.lint, commands.matrix):
        with pytest.raises(SystemExit, match="1"):
            command()
        told = capsys.readouterr().out
        assert f"error OTT103 database {database.name}: row_security" in told
        assert sentence in " ".join(told.split())
    with pytest.raises(SystemExit, match="1"):
        commands.drift(format="json")
    (finding,) = json.loads(capsys.readouterr().out)["findings"]
    assert (finding["rule"], finding["severity"]) == ("OTT103", "error")


@pytest.mark.whole("compares the whole catalog")
def test_a_warning_is_told_and_is_no_failure(
    database: Database, capsys: pytest.CaptureFixture[str]
) -> None:
    by_hand(database, "create publication planted for table public.documents")
    commands.drift()
    told = capsys.readouterr().out
    assert told.startswith("warning OTT106 public.documents\n")
    assert "No drift:" in told


@pytest.mark.whole("lints the whole schema")
async def test_lint_finds_it_in_the_database(database: Database) -> None:
    async with connected(database.superuser_url) as connection:
        await connection.execute("alter function auth.uid() volatile")
    (finding,) = (found := await lint())
    assert (finding.rule, found[finding]) == ("OTT104", ["database"])


def test_each_fault_is_told_in_sentences_that_name_it() -> None:
    told = [
        *((each.where, each.message) for each in beyond.FAULTS.values()),
        *((each.where, each.message) for each in unguarded.FAULTS.values()),
        *(("{name}", each.message) for each in built_in.FAULTS.values()),
    ]
    for where, message in told:
        assert "{name}" in where
        assert "{name}" in message
        assert message.endswith((".", "{ways_out}"))
