"""Drift reports where the classes, the migration files and the database differ."""

import asyncio
import json
import re
from collections.abc import AsyncGenerator, Generator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import asyncpg
import pytest
from piccolo.apps.migrations.commands.backwards import backwards
from piccolo.apps.migrations.commands.forwards import forwards
from piccolo.apps.migrations.commands.new import new

from ottavino import CALLER_ID, Check, DefaultPrivileges, Index, Role, column, text
from ottavino.declare.column import ColumnSpec
from ottavino.inspect import commands, report
from ottavino.inspect.adopt.commands import adopt
from ottavino.inspect.catalog import Catalog, read
from ottavino.inspect.comparing import compared
from ottavino.inspect.difference import Comparison, Difference
from ottavino.inspect.displaced import displaced
from ottavino.inspect.drift import (
    SETTINGS,
    CannotTell,
    Drift,
    _as_applied,
    declared_state,
    drift,
    find_drift,
    reading,
)
from ottavino.inspect.finding import Finding, Severity
from ottavino.inspect.openings import openings
from ottavino.inspect.shadow import built
from ottavino.inspect.strangers import strangers
from ottavino.migrate.history import histories
from ottavino.migrate.state import State
from ottavino.migrate.steps import Execute
from ottavino.postgres.connection import Connection
from ottavino.testing import Database, SettingsFrom
from ottavino.testing.database import connected
from tests.ottavino.databases import repeating
from tests.ottavino.house.piccolo_app import APP_CONFIG
from tests.ottavino.migrate.hand import by_hand
from tests.ottavino.migrate.process import Process, run_forked
from tests.ottavino.migrate.project import Project, table
from tests.ottavino.users import User
from tests.ottavino.whole import quick

EXPECTED = re.compile(r"^-- (?P<entry>.+): (?P<what>[a-z, ]+)$", re.MULTILINE)
BY_HAND = "by hand"
BACKWARDS = re.compile(r"^-- backwards by hand: (.+)$", re.MULTILINE)
MIGRATIONS = Path(APP_CONFIG.resolved_migrations_folder_path)
BACKENDS = """
    select from pg_stat_activity
    where application_name = 'drift' and datname = current_database()
"""
WAITING = """
    select from pg_locks
    where not granted
        and database = (select oid from pg_database where datname = current_database())
"""


@dataclass(frozen=True, slots=True)
class Mutation:
    """A change made by hand, and the findings that it has to give."""

    sql: str
    expected: dict[str, set[str]]
    """What differs of each object: its facets, or that it is missing or unexpected."""
    by_hand: set[str]
    """The objects that no SQL can be given for."""
    backwards_by_hand: set[str]
    """The objects that a person has to create, if the change is declared and was not made."""

    def follows(self, other: "Mutation") -> bool:
        """Whether a fix can lead from this change to the other."""
        is_change = not any({"unknown", "missing"} & what for what in self.expected.values())
        return "\n-- also to the last\n" in self.sql or (
            is_change and not self.expected.keys().isdisjoint(other.expected)
        )

    @property
    def can_be_declared(self) -> bool:
        """Whether a schema can have been declared as the change leaves it."""
        return "\n-- never declared\n" not in self.sql


def mutations(file: str) -> Iterator[tuple[str, list[Mutation]]]:
    """The mutations of each chapter of a file."""
    for title, rest in chapters(file):
        yield title, [_mutation(each) for each in rest.split("\n\n") if each.strip()]


def chapters(file: str) -> Iterator[tuple[str, str]]:
    """The chapters of a file beside this one, by their titles."""
    text = (Path(__file__).parent / file).read_text("utf-8")
    for chapter in text.split("\n--- ")[1:]:
        title, _, rest = chapter.partition("\n")
        yield title, rest


def _mutation(text: str) -> Mutation:
    told = {m["entry"]: set(m["what"].split(", ")) for m in EXPECTED.finditer(text)}
    return Mutation(
        text,
        {entry: what - {BY_HAND} for entry, what in told.items()},
        {entry for entry, what in told.items() if BY_HAND in what},
        {each for names in BACKWARDS.findall(text) for each in names.split("; ")},
    )


MUTATIONS = dict(mutations("mutations.sql"))

OUTSIDE = re.compile(r"^create (?:schema|table) other.*(?=;$)", re.MULTILINE)
"""The statements of a mutation that create something in another schema."""


@asynccontextmanager
async def undone(connection: Connection) -> AsyncGenerator[None]:
    """A block whose statements are rolled back at its end."""
    transaction = connection.transaction()
    await transaction.start()
    try:
        yield
    finally:
        await transaction.rollback()


