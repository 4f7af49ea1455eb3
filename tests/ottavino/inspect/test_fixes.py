"""The SQL that drift prints for each kind of object runs as printed, and leaves no drift."""

from collections.abc import AsyncGenerator
from enum import StrEnum
from typing import Any

import pytest

from ottavino import (
    SQL,
    ApiRole,
    AsFound,
    Check,
    Col,
    Comment,
    DatabaseFunction,
    DatabaseProcedure,
    DefaultPrivileges,
    Exclude,
    Extension,
    ForeignPolicy,
    Grant,
    Index,
    NoStatistics,
    Partition,
    Policy,
    Publication,
    Published,
    Raw,
    Role,
    Schema,
    Sequence,
    Table,
    Trigger,
    Unique,
    View,
    bigint,
    enum,
    generated,
    identity,
    integer,
    serial,
    text,
)
from ottavino.declare.kinds import KINDS
from ottavino.inspect.drift import find_drift
from ottavino.migrate import platform
from ottavino.migrate.state import State
from ottavino.postgres.connection import Connection
from ottavino.testing import Database, SettingsFrom
from tests.ottavino.databases import repeating
from tests.ottavino.declare.installed import move, notes, schema, undone
from tests.ottavino.declare.test_every_object import (
    DURING,
    EARLY,
    LATE,
    STORAGE,
    events,
    numbered,
    of_notes,
    priced,
)
from tests.ottavino.inspect.test_drift import inside
from tests.ottavino.migrate.project import table

DOUBLE = generated(integer(), "price * 2")
TITLE, PRICE = text(default=""), integer(default=0)


class Mood(StrEnum):
    """The values of an enumeration."""

    GOOD = "good"
    BAD = "bad"


class NoteTitle(View, tablename="note_titles"):
    """A view over a table."""

    title: Col[str] = text()
    query = "select title from public.notes"


class NoteCount(View, tablename="note_counts", materialized=True):
    """A view with rows of its own."""

    notes: Col[int] = bigint()
    query = "select count(*) as notes from public.notes"


TWICE = DatabaseFunction(
    name="twice",
    arguments=("n integer",),
    returns="integer",
    language="sql",
    body="select n * 2",
)
IN_REPORTS = DatabaseFunction(
    name="once", schema="reports", returns="integer", language="sql", body="select 1"
)
TIDY = DatabaseProcedure(name="tidy", body="begin null; end")
PLAIN = Raw(
    "plain",
    create="create text search configuration public.plain (copy = simple)",
    drop="drop text search configuration public.plain",
    read="select 'there' from pg_ts_config where cfgname = 'plain'",
)
COUNTS = Trigger(
    name="counts",
    function=DatabaseFunction(name="counted", returns="trigger", body="begin return new; end"),
    when="before",
    event="update",
)
NOT_NEGATIVE = Check("priced", "price >= 0")

