"""The migration that adopting writes makes the same in an empty database."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from piccolo.apps.migrations.commands.backwards import backwards
from piccolo.apps.migrations.commands.forwards import forwards

from ottavino.inspect.adopt import commands
from ottavino.inspect.drift import drift
from ottavino.testing import Database, SettingsFrom
from ottavino.testing.cluster import EMPTY, Cluster, short_folder, stop
from ottavino.testing.database import connected
from tests.ottavino.databases import HOUSE
from tests.ottavino.inspect.adopt.test_adopt import (
    COLUMNS,
    databases,
    fetched,
    imported,
    made_by_hand,
    place,
    require_no_drift,
)
from tests.ottavino.migrate.project import Project, dump
from tests.ottavino.migrate.test_round_trip import comparable

__all__ = ["databases", "place"]

CONTRIB = Path("/usr/share/postgresql/15/extension/citext.control")

EXTENSIONS = """
    create extension citext with schema extensions;
    create extension "uuid-ossp" with schema extensions;
    create extension btree_gist with schema extensions;
    create schema search;
    grant usage on schema search to authenticated;
    create extension pg_trgm with schema search;
    create extension pgcrypto with schema extensions;
    create extension cube;
    create extension fuzzystrmatch with schema extensions;
    create extension hstore with schema extensions;
    create extension ltree with schema extensions;

    create domain email as extensions.citext check (value ~ '@');
    create table people (
        id uuid primary key default extensions.uuid_generate_v4(),
        address email unique,
        names extensions.citext[],
        during tstzrange,
        exclude using gist (id with =, during with &&)
    );
    create index people_address on people using gin ((address::text) search.gin_trgm_ops);
    create view sounds as select id, extensions.soundex(address::text) as sound from people;
    create function near(a float8) returns boolean language sql immutable
        as 'select public.cube_distance(public.cube(a), public.cube(0)) < 1';
    create table places (id int primary key, at float8 check (near(at)));
    create function secret() returns text language plpgsql set search_path = extensions
        as 'begin return crypt(''a'', gen_salt(''bf'')); end';
    create table keys (id int primary key, secret text default secret());
"""


@asynccontextmanager
async def with_contrib(
    settings_from: SettingsFrom,
) -> AsyncGenerator[tuple[Database, Database]]:
    """Two databases, of which the settings name the first, where extensions are available."""
    with short_folder() as folder:
        cluster = Cluster(folder, "15")
        await asyncio.to_thread(cluster.start)
        try:
            async with (
                cluster.clone(EMPTY, HOUSE) as live,
                cluster.clone(EMPTY, HOUSE) as empty,
            ):
                settings_from(**live.variables)
                yield live, empty
        finally:
            await asyncio.to_thread(stop, folder, "15")


CMS = Path(__file__).with_name("layered_cms.sql").read_text("utf-8")


@pytest.mark.whole
@pytest.mark.skipif(not CONTRIB.is_file(), reason="PostgreSQL 15 of Debian is not installed.")
async def test_views_over_trees_and_searches_are_adopted(
    project: Project, place: str, settings_from: SettingsFrom
) -> None:
    async with with_contrib(settings_from) as (live, empty):
        for database, sql in ((live, CMS), (empty, "")):
            await made_by_hand(database, "")
            async with connected(database.superuser_url) as connection:
                await connection.execute("drop type extensions.citext cascade")
            async with connected(database.direct_url) as connection:
                await connection.execute(f"set search_path = public, extensions; {sql}")
        before = dump(live)
        project.declare([])
        printed = await commands.adopted("cms.*", place)
        assert not [line for line in printed if line.startswith(("Not ", "Kept", "Needed"))]
        project.declare(imported(place))
        await require_no_drift()
        settings_from(**empty.variables)
        assert (await drift()).is_awaited
        await forwards("db")
        await require_no_drift()
        assert comparable(dump(empty)) == comparable(before)
        assert await fetched(empty, COLUMNS) == await fetched(live, COLUMNS)


@pytest.mark.whole
@pytest.mark.skipif(not CONTRIB.is_file(), reason="PostgreSQL 15 of Debian is not installed.")
async def test_extensions_are_created_that_adopted_tables_and_functions_use(
    project: Project, place: str, settings_from: SettingsFrom
) -> None:
    async with with_contrib(settings_from) as (live, empty):
        for database, sql in ((live, EXTENSIONS), (empty, "")):
            await made_by_hand(database, "")
            async with connected(database.superuser_url) as connection:
                # It takes the place of that of the extension where none is installed.
                await connection.execute("drop type extensions.citext cascade")
            async with connected(database.direct_url) as connection:
                await connection.execute(f"set search_path = public; {sql}")
        before = dump(live)
        project.declare([])
        printed = await commands.adopted("all", place)
        assert not [line for line in printed if line.startswith(("Not ", "Kept", "Needed"))]
        project.declare(imported(place))
        await require_no_drift()
        assert dump(live) == before
        installed = await fetched(live, INSTALLED)
        assert "hstore" in str(installed)
        await forwards("db")
        settings_from(**empty.variables)
        await forwards("db")
        await require_no_drift()
        made = set(str(await fetched(empty, INSTALLED)).split())
        assert made == set(str(installed).split()) - {"extensions.hstore", "extensions.ltree"}
        await backwards("db", auto_agree=True)
        assert await fetched(empty, INSTALLED) == "pg_catalog.plpgsql"


INSTALLED = """
    select string_agg(nspname || '.' || extname, ' ' order by extname)
    from pg_extension join pg_namespace on pg_namespace.oid = extnamespace
