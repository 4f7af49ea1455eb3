"""The lint rules, on declared and live schemas."""

import sys
from typing import Any

import pytest

from ottavino import ForeignPolicy, Grant, Index, Partition, Policy, Role, Table, owner, uuid
from ottavino.errors import DatabaseUnavailable
from ottavino.inspect import commands
from ottavino.inspect.finding import Side
from ottavino.inspect.lint import _open, lint
from ottavino.testing import Database, SettingsFrom
from ottavino.testing.database import connected
from tests.ottavino.migrate.hand import by_hand
from tests.ottavino.migrate.project import Project, table

PLANTED = """
    create function public.peek() returns setof public.documents
        language sql security definer set search_path = ''
        as 'select * from public.documents';
    revoke all on function public.peek() from public;
    grant execute on function public.peek() to authenticated;

    drop index public.agent_requests_session_id_user_id_idx;

    alter policy owner on public.documents using (user_id = auth.uid());

    alter table public.usage_events no force row level security;

    create view public.everything as table public.documents;
    create view public.mine with (security_invoker = true) as table public.documents;
"""


SESSION_KEY = "public.agent_requests.agent_requests_session_id_user_id_fkey"


@pytest.mark.whole("lints the whole schema")
async def test_our_own_schema_has_nothing_to_object_to(database: Database) -> None:
    assert await lint() == {}


@pytest.mark.whole("lints the whole schema")
async def test_what_is_planted_in_the_database_is_found_there(database: Database) -> None:
    async with connected(database.direct_url) as connection:
        await connection.execute(PLANTED)
    warned = {f.where for f in await lint() if f.rule == "VIEW002"}
    assert warned == {"public.everything"}
    assert await _errors() == {
        ("SEC042", "public.peek", "database"),
        ("OTT001", SESSION_KEY, "database"),
        ("PERF001", "public.documents.owner", "database"),
        ("SEC002", "public.usage_events", "database"),
        ("VIEW001", "public.everything", "database"),
    }


@pytest.mark.whole("lints the whole schema")
async def test_privileges_that_no_policy_bounds_and_claims_that_nothing_signed_are_found(
    database: Database, project: Project
) -> None:
    asks = "user_id = (select auth.uid())"
    storage = ForeignPolicy(on="storage.objects", name="own", command="select", using=asks)
    async with connected(database.direct_url) as connection:
        await connection.execute(
            "create schema storage; create table storage.objects (user_id uuid)"
        )
        await connection.execute("grant truncate, trigger on public.documents to authenticated")
        await connection.execute(
            f"create policy bare on public.documents for select using ({asks})"
        )
        await connection.execute("grant references (id) on public.documents to public")
    project.declare([table("letters", Grant(to=Role.ANON, all=True), storage)])
    found = {
        (finding.severity, finding.rule, finding.where, side): finding.message
        for finding, sides in (await lint()).items()
        for side in sides
        if finding.rule in {"OTT003", "OTT004"}
    }
    assert found.keys() == {
        ("error", "OTT003", "public.documents authenticated", "database"),
        ("error", "OTT003", "public.documents public", "database"),
        ("error", "OTT003", "public.letters anon", "classes"),
        ("warning", "OTT004", "public.documents.bare", "database"),
        ("warning", "OTT004", "storage.objects.own", "classes"),
    }
    sentence = found["error", "OTT003", "public.documents authenticated", "database"]
    assert "has trigger, truncate on public.documents" in sentence
    assert "--tighten" in sentence


@pytest.mark.whole("lints the whole schema")
async def test_the_policies_of_a_partition_are_found_once(
    database: Database, project: Project
) -> None:
    asks = "user_id = (select auth.uid())"
    made: Any = type(Table)
    objects = (
        Partition("letters_of_all", "default"),
        ForeignPolicy(on="public.letters_of_all", name="own", command="select", using=asks),
    )
    members = {"id": uuid(primary_key=True), "user_id": owner(), "database_objects": objects}
    letters = made("Letters", (Table,), members, tablename="letters", partition_by="list (id)")
    project.declare([letters])
    found = await lint()
    assert [
        (finding.where, sides) for finding, sides in found.items() if finding.rule == "OTT004"
    ] == [("public.letters_of_all.own", ["classes"])]