@pytest.fixture
async def connection(shared_database: Database) -> AsyncGenerator[Connection]:
    """A superuser's transaction, which is rolled back."""
    async with repeating(shared_database.superuser_url) as connection, undone(connection):
        await connection.execute(SETTINGS)
        yield connection


@pytest.mark.whole("reads the catalog after each of many changes")
@pytest.mark.parametrize("chapter", MUTATIONS)
async def test_what_is_changed_by_hand_is_found_named_and_fixed(
    connection: Connection, chapter: str
) -> None:
    declared = await _declared(connection)
    faults: list[str] = []
    for mutation in MUTATIONS[chapter]:
        async with undone(connection):
            await connection.execute(mutation.sql)
            found = await _compared_with(connection, declared)
            if (told := all_told(found)) != mutation.expected:
                faults.append(f"{mutation.sql}\nis told as {told}")
            await connection.execute(inside(found.fix))
            by_hand = {str(each.entry) for each in found.differences if each.undecided}
            left = await _compared_with(connection, declared)
            names = {str(each.entry) for each in left.differences}
            if names != by_hand or by_hand != mutation.by_hand or left.fix is not None:
                faults.append(f"{mutation.sql}\nleaves {all_told(left)}\nafter {found.fix}")
            if found.unknown != left.unknown:
                faults.append(f"{mutation.sql}\nloses {found.unknown}\nby {found.fix}")
            twice = [each.where for each in found.openings]
            if len(twice) != len({*twice}):
                faults.append(f"{mutation.sql}\nis reported twice: {twice}")
    assert not faults, "\n\n".join(faults)


@pytest.mark.whole("reads the catalog after each of many changes")
@pytest.mark.parametrize("chapter", MUTATIONS)
async def test_a_declared_change_that_was_not_made_is_made_by_the_fix(
    connection: Connection, chapter: str
) -> None:
    """A fix leads from the database to what is declared, in whichever direction they differ. So
    does one from a change of an object to the change above it in the chapter.
    """
    before = await read(connection, ["public"])
    faults: list[str] = []
    earlier: tuple[Mutation, Catalog] | None = None
    for mutation in (each for each in MUTATIONS[chapter] if each.can_be_declared):
        async with undone(connection):
            await connection.execute(mutation.sql)
            declared = await read(connection, ["public"])
            if earlier is not None and mutation.follows(earlier[0]):
                faults += await _left(connection, earlier[0], earlier[1], declared)
        async with undone(connection):
            await connection.execute("; ".join(["select", *OUTSIDE.findall(mutation.sql)]))
            faults += await _left(connection, mutation, declared, before)
        earlier = mutation, declared
    assert not faults, "\n\n".join(faults)


async def _left(
    connection: Connection, mutation: Mutation, declared: Catalog, database: Catalog
) -> list[str]:
    """What is wrong after the fix of a database without a change that is declared."""
    found = replace(compared(declared, declared, database, {}), owner="supabase_admin")
    undecided = {str(each.entry) for each in found.differences if each.undecided}
    try:
        await connection.execute(inside(found.fix))
    except asyncpg.PostgresError as error:
        return [f"{mutation.sql}\nis refused: {error}\nby {found.fix}"]
    left = compared(declared, declared, await read(connection, ["public"]), {})
    names = {str(each.entry) for each in left.differences}
    if names == undecided == mutation.backwards_by_hand and left.unknown == found.unknown:
        return []
    return [f"{mutation.sql}\nleaves {all_told(left)} {undecided}\nafter {found.fix}"]


@pytest.mark.whole("compares the whole catalog")
async def test_what_lies_in_another_tablespace_is_found_and_moved_back(
    database: Database,
) -> None:
    place = f"other_{database.name}"
    async with connected(database.superuser_url) as connection:
        await connection.execute("set allow_in_place_tablespaces = on")
        await connection.execute(f"create tablespace {place} location ''")
        await connection.execute(
            f"alter table public.usage_events set tablespace {place}; "
            f"alter index public.usage_events_pkey set tablespace {place}; "
            f"alter index public.documents_status_idx set tablespace {place}"
        )
        found = (await drift()).comparison
        assert {str(each.entry): each.facets for each in found.differences} == {
            "table public.usage_events": ["tablespace"],
            "primary key public.usage_events.usage_events_pkey": ["index tablespace"],
            "index public.documents_status_idx": ["tablespace"],
        }
        assert found.fix is not None
        await connection.execute(found.fix)
        assert (await drift()).comparison.differences == []
        # Nothing is left in it.
        await connection.execute(f"drop tablespace {place}")