"""


ODD = """
    create table fine (id int primary key);
    create recursive view tree(n) as values (1) union all select n + 1 from tree where n < 5;
    create table trees (id int primary key);
    create view whole_rows as select fine from fine;
    create table nothing ();
    create view nothing_either as select;
    create view stars as select count(*) as number, fine.* from fine group by id;
    create view "Quoted view" as select 1 as "a b", 2 as "class", 3 as "None";
"""
OF_SUPERUSER = """
    create function public.size(text) returns integer language internal immutable as 'textlen';
    create function public.sizes() returns setof integer language sql
        as 'select public.size(''a'')';
    create view public.calling as select public.size('a') as size;
    alter view public.calling owner to postgres;
"""


@pytest.mark.whole
async def test_an_object_that_cannot_be_declared_stops_no_other(
    databases: tuple[Database, Database], project: Project, place: str
) -> None:
    await made_by_hand(databases[0], ODD)
    async with connected(databases[0].superuser_url) as connection:
        await connection.execute(OF_SUPERUSER)
    project.declare([])
    printed = await commands.adopted("all", place)
    refused = [line for line in printed if line.startswith("Not adopted")]
    size, sizes, calling = sorted(refused)
    assert "permission denied for language internal" in size
    needs = "needs public.size(text), which is not adopted"
    assert calling == f"Not adopted: public.calling, since it {needs}"
    assert sizes == f"Not adopted: function public.sizes(), since it {needs}"
    assert {line.split(" ")[1] for line in printed if line.startswith("Adopted ")} == {
        "public.fine",
        "public.tree",
        "public.trees",
        "public.whole_rows",
        "public.nothing",
        "public.nothing_either",
        "public.stars",
        'public."Quoted',
    }
    project.declare(imported(place))
    await require_no_drift()


NUMBERED = """
    create schema private;
    create schema app;
    create sequence app.ticket_no start 100;
    create sequence app."Other no";
    create sequence plain_no;
    create function private.next_code() returns text language sql
        as $$ select 'T' || nextval('app.ticket_no') || nextval('app."Other no"') $$;
    create function numbered() returns trigger language plpgsql
        as $$begin new.number = nextval('plain_no'); return new; end$$;
    create table tickets (code text primary key default private.next_code(), number bigint);
    create trigger numbered before insert on tickets for each row execute function numbered();
    -- No statement adds this column before the one that it uses.
    create table labels (label text generated always as (upper(title)) stored, title text);