EXAMPLES: dict[str, tuple[list[Any], list[str]]] = {
    "check": (
        of_notes(NOT_NEGATIVE),
        [
            "alter table notes drop constraint notes_priced",
            (
                "alter table notes drop constraint notes_priced, "
                "add constraint notes_priced check (price > 5)"
            ),
        ],
    ),
    "comment": (
        [*of_notes(), TWICE, Comment("Of a number.", on=TWICE)],
        ["comment on function twice(int) is null", "comment on table notes is 'Others.'"],
    ),
    "default-privileges": (
        [DefaultPrivileges("tables"), DefaultPrivileges("types", to={Role.ANON: ("usage",)})],
        [
            "alter default privileges in schema public grant select on tables to anon",
            "alter default privileges in schema public grant all on tables to anon",
            "alter default privileges in schema public revoke usage on types from anon",
            "alter default privileges in schema public grant usage on types to public",
        ],
    ),
    "detail": (
        of_notes(
            AsFound(
                "detail public.notes.identity",
                "alter table public.notes replica identity full",
                "alter table public.notes replica identity default",
            )
        ),
        [
            "alter table notes set (fillfactor = 50)",
            "alter table notes replica identity default",
            "alter table notes replica identity nothing",
        ],
    ),
    "domain": (priced(at_least=0), ["comment on domain price is 'Others.'"]),
    "domain-check": (
        priced(at_least=0),
        [
            "alter domain price drop constraint price_bound",
            "alter domain price add constraint stranger check (value < 9)",
            (
                "alter domain price drop constraint price_bound; "
                "alter domain price add constraint price_bound check (value >= 7)"
            ),
        ],
    ),
    "domain-default": (
        priced(at_least=0, default=2),
        ["alter domain price drop default", "alter domain price set default 4"],
    ),
    "domain-required": (
        priced(at_least=0, required=True),
        ["alter domain price drop not null"],
    ),
    "enum": (
        of_notes(mood=enum(Mood, default=None)),
        [
            "comment on type mood is 'Others.'",
            (
                "alter table notes drop mood; drop type mood; "
                "create type mood as enum ('bad'); alter table notes add mood mood"
            ),
        ],
    ),
    "exclusion": (
        of_notes(Exclude((DURING, "&&"), name="one")),
        ["alter table notes drop constraint notes_one"],
    ),
    "extension": (
        [Extension("vector", schema="of_vectors")],
        [
            "drop extension vector",
            "drop schema of_vectors cascade",
            "alter extension vector set schema public; drop schema of_vectors",
        ],
    ),
    "foreign-key": (
        of_notes(),
        [
            "alter table notes drop constraint notes_user_id_fkey",
            (
                "alter table notes drop constraint notes_user_id_fkey, add constraint "
                "notes_user_id_fkey foreign key (user_id) references auth.users"
            ),
        ],
    ),
    "function": (
        [TWICE],
        [
            "drop function twice(int)",
            "alter function twice(int) security definer",
            (
                "drop function twice(int); create function twice(n int) returns text "
                "language sql as 'select n::text'"
            ),
        ],
    ),
    "generated": (
        of_notes(
            Grant(to=Role.AUTHENTICATED, select=(DOUBLE,)),
            Comment("Of the price.", on=DOUBLE),
            Index(DOUBLE),
            double=DOUBLE,
        ),
        [
            "alter table notes alter double drop expression",
            "alter table notes drop double; alter table notes add double int default 0",
            "alter table notes alter double type bigint",
            (
                "alter table notes drop double; "
                "alter table notes add double int generated always as (price * 3) stored"
            ),
        ],
    ),
    "index": (
        of_notes(Index(TITLE), title=TITLE),
        [
            "drop index notes_title_idx",
            "drop index notes_title_idx; create index notes_title_idx on notes (title desc)",
        ],
    ),
    "materialized-view": (
        [*of_notes(), NoteCount],
        [
            "drop materialized view note_counts",
            "comment on materialized view note_counts is 'A'",
        ],
    ),
    "partition": (
        events(EARLY, LATE),
        [
            "alter table events_late disable row level security",
            "alter table events detach partition events_early",
            (
                "alter table events detach partition events_early; "
                "alter table events attach partition events_early for values from (1) to (9)"
            ),
            (
                "create table others (like events) partition by range (at); "
                "alter table events detach partition events_early; "
                "alter table others attach partition events_early default"
            ),
            "drop table events_late",
        ],
    ),
    "policy": (
        [
            *of_notes(Policy(name="owner", using="user_id = auth.uid()")),
            ForeignPolicy(on="storage.objects", name="a", using="false"),
        ],
        [
            "drop policy owner on notes",
            "alter policy owner on notes using (true)",
            "drop policy a on storage.objects",
            "alter policy a on storage.objects using (true)",
        ],
    ),
    "primary-key": (of_notes(), ["alter table notes drop constraint notes_pkey"]),
    "privileges": (
        of_notes(Grant(to=Role.AUTHENTICATED, select=True, update=(TITLE,)), title=TITLE),
        [
            "revoke select on notes from authenticated",
            "revoke update (title) on notes from authenticated",
            "grant select on notes to authenticated with grant option",
            "grant update (title) on notes to authenticated with grant option",
        ],
    ),
    "procedure": ([TIDY], ["drop procedure tidy()", "alter procedure tidy() security definer"]),
    "publication": (
        [*of_notes(), Publication("changes", (notes(),))],
        [
            "drop publication changes",
            "alter publication changes set (publish = 'insert')",
            "create table others (); alter publication changes add table others",
            "alter publication changes drop table notes",
        ],
    ),
    "published": (
        of_notes(Published("some_changes")),
        [
            "alter publication some_changes drop table notes",
            "alter publication some_changes set table notes (id, title)",
        ],
    ),
    "raw": ([PLAIN], ["drop text search configuration plain"]),
    "row-security": (
        of_notes(),
        [
            "alter table notes disable row level security",
            "alter table notes no force row level security",
            "drop table notes",
        ],
    ),
    "schema": (
        [Schema("reports", usage=(Role.AUTHENTICATED,)), IN_REPORTS],
        [
            "drop schema reports cascade",
            "grant usage on schema reports to anon",
            "revoke usage on schema reports from authenticated",
            "create role stranger; grant all on schema reports to stranger, public",
        ],
    ),
    "sequence": (
        numbered(),
        [
            'alter sequence "Numbers" increment 5',
            'alter sequence "Numbers" as integer',
            'drop sequence "Numbers" cascade',
        ],
    ),
    "sequence-privileges": (
        [*numbered(usage=(Role.AUTHENTICATED,))],
        ['revoke usage on sequence "Numbers" from authenticated'],
    ),
    "statistics": (
        of_notes(NoStatistics(TITLE), title=TITLE),
        ["alter table notes alter title set statistics 10"],
    ),
    "trigger": (
        of_notes(COUNTS),
        [
            "drop trigger counts on notes",
            "alter table notes disable trigger counts",
            (
                "create or replace trigger counts after update on notes for each row "
                "execute function counted()"
            ),
        ],
    ),
    "unique": (
        of_notes(Unique(TITLE), title=TITLE),
        [
            "alter table notes drop constraint notes_title_key",
            (
                "alter table notes drop constraint notes_title_key, "
                "add constraint notes_title_key unique (title) include (price)"
            ),
        ],
    ),
    "view": (
        [*of_notes(), NoteTitle],
        [
            "drop view note_titles",
            "alter view note_titles reset (security_invoker)",
            (
                "create or replace view note_titles with (security_invoker) as "
                "select title from notes where price > 0"
            ),
        ],
    ),
}