@pytest.mark.whole("compares the whole catalog")
async def test_where_nothing_was_changed_there_is_no_drift(database: Database) -> None:
    found = await drift()
    assert found.is_none
    assert (found.comparison.unknown, found.comparison.fix, found.pending) == ([], None, [])


@pytest.mark.whole("compares the whole catalog")
async def test_a_database_that_has_run_nothing_lacks_everything(
    empty_database: Database,
) -> None:
    found = await drift()
    assert {*map(_told_shortly, found.comparison.differences)} >= {
        "table public.documents: database",
        "function public.create_user_profile(): database",
    }
    assert len(found.pending) > 0


@pytest.mark.whole("compares the whole catalog")
async def test_a_forgotten_migration_is_the_odd_side(connection: Connection) -> None:
    classes = _with_policy("user_id is not null")
    assert await _compared(connection, classes, declared_state()) == [
        "policy public.documents.owner: classes"
    ]


@pytest.mark.whole("compares the whole catalog")
async def test_an_edited_migration_file_is_the_odd_side(connection: Connection) -> None:
    files = _with_policy("user_id is not null")
    assert await _compared(connection, declared_state(), files) == [
        "policy public.documents.owner: files"
    ]


@pytest.mark.whole("compares the whole catalog")
async def test_three_sides_may_be_odd(connection: Connection) -> None:
    await connection.execute("alter policy owner on public.documents using (true)")
    assert await _compared(
        connection, _with_policy("user_id is not null"), declared_state()
    ) == ["policy public.documents.owner: all"]


@pytest.mark.whole("compares the whole catalog")
async def test_two_ways_to_write_the_same_are_no_drift(connection: Connection) -> None:
    files = _with_policy("(public.documents.user_id=(SELECT ottavino.uid( ) AS uid))")
    classes = _with_policy(f"user_id  = {CALLER_ID}")
    assert await _compared(connection, classes, files) == []


@pytest.mark.whole("compares the whole catalog")
async def test_what_an_extension_put_into_our_schema_can_be_declared_with(
    connection: Connection,
) -> None:
    await connection.execute(
        "create domain public.score as int; alter extension plpgsql add domain public.score; "
        "alter table public.documents add score public.score not null default 1::public.score"
    )
    classes = declared_state()
    classes.tables["public.documents"]["score"] = ColumnSpec(
        "public.score", default="1::public.score"
    )
    assert await _compared(connection, classes, classes) == []


async def test_whatever_is_live_can_be_locked_and_changed_meanwhile(database: Database) -> None:
    async with (
        connected(database.direct_url) as looking,
        connected(database.superuser_url) as changing,
        undone(looking),
    ):
        await built(looking, declared_state(), bookkept=True)
        async with undone(changing):
            await changing.execute("set local lock_timeout = '1s'")
            await changing.execute("alter table auth.users add extra text")
            await changing.execute("alter table public.documents add extra text")
            await changing.execute("alter table public.migration add extra text")


@pytest.mark.whole
async def test_nothing_is_left_of_a_killed_run(database: Database, tmp_path: Path) -> None:
    async with connected(database.superuser_url) as connection:
        async with undone(connection):
            # The command gets as far as this lock.
            await connection.execute("lock table pg_catalog.pg_policy in share mode")
            process = Process(database.variables, MIGRATIONS, tmp_path, "db", "drift")
            await _until(connection, f"exists ({WAITING})")
            process.kill()
            assert await process.ended() < 0
        await _until(connection, f"not exists ({BACKENDS})")
        assert (
            await connection.fetchval(
                "select count(*) from pg_namespace where nspname like 'shadow%'"
            )
            == 0
        )


def test_the_exit_status_says_whether_there_is_drift(
    database: Database, capsys: pytest.CaptureFixture[str]
) -> None:
    commands.drift()
    assert capsys.readouterr().out.startswith("No drift")
    by_hand(database, "alter table public.documents disable row level security")
    with pytest.raises(SystemExit, match="1"):
        commands.drift()
    assert (
        capsys.readouterr().out
        == """\
table public.documents: the database differs from the classes and the migration files
    row security
        classes:  enabled
        database: -

This SQL fixes it, and loses no row:
    begin;
    set local role postgres;
    alter table public.documents enable row level security;
    commit;

1 difference.
"""
    )


ROWS = """
    insert into public.documents (user_id, filename, file_type, file_size)
    select id, number || '.txt', 'text/plain', number
    from auth.users, generate_series(1, 500) as number
"""