"""


@pytest.mark.whole
async def test_a_sequence_is_adopted_with_the_function_whose_body_names_it(
    databases: tuple[Database, Database],
    project: Project,
    place: str,
    settings_from: SettingsFrom,
) -> None:
    live, empty = databases
    await made_by_hand(live, NUMBERED)
    await made_by_hand(empty, "")
    before = dump(live)
    project.declare([])
    printed = await commands.adopted("tickets,labels", place)
    assert not [line for line in printed if line.startswith(("Not ", "Kept", "Needed"))]
    project.declare(imported(place))
    await require_no_drift()
    settings_from(**empty.variables)
    await forwards("db")
    await require_no_drift()
    assert comparable(dump(empty)) == comparable(before)


APART = """
    create schema app;
    create table app.parents (id int primary key);
    create table app.children (
        id int primary key references app.parents, other int unique
    );
    alter table app.parents add other int references app.children (other);
    create table app.grandchildren (id int primary key references app.children);
"""


@pytest.mark.whole
async def test_tables_are_adopted_one_at_a_time_in_any_order(
    databases: tuple[Database, Database],
    project: Project,
    place: str,
    settings_from: SettingsFrom,
    capsys: pytest.CaptureFixture[str],
) -> None:
    live, empty = databases
    await made_by_hand(live, APART)
    await made_by_hand(empty, "")
    before = dump(live)
    project.declare([])
    needed: list[str] = []
    for name in ("app.grandchildren", "app.children"):
        printed = await commands.adopted(name, place)
        needed += [line for line in printed if line.startswith("Needed")]
        project.declare(imported(place))
        await require_no_drift()
    assert [line.partition(". ")[0] for line in needed] == [
        "Needed: app.children by app.grandchildren",
        "Needed: app.parents by app.children",
    ]
    nothing = dump(empty)
    settings_from(**empty.variables)
    with pytest.raises(SystemExit):
        await forwards("db")
    missing = "No migration creates app.parents: declare a class for it, or adopt it with"
    assert missing in capsys.readouterr().err
    assert dump(empty) == nothing
    settings_from(**live.variables)
    printed = await commands.adopted("app.parents", place)
    assert not [line for line in printed if line.startswith("Needed")]
    project.declare(imported(place))
    await require_no_drift()
    assert dump(live) == before
    settings_from(**empty.variables)
    await forwards("db")
    await require_no_drift()
    assert comparable(dump(empty)) == comparable(before)
    await backwards("db", "all", auto_agree=True)
    assert comparable(dump(empty)) == comparable(nothing)


UNADOPTED = """
    create table base (id int primary key);
    create table "of.two" (extra int, id int unique);
    create table todos (id int primary key, user_id uuid, of_two int references "of.two" (id));
    create function rows() returns setof "of.two" language sql
        as 'select * from public."of.two"';
    create function many("of.two"[]) returns int language plpgsql as 'begin return 1; end';
    create function about() returns int language sql as 'select extra from "of.two"';
    create function called("of.two") returns boolean language sql as 'select true';
    create policy of_them on todos using (exists (select from "of.two" where id = todos.id));
    create policy by_them on todos using (id = about());
    create view over as select extra from "of.two";
    create materialized view over_rows as select extra from rows();
    create view over_over as select extra from over;
    create table restricted (id int primary key);
    create policy of_them on restricted as restrictive
        using (exists (select from "of.two" as other where other.id = restricted.id));
    create function noted() returns trigger language plpgsql
        as 'begin insert into public."of.two" values (new.id); return new; end';
    create trigger noted after insert on base for each row execute function noted();
