"""A live database becomes classes, which make the same database."""

import asyncio
import importlib
import json
import re
import subprocess
import sys
import tomllib
from collections.abc import AsyncGenerator, Iterator
from pathlib import Path
from shlex import quote

import pytest
from piccolo.apps.migrations.commands.backwards import backwards
from piccolo.apps.migrations.commands.clean import clean
from piccolo.apps.migrations.commands.forwards import forwards

from ottavino.declare.table import Table
from ottavino.inspect.adopt import commands
from ottavino.inspect.adopt.column_source import type_source
from ottavino.inspect.adopt.files import with_kept
from ottavino.inspect.adopt.source import string
from ottavino.inspect.adopt.wanted import NothingToAdopt
from ottavino.inspect.drift import drift
from ottavino.inspect.report import as_text
from ottavino.migrate import platform
from ottavino.migrate.app import Object
from ottavino.settings import ROOT
from ottavino.testing import Database, SettingsFrom
from ottavino.testing.cluster import EMPTY, Cluster
from ottavino.testing.database import connected
from tests.ottavino.databases import AUTOMATIC_GRANTS, HOUSE
from tests.ottavino.declare.installed import install
from tests.ottavino.declare.shared import SHARED
from tests.ottavino.migrate.process import run_forked
from tests.ottavino.migrate.project import Project, dump
from tests.ottavino.migrate.test_round_trip import comparable

SCHEMAS = {
    path.stem: path.read_text("utf-8")
    for path in sorted((Path(__file__).parent / "schemas").glob("*.sql"))
}

PLATFORM = (Path(__file__).parent / "platform.sql").read_text("utf-8")

ADOPTED = {
    "accounts": "tenancy.*,projects",
    "organisations_elsewhere": "app.*,invoices,plain",
    "metered_events": "metrics.*",
    "monthly_shop": "stock.*,public.*",
    "schemas_and_roles": "shop.*,commented.*",
    "tenant_schemas": "public.*,audit.*,tenant_acme.*,tenant_globex.*",
    "sensors_and_api": "data.*,api.*",
    "quoted_schemas": 'My Schéma-1.*,"select".*',
}
"""What is adopted, where that is not all in `public`."""


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """A project's folder for tables, which can be imported."""
    package = f"adopted_{tmp_path.name}"
    (tmp_path / package / "tables").mkdir(parents=True)
    (tmp_path / package / "tables" / "__init__.py").touch()
    monkeypatch.setattr(commands, "ROOT", tmp_path)
    monkeypatch.setattr("ottavino.inspect.kept.PROJECT", tmp_path / "pyproject.toml")
    monkeypatch.setattr(sys, "path", [str(tmp_path), *sys.path])
    # An edit of the same length within a second would not be seen in the place of its bytecode.
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    yield f"{package}/tables"
    for name in [each for each in sys.modules if each.startswith(package)]:
        del sys.modules[name]


@pytest.fixture
async def databases(
    cluster: Cluster, settings_from: SettingsFrom
) -> AsyncGenerator[tuple[Database, Database]]:
    """The database to adopt, which the settings name, and one to build from the classes."""
    async with cluster.clone(EMPTY, HOUSE) as live, cluster.clone(EMPTY, HOUSE) as empty:
        settings_from(**live.variables)
        yield live, empty


@pytest.mark.whole
@pytest.mark.parametrize("name", SCHEMAS)
async def test_a_project_is_adopted_and_built_again(
    name: str,
    databases: tuple[Database, Database],
    project: Project,
    place: str,
    settings_from: SettingsFrom,
) -> None:
    live, empty = databases
    if not await is_known(live, name):
        pytest.skip("This PostgreSQL is older than these kinds of constraints.")
    await made_by_hand(live, SCHEMAS[name])
    await made_by_hand(empty, "")
    before = dump(live)
    project.declare([])
    printed = await commands.adopted(ADOPTED.get(name, "all"), place)
    assert not [line for line in printed if line.startswith(("Not ", "Kept", "Needed"))], (
        printed
    )
    assert dump(live) == before
    project.declare(imported(place))
    found = await drift()
    assert (found.comparison.differences, found.pending) == ([], [])
    unknown = [str(each) for each in found.unknown if "public." in each.name]
    assert name in ADOPTED or unknown == []
    assert len(project.files) == 1
    settings_from(**empty.variables)
    await forwards("db")
    await require_no_drift()
    assert comparable(dump(empty)) == comparable(before)
    assert await fetched(empty, COLUMNS) == await fetched(live, COLUMNS)


COLUMNS = """
    select jsonb_object_agg(attrelid::regclass, columns)
    from (
        select attrelid, array_agg(attname order by attnum) as columns
        from pg_attribute
        join pg_class on pg_class.oid = attrelid
        join pg_namespace on pg_namespace.oid = relnamespace
        where relkind in ('r', 'p', 'v', 'm') and not relispartition
            and relname <> 'migration'
            and nspname !~ '^(pg_|ottavino|information_schema)'
            and attnum > 0 and not attisdropped
        group by attrelid
    ) as relation
"""
"""The columns of each table, in their order."""

FUNCTIONS = """
    select jsonb_agg(
        array[pg_get_functiondef(oid), proacl::text] order by oid::regprocedure::text
    )
    from pg_proc where pronamespace = 'ottavino_members'::regnamespace
"""