WITHOUT_FIX = {
    "cron-job": "test_cron_job.py tests it with the schema of pg_cron",
    "role": "a finding, because a role belongs to the server",
}
"""The kinds for which drift prints no SQL, each with the reason."""


def test_every_kind_has_an_example_or_a_reason() -> None:
    assert {*EXAMPLES, *WITHOUT_FIX} == {*KINDS}


BORROWER = ApiRole("fixes_borrower")
LATER_OBJECTS = "; ".join(
    f"alter default privileges grant all on {kind} to {', '.join([*Role, BORROWER])}, public"
    for kind in ("schemas", "tables", "sequences", "functions", "types")
)


@pytest.mark.whole("reads the catalog after each of many changes")
async def test_every_fix_runs_in_its_order_and_leaves_no_drift(
    connection: Connection, subtests: pytest.Subtests, settings_from: SettingsFrom
) -> None:
    """Also where default privileges open all that is made to callers."""
    settings_from(API_ROLES=f"{BORROWER}")
    await connection.execute(f"create role {BORROWER}")
    available = {
        row[0] for row in await connection.fetch("select name from pg_available_extensions")
    }
    for kind, (declarations, changes) in EXAMPLES.items():
        if kind == "extension" and "vector" not in available:
            continue
        state = schema(*declarations)
        async with undone(connection):
            await move(connection, State(), state)
            await connection.execute(LATER_OBJECTS)
            for change in changes:
                with subtests.test(kind, by_hand=change):
                    async with undone(connection):
                        await _is_fixed(connection, state, change)


OF_DOWNWARDS = "detail public.notes.sequence of n"
DOWNWARDS = AsFound(
    OF_DOWNWARDS,
    "alter table public.notes alter column n set increment -1 set minvalue -99 set maxvalue -1 "
    "set start -1 restart",
    drop="alter table public.notes alter column n set start 1 set increment 1 set no minvalue "
    "set no maxvalue restart",
)
ALTER = "alter table notes alter n"
IDENTITY = f"{ALTER} add generated always as identity"
SERIAL = (
    f"create sequence notes_n_seq owned by notes.n; {ALTER} set default nextval('notes_n_seq')"
)
NUMBERED = {
    "identity": ((identity(bigint()),), "values (7), (41)", 42),
    "serial": ((serial(integer()),), "values (7), (41)", 42),
    "downwards": ((identity(integer()), DOWNWARDS), "values (-7), (-41)", -42),
}
BY_HAND = [
    ("identity", f"{ALTER} drop identity"),
    (
        "identity",
        f"{ALTER} drop identity; {SERIAL}",
    ),
    ("serial", "drop sequence notes_n_seq cascade"),
    (
        "serial",
        f"drop sequence notes_n_seq cascade; {IDENTITY} (start 50)",
    ),
    (
        "serial",
        "drop sequence notes_n_seq cascade; create sequence notes_n_seq as integer",
    ),
    ("downwards", f"{ALTER} drop identity"),
    (
        "downwards",
        f"{ALTER} drop identity; {IDENTITY}",
    ),
]


