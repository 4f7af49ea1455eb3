"""What belongs to no table is adopted by its name, early or late, as tables are."""

import re
from pathlib import Path

import pytest
from piccolo.apps.migrations.commands.backwards import backwards
from piccolo.apps.migrations.commands.forwards import forwards

from ottavino.inspect.adopt import commands
from ottavino.inspect.adopt.wanted import NothingToAdopt, Pattern, Wanted, wanted
from ottavino.inspect.drift import drift
from ottavino.testing import Database, SettingsFrom
from ottavino.testing.database import connected
from tests.ottavino.inspect.adopt.test_adopt import (
    databases,
    imported,
    made_by_hand,
    place,
    require_no_drift,
)
from tests.ottavino.migrate.project import Project, dump
from tests.ottavino.migrate.test_round_trip import comparable

__all__ = ["databases", "place"]


@pytest.mark.parametrize(
    ("text", "patterns"),
    [
        ("all", []),
        ("orders, billing.*", [("", "public.orders"), ("", "billing.*")]),
        ("function app.total", [("function", "app.total")]),
        ("f(text, int),public.g", [("", "public.f(text, int)"), ("", "public.g")]),
        ('"a,b".c,"My T"', [("", "a,b.c"), ("", "public.My T")]),
        ("policy storage.objects.own files", [("policy", "storage.objects.own files")]),
        ("cron-job nightly.run", [("cron-job", "nightly.run")]),
        ("materialized view shown", [("materialized view", "public.shown")]),
    ],
)
def test_patterns_are_read_as_they_are_written(
    text: str, patterns: list[tuple[str, str]]
) -> None:
    assert wanted(text) == Wanted(tuple(Pattern(*each) for each in patterns))


def test_a_pattern_names_objects_of_every_kind() -> None:
    def fits(text: str, kind: str, name: str) -> bool:
        return wanted(text).has(kind, name)

    assert fits("all", "function", "app.f(integer)")
    assert fits("app.*", "function", "app.f(integer)")
    assert fits("app.f", "function", "app.f(integer)")
    assert fits("app.f(integer)", "function", "app.f(integer)")
    assert fits("app.f(integer[])", "function", "app.f(integer[])")
    assert not fits("app.f(text)", "function", "app.f(integer)")
    assert not fits("view app.f", "function", "app.f(integer)")
    assert fits("My Schéma.*", "table", '"My Schéma".rows')
    assert fits("policy storage.*", "policy", 'storage.objects."own files"')
    assert fits("storage.objects.own files", "policy", 'storage.objects."own files"')


CRON = """
    create schema cron;
    create table cron.job (
        jobid bigint generated always as identity,
        jobname name,
        schedule text,
        command text,
        username text default current_user,
        active boolean default true,
        database text default current_database()
    );
    create function cron.schedule(job name, at text, run text) returns void language sql
        as 'insert into cron.job (jobname, schedule, command) values (job, at, run)';
    create function cron.unschedule(number bigint) returns void language sql
        as 'delete from cron.job where jobid = number';
    grant usage on schema cron to postgres;
    grant select, insert, delete on cron.job to postgres;
    set allow_system_table_mods = on;
    insert into pg_extension
        select
            4711::oid, 'pg_cron', extowner, 'pg_catalog'::regnamespace, false, '1.6', null, null
        from pg_extension where extname = 'plpgsql';
"""
"""What the extension `pg_cron` has made, as far as its jobs are read and written."""

JOBS = """
    insert into cron.job (jobname, schedule, command, username, active) values
        ('nightly', '0 3 * * *', e'select 1;\n  select ''two''', 'postgres', true),
        ('paused', '0 3 * * *', 'select 1', 'postgres', false),
        ('of another', '0 3 * * *', 'select 1', 'somebody', true),
        (null, '0 3 * * *', 'select 1', 'postgres', true);
"""