@pytest.mark.whole
async def test_members_are_adopted_as_the_helpers_that_declare_them(
    databases: tuple[Database, Database],
    project: Project,
    place: str,
    tmp_path: Path,
    settings_from: SettingsFrom,
) -> None:
    live, empty = databases
    await made_with_members(live)
    await made_by_hand(empty, "")
    before, functions = dump(live), await fetched(live, FUNCTIONS)
    project.declare([])
    printed = await commands.adopted("all", place)
    assert not [line for line in printed if line.startswith(("Not ", "Kept"))], printed
    project.declare(imported(place))
    await require_no_drift()
    settings_from(**empty.variables)
    await forwards("db")
    await require_no_drift()
    assert comparable(dump(empty)) == comparable(before)
    assert await fetched(empty, FUNCTIONS) == functions

    text = " ".join(" ".join(map(Path.read_text, (tmp_path / place).glob("*.py"))).split())
    assert "members = Members(group=organisation_id, user=user_id, role=role)" in text
    assert text.count("Policy.member(") == 10
    assert re.findall(r"AsFound\( \"([^\"]*)", text) == [
        "policy public.organisations.founder_insert"
    ]
    assert "ottavino_members" not in text
    assert "members_idx" not in text


@pytest.mark.whole
async def test_a_function_of_members_that_was_changed_is_adopted_as_sql(
    databases: tuple[Database, Database],
    project: Project,
    place: str,
    tmp_path: Path,
    settings_from: SettingsFrom,
) -> None:
    live, empty = databases
    await made_with_members(live)
    await made_by_hand(empty, "")
    async with connected(live.direct_url) as connection:
        await connection.execute(
            "alter function ottavino_members.organisation_members(text[]) volatile"
        )
    functions = await fetched(live, FUNCTIONS)
    project.declare([])
    await commands.adopted("all", place)
    project.declare(imported(place))
    await require_no_drift()
    settings_from(**empty.variables)
    await forwards("db")
    assert await fetched(empty, FUNCTIONS) == functions
    text = "".join(map(Path.read_text, (tmp_path / place).glob("*.py")))
    assert "Members(" not in text
    assert "Policy.member(" not in text
    assert "organisation_members_members_idx" in text


@pytest.mark.whole
async def test_a_table_of_members_is_adopted_with_the_first_table_that_asks_for_them(
    databases: tuple[Database, Database], project: Project, place: str, tmp_path: Path
) -> None:
    live, _ = databases
    await made_with_members(live)
    project.declare([])
    printed = await commands.adopted("projects", place)
    members, asking = "public.organisation_members", "a policy of public.projects asks"
    assert [line for line in printed if line.startswith("Adopted")] == [
        "Adopted public.projects as Project",
        f"Adopted {members} as OrganisationMember",
        f"Adopted too: {members}, since {asking} for its members",
    ]
    project.declare(imported(place))
    await require_no_drift()
    printed = await commands.adopted("organisations", place)
    assert not [line for line in printed if line.startswith("Adopted too")]
    project.declare(imported(place))
    await require_no_drift()
    text = " ".join(map(Path.read_text, (tmp_path / place).glob("*.py")))
    assert text.count("Policy.member(") == 10
    assert " = Members(" in text
    assert "ottavino_members" not in text


@pytest.mark.whole
async def test_tables_of_groups_are_adopted_after_their_members(
    databases: tuple[Database, Database], project: Project, place: str, tmp_path: Path
) -> None:
    live, _ = databases
    await made_with_members(live)
    async with connected(live.direct_url) as connection:
        await connection.execute("""
            drop policy member_insert on projects;
            create policy "all of them" on projects to authenticated using (
                organisation_id = any (array(select ottavino_members.organisation_members()))
            ) with check (
                organisation_id = any (array(select ottavino_members.organisation_members()))
            );
            drop policy member_delete on projects;
            create policy member_delete on projects for delete to anon using (
                organisation_id = any (array(select ottavino_members.organisation_members()))
            )
        """)
    project.declare([])
    await commands.adopted("organisation_members,organisations", place)
    project.declare(imported(place))
    await commands.adopted("projects", place)
    project.declare(imported(place))
    await require_no_drift()
    text = " ".join((tmp_path / place / "projects.py").read_text("utf-8").split())
    assert re.search(r'"organisation_members", "all", name="all of them",? \)', text)
    # The function answers no policy of `anon`, so `Policy.member` refuses one.
    assert re.findall(r"AsFound\( \"([^\"]*)", text) == ["policy public.projects.member_delete"]
    assert "function ottavino_members" not in text