@pytest.mark.whole("reads the catalog after each of many changes")
@pytest.mark.parametrize(("way", "change"), BY_HAND)
async def test_numbers_go_on_after_a_fix(way: str, change: str, connection: Connection) -> None:
    (column, *details), rows, expected = NUMBERED[way]
    state = schema(table("notes", *details, n=column, user_id=integer(default=0)))
    await move(connection, State(), state)
    await connection.execute(f"insert into notes (n) overriding system value {rows}")
    await _is_fixed(connection, state, change)
    assert await connection.fetchval("insert into notes default values returning n") == expected


NUMBERS = Sequence("public.num", start=1000)
COUNTED = {
    "declared": (integer(default=NUMBERS.next), "num", 1000),
    "serial": (serial(integer()), "notes_n_seq", 1),
    "identity": (identity(integer()), "notes_n_seq", 1),
}


@pytest.mark.whole("reads the catalog after each of many changes")
@pytest.mark.parametrize(
    ("taken", "change", "goes_on"),
    [
        (0, "start 70 restart", 0),
        (0, "start 70", 0),
        # It gives numbers below its start, which nobody has taken by it.
        (0, "start 70 restart 5", None),
        (2, "start 70 restart", 2),
        (2, "start 70", 2),
    ],
)
@pytest.mark.parametrize("way", COUNTED)
async def test_a_sequence_that_gave_no_number_begins_with_its_start_after_a_fix(
    connection: Connection, way: str, taken: int, change: str, goes_on: int | None
) -> None:
    column, sequence, start = COUNTED[way]
    state = schema(NUMBERS, table("notes", n=column, user_id=integer(default=0)))
    await move(connection, State(), state)
    for _ in range(taken):
        await connection.execute("insert into notes default values")
    await _is_fixed(connection, state, f"alter sequence {sequence} {change}")
    expected = 5 if goes_on is None else start + goes_on
    assert await connection.fetchval("insert into notes default values returning n") == expected


@pytest.mark.whole("reads the catalog after each of many changes")
@pytest.mark.parametrize(
    "change",
    [
        "restart {start} start 77",
        "restart 1 start 1077 increment 3",
        "restart 1 minvalue -5 maxvalue 2000",
        "restart 2 minvalue 2 maxvalue 3 start 2",
    ],
)
@pytest.mark.parametrize("way", COUNTED)
async def test_a_sequence_that_was_set_back_goes_on_after_the_rows(
    connection: Connection, way: str, change: str
) -> None:
    column, sequence, start = COUNTED[way]
    state = schema(NUMBERS, table("notes", n=column, user_id=integer(default=0)))
    await move(connection, State(), state)
    for _ in range(5):
        await connection.execute("insert into notes default values")
    changed = change.format(start=start)
    await _is_fixed(connection, state, f"alter sequence {sequence} {changed}")
    assert (
        await connection.fetchval("insert into notes default values returning n") == start + 5
    )


IMPOSTORS = {
    "drop function secret(); "
    "create function secret() returns text language sql as 'select null'; "
    "grant execute on function secret() to anon, fixes_stranger": "function",
    "drop view ids; create view ids as select 1 as id; "
    "grant select on ids to anon, public, fixes_stranger": "view",
}