ALONE = """
    create schema app;
    grant usage on schema app to authenticated;
    create schema spare;
    comment on schema spare is 'for later';
    create type app.mood as enum ('glad', 'it''s bad', 'so-so');
    comment on type app.mood is 'How it goes.';
    create type app.pair as (a int, b app.mood);
    create domain app.percent as int check (value between 0 and 100);
    comment on domain app.percent is 'Of a hundred.';
    create sequence app.numbers start 100 increment 10;
    grant usage on sequence app.numbers to authenticated;
    create function app.add(state int, more int) returns int language sql immutable
        as 'select state + more';
    create aggregate app.total(int) (sfunc = app.add, stype = int, initcond = '0');
    create function app.glad(of app.mood) returns boolean language sql immutable
        as $$ select of = 'glad' $$;
    comment on function app.glad is 'Whether one is glad.';
    revoke all on function app.glad from public, anon;
    create function app.first(pairs app.pair[]) returns app.mood language sql stable
        as $$ select (pairs[1]).b where app.glad('glad') $$;
    create procedure app.restart() language plpgsql as $$
        begin perform setval('app.numbers', 100); end $$;
    create table days (
        id int primary key, mood app.mood not null default 'glad', done app.percent
    );
    create policy "own files" on storage.objects for select to authenticated
        using (owner = (select auth.uid()));
    create function after_sign_up() returns trigger language plpgsql security definer
        set search_path = '' as $$ begin return new; end $$;
    create trigger after_sign_up after insert on auth.users
        for each row execute function after_sign_up();
"""

STAGES = {
    "alone before tables": (
        "type app.mood",
        "app.add,aggregate app.total",
        "public.days",
        "app.*,spare.*",
        "storage.*,after_sign_up,cron-job *",
    ),
    "alone after tables": (
        "days",
        "function app.*",
        "procedure app.restart,app.numbers",
        "policy storage.objects.own files,cron-job nightly",
        "app.*,after_sign_up(),spare.*",
    ),
    "no table": ("app.*", "spare.*,storage.*,after_sign_up,cron-job nightly", "days"),
    "everything": ("app.*,public.*,storage.*,spare.*,cron-job *",),
    "all": ("all",),
}


@pytest.mark.whole("adopts databases, and builds them again")
@pytest.mark.parametrize("stages", STAGES.values(), ids=STAGES)
async def test_objects_without_a_table_are_adopted_in_stages(
    databases: tuple[Database, Database],
    project: Project,
    place: str,
    settings_from: SettingsFrom,
    stages: tuple[str, ...],
) -> None:
    live, empty = databases
    for database, sql in ((live, ALONE), (empty, "")):
        await made_by_hand(database, sql)
        async with connected(database.superuser_url) as connection:
            await connection.execute(CRON)
    async with connected(live.superuser_url) as connection:
        await connection.execute(JOBS)
    before, nothing = dump(live), dump(empty)
    project.declare([])
    for names in stages:
        printed = await commands.adopted(names, place)
        told = [line for line in printed if line.startswith(("Kept", "Not adopted", "Needed"))]
        paused = "cron-job paused" if "cron-job *" in names or names == "all" else "\0"
        assert not [line for line in told if paused not in line], printed
        project.declare(imported(place))
        await require_no_drift()
    unknown = " ".join(map(str, (await drift()).comparison.unknown))
    assert not re.search(r"\bapp\.|\bpublic\.|spare|policy|nightly", unknown), unknown
    assert dump(live) == before
    settings_from(**empty.variables)
    await forwards("db")
    await require_no_drift()
    assert comparable(dump(empty)) == comparable(before)
    async with connected(empty.direct_url) as connection:
        jobs = await connection.fetch("select jobname, schedule, command from cron.job")
    assert [*map(tuple, jobs)] == [("nightly", "0 3 * * *", "select 1;\n  select 'two'")]
    await backwards("db", "all", auto_agree=True)
    assert comparable(dump(empty)) == comparable(nothing)


@pytest.mark.whole("adopts a database")
async def test_what_is_not_there_or_not_ours_to_adopt_is_refused_by_name(
    databases: tuple[Database, Database], project: Project, place: str, tmp_path: Path
) -> None:
    await made_by_hand(databases[0], ALONE)
    project.declare([])
    await commands.adopted("app.glad", place)
    project.declare(imported(place))
    text = (tmp_path / place / "objects.py").read_text("utf-8")
    assert "OBJECTS = (" in text
    for names, reason in (
        ("app.glad", r"app\.glad is declared already"),
        ("app.nothing", r"has no app\.nothing that is left to adopt"),
        ("table app.numbers", r"has no table app\.numbers"),
        ("nowhere.*", r"has no nowhere\.\* that is left"),
        ("auth.users", r"auth\.users is of Supabase's services"),
    ):
        with pytest.raises(NothingToAdopt, match=reason):
            await commands.adopted(names, place)