@pytest.mark.whole
async def test_tables_are_adopted_one_at_a_time_and_given_back(
    databases: tuple[Database, Database], project: Project, place: str, tmp_path: Path
) -> None:
    live, _ = databases
    await made_by_hand(live, SCHEMAS["organisations"])
    before = dump(live)
    project.declare([])
    await commands.adopted("organizations", place)
    project.declare(imported(place))
    first = await drift()
    assert first.comparison.differences == []
    assert "table public.memberships" in map(str, first.comparison.unknown)
    assert "function public.is_member(uuid)" not in map(str, first.comparison.unknown)

    printed = await commands.adopted("public.memberships", place)
    assert "Adopted public.memberships as Membership" in printed
    project.declare(imported(place))
    source = (tmp_path / place / "memberships.py").read_text("utf-8")
    assert "organization_id: Ref[Organization] = reference(" in source
    await require_no_drift()
    assert len(project.files) == 2

    (tmp_path / place / "memberships.py").unlink()
    project.files[1].path.unlink()
    init = tmp_path / place / "__init__.py"
    init.write_text(re.sub(r".*Membership.*\n", "", init.read_text("utf-8")), "utf-8")
    project.declare(imported(place))
    await clean("db", auto_agree=True)
    last = await drift()
    assert (last.comparison.unknown, last.gone) == (first.comparison.unknown, [])
    assert last.comparison.differences == []
    assert dump(live) == before


@pytest.mark.whole
async def test_a_trigger_on_a_table_of_others_is_declared_once(
    databases: tuple[Database, Database], project: Project, place: str, tmp_path: Path
) -> None:
    more = (
        "create table invoices (id int primary key); create table lines (id int primary key);"
    )
    await made_by_hand(databases[0], f"{SCHEMAS['user_management']};\n{more}")
    project.declare([])
    printed: list[str] = []
    for name in ("invoices", "profiles", "lines"):
        printed += await commands.adopted(name, place)
        project.declare(imported(place))
    files = {path.stem: path.read_text("utf-8") for path in (tmp_path / place).glob("*.py")}
    holding = [name for name, text in files.items() if "on_auth_user_created" in text]
    assert holding == ["profiles"]
    errors = {line.partition(" on ")[0] for line in printed if line.startswith("Error: ")}
    assert {each.replace("maintain, ", "") for each in errors} == {
        "Error: anon and authenticated have references, trigger, truncate",
    }
    rest = "`piccolo db adopt 'public.*'` adopts the rest of public."
    assert printed.count(rest) == 2
    schemas = "select count(*) from pg_namespace where nspname ~ '^ottavino'"
    async with connected(databases[0].direct_url) as connection:
        assert await connection.fetchval(schemas) == 0
        await forwards("db")
        assert await connection.fetchval(schemas) > 0
    believed = [line for line in printed if line.startswith("Warning: ")]
    assert len(believed) == 2
    assert "Users can update own profile." in believed[1]
    await require_no_drift()


ON_USERS = """
    create table seen (id uuid primary key, name text);
    create function handle() returns trigger language plpgsql security definer
        set search_path = '' as $$
        begin insert into public.seen values (new.id, 'first handle'); return new; end $$;
    create trigger created after insert on auth.users for each row execute function handle();
    create trigger changed after update on auth.users for each row execute function handle();
    create function welcome() returns trigger language plpgsql security definer
        set search_path = '' as $$
        begin insert into public.seen values (new.id, 'first welcome'); return new; end $$;
    create trigger welcome after insert on auth.users for each row execute function welcome();
"""

LATER = """
    create trigger a_later after delete on auth.users for each row execute function handle();
    create trigger b_later after delete on auth.users for each row execute function welcome();
"""