@pytest.mark.whole("reads the catalog after each of many changes")
@pytest.mark.parametrize("change", IMPOSTORS, ids=IMPOSTORS.values())
async def test_what_is_made_again_is_open_to_callers_only_as_declared(
    change: str, connection: Connection
) -> None:
    secret = DatabaseFunction(
        name="secret",
        returns="bigint",
        language="sql",
        body="select 1::bigint",
        security_definer=True,
        execute=(Role.AUTHENTICATED,),
    )

    class Ids(View, tablename="ids"):
        id: Col[int] = integer()
        query = "select 2 as id"
        database_objects = (Grant(to=Role.AUTHENTICATED, select=True),)

    state = schema(secret, Ids)
    await connection.execute("create role fixes_stranger")
    await move(connection, State(), state)
    await _is_fixed(connection, state, change)
    may = """
        select rolname::text
        from pg_roles
        where has_function_privilege(oid, 'secret()', 'execute')
            and has_table_privilege(oid, 'ids', 'select')
            and rolname in ('anon', 'authenticated', 'service_role')
        union all
        select rolname from pg_roles
        where rolname in ('anon', 'service_role') and (
            has_function_privilege(oid, 'secret()', 'execute')
            or has_table_privilege(oid, 'ids', 'select')
        )
    """
    assert [each[0] for each in await connection.fetch(may)] == ["authenticated"]
    others = await connection.fetchval(
        "select has_function_privilege('fixes_stranger', 'secret()', 'execute') "
        "or has_table_privilege('fixes_stranger', 'ids', 'select')"
    )
    assert others


async def test_a_materialized_view_that_somebody_made_otherwise_is_opened_to_nobody(
    connection: Connection,
) -> None:
    make: Any = type(View)
    number = bigint()
    members = {
        "notes": number,
        "query": "select count(*) as notes from public.notes",
        "database_objects": (Grant(to=Role.AUTHENTICATED, select=True), Index(number)),
    }
    counts = make("Counts", (View,), members, tablename="counts", materialized=True)
    state = schema(*of_notes(), counts)
    await move(connection, State(), state)
    await connection.execute(
        "drop materialized view counts; create materialized view counts as "
        "select price as notes from notes"
    )
    found = await find_drift(connection, state, state)
    assert {f"{each.entry}": each.undecided for each in found.differences} == {
        "materialized view public.counts": "it may hold data that exists nowhere else",
        "index public.counts_notes_idx": WAITS,
        "privilege select on public.counts to authenticated": WAITS,
    }
    assert found.fix is None


WAITS = "it depends on the materialized view public.counts, which has to be decided first"

OPEN_TO = """
    select grantee::regrole, privilege_type
    from pg_class, aclexplode(relacl)
    where relkind = 'S' and relnamespace = 'public'::regnamespace and grantee <> relowner
        and relname <> 'migration_id_seq'
"""


@pytest.mark.whole("reads the catalog after each of many changes")
@pytest.mark.parametrize("change", ["alter n drop identity", "drop n", None])
@pytest.mark.parametrize("way", ["identity", "serial"])
async def test_a_sequence_that_a_fix_makes_is_closed(
    way: str, change: str | None, connection: Connection, settings_from: SettingsFrom
) -> None:
    """As new sequences are open in every Supabase project."""
    settings_from(API_ROLES=f"{BORROWER}")
    await connection.execute(f"create role {BORROWER}")
    column = NUMBERED[way][0][0]
    state = schema(table("notes", n=column, user_id=integer(default=0)))
    await move(connection, State(), state)
    await connection.execute(LATER_OBJECTS)
    dropped = "drop table notes" if change is None else f"alter table notes {change}"
    if way == "serial" and change == "alter n drop identity":
        dropped = "drop sequence notes_n_seq cascade"
    await _is_fixed(connection, state, dropped)
    assert await connection.fetch(OPEN_TO) == []


OPEN_SCHEMAS = """
    select nspname::text
    from pg_namespace, aclexplode(nspacl)
    where nspname = 'of_vectors' and grantee <> nspowner
"""


@pytest.mark.whole("makes an extension")
@pytest.mark.parametrize(
    "change", ["drop schema of_vectors cascade", "alter extension vector set schema public"]
)
async def test_a_schema_that_a_fix_makes_for_an_extension_is_closed(
    change: str, connection: Connection
) -> None:
    state = schema(Extension("vector", schema="of_vectors"))
    await move(connection, State(), state)
    await connection.execute(LATER_OBJECTS.replace(f", {BORROWER}", ""))
    await _is_fixed(connection, state, f"{change}; drop schema if exists of_vectors")
    assert await connection.fetch(OPEN_SCHEMAS) == []


UNSTORED = generated(integer(), "price * 2", stored=False)
ADD_DOUBLE = "alter table notes drop double; alter table notes add double int"