@pytest.mark.whole("lints the whole schema")
async def test_what_is_declared_is_looked_through_before_it_is_migrated(
    database: Database, project: Project
) -> None:
    bare = Policy(name="bare", using="user_id = auth.uid()", check="user_id = auth.uid()")
    again = Policy(name="again", command="select", using="exists (select from public.lists)")
    users = Index("user_id", name="lists_of_users")
    project.declare([table("letters", bare), table("lists", again, users)])
    assert {each for each in await _errors() if each[2] == "classes"} == {
        ("OTT002", "public.lists.again", "classes"),
        ("PERF001", "public.letters.bare", "classes"),
        ("OTT001", "public.letters.letters_user_id_fkey", "classes"),
    }


@pytest.mark.whole("lints the whole schema")
async def test_only_what_a_policy_accepts_with_a_reason_is_no_objection(
    database: Database, project: Project
) -> None:
    everyone = (Role.ANON, Role.AUTHENTICATED)
    policies = {
        "letters": Policy.public_read(),
        "lists": Policy(
            name="all",
            command="select",
            using="true",
            accepted={"SEC005": "It is a list for everyone."},
        ),
        "notes": Policy(name="all", command="select", to=everyone, using="true"),
    }
    reads = Grant(to=Role.ANON, select=True)
    project.declare(
        [
            table(name, policy, reads, Index("user_id", name=f"{name}_idx"))
            for name, policy in policies.items()
        ]
    )
    parts = tuple(f"public.{name}." for name in policies)
    found = {(f.rule, f.where) for f in await lint() if f.where.startswith(parts)}
    assert found == {("SEC005", "public.notes.all")}


@pytest.mark.whole("lints the whole schema")
def test_it_says_where_there_is_no_objection(
    database: Database, capsys: pytest.CaptureFixture[str]
) -> None:
    commands.lint()
    assert capsys.readouterr().out == "No objections.\n"


def test_the_exit_status_says_whether_there_are_errors(
    database: Database, capsys: pytest.CaptureFixture[str]
) -> None:
    by_hand(
        database,
        "create policy placeholder on public.documents for delete to authenticated "
        "using (user_id = (select ottavino.uid()))",
    )
    commands.lint()
    assert capsys.readouterr().out.endswith("1 warning\n")
    by_hand(database, "alter table public.documents disable row level security")
    with pytest.raises(SystemExit, match="1"):
        commands.lint()
    told = capsys.readouterr().out
    assert told.startswith("error SEC032 public.documents (only in the database)\n    Table")
    assert max(map(len, told.splitlines())) <= 100


def test_without_the_development_packages_it_says_what_to_do(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delitem(sys.modules, "ottavino.inspect.lint")
    monkeypatch.setitem(sys.modules, "pgrls.config", None)
    with pytest.raises(SystemExit, match="2"):
        commands.lint()
    assert "pip install 'ottavino[lint]'" in capsys.readouterr().err


async def test_a_short_time_for_connecting_is_not_rounded_to_no_limit(
    database: Database, settings_from: SettingsFrom
) -> None:
    settings_from(CONNECT_TIMEOUT="0.2")
    with _open() as connection:
        assert connection.info.get_parameters()["connect_timeout"] == "1"


def test_a_database_that_is_away_is_the_same_sentence_through_either_driver(
    settings_from: SettingsFrom,
) -> None:
    settings_from(DATABASE_URL="postgresql://u@127.0.0.1:1/app")
    with pytest.raises(DatabaseUnavailable, match=r"^The database at 127\.0\.0\.1:1 "):
        _open()


async def _errors() -> set[tuple[str, str, Side]]:
    return {
        (finding.rule, finding.where, side)
        for finding, sides in (await lint()).items()
        for side in sides
        if finding.severity == "error"
    }