"""


@pytest.mark.whole
async def test_what_needs_a_table_that_cannot_be_adopted_is_listed_and_left_out(
    databases: tuple[Database, Database],
    project: Project,
    place: str,
    settings_from: SettingsFrom,
) -> None:
    live, empty = databases
    await made_by_hand(live, UNADOPTED)
    await made_by_hand(empty, "")
    project.declare([])
    printed = await commands.adopted("all", place)
    adopted = [line for line in printed if line.startswith("Adopted")]
    assert adopted == ["Adopted public.base as Base", "Adopted public.todos as Todo"]
    two, over = 'public."of.two"', "which is not adopted"
    fails = "so that the function fails in a database that migrations make."
    restricted = "Not adopted: public.restricted, since its policy public.restricted.of_them"
    assert {line for line in printed if line.startswith(("Kept", "Not adopted", "Needed"))} == {
        f"Kept, since it needs {two}, {over}: foreign key public.todos.todos_of_two_fkey",
        f"Kept, since it needs {two}, {over}: policy public.todos.of_them",
        f"Kept, since it needs public.about(), {over}: policy public.todos.by_them",
        f"Needed: {two} by function public.noted(). No class declares it, {fails}",
        f"Not adopted: {two}, since its name has a dot or a quotation mark",
        f"Not adopted: function public.about(), since it needs {two}, {over}",
        f"Not adopted: function public.called({two}), since it needs {two}, {over}",
        f"Not adopted: function public.many({two}[]), since it needs {two}, {over}",
        f"Not adopted: function public.rows(), since it needs {two}, {over}",
        f"Not adopted: public.over, since it needs {two}, {over}",
        f"{restricted} needs {two}, {over}",
        f"Not adopted: public.over_rows, since it needs public.rows(), {over}",
        f"Not adopted: public.over_over, since it needs public.over, {over}",
    }
    project.declare(imported(place))
    await require_no_drift()
    settings_from(**empty.variables)
    await forwards("db")


LIVE = """
    create table todos (id bigint generated by default as identity primary key, task text);
    insert into todos (task) values ('a');
"""


@pytest.mark.whole
async def test_undoing_the_migration_drops_no_table_that_was_there_before(
    databases: tuple[Database, Database],
    project: Project,
    place: str,
    settings_from: SettingsFrom,
    capsys: pytest.CaptureFixture[str],
) -> None:
    live, empty = databases
    await made_by_hand(live, LIVE)
    await made_by_hand(empty, "")
    project.declare([])
    await commands.adopted("all", place)
    project.declare(imported(place))
    await forwards("db")
    for record in (
        "select",
        # A record that was made before it said whether the migration was run.
        "alter table public.migration drop column was_run",
    ):
        async with connected(live.direct_url) as connection:
            await connection.execute(record)
        for options in ({"auto_agree": True}, {"preview": True}, {}):
            with pytest.raises(SystemExit) as exit_:
                await backwards("db", "all", **options)
            said = capsys.readouterr().err + str(exit_.value.code)
            assert "run `piccolo migrations clean db`" in said
    assert await fetched(live, "select count(*) from todos") == 1
    settings_from(**empty.variables)
    await forwards("db")
    await backwards("db", auto_agree=True)
    assert await fetched(empty, "select to_regclass('public.todos')::text") is None


LOOSE = """
    create table todos (id serial primary key, user_id uuid not null, task text);
    alter table todos enable row level security;
    create policy own on todos to authenticated using (auth.uid() = user_id);
    create table open (id int primary key);
    create view listed as select id from open;
    create function made() returns trigger language plpgsql as 'begin return new; end';
    create trigger made after insert on todos for each row execute function made();
"""


SERIAL = """
    create table closed (id serial primary key);
    revoke all on sequence closed_id_seq from anon, authenticated, service_role;
    create table given (id bigserial primary key, n smallserial);
    grant all on sequence given_id_seq to authenticated;
"""


@pytest.mark.whole("adopts a database")
async def test_an_adopted_serial_needs_no_migration(
    databases: tuple[Database, Database], project: Project, place: str
) -> None:
    live, _ = databases
    await made_by_hand(live, SERIAL)
    project.declare([])
    await commands.adopted("all", place)
    project.declare(imported(place))
    assert await project.generate() is None
    await require_no_drift()


@pytest.mark.whole
async def test_tightened_access_is_given_back(
    databases: tuple[Database, Database], project: Project, place: str
) -> None:
    live, _ = databases
    await made_by_hand(live, LOOSE)
    before = dump(live)
    project.declare([])
    await commands.adopted("all", place, tighten=True)
    project.declare(imported(place))
    await forwards("db")
    assert dump(live) != before
    await require_no_drift()
    await backwards("db", auto_agree=True)
    assert dump(live) == before