@pytest.mark.whole
async def test_a_body_changes_under_the_triggers_that_call_it(
    databases: tuple[Database, Database],
    project: Project,
    place: str,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    live, _ = databases
    await made_by_hand(live, ON_USERS)
    project.declare([])
    await commands.adopted("all", place)
    async with connected(live.direct_url) as connection:
        await connection.execute(LATER)
    before = dump(live)
    file = tmp_path / place / "seen.py"
    file.write_text(file.read_text("utf-8").replace("'first ", "'second "), "utf-8")
    project.declare(imported(place))
    await project.migrate()
    assert dump(live) == before.replace("'first ", "'second ")
    assert (await drift()).comparison.differences == []
    await backwards("db", auto_agree=True)
    assert dump(live) == before

    # Another trigger needs the function to be dropped, which only takes declared ones along.
    await forwards("db")
    before = dump(live)
    file.write_text(file.read_text("utf-8").replace("UPDATE ON auth", "DELETE ON auth"))
    project.declare(imported(place))
    with pytest.raises(SystemExit):
        await project.migrate()
    assert "would drop trigger a_later on table auth.users too" in capsys.readouterr().err
    assert dump(live) == before
    async with connected(live.superuser_url) as connection:
        await connection.execute("drop trigger a_later on auth.users")
    await forwards("db")
    assert (await drift()).comparison.differences == []
    await backwards("db", auto_agree=True)
    assert dump(live).count("CREATE TRIGGER") == before.count("CREATE TRIGGER") - 1


OF_USERS = """
    create schema forum;
    create table "User" (id uuid primary key references auth.users on delete cascade);
    create table forum.posts (id int primary key, author uuid references "User");
    create function handle_new_user() returns trigger language plpgsql security definer
        set search_path = '' as $$
        begin
            insert into public."User"(id) values (new.id);
            return new;
        end $$;
    create trigger on_auth_user_created after insert on auth.users
        for each row execute function handle_new_user();
"""


@pytest.mark.whole
async def test_named_tables_bring_the_triggers_whose_functions_write_to_them(
    databases: tuple[Database, Database], project: Project, place: str
) -> None:
    await made_by_hand(databases[0], OF_USERS)
    project.declare([])
    printed = await commands.adopted("public.*,forum.posts", place)
    assert not [line for line in printed if line.startswith(("Not ", "Kept"))], printed
    project.declare(imported(place))
    await require_no_drift()


ELSEWHERE = """
    create schema billing;
    grant usage on schema billing to authenticated;
    create domain billing.email as text check (value like '%@%');
    create table billing.invoices (id int primary key, address billing.email);
    create schema kinds;
    create domain kinds.code as text;
    create table coded (id int primary key, code kinds.code);
    create table billing.named ("Col" text primary key, "Role" int, dt date, "AsFound" date);
    revoke all on billing.named from public, anon, authenticated, service_role;
    grant select on billing.named to authenticated with grant option;
"""


@pytest.mark.whole
async def test_a_schema_is_adopted_with_its_tables_and_a_type_of_another(
    databases: tuple[Database, Database],
    project: Project,
    place: str,
    tmp_path: Path,
    settings_from: SettingsFrom,
) -> None:
    live, empty = databases
    await made_by_hand(live, ELSEWHERE)
    await made_by_hand(empty, "")
    project.declare([])
    printed = await commands.adopted("billing.invoices,billing.named,coded", place)
    assert "Adopted billing.invoices as Invoice" in printed
    assert "Adopted public.coded as Coded" in printed
    assert "Adopted billing.named as Named" in printed
    ruff = Path(sys.executable).parent / "ruff"
    for command in (("check", "--select", "I,F,RUF022"), ("format", "--check")):
        checked = await asyncio.to_thread(
            subprocess.run,
            [ruff, *command, tmp_path / place],
            cwd=tmp_path,
            capture_output=True,
            text=True,
        )
        assert checked.returncode == 0, checked.stdout
    project.declare(imported(place))
    await require_no_drift()
    settings_from(**empty.variables)
    await forwards("db")
    await require_no_drift()


@pytest.mark.whole("adopts, and migrates")
async def test_a_fix_after_adopting_waits_for_what_forwards_installs(
    databases: tuple[Database, Database], project: Project, place: str
) -> None:
    live, _ = databases
    await made_by_hand(
        live, "create schema billing; create table billing.invoices (id int primary key)"
    )
    project.declare([])
    await commands.adopted("billing.invoices", place)
    project.declare(imported(place))
    async with connected(live.direct_url) as connection:
        await connection.execute("drop schema billing cascade")
        found = await drift()
        assert found.fix is None
        assert "`piccolo migrations forwards all` installs it. Then run this again" in as_text(
            found
        )
        await forwards("db")
        found = await drift()
        assert "create schema billing" in (found.fix or "")
        await connection.execute(found.fix or "")
    await require_no_drift()


REFUSED = """
    create table "of.two" (id int primary key);
    create schema elsewhere;
    create domain elsewhere.code as text;
    create table of_code (id int primary key, code elsewhere.code);
    create table fine (id int primary key, a int, code_of int references of_code);
    create view over_code as select id from of_code;
    create view "of.view" as select 1 as id;
    create view over_view as select id from "of.view";
    create domain unused as int;
    create sequence spare;
    create schema helpers;
    create function helpers.unused() returns int language sql as 'select 1';
    create table elsewhere.more (id int);
"""


@pytest.mark.whole
async def test_a_table_that_cannot_be_declared_is_listed_with_the_reason(
    databases: tuple[Database, Database], project: Project, place: str, tmp_path: Path
) -> None:
    await made_by_hand(databases[0], REFUSED)
    keep = '[tool.ottavino]\nkeep = ["domain elsewhere.code"]\n'
    (tmp_path / "pyproject.toml").write_text(keep, "utf-8")
    project.declare([])
    printed = await commands.adopted("all", place, preview=True)
    assert not (tmp_path / place / "fine.py").exists()
    assert project.files == []
    assert "class Fine(Table, tablename=" in "\n".join(printed)
    printed = await commands.adopted("all", place)
    told = ("Not ", "Adopted", "Kept", "Needed", "What ")
    missing = "it needs domain elsewhere.code, which is not adopted"
    how, of_helpers = (
        f"`piccolo db adopt '{schema}.*'` adopts what is in it"
        for schema in ("elsewhere", "helpers")
    )
    stays = (
        "What is not adopted stays as it is. Change what the reason names and adopt again, or "
        "name it in `keep` of pyproject.toml."
    )
    of_code = "it needs public.of_code, which is not adopted"
    assert {line for line in printed if line.startswith(told)} == {
        "Adopted public.fine as Fine",
        'Not adopted: public."of.two", since its name has a dot or a quotation mark',
        'Not adopted: public."of.view", since its name has a dot or a quotation mark',
        f"Not adopted: public.of_code, since {missing}",
        stays,
        'Not declared: table public."of.two"',
        'Not declared: view public."of.view"',
        "Not declared: table public.of_code",
        "Adopted domain public.unused",
        "Adopted sequence public.spare",
        f"Not declared: schema elsewhere, which has 1 type, 1 table: {how}",
        f"Not declared: schema helpers, which has 1 function: {of_helpers}",
        f"Kept, since {of_code}: foreign key public.fine.fine_code_of_fkey",
        f"Not adopted: public.over_code, since {of_code}",
        'Not adopted: public.over_view, since it needs public."of.view", which is not adopted',
        "Not declared: view public.over_code",
        "Not declared: view public.over_view",
    }
    with pytest.raises(NothingToAdopt, match=r"has no public\.nowhere"):
        await commands.adopted("nowhere", place)
    for of_supabase in ("storage.objects", "storage.*"):
        with pytest.raises(NothingToAdopt, match="is of Supabase's services"):
            await commands.adopted(of_supabase, place)
    project.declare(imported(place))
    with pytest.raises(NothingToAdopt, match="is declared already"):
        await commands.adopted("fine", place)
    printed = await commands.adopted("helpers.*,elsewhere.*", place)
    unused = "Adopted function helpers.unused()"
    assert {"Adopted elsewhere.more as More", unused} <= {*printed}


@pytest.mark.whole
async def test_a_privilege_that_its_holder_has_passed_on_is_told_with_what_to_do(
    databases: tuple[Database, Database], project: Project, place: str
) -> None:
    await made_by_hand(
        databases[0],
        """
        create table passed (id int primary key);
        create table kept (id int primary key);
        grant select on passed to authenticated with grant option;
        grant authenticated to postgres;
        set role authenticated;
        grant select on passed to anon;
        reset role;
        """,
    )
    project.declare([])
    printed = await commands.adopted("all", place)
    assert (
        "Not adopted: public.passed, since authenticated has passed the privilege select on "
        "public.passed to authenticated on to anon, and a class grants only as the owner: run "
        "`revoke grant option for select on public.passed from authenticated cascade`, and "
        "grant as the owner what is to stay"
    ) in printed
    assert not [each for each in printed if each.startswith("Kept, ") and ".passed" in each]


@pytest.mark.whole("adopts a database, and builds it again")
async def test_a_column_that_is_not_stored_is_adopted(
    databases: tuple[Database, Database],
    project: Project,
    place: str,
    settings_from: SettingsFrom,
) -> None:
    live, empty = databases
    async with connected(live.direct_url) as connection:
        if connection.get_server_version().major < COMPUTES_SINCE:
            pytest.skip("This PostgreSQL stores every column.")
    await made_by_hand(
        live,
        """
        create table doubled (
            id int primary key,
            twice int generated always as (id * 2) virtual not null,
            "Half" int generated always as (id / 2) virtual,
            note text
        );
        comment on column doubled.twice is 'Of the id.';
        create view doubles as select twice from doubled;
        """,
    )
    project.declare([])
    printed = await commands.adopted("all", place)
    assert not [line for line in printed if line.startswith("Not ")]
    project.declare(imported(place))
    await require_no_drift()
    await made_by_hand(empty, "")
    settings_from(**empty.variables)
    await forwards("db")
    await require_no_drift()
    assert comparable(dump(empty)) == comparable(dump(live))
    assert await fetched(empty, COLUMNS) == await fetched(live, COLUMNS)


COMPUTES_SINCE = 18
"""The first version that computes a column without storing it."""


def test_a_vector_is_recognised_in_any_schema() -> None:
    for schema, of in (("extensions", ""), ("ai", "ai"), ('"My ""Ext"', 'My "Ext')):
        found = type_source(f"{schema}.vector(3)")
        named = (f"schema={string(of)}",) if of else ()
        assert (found.helper, found.arguments) == ("vector", ("3", *named))


OF_STATE = """
    create type "State" as enum ('open', 'done');
    create table first (id int primary key, state "State" default 'open');
    create table second (id int primary key, states "State"[]);
"""


@pytest.mark.whole("adopts two tables")
async def test_a_value_that_was_added_after_its_type_was_adopted_is_named(
    databases: tuple[Database, Database], project: Project, place: str
) -> None:
    live, _ = databases
    await made_by_hand(live, OF_STATE)
    project.declare([])
    printed = await commands.adopted("first", place)
    assert not [line for line in printed if line.startswith("Differs")]
    project.declare(imported(place))
    async with connected(live.direct_url) as connection:
        await connection.execute("alter type public.\"State\" add value 'late' before 'done'")
    printed = await commands.adopted("second", place)
    (differs,) = [line for line in printed if line.startswith("Differs")]
    assert differs == (
        'Differs: the type public."State" has the values open, late, done, and its class open, '
        "done. `piccolo db drift` shows this too."
    )


@pytest.mark.whole("adopts a database twice")
async def test_a_domain_that_was_changed_after_it_was_adopted_is_named(
    databases: tuple[Database, Database], project: Project, place: str
) -> None:
    live, _ = databases
    await made_by_hand(
        live,
        "create domain short as text check (length(value) < 9); create domain same as int; "
        "create table first (id int primary key, a short, b same); "
        "create table second (id int primary key, a short, b same); "
        "create table third (id int primary key, a short[], b same)",
    )
    project.declare([])
    await commands.adopted("first", place)
    project.declare(imported(place))
    async with connected(live.direct_url) as connection:
        await connection.execute(
            "alter domain short drop constraint short_check; "
            "alter domain short set default 'none'"
        )
    for name in ("second", "third"):
        printed = await commands.adopted(name, place)
        (differs,) = [each for each in printed if each.startswith(("Differs", "Not adopted"))]
        assert differs == (
            "Differs: the domain public.short is not as its class declares it (checks, "
            "default). `piccolo db drift` shows this too."
        )


STAYS = """
    create table base (id int primary key, kind text);
    create table child (extra text) inherits (base);
    create type person as (name text);
    create table people of person (name primary key);
    create table months (at date primary key) partition by range (at);
    create table month_1 partition of months for values from ('2026-01-01') to ('2026-02-01');
    alter publication supabase_realtime add table month_1;
    create view days (day) as values ('Monday') union values ('Tuesday');
    create schema "it's";
    create table "it's".notes (id int primary key);
    create table years (at date primary key) partition by range (at);
    create table "it's".year_1 partition of years
        for values from ('2026-01-01') to ('2027-01-01');
    create table of_another (id int);
    create schema counted;
    create table counted.first (id serial primary key);
    create table counter (id int default nextval('counted.first_id_seq'));
    create aggregate total_of (numeric) (sfunc = numeric_add, stype = numeric);
    create function of_two() returns int language plpgsql as
        'begin perform 1 from base; return (select count(*) from public.child); end';
"""
STAYS_ELSEWHERE = """
    alter table public.of_another owner to supabase_admin;
    create policy of_users on auth.users using (true);
    create schema vault;
    create table vault.secrets (id int);
    create policy "of secrets" on vault.secrets using (true);
    create publication everything for all tables;
    create publication whole for tables in schema public;
    create function public.watch() returns event_trigger language plpgsql as 'begin end';
    create event trigger watched on ddl_command_start when tag in ('CREATE CAST')
        execute function public.watch();
    create foreign data wrapper nothing;
    create server remote foreign data wrapper nothing;
    create foreign table public.far (id int) server remote;
    create view public.over_far as select id from public.far;
    alter view public.over_far owner to postgres;
    create operator class public.backwards for type text using btree as
        operator 1 >, operator 5 <, function 1 bttextcmp(text, text);
    create operator family public.sorted using btree;
    create conversion public.latin for 'LATIN1' to 'UTF8' from iso8859_1_to_utf8;
    create cast (text as date) with inout as implicit;
    create language other handler plpgsql_call_handler;
"""


@pytest.mark.whole
async def test_what_stays_is_listed_with_its_reason(
    databases: tuple[Database, Database], project: Project, place: str
) -> None:
    live, _ = databases
    await made_by_hand(live, STAYS)
    async with connected(live.superuser_url) as connection:
        await connection.execute(STAYS_ELSEWHERE)
    project.declare([])
    printed = await commands.adopted("it's.*,counter", place)
    assert "Nothing was adopted." in printed
    quoted = "the name of its schema has an apostrophe: rename it by"
    rename = '`alter schema "it\'s" rename to …`'
    assert f'Not adopted: "it\'s".notes, since {quoted} {rename}' in printed
    printed = await commands.adopted("all", place)
    assert [line for line in printed if line.startswith("Adopted")] == [
        "Adopted public.base as Base",
        "Adopted public.months as Month",
        "Adopted type public.person",
        "Adopted aggregate public.total_of(numeric)",
    ]
    listed = [line for line in printed if line.startswith("Not ")]
    (needed,) = [line for line in printed if line.startswith("Needed")]
    assert needed == (
        "Needed: public.child by function public.of_two(). No class declares it, so that the "
        "function fails in a database that migrations make."
    )
    missing = "it needs sequence counted.first_id_seq, which is not adopted"
    of_values = (
        "would not be the same if it were made of the query that PostgreSQL gives for it: "
        "replace it by a `select` that names its columns"
    )
    belongs = (
        "belongs to the role supabase_admin: run `alter table public.of_another owner to "
        "postgres` first"
    )
    elsewhere = '"it\'s".year_1 is in a schema whose name has an apostrophe'
    whole_database = (
        "belongs to the whole database, and most servers let only a superuser create one"
    )
    one_table, inside = "which has 1 table: `piccolo db adopt", "adopts what is in it"
    every = quote("it's.*")
    inherits = (
        "and a class declares all of its columns itself: `alter table public.child no inherit "
        "…` gives it these, and takes its rows from the parent"
    )
    typed = (
        "and a class declares its columns itself: `alter table public.people not of` leaves it "
        "as it is without the type"
    )
    assert sorted(listed) == [
        f"Not adopted: public.child, since it inherits from public.base, {inherits}",
        f"Not adopted: public.counter, since {missing}",
        f"Not adopted: public.days, since the view public.days {of_values}",
        f"Not adopted: public.of_another, since the table public.of_another {belongs}",
        "Not adopted: public.over_far, since it needs public.far, which is not adopted",
        f"Not adopted: public.people, since it is a table of the type public.person, {typed}",
        f"Not adopted: public.years, since its partition {elsewhere}",
        "Not declared: cast (text as date)",
        "Not declared: conversion public.latin",
        f"Not declared: event trigger watched, since it {whole_database}",
        "Not declared: foreign data wrapper nothing",
        "Not declared: foreign table public.far, since its server may hold a password",
        "Not declared: language other",
        "Not declared: operator class public.backwards",
        "Not declared: operator family public.sorted",
        "Not declared: partition public.month_1 in the publication supabase_realtime",
        "Not declared: policy auth.users.of_users",
        'Not declared: policy vault.secrets."of secrets"',
        "Not declared: publication everything, which sends all tables",
        "Not declared: publication whole, which sends all tables of the schema public",
        f"Not declared: schema counted, {one_table} 'counted.*'` {inside}",
        f"Not declared: schema it's, {one_table} {every}` {inside}",
        "Not declared: server remote",
        "Not declared: table public.child",
        "Not declared: table public.counter",
        "Not declared: table public.of_another",
        "Not declared: table public.people",
        "Not declared: table public.years",
        "Not declared: view public.days",
        "Not declared: view public.over_far",
    ]
    project.declare(imported(place))
    await require_no_drift()


@pytest.mark.whole
async def test_a_policy_on_files_is_adopted_with_the_table_that_it_names(
    databases: tuple[Database, Database], project: Project, place: str, tmp_path: Path
) -> None:
    await made_by_hand(
        databases[0],
        """
        create table notes (id int primary key);
        create table photos (id int primary key, owner uuid);
        create policy "own photos" on storage.objects for select to authenticated
            using (exists (select from photos where owner = auth.uid()));
        create policy "all files" on storage.objects for select using (true);
        """,
    )
    project.declare([])
    for name in ("notes", "photos"):
        await commands.adopted(name, place)
        project.declare(imported(place))
        await require_no_drift()
    files = {path.stem: path.read_text("utf-8") for path in (tmp_path / place).glob("*.py")}
    assert [name for name, text in files.items() if "own photos" in text] == ["photos"]
    assert not [name for name, text in files.items() if "all files" in text]
    async with connected(databases[0].direct_url) as connection:
        await connection.execute('alter policy "own photos" on storage.objects using (false)')
    (differing,) = (await drift()).comparison.differences
    assert str(differing.entry) == "policy storage.objects.own photos"


@pytest.mark.whole
async def test_access_is_tightened_by_a_migration_of_its_own_that_says_who_loses_what(
    databases: tuple[Database, Database], project: Project, place: str
) -> None:
    live, _ = databases
    await made_by_hand(live, SCHEMAS["serial_shop"] + TIGHTENED)
    before = dump(live)
    project.declare([])
    printed = await commands.adopted("all", place, tighten=True)
    assert dump(live) == before
    lost = {line.strip() for line in printed if " loses " in line}
    of_rows = "loses the rows of public.orders that no policy lets it reach"
    assert f"Every role without bypassrls {of_rows}." in lost
    assert not [each for each in lost if "owner of public.stock" in each]
    # PostgreSQL 17 has one privilege more.
    plain = {each.replace("maintain, ", "") for each in lost}
    rest = "references, trigger, truncate"
    reading = "references, select, trigger, truncate"
    insert = "insert (line), insert (quantity)"
    assert {each for each in plain if " on public.products." in each} == {
        f"anon loses delete, insert, {rest}, update on public.products.",
        f"authenticated loses delete, insert, {reading} on public.products.",
        f"service_role loses {rest} on public.products.",
    }
    # The policy of another table reads it as its caller.
    lines = "on public.order_lines"
    assert f"authenticated loses delete, {insert}, {rest}, update {lines}." in plain
    assert "authenticated loses select, update on the sequence of public.stock.number." in lost
    assert (
        "service_role loses select, update, usage on the sequence of public.orders.id." in lost
    )
    failing = {line.strip() for line in printed if " can no longer " in line}
    assert failing == {
        (
            "authenticated can no longer update rows of public.products: its trigger "
            "public.products.changed calls public.changed() as the caller, which needs "
            "`insert` on public.changes."
        ),
        (
            "authenticated can no longer call public.forget(bigint), which needs `delete` on "
            "public.changes."
        ),
    }
    project.declare(imported(place))
    found = await drift()
    assert found.is_awaited
    assert found.pending == [project.files[1].path.name]
    await forwards("db")
    found = await drift()
    assert (found.comparison.differences, found.pending) == ([], [])
    await backwards("db", auto_agree=True)
    assert dump(live) == before


TIGHTENED = """
    alter table products enable row level security;
    create policy read on products for select to anon using (true);
    create policy edit on products for update to authenticated using (price > 0);
    create table stock (product_id bigint references products primary key, number serial);
    alter table stock enable row level security;
    alter table stock force row level security;
    create policy sold on stock to authenticated
        using (exists (select from order_lines as l where l.product_id = stock.product_id));
    create table changes (number bigint generated always as identity, product_id bigint);
    create function changed() returns trigger language plpgsql
        as 'begin insert into changes (product_id) values (new.id); return new; end';
    create trigger changed after insert or update on products
        for each row execute function changed();
    create function noted() returns trigger language plpgsql security definer
        as 'begin insert into public.changes (product_id) values (new.id); return new; end';
    create trigger noted after update on products for each row execute function noted();
    create function forget(product bigint) returns void language sql
        as 'delete from public.changes where product_id = product';
    revoke execute on function forget from public, anon, service_role;
"""


@pytest.mark.whole
async def test_the_page_shows_what_is_written(
    databases: tuple[Database, Database], project: Project, place: str, tmp_path: Path
) -> None:
    page = (ROOT / "docs" / "adopt.md").read_text("utf-8")
    shown: dict[str, str] = dict(re.findall(r"```(\w+)\n(.*?)```", page, re.DOTALL))
    async with connected(databases[0].direct_url) as connection:
        await connection.execute(shown["sql"])
    project.declare([])
    assert re.findall(r"^piccolo db adopt(.*)$", page, re.MULTILINE) == [""]
    for options in re.findall(r"`piccolo db adopt (.*?)`", page):
        assert re.fullmatch(
            r"--preview|--tighten|--folder=\S+|[a-z.]+(,[a-z.]+)*|'[a-z.*, -]+'", options
        )
    await commands.adopted("todos", place)
    written = (tmp_path / place / "todos.py").read_text("utf-8")
    assert written == shown["python"]
    # An edit of an adopted class is migrated, and the objects over it are made again.
    edited = written.replace('reference("auth.users")', 'reference("auth.users", index=True)')
    edited = edited.replace("text(default=None)", "text(default=None, max_length=200)")
    (tmp_path / place / "todos.py").write_text(edited, "utf-8")
    project.declare(imported(place))
    await project.migrate()
    await require_no_drift()


@pytest.mark.whole
def test_the_command_is_one_of_piccolo(database: Database) -> None:
    run = run_forked(database.variables, "db", "adopt", "--preview")
    assert (run.returncode, run.stderr) == (0, "")
    assert "Nothing was adopted." in run.stdout


async def require_no_drift() -> None:
    """Require that all that is on adopted tables is as declared."""
    found = (await drift()).comparison
    assert (found.differences, found.on_ours) == ([], [])


def test_patterns_are_added_to_those_that_are_there() -> None:
    more = ["trigger public.a.b", "view public.c"]
    for text in (
        "",
        "[project]\nname = 'a'\n",
        "[tool.ottavino]\n\n[tool.ruff]\n",
        "[tool.ottavino]\nkeep = ['x']\n\n[tool.ruff]\n",
        "[tool.ottavino]\nkeep = [\n    'x',  # others\n]\n",
    ):
        before = tomllib.loads(text).get("tool", {}).get("ottavino", {}).get("keep", [])
        read = tomllib.loads(with_kept(text, more))
        assert read["tool"]["ottavino"]["keep"] == [*more, *before]
        assert read.keys() >= tomllib.loads(text).keys()


def test_what_is_kept_already_is_written_once_and_indented() -> None:
    text = '[tool.ottavino]\nkeep = [\n    "public.old",\n]\n'
    added = text.replace('    "public.old"', '    "public.new",\n    "public.old"')
    assert with_kept(text, ["public.old", "public.new"]) == added
    assert with_kept(added, ["public.new"]) == added


@pytest.mark.whole
@pytest.mark.parametrize("half", [0, 1])
async def test_the_classes_are_typed_as_strictly_as_the_project(  # noqa: PLR0913, PLR0917  # its fixtures
    half: int,
    cluster: Cluster,
    settings_from: SettingsFrom,
    project: Project,
    place: str,
    tmp_path: Path,
) -> None:
    project.declare([])
    for name, sql in [*SCHEMAS.items()][half::2]:
        folder = f"{place}/{name}"
        (tmp_path / folder).mkdir()
        async with cluster.clone(EMPTY, HOUSE) as live:
            settings_from(**live.variables)
            if not await is_known(live, name):
                continue
            await made_by_hand(live, sql)
            await commands.adopted(ADOPTED.get(name, "all"), folder)
        for file in project.files:
            file.path.unlink()
    config = {
        "typeCheckingMode": "strict",
        "include": [str(tmp_path / place)],
        "extraPaths": [str(ROOT), str(tmp_path)],
        "venvPath": str(ROOT),
        "venv": ".venv",
    }
    (tmp_path / "pyrightconfig.json").write_text(json.dumps(config))
    checked = subprocess.run(  # noqa: ASYNC221, S603  # our own command
        [sys.executable, "-m", "pyright", "--project", tmp_path, "--outputjson"],
        capture_output=True,
        text=True,
        check=False,
    )
    found = json.loads(checked.stdout)["generalDiagnostics"]
    assert [f"{each['file']}: {each['message']}" for each in found] == []


async def is_known(database: Database, name: str) -> bool:
    """Whether the server has what the schema of this name uses."""
    if name != "since_18":
        return True
    async with connected(database.superuser_url) as connection:
        return connection.get_server_version().major >= 18


async def made_by_hand(database: Database, sql: str) -> None:
    """Make a schema as a team would, in a project that grants the API roles everything."""
    async with connected(database.superuser_url) as connection:
        await connection.execute(f"{PLATFORM}; {AUTOMATIC_GRANTS}")
    async with connected(database.direct_url) as connection:
        await connection.execute(f"set search_path = public; {sql}")


async def made_with_members(database: Database) -> None:
    """Make the tables of an organisation as migrations do."""
    await made_by_hand(database, "")
    async with connected(database.direct_url) as connection:
        await platform.install(connection)
        # A function of members names its table, which is made after it.
        await connection.execute("set check_function_bodies = off")
        await install(connection, *SHARED)


async def fetched(database: Database, query: str) -> object:
    async with connected(database.superuser_url) as connection:
        return await connection.fetchval(query)


def imported(place: str) -> list[type[Table] | tuple[Object, ...]]:
    """Import the classes and the objects that were written."""
    package = place.replace("/", ".")
    for name in [each for each in sys.modules if each.startswith(package)]:
        del sys.modules[name]
    importlib.invalidate_caches()
    tables = importlib.import_module(package)
    names: list[str] = tables.__all__
    return [getattr(tables, name) for name in names]