@pytest.mark.whole("compares the whole catalog")
@pytest.mark.parametrize(
    "renamed",
    quick(
        ["filename to title"],
        ["to papers", "filename to title"],
        "reads the catalog three times",
    ),
)
async def test_no_row_is_lost_by_what_fixes_another_name(
    database: Database, alice: User, renamed: str
) -> None:
    async with connected(database.superuser_url) as connection:
        await connection.execute(ROWS)
        before = await connection.fetch("table public.documents")
        await connection.execute(f"alter table public.documents rename {renamed}")
        fix = (await drift()).comparison.fix
        assert fix is not None
        # The SQL runs as it was printed, as the role that it names.
        async with connected(database.direct_url) as owner:
            await owner.execute(fix)
        assert await connection.fetch("table public.documents") == before
    assert (await drift()).is_none


@pytest.mark.whole("compares the whole catalog")
@pytest.mark.parametrize(
    "by_hand",
    [
        "alter file_size type numeric using file_size + 0.5",
        "alter search_vector drop expression; update public.documents set search_vector = 'a'",
    ],
)
async def test_what_would_make_other_values_stops(
    database: Database, alice: User, by_hand: str
) -> None:
    async with connected(database.superuser_url) as connection:
        await connection.execute(ROWS)
        await connection.execute(f"alter table public.documents {by_hand}")
        fix = (await drift()).comparison.fix
        assert fix is not None
        before = await connection.fetch("table public.documents")
        with pytest.raises(asyncpg.RaiseError, match="has values that would change"):
            await connection.execute(fix)
        await connection.execute("rollback")
        assert await connection.fetch("table public.documents") == before


@pytest.mark.whole("compares the whole catalog")
@pytest.mark.parametrize(
    "who",
    quick(
        ["nobody of importance"],
        ["a superuser", "nobody of importance"],
        "reads the catalog three times",
    ),
)
async def test_who_asks_owns_nothing_by_that(
    database: Database, settings_from: SettingsFrom, who: str
) -> None:
    async with connected(database.superuser_url) as connection:
        if who == "a superuser":
            settings_from(DIRECT_URL=database.superuser_url)
        else:
            auditor = f"auditor_of_{database.name}"
            await connection.execute(
                # Roles are the whole server's: one that skips policies is a finding elsewhere.
                f"create role {auditor} login in role pg_read_all_data; "
                f"grant create on database {database.name} to {auditor}"
            )
            settings_from(DIRECT_URL=database.url.replace("//ottavino@", f"//{auditor}@"))
        assert (await drift()).is_none
        await connection.execute("alter table public.documents owner to supabase_auth_admin")
        found = (await drift()).comparison
        assert [*map(_told_shortly, found.differences)] == ["table public.documents: database"]
        assert found.fix is not None
        assert "alter table public.documents owner to postgres;" in found.fix
        await connection.execute(found.fix)
    assert (await drift()).is_none


@pytest.mark.whole("compares the whole catalog")
async def test_a_superuser_reads_the_default_privileges_of_the_owner(
    connection: Connection,
) -> None:
    state = declared_state()
    for each in DefaultPrivileges("types", to={Role.ANON: ("usage",)}).definitions():
        state.objects[each.name] = each
        await connection.execute(f"set local role postgres; {each.create}; reset role")
    assert (await find_drift(connection, state, state)).differences == []
    await connection.execute(
        "alter default privileges for role postgres in schema public "
        "grant usage on types to authenticated"
    )
    found = await find_drift(connection, state, state)
    assert [*map(_told_shortly, found.differences)] == [
        "default-privileges public types: database"
    ]
    await connection.execute(inside(found.fix))
    assert (await find_drift(connection, state, state)).differences == []


OF_THE_DATABASE = """
create default conversion public.latin for 'LATIN1' to 'UTF8' from iso8859_1_to_utf8;
create operator class public.reversed for type uuid using hash as
    function 1 uuid_hash(uuid), operator 1 =;
create language scripted handler plpgsql_call_handler;
create operator family public.sorted using btree;
create foreign data wrapper "To Them";
create access method another type index handler bthandler;
create transform for int language plpgsql (
    from sql with function prsd_lextype(internal), to sql with function int4recv(internal)
);
create schema shadow_planted;
create subscription "To Us" connection 'dbname=nowhere' publication other
    with (connect = false);
"""


async def test_kinds_that_are_not_compared_are_listed(connection: Connection) -> None:
    before = [*map(str, await strangers(connection, ["public"]))]
    await connection.execute(OF_THE_DATABASE)
    listed = {*map(str, await strangers(connection, ["public"]))}
    assert listed - {*before} == {
        "conversion public.latin",
        "operator class public.reversed",
        "language scripted",
        "operator family public.sorted",
        'foreign data wrapper "To Them"',
        "access method another",
        "transform for integer language plpgsql",
        "schema shadow_planted",
        'subscription "To Us"',
    }