@pytest.mark.whole("reads the catalog after each of many changes")
@pytest.mark.parametrize(
    "change",
    [
        f"{ADD_DOUBLE} generated always as (price * 2) stored not null",
        f"{ADD_DOUBLE} generated always as (price * 3) virtual not null",
        f"{ADD_DOUBLE} generated always as (price * 2) virtual",
        f"{ADD_DOUBLE} not null default 0",
        f"{ADD_DOUBLE[:-3]}bigint generated always as (price * 2) virtual not null",
        "alter table notes drop double",
        "comment on column notes.double is 'A'",
    ],
)
async def test_a_column_that_is_not_stored_is_fixed(
    connection: Connection, change: str
) -> None:
    if connection.get_server_version().major < COMPUTES_SINCE:
        pytest.skip("This PostgreSQL stores every column.")
    state = schema(
        *of_notes(
            Grant(to=Role.AUTHENTICATED, select=(UNSTORED,)),
            Comment("Of the price.", on=UNSTORED),
            double=UNSTORED,
        )
    )
    await move(connection, State(), state)
    await _is_fixed(connection, state, change)


COMPUTES_SINCE = 18
"""The first version that computes a column without storing it."""

LATER = Partition("events_early", "from (1) to (10)")


@pytest.mark.whole("reads the catalog after each of many changes")
@pytest.mark.parametrize(
    ("files", "classes", "expected"),
    [
        (events(EARLY), events(LATER), "events_early ['bounds']"),
        (events(), events(by="list (at)"), "events ['partitioned']"),
    ],
)
async def test_bounds_and_keys_that_only_the_classes_change_differ(
    connection: Connection, files: list[Any], classes: list[Any], expected: str
) -> None:
    await move(connection, State(), schema(*files))
    found = await find_drift(connection, schema(*classes), schema(*files))
    told = [f"{each.entry} {each.facets} {each.outlier}" for each in found.differences]
    assert told == [f"table public.{expected} classes"]


@pytest.mark.whole_but_first("reads the catalog in each case")
@pytest.mark.parametrize(
    "change",
    [
        "drop table events",
        "create table kept (like events); drop table events",
        "drop table events; create table events (at int primary key, user_id uuid)",
    ],
)
async def test_a_partitioned_table_that_is_gone_is_left_to_a_person_with_its_partitions(
    connection: Connection, change: str
) -> None:
    state = schema(*events(EARLY, LATE))
    await move(connection, State(), state)
    await connection.execute(change)
    found = await find_drift(connection, state, state)
    undecided = {str(each.entry): each.undecided for each in found.differences}
    assert {"table public.events", "table public.events_early"} <= undecided.keys()
    assert None not in undecided.values()
    assert found.fix is None


async def test_a_schema_is_created_after_a_check_of_a_domain_is_dropped(
    connection: Connection,
) -> None:
    state = schema(*priced(at_least=0), Schema("reports"))
    await move(connection, State(), state)
    strange = "alter domain price add constraint stranger check (value < 9)"
    await _is_fixed(connection, state, f"{strange}; drop schema reports")


async def _is_fixed(connection: Connection, state: State, change: str) -> None:
    await connection.execute(change)
    found = await find_drift(connection, state, state)
    assert found.differences
    assert found.fix is not None, [each.undecided for each in found.differences]
    await connection.execute(inside(found.fix))
    left = await find_drift(connection, state, state)
    assert [f"{each.entry} {each.facets}" for each in left.differences] == []
    assert {*map(str, left.unknown)} <= {*map(str, found.unknown)}


async def _differing(connection: Connection, state: State) -> list[str]:
    found = await find_drift(connection, state, state)
    return [f"{each.entry} {each.facets}" for each in found.differences]


REPORTS = [
    Schema("reports", usage=(Role.AUTHENTICATED,)),
    DefaultPrivileges("tables", "reports", {Role.AUTHENTICATED: ("select",)}),
    Raw(
        "privileges on schema reports",
        create="grant usage on schema reports to fixes_analyst",
        drop="revoke usage on schema reports from fixes_analyst",
    ),
]
LATER_TABLES = "alter default privileges in schema reports"
OF_OTHERS = (
    "grant all on schema reports to fixes_stranger; "
    f"{LATER_TABLES} grant all on tables to fixes_stranger"
)
ONLY_THAT = {
    "grant create on schema reports to fixes_analyst": [
        "revoke create on schema reports from fixes_analyst"
    ],
    "revoke usage on schema reports from authenticated": [
        "grant usage on schema reports to authenticated"
    ],
    "grant create on schema reports to anon, public": [
        "revoke create on schema reports from anon",
        "revoke create on schema reports from public",
    ],
    f"{LATER_TABLES} grant insert on tables to authenticated": [
        f"{LATER_TABLES} revoke insert on tables from authenticated"
    ],
    f"{LATER_TABLES} revoke select on tables from authenticated": [
        f"{LATER_TABLES} grant select on tables to authenticated"
    ],
    "comment on schema reports is 'A'": ["comment on schema reports is null"],
}