STRANGERS = (Path(__file__).parent / "strangers.sql").read_text("utf-8")
"""What a team has of its own: more than forty objects in `public` and in two other schemas."""

REMOVAL = re.compile(
    r"\b(drop \w+|revoke [\w, ()]+ on|detach partition|disable (row|trigger)) .*", re.IGNORECASE
)

OF_STRANGERS = re.compile(
    r"analytics|billing|storage|stranger|public\.(email|flags|invites|members|plan|plain|seen"
    r"|settings|slug|teams|team_names|tickets|touched)\b"
)
"""Their names."""


@pytest.mark.whole("compares the whole catalog")
def test_no_command_prints_sql_that_removes_what_is_of_others(
    database: Database,
    project: Project,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    by_hand(database, STRANGERS)
    project.copy_ours()
    commands.drift()
    told = capsys.readouterr().out
    assert "No drift" in told
    one_line = " ".join(told.split())
    assert "; 6 tables (customers, invoices, lines and 3 more); " in one_line
    commands.drift(format="json")
    there = json.loads(capsys.readouterr().out)["unknown"]
    assert len(there) > 40
    with pytest.raises(SystemExit, match="1"):
        commands.drift(strict=True)
    for command in (commands.matrix, commands.lint):
        with pytest.raises(SystemExit, match="1"):
            command()
    adopt(preview=True)
    # A class says how it would be removed again, if a migration removes the class.
    told += re.sub(r"^ +drop='.*',$", "", capsys.readouterr().out, flags=re.MULTILINE)
    asyncio.run(new("db", auto=True, auto_input="y"))
    assert len(project.files) == 1
    project.write("3000", Execute("select 1", "select 2"))
    asyncio.run(forwards("all", preview=True))
    asyncio.run(backwards("all", "all", auto_agree=True, preview=True))
    told += capsys.readouterr().out
    for each in REMOVAL.finditer(told):
        assert not OF_STRANGERS.search(each[0]), each[0]
    keep(monkeypatch, tmp_path, *there)
    commands.drift(strict=True)
    assert "Not declared" not in capsys.readouterr().out


@pytest.mark.whole("reads the catalog four times")
def test_what_is_kept_is_not_listed_and_is_no_other_name_of_ours(
    database: Database,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    by_hand(database, STRANGERS)
    with_rest = ("*by_a_stranger", "auth.*", "cast *", "event trigger *", "publi*", "storage.*")
    keep(monkeypatch, tmp_path, "public.*", "billing.*", "analytics.*", *with_rest)
    commands.drift(strict=True)
    assert "No drift" in capsys.readouterr().out
    keep(monkeypatch, tmp_path, "view *", "billing.*")
    with pytest.raises(SystemExit, match="1"):
        commands.drift(strict=True)
    told = capsys.readouterr().out
    assert "    view" not in told
    assert "billing" not in told.partition("publication")[0]
    assert "index public.by_a_stranger" in told
    keep(monkeypatch, tmp_path, "table public.papers")
    by_hand(database, "alter table usage_events rename to papers")
    with pytest.raises(SystemExit, match="1"):
        commands.drift()
    told = capsys.readouterr().out
    assert "create table public.usage_events" in told
    assert "papers" not in told


OPENED = """
create schema storage;
create table storage.objects (id uuid);
create policy "of All" on storage.objects using (true);
create policy of_some on storage.objects using (id is not null);
create policy of_service on storage.objects to service_role using (true);
create schema legacy;
grant usage on schema legacy to anon;
create function legacy.counted("of" text) returns bigint language plpgsql security definer
    as 'declare n bigint; begin execute format(''table %s'', "of") into n; return n; end';
create function legacy.mine() returns int language plpgsql
    as 'begin execute ''select 1''; return 1; end';
create function public.listed("of" text) returns setof text language plpgsql security definer
    as 'begin return query execute "of"; end';
create function public.early(text) returns boolean language plpgsql leakproof
    as 'begin return true; end';
create function legacy.seen() returns trigger language plpgsql as 'begin return new; end';
create trigger seen after insert on public.documents
    for each row execute function legacy.seen();
create trigger seen after insert on auth.users for each row execute function legacy.seen();
create function legacy.as_text(uuid) returns text language sql immutable as $$ select 'a' $$;
create cast (uuid as text) with function legacy.as_text(uuid) as assignment;
"""


@pytest.mark.whole("reads the catalog after each of many changes")
def test_unconditional_policies_of_services_and_sql_that_cannot_be_judged_are_warnings(
    database: Database,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    by_hand(database, OPENED)
    commands.drift(format="json")
    found = json.loads(capsys.readouterr().out)["findings"]
    told = {each["where"]: each["message"] for each in found}
    assert [*told] == [
        "cast (uuid as text)",
        "function legacy.counted(text)",
        "function public.early(text)",
        "function public.listed(text)",
        'policy storage.objects."of All"',
        "trigger auth.users.seen",
        "trigger public.documents.seen",
    ]
    assert "anon may call it. Whether" in told["function legacy.counted(text)"]
    assert "gives every role access" in told['policy storage.objects."of All"']
    assert {each["severity"] for each in found} == {"warning"}
    keep(monkeypatch, tmp_path, *told)
    commands.drift(format="json")
    assert json.loads(capsys.readouterr().out)["findings"] == []


def keep(monkeypatch: pytest.MonkeyPatch, folder: Path, *patterns: str) -> None:
    """Let the project keep what some patterns name."""
    file = folder / "pyproject.toml"
    file.write_text(f"[tool.ottavino]\nkeep = {json.dumps(patterns)}\n")
    monkeypatch.setattr("ottavino.inspect.kept.PROJECT", file)


def test_patterns_that_cannot_be_read_are_no_answer(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    keep(monkeypatch, tmp_path)
    file = tmp_path / "pyproject.toml"
    file.write_text("[tool.ottavino]\nkeep = 'public.*'")
    assert "has to be a list of texts" in _cannot_tell(capsys)
    file.write_text("[tool.ottavino")
    assert "pyproject.toml cannot be read" in _cannot_tell(capsys)


@pytest.mark.whole("reads the catalog after each of many changes")
async def test_what_statements_of_migrations_make_is_ours(
    database: Database, project: Project
) -> None:
    project.copy_ours()
    made = """
        create view public.titles as select id, filename from documents;
        create index documents_by_size on public.documents (file_size);
        create function half(a int) returns int language sql immutable as 'select a / 2';
        comment on view titles is 'What people bring.';
        revoke all on titles from anon;
        create table counted (id serial primary key, of text);
        update public.documents set content = 'a';
        insert into nowhere values (1);
        create table other.hidden (id int)
    """
    project.write("3000", Execute(made, ""))
    by_hand_in = made.partition("update")[0]
    async with connected(database.superuser_url) as connection:
        await connection.execute(f"set role postgres; {by_hand_in}")
        found = (await drift()).comparison
        assert (found.differences, found.unknown) == ([], [])
        await connection.execute(
            "comment on view titles is null; drop index documents_by_size; "
            "drop table counted; create table stranger (id int)"
        )
        found = (await drift()).comparison
        assert [*map(_told_shortly, found.differences)] == [
            "sequence public.counted_id_seq: database",
            "table public.counted: database",
            "index public.documents_by_size: database",
            "view public.titles: database",
        ]
        assert [*map(str, found.unknown)] == ["table public.stranger"]
        await connection.execute("reset role")
        assert found.fix is not None
        await connection.execute(found.fix)
        assert (await drift()).comparison.differences == []


@pytest.mark.whole("compares the whole catalog")
def test_nothing_is_fixed_by_hand_that_a_migration_is_there_for(
    database: Database, project: Project, capsys: pytest.CaptureFixture[str]
) -> None:
    project.copy_ours()
    by_hand(database, "alter table documents disable row level security")
    project.write("3000", Execute("select 1", ""))
    with pytest.raises(SystemExit, match="1"):
        commands.drift()
    told = capsys.readouterr().out
    assert (
        "Apply the pending migrations. Then run this again for the SQL that fixes the rest."
        in told
    )
    assert "Not applied yet: db_3000.py" in told
    assert "begin;" not in told


@pytest.mark.whole("compares the whole catalog twice")
async def test_the_parts_of_a_table_that_a_pending_migration_renames_are_ours(
    empty_database: Database, project: Project
) -> None:
    title = text(max_length=9)
    project.declare([table("teams", Check("short", "length(title) < 5"), title=title)])
    await project.migrate()
    project.declare([table("groups", Check("short", "length(title) < 5"), title=title)])
    assert await project.generate() is not None
    found = await drift()
    assert (found.comparison.unknown, len(found.pending)) == ([], 1)
    stranger = "alter table public.teams add constraint hand check (title <> 'a')"
    async with connected(empty_database.superuser_url) as connection:
        await connection.execute(stranger)
    unknown = (await drift()).comparison.unknown
    assert [*map(str, unknown)] == ["check constraint public.groups.hand"]


@pytest.mark.whole("compares the whole catalog")
async def test_what_only_a_pending_migration_makes_is_asked_for(
    empty_database: Database, project: Project
) -> None:
    word = column("public.word", python=str)
    project.declare([table("notes", word=word)])
    project.write("3000", Execute("create domain word as text", "drop domain word"))
    with pytest.raises(CannotTell, match=r"before db_3000.py is applied. Apply the migrations"):
        await drift()
    await forwards("db")
    assert await project.generate() is not None
    await forwards("db")
    assert (await drift()).comparison.differences == []


@pytest.mark.whole("reads the catalog four times")
async def test_a_migration_that_was_undone_is_all_that_is_reported(
    empty_database: Database, project: Project
) -> None:
    title = text(max_length=9)
    project.declare([table("notes", Index(title), title=title)])
    await project.migrate()
    heading = text(max_length=9)
    project.declare([table("notes", Index(heading), heading=heading)])
    await project.migrate()
    await backwards("db", auto_agree=True)
    told = report.as_text(await drift())
    assert told.startswith(
        "The database is as the applied migrations have made it. Others are not applied. "
        "`piccolo migrations forwards all` applies them.\n\nNot applied yet: "
    )
    assert "heading" not in told
    async with connected(empty_database.direct_url) as connection:
        apps = await histories(connection, "all")
        done = [replace(each, files=[], entries=[]) for each in apps]
        assert await _as_applied(connection, [*done, *apps], []) is not None
        assert await _as_applied(connection, done, []) is None
    by_hand = (
        "alter table public.notes alter title drop not null, disable row level security; "
        "create index stranger on public.notes (user_id)"
    )
    async with connected(empty_database.superuser_url) as connection:
        await connection.execute(by_hand)
    found = await drift()
    told = report.as_text(found)
    awaited, _, others = told.partition("`piccolo migrations forwards all` applies them.")
    assert "    column public.notes.heading\n" in awaited
    assert "table public.notes: the database differs" in others
    assert [*map(str, found.unknown)] == ["index public.stranger"]
    assert "begin;" not in told


@pytest.mark.whole("compares the whole catalog")
def test_a_file_that_was_edited_or_is_gone_is_told(
    empty_database: Database, project: Project, capsys: pytest.CaptureFixture[str]
) -> None:
    project.write_three()
    asyncio.run(forwards("all"))
    project.write("2_b", Execute("select 2", "drop table b"))
    (project.folder / "db_1_a.py").unlink()
    capsys.readouterr()
    with pytest.raises(SystemExit, match="1"):
        commands.drift()
    told = capsys.readouterr().out
    assert "Applied, and its file is gone: 1_a\nApplied, and edited since: db_2_b.py\n" in told


@pytest.mark.whole("compares the whole catalog")
def test_a_program_is_told_in_json(
    database: Database, capsys: pytest.CaptureFixture[str]
) -> None:
    by_hand(database, "alter table public.documents add extra int, alter status drop default")
    with pytest.raises(SystemExit, match="1"):
        commands.drift(format="json")
    told = json.loads(capsys.readouterr().out)
    (difference,) = told.pop("differences")
    sides = [difference.pop(side)["default"] for side in ("classes", "files")]
    assert sides == ["'pending'::text"] * 2
    assert difference == {
        "object": "column public.documents.status",
        "outlier": "database",
        "differs": ["default"],
        "database": {"null": "refused", "type": "text"},
        "was": None,
        "undecided": None,
    }
    assert "set default 'pending'" in told.pop("fix")
    assert told == {
        "unknown": ["column public.documents.extra"],
        "pending": [],
        "awaited": [],
        "gone": [],
        "edited": [],
        "findings": [],
    }


@pytest.mark.whole
def test_the_command_is_one_of_piccolo(database: Database) -> None:
    run = run_forked(database.variables, "db", "drift", "--format=json")
    assert (run.returncode, run.stderr) == (0, "")
    assert json.loads(run.stdout)["differences"] == []


def test_a_database_that_does_not_answer_is_not_one_without_drift(
    settings_from: SettingsFrom, capsys: pytest.CaptureFixture[str]
) -> None:
    settings_from(DIRECT_URL="postgresql://postgres@127.0.0.1:1/nowhere")
    assert "does not answer" in _cannot_tell(capsys)


async def test_what_goes_wrong_while_it_is_read_is_no_answer(database: Database) -> None:
    with pytest.raises(CannotTell, match=r"^The database cannot be read: division by zero\.$"):
        async with reading() as connection:
            await connection.execute("select 1 / 0")


@pytest.mark.parametrize("severity", ["error", "warning"])
def test_what_weakens_the_policies_is_drift_and_what_may_be_meant_is_not(
    severity: Severity,
) -> None:
    finding = Finding(severity, "OTT000", "database", "It is wrong.")
    found = Drift(compared({}, {}, {}, {}), [], [], [], [finding])
    assert found.is_none is (severity == "warning")


def test_a_role_that_may_not_make_a_schema_is_told_what_it_needs(
    database: Database, settings_from: SettingsFrom, capsys: pytest.CaptureFixture[str]
) -> None:
    settings_from(DIRECT_URL=database.url)
    assert f"grant create on database {database.name} to ottavino" in _cannot_tell(capsys)


def test_a_database_without_auth_is_told_how_to_get_it(
    database: Database, capsys: pytest.CaptureFixture[str]
) -> None:
    by_hand(database, "drop schema auth cascade")
    assert "piccolo db install_auth" in _cannot_tell(capsys)


def test_a_schema_that_is_being_changed_is_not_waited_for(
    database: Database, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("ottavino.inspect.drift.SETTINGS", SETTINGS.replace("'2s'", "'50ms'"))
    with _holding(database, "lock table public.migration in access exclusive mode"):
        assert "try again" in _cannot_tell(capsys)


def test_a_migration_file_that_cannot_be_read_is_named(
    database: Database, project: Project, capsys: pytest.CaptureFixture[str]
) -> None:
    (project.folder / "broken.py").write_text("1 +")
    assert "broken.py cannot be read" in _cannot_tell(capsys)


def test_a_fault_of_our_own_is_no_answer_either(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("ottavino.inspect.drift.declared_state", None)
    assert "Traceback" in _cannot_tell(capsys)


def _cannot_tell(capsys: pytest.CaptureFixture[str]) -> str:
    with pytest.raises(SystemExit, match="2"):
        commands.drift()
    output = capsys.readouterr()
    assert not output.out
    return output.err


async def _declared(connection: Connection) -> Catalog:
    """The catalog that the classes give when they are migrated."""
    async with undone(connection):
        await connection.execute("set local role postgres")
        return await built(connection, declared_state(), bookkept=True)


async def _compared_with(connection: Connection, declared: Catalog) -> Comparison:
    database = await read(connection, ["public"])
    apart = await displaced(connection, ["public", "auth"], {}, declared, database)
    database = {**database, **apart.objects}
    found = apart.compared(declared, declared, database)
    opening = openings(found.unknown, database, declared, [])
    return replace(found, owner="postgres", openings=opening)


def all_told(comparison: Comparison) -> dict[str, set[str]]:
    opening = {each.where for each in comparison.openings}
    return {
        **{str(each.entry): _told(each) for each in comparison.differences},
        **{
            str(each): {"unknown", *(["opens"] if str(each) in opening else [])}
            for each in comparison.unknown
        },
    }


def _told(difference: Difference) -> set[str]:
    if difference.database is None:
        return {"missing"}
    return {*difference.facets, *(["renamed"] if difference.rename else [])}


def inside(fix: str | None) -> str:
    """What a fix does, in the transaction of the test."""
    if fix is None:
        return "select"
    assert fix.startswith("begin;\n")
    assert fix.endswith("\ncommit;")
    return fix.removeprefix("begin;\n").removesuffix("commit;") + "reset role"


def _told_shortly(difference: Difference) -> str:
    return f"{difference.entry}: {difference.outlier}"


async def _compared(connection: Connection, classes: State, files: State) -> list[str]:
    await connection.execute("set local role postgres")
    found = await find_drift(connection, classes, files)
    return [*map(_told_shortly, found.differences)]


def _with_policy(condition: str) -> State:
    """Our own schema, with another condition on the rows of documents."""
    state = declared_state()
    name = "policy public.documents.owner"
    create = state.objects[name].create.replace(
        f"using (user_id = {CALLER_ID})", f"using ({condition})"
    )
    assert condition in create
    state.objects[name] = replace(state.objects[name], create=create)
    return state


async def _until(connection: Connection, condition: str) -> None:
    async with asyncio.timeout(10):
        while not await connection.fetchval(f"select {condition}"):  # noqa: ASYNC110  # another process's doing
            await asyncio.sleep(0.02)


@contextmanager
def _holding(database: Database, sql: str) -> Generator[None]:
    """A superuser's open transaction, in a loop of its own."""
    with asyncio.Runner() as runner:
        connection = runner.run(asyncpg.connect(database.superuser_url))
        try:
            runner.run(connection.execute(f"begin; {sql}"))
            yield
        finally:
            runner.run(connection.close())