@pytest.mark.whole("reads the catalog after each of many changes")
async def test_a_fix_changes_the_privileges_that_differ_and_none_of_others(
    connection: Connection,
) -> None:
    state = schema(*REPORTS)
    await connection.execute("create role fixes_stranger; create role fixes_analyst")
    await move(connection, State(), state)
    await connection.execute(OF_OTHERS)
    found = await find_drift(connection, state, state)
    assert found.differences == []
    told = {str(each) for each in found.unknown}
    assert {each for each in told if "create" in each or "usage" in each} == {
        "privilege create on schema reports to fixes_stranger",
        "schema privilege usage on reports to fixes_stranger",
    }
    assert "default privilege select on reports tables to fixes_stranger" in told
    for change, expected in ONLY_THAT.items():
        async with undone(connection):
            await connection.execute(change)
            fix = (await find_drift(connection, state, state)).fix or ""
            assert sorted(fix.split(";\n")[2:-1]) == expected
            await connection.execute(inside(fix))
            assert await _differing(connection, state) == []


class Invoice(Table, tablename="invoices", schema="billing"):
    id: Col[int] = bigint(primary_key=True)
    number: Col[int] = bigint(default=SQL("nextval('billing.numbers'::regclass)"))
    paid: Col[int] = integer(default=0)
    note: Col[str] = text(default="")

    database_objects = (Index(paid), Policy(name="all_paid", using="paid > 0"))


TOUCHED = DatabaseFunction(name="touched", returns="integer", language="sql", body="select 1")
BILLING = (
    Schema("billing", usage=(Role.AUTHENTICATED,)),
    Sequence("billing.numbers", start=100),
    Invoice,
)
DISPLACED = {
    "alter domain price set schema private": "domain public.price",
    "alter function touched() set schema private": "function public.touched()",
    "alter view note_titles set schema private": "view public.note_titles",
    'alter sequence "Numbers" set schema private': 'sequence public."Numbers"',
    "alter table notes set schema private": "table public.notes",
    "alter table billing.invoices set schema private": "table billing.invoices",
    "alter schema billing rename to b2": "schema billing",
    "alter schema billing rename to b2; grant usage on schema b2 to anon": "schema billing",
}


@pytest.mark.whole("reads the catalog after each of many changes")
async def test_what_was_moved_by_hand_is_moved_back_from_any_schema(
    connection: Connection,
) -> None:
    state = schema(
        *priced(at_least=0), Sequence("public.Numbers"), NoteTitle, TOUCHED, *BILLING
    )
    await move(connection, State(), state)
    await connection.execute(
        "create schema private; "
        "create function private.secret() returns int language sql as 'select 1'"
    )
    assert await _differing(connection, state) == []
    for change, name in DISPLACED.items():
        async with undone(connection):
            await connection.execute(change)
            found = await find_drift(connection, state, state)
            assert name in {str(each.entry) for each in found.differences if each.rename}
            assert "create " not in (found.fix or "")
            await connection.execute(inside(found.fix))
            left = await find_drift(connection, state, state)
            assert (left.differences, left.unknown) == ([], [])


@pytest.mark.whole("reads the catalog after each of many changes")
@pytest.mark.parametrize(
    ("change", "others"),
    [
        ("create schema b3; create table b3.invoices (id int)", "schema b2 or schema b3"),
        ("alter table b2.invoices rename to other", "schema b2"),
    ],
)
async def test_a_renamed_schema_that_does_not_fit_is_left_to_a_person(
    connection: Connection, change: str, others: str
) -> None:
    state = schema(*BILLING)
    await move(connection, State(), state)
    await connection.execute(f"alter schema billing rename to b2; {change}")
    found = await find_drift(connection, state, state)
    assert f"it may be {others}, renamed" in [each.undecided for each in found.differences]
    assert [str(each.entry) for each in found.differences if not each.undecided] == []
    assert found.fix is None


@pytest.mark.whole("reads the catalog several times")
async def test_an_empty_schema_that_may_be_ours_is_left_to_a_person(
    connection: Connection,
) -> None:
    state = schema(Schema("reports"))
    await move(connection, State(), state)
    await connection.execute("alter schema reports rename to former")
    (found,) = (await find_drift(connection, state, state)).differences
    assert found.undecided == "it may be schema former, renamed"
    await connection.execute("create function former.f() returns int return 1")
    await _is_fixed(connection, state, "select")


REPLACED = (
    "create schema apart; create table apart.invoices (id int); "
    "alter table billing.invoices rename to old; "
    "alter table apart.invoices set schema billing"
)
SWAPPED = "; ".join(
    f"alter table billing.invoices rename {old} to {new}"
    for old, new in (("note", "other"), ("paid", "note"), ("other", "paid"))
)


@pytest.mark.whole("reads the catalog after each of many changes")
@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (REPLACED, "another table has this name, and the table billing.old may be ours."),
        (
            SWAPPED,
            "its name may be exchanged with that of the column billing.invoices.note.",
        ),
    ],
    ids=["tables", "columns"],
)
async def test_exchanged_names_are_given_back_by_a_person(
    connection: Connection, change: str, reason: str
) -> None:
    state = schema(*BILLING)
    await move(connection, State(), state)
    await connection.execute(change)
    found = await find_drift(connection, state, state)
    undecided = {str(each.entry): each.undecided for each in found.differences}
    told = f"{reason} Give both their names back"
    assert undecided["column billing.invoices.paid"] == told
    assert None not in undecided.values()
    assert found.fix is None


@pytest.mark.whole("reads the catalog several times")
async def test_what_is_published_follows_a_renamed_column(connection: Connection) -> None:
    title = text(default="")
    state = schema(table("notes", Published("sent", columns=(title,)), title=title))
    await move(connection, State(), state)
    await connection.execute("alter table notes rename title to head")
    found = await find_drift(connection, state, state)
    assert [str(each.entry) for each in found.differences] == ["column public.notes.title"]
    await connection.execute(inside(found.fix))
    assert await _differing(connection, state) == []


@pytest.mark.whole("reads the catalog several times")
async def test_exchanged_bounds_of_partitions_are_given_back_by_a_person(
    connection: Connection,
) -> None:
    """Nothing tells exchanged bounds from exchanged names, and rows would have to be moved."""
    state = schema(*events(EARLY, LATE))
    await move(connection, State(), state)
    await connection.execute(
        "alter table events detach partition events_early;"
        "alter table events detach partition events_late;"
        "alter table events attach partition events_early default;"
        "alter table events attach partition events_late for values from (minvalue) to (10)"
    )
    found = await find_drift(connection, state, state)
    assert [(str(each.entry), each.undecided) for each in found.differences] == [
        (
            f"table public.events_{one}",
            (
                "another table has this name, and the table "
                f"public.events_{other} may be ours. Give both their names back"
            ),
        )
        for one, other in (("early", "late"), ("late", "early"))
    ]
    assert found.fix is None


@pytest.mark.whole("reads the catalog several times")
async def test_an_empty_partition_in_the_place_of_ours_is_left_to_a_person(
    connection: Connection,
) -> None:
    state = schema(*events(EARLY, LATE))
    await move(connection, State(), state)
    await connection.execute(
        """
        with made as (insert into auth.users (id) values (gen_random_uuid()) returning id)
        insert into events select 1, id from made;
        create schema private;
        alter table events detach partition events_early;
        alter table events_early set schema private;
        create table events_early partition of events for values from (minvalue) to (10)
        """
    )
    found = await find_drift(connection, state, state)
    undecided = {str(each.entry): each.undecided for each in found.differences}
    assert undecided["table public.events_early"] == (
        "another table has this name, and the table private.events_early may be ours. Give "
        "both their names back"
    )
    assert (None in undecided.values(), found.fix) == (False, None)
    # A person does what is said.
    await _is_fixed(
        connection,
        state,
        "drop table public.events_early; alter table private.events_early set schema public",
    )
    assert await connection.fetchval("select count(*) from events") == 1


@pytest.fixture
async def connection(empty_database: Database) -> AsyncGenerator[Connection]:
    """A superuser's transaction, which is rolled back."""
    async with repeating(empty_database.superuser_url) as connection, undone(connection):
        await connection.execute(STORAGE)
        await platform.install(connection)
        yield connection
