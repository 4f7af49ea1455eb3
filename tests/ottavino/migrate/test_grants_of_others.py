"""A migration revokes what an earlier one has granted, and nothing that others have granted."""

from collections.abc import Mapping
from typing import Any, NamedTuple

import pytest
from hypothesis import given, settings

from ottavino import (
    ApiRole,
    AsFound,
    DatabaseFunction,
    DatabaseProcedure,
    DefaultPrivileges,
    Generated,
    Grant,
    Role,
    Schema,
    Sequence,
    View,
    bigint,
    identity,
    integer,
    text,
)
from ottavino.declare.privilege import changing, privileges_of
from ottavino.declare.role import AnyRole
from ottavino.declare.table import Table
from ottavino.migrate.batches import split
from ottavino.migrate.diff import changes
from ottavino.migrate.renames import replayed
from ottavino.migrate.state import State, declared
from ottavino.migrate.steps import Step
from ottavino.postgres.connection import Connection
from ottavino.testing import Database, SettingsFrom
from ottavino.testing.cluster import Cluster
from ottavino.testing.database import connected
from tests.ottavino.declare.installed import migrator, move
from tests.ottavino.migrate.migrators import Migrators
from tests.ottavino.migrate.project import run, table
from tests.ottavino.migrate.random_objects import EDITOR
from tests.ottavino.migrate.schemas import Schema as RandomSchema
from tests.ottavino.migrate.schemas import histories
from tests.ottavino.migrate.test_diff import yes
from tests.ottavino.migrate.test_round_trip import answering, inside, written_and_read
from tests.ottavino.plugin import MANY

Granted = set[tuple[object, ...]]

GRANTED = """
    with of_objects as (
        select 'relation' as kind, oid, 0 as attnum, relacl as acl, relowner as owner
        from pg_class
        union all
        select 'relation', attrelid, attnum, attacl, relowner
        from pg_attribute join pg_class on pg_class.oid = attrelid
        union all
        select 'function', oid, 0, proacl, proowner from pg_proc
        union all
        select 'schema', oid, 0, nspacl, nspowner from pg_namespace
        union all
        select 'type', oid, 0, typacl, typowner from pg_type
        union all
        select
            'default', defaclrole, 0, (select array_agg(each) from unnest(defaclacl) as each),
            defaclrole
        from pg_default_acl where defaclnamespace = to_regnamespace('reports')
    )
    select
        kind, of_objects.oid, attnum, grantee::regrole::text, privilege_type, is_grantable
    from of_objects, aclexplode(acl)
    where grantee <> owner and of_objects.oid > 16383
"""
"""What is granted on each object, which keeps its number when its name changes."""


async def granted(connection: Connection) -> Granted:
    return {tuple(row) for row in await connection.fetch(GRANTED)}


class Edit(NamedTuple):
    """Two states of a schema, and what others grant on the first."""

    old: State
    new: State
    of_others: str


USER, ANON = Role.AUTHENTICATED, Role.ANON
READER = ApiRole("reader")
NAME, TITLE, SIZE, WIDE = text(), text(), integer(), bigint()
READS, WRITES = Grant(to=USER, select=True), Grant(to=USER, select=True, insert=True)
ON_NOTES = """
    grant delete, truncate on public.notes to anon;
    grant update (label) on public.notes to authenticated with grant option;
    grant references (size) on public.notes to public;
    grant trigger on public.notes to authenticated;
"""


def notes(*database_objects: Any, called: str = "notes", **columns: Any) -> State:
    made = table(called, *database_objects, **(columns or {"label": NAME, "size": SIZE}))
    return declared([made])


def over_notes(*grants: Grant, name: str = "seen") -> State:
    """A view of a table."""
    make: Any = type(View)
    members = {"query": "select size from public.notes", "size": integer()}
    seen = make(name.title(), (View,), {**members, "database_objects": grants}, tablename=name)
    of: type[Table] = table("notes", label=NAME, size=SIZE)
    return declared([of, seen], [])


def called(body: str = "select 1", *roles: Any, arguments: tuple[str, ...] = ()) -> State:
    function = DatabaseFunction(
        name="f", returns="integer", language="sql", body=body, execute=roles
    )
    return declared([], [function])


def procedure(*roles: Any) -> State:
    body = "begin null; end"
    return declared([], [DatabaseProcedure(name="p", body=body, execute=roles)])


def numbers(*usage: Any, start: int = 1) -> State:
    return declared([], [Sequence("public.num", start=start, usage=usage)])


def reports(*usage: Any) -> State:
    return declared([], [Schema("reports", usage=usage)])


def later(**to: tuple[str, ...]) -> State:
    roles: Mapping[AnyRole, tuple[str, ...]] = {Role(name): each for name, each in to.items()}
    return declared([], [Schema("reports"), DefaultPrivileges("tables", "reports", roles)])


def found(what: str, *more: str) -> AsFound:
    """Grants as adopting writes them."""
    on = "on public.notes to stranger"
    return AsFound(
        "detail public.notes.grant to stranger",
        ";\n".join([f"grant {what} {on}", *more]),
        drop=f"revoke {what} on public.notes from stranger",
    )


LATER = "alter default privileges in schema reports"
DOUBLE = Generated("double", "integer", "size * 2")
TRIPLE = Generated("double", "integer", "size * 3")
OF_DOUBLE = Grant(to=USER, select=(DOUBLE,))


def edits() -> Mapping[str, Edit]:
    return {
        "one command more": Edit(notes(READS), notes(WRITES), ON_NOTES),
        "one command less": Edit(notes(WRITES), notes(READS), ON_NOTES),
        "a command, whose columns others have granted": Edit(
            notes(READS, Grant(to=USER, update=True)), notes(READS), ON_NOTES
        ),
        "a command, then columns": Edit(
            notes(READS), notes(Grant(to=USER, select=(NAME,))), ON_NOTES
        ),
        "columns, then a command": Edit(
            notes(Grant(to=USER, select=(NAME,))), notes(READS), ON_NOTES
        ),
        "all, then some": Edit(
            notes(Grant(to=ANON, all=True)),
            notes(Grant(to=ANON, select=True)),
            "grant update (label) on public.notes to anon; "
            "grant insert on public.notes to public",
        ),
        "no grant any more": Edit(notes(READS), notes(), ON_NOTES),
        "another role": Edit(notes(READS), notes(Grant(to=READER, select=True)), ON_NOTES),
        "no role of its own any more": Edit(
            notes(Grant(to=READER, select=(NAME,)), READS), notes(READS), ON_NOTES
        ),
        "another type of a column": Edit(
            notes(Grant(to=USER, select=(SIZE,))),
            notes(Grant(to=USER, select=(WIDE,)), label=NAME, size=WIDE),
            ON_NOTES,
        ),
        "a dropped column": Edit(
            notes(Grant(to=USER, insert=(NAME, SIZE))),
            notes(Grant(to=USER, insert=(NAME,)), label=NAME),
            "grant delete, update (label) on public.notes to anon",
        ),
        "a generated column again": Edit(
            notes(OF_DOUBLE, DOUBLE), notes(Grant(to=USER, select=(TRIPLE,)), TRIPLE), ON_NOTES
        ),
        "a renamed table": Edit(notes(READS), notes(READS, called="papers"), ON_NOTES),
        "a renamed table and other grants": Edit(
            notes(WRITES), notes(READS, Grant(to=ANON, insert=True), called="papers"), ON_NOTES
        ),
        "a renamed column": Edit(
            notes(Grant(to=USER, select=(NAME,))),
            notes(Grant(to=USER, select=(TITLE,)), title=TITLE, size=SIZE),
            ON_NOTES,
        ),
        "other grants as found": Edit(
            notes(found("select, insert")),
            notes(found("select (label), truncate")),
            f"{ON_NOTES}; grant insert (label), delete on public.notes to stranger",
        ),
        "a view": Edit(
            over_notes(READS),
            over_notes(WRITES),
            "grant delete on public.seen to anon; grant update (size) on public.seen to public",
        ),
        "a renamed view": Edit(
            over_notes(READS),
            over_notes(READS, name="shown"),
            "grant delete on public.seen to anon; grant update (size) on public.seen to public",
        ),
        "the body of a function": Edit(
            called("select 1", USER),
            called("select 2", USER),
            "grant execute on function public.f() to anon, public, stranger",
        ),
        "the roles of a function": Edit(
            called("select 1", USER, READER),
            called("select 1", Role.SERVICE_ROLE),
            "grant execute on function public.f() to anon, public, stranger",
        ),
        "the roles of a procedure": Edit(
            procedure(USER),
            procedure(READER),
            "grant execute on procedure public.p() to anon, public",
        ),
        "a sequence": Edit(
            numbers(USER),
            numbers(READER, start=5),
            "grant select on sequence public.num to authenticated; "
            "grant all on sequence public.num to anon",
        ),
        "the number of an identity": Edit(
            notes(number=identity(integer())),
            notes(number=identity(bigint())),
            "grant usage on sequence public.notes_number_seq to anon",
        ),
        "a schema": Edit(
            reports(USER, READER),
            reports(Role.SERVICE_ROLE),
            "grant usage on schema reports to anon; "
            "grant create on schema reports to authenticated",
        ),
        "default privileges": Edit(
            later(authenticated=("select",)),
            later(authenticated=("insert",), service_role=("select",)),
            f"{LATER} grant delete on tables to authenticated; "
            f"{LATER} grant all on tables to anon",
        ),
    }


@pytest.fixture(scope="module")
def cluster(another_cluster: Cluster) -> Cluster:
    """Roles belong to a whole server, and no service starts whose login can become more."""
    return another_cluster


@pytest.fixture(autouse=True)
def api_roles(settings_from: SettingsFrom) -> None:
    settings_from(API_ROLES=f"{EDITOR}, {READER}")


@pytest.mark.whole("migrates there and back many times")
async def test_what_others_have_granted_stays_there_and_back(
    shared_empty_database: Database,
) -> None:
    async with migrator(shared_empty_database) as connection:
        await connection.execute("create role stranger")
        for name, edit in edits().items():
            try:
                await _there_and_back(connection, edit)
            except Exception as error:
                error.add_note(f"The edit: {name}")
                raise


async def _there_and_back(connection: Connection, edit: Edit) -> None:
    await connection.execute("savepoint of_edit")
    await move(connection, State(), edit.old)
    before = await granted(connection)
    await connection.execute(edit.of_others)
    planted = await granted(connection)
    steps = changes(edit.old, edit.new, yes)
    await run(connection, [step.forwards() for step in steps])
    there = await granted(connection)
    assert planted - before
    assert planted - before <= there
    await run(connection, [step.backwards() for step in reversed(steps)])
    back = await granted(connection)
    assert planted - before <= back
    # A column that comes back has another number.
    assert {(*each[:2], *each[3:]) for each in planted} == {(*e[:2], *e[3:]) for e in back}
    await connection.execute("rollback to of_edit")


@pytest.mark.whole
@settings(max_examples=200 if settings.get_current_profile_name() == MANY else 10)
@given(histories())
async def test_what_others_have_granted_stays_whatever_is_edited(
    migrators: Migrators, history: list[RandomSchema]
) -> None:
    history = [each.without_extension() for each in history]
    states = [declared(schema.classes(), schema.objects()) for schema in history]
    planting = PLANTING.format(
        relations=_others(states, "all"), routines=_others(states, "execute")
    )
    is_superuser = any(each.needs_superuser for each in history)
    async with migrators.transaction(is_superuser=is_superuser) as connection:
        planted: Granted = set()
        migrations: list[list[Step]] = []
        state = State()
        for schema, new in zip(history, states, strict=True):
            steps = [
                step
                for part in split(changes(state, new, answering(schema)))
                for step in written_and_read(part)
            ]
            await run(connection, [inside(step).forwards() for step in steps])
            migrations.append(steps)
            state = replayed(state, steps)
            assert await _lost(connection, planted) == set()
            before = await granted(connection)
            await connection.execute(planting)
            planted |= await granted(connection) - before
        for steps in reversed(migrations):
            await run(connection, [inside(step).backwards() for step in reversed(steps)])
            assert await _lost(connection, planted) == set()


def _others(states: list[State], privilege: str) -> str:
    """The roles that no migration grants a privilege: nobody can tell theirs from its own."""
    granted = {
        each.target.role
        for state in states
        for definition in state.objects.values()
        for each in privileges_of(definition.create)
        if each.name == privilege
    }
    roles = [each for each in ("public", *Role) if each not in granted]
    return ", ".join(roles) or "authenticator"


async def _lost(connection: Connection, planted: Granted) -> Granted:
    """What others have granted on objects that are there, and that is not granted any more."""
    there = {tuple(row) for row in await connection.fetch(THERE)}
    return {each for each in planted if each[:3] in there} - await granted(connection)


THERE = """
    select 'relation', oid, 0::smallint from pg_class
    union all select 'relation', attrelid, attnum from pg_attribute where not attisdropped
    union all select 'function', oid, 0 from pg_proc
    union all select 'schema', oid, 0 from pg_namespace
    union all select 'type', oid, 0 from pg_type
"""
PLANTING = """
    do $$
    declare
        each regclass;
        routine regprocedure;
        type regtype;
        of text;
    begin
        for each in
            select oid from pg_class
            where relnamespace = 'public'::regnamespace and relkind in ('r', 'p', 'v', 'm')
                and relname <> 'migration'
        loop
            execute format('grant references, trigger on %s to {relations}', each);
            for of in
                select attname from pg_attribute
                where attrelid = each and attnum > 0 and not attisdropped
            loop
                execute format('grant references (%I) on %s to {relations}', of, each);
            end loop;
        end loop;
        for each in
            select oid from pg_class
            where relnamespace = 'public'::regnamespace and relkind = 'S'
                and relname <> 'migration_id_seq'
        loop
            execute format('grant select, update on sequence %s to {relations}', each);
        end loop;
        for routine in
            select oid from pg_proc
            where pronamespace = 'public'::regnamespace and prokind in ('f', 'p')
                and oid not in (select objid from pg_depend where deptype = 'e')
        loop
            execute format('grant execute on routine %s to {routines}', routine);
        end loop;
        for type in
            select oid from pg_type
            where typnamespace = 'public'::regnamespace and typtype in ('e', 'd')
        loop
            execute format('revoke usage on type %s from public', type);
            execute format('grant usage on type %s to {relations}', type);
        end loop;
        for of in
            select nspname from pg_namespace where nspowner = current_user::regrole
                and nspname not in ('public', 'ottavino', 'ottavino_members')
        loop
            execute format('grant create on schema %I to {relations}', of);
            execute format(
                'alter default privileges in schema %I grant trigger on tables to {relations}',
                of
            );
        end loop;
    end
    $$
"""


CHANGED = {
    "closed to more roles": (
        "revoke all on function f() from public",
        "revoke all on function f() from public, anon, authenticated",
        "revoke all on function f() from anon, authenticated",
    ),
    "closed only now": (
        "grant execute on function f() to anon, authenticated",
        "revoke all on function f() from public, anon;\ngrant execute on function f() to anon",
        (
            "revoke all on function f() from public, anon;\n"
            "revoke execute\n    on function f() from authenticated;\n"
            "grant execute\n    on function f() to anon"
        ),
    ),
    "closed to fewer roles": (
        "revoke all on function f() from public, anon",
        "revoke all on function f() from public",
        "",
    ),
    "written otherwise": (
        "grant select on table notes to group anon",
        "grant select on notes /* all */ to anon",
        "",
    ),
}


@pytest.mark.parametrize(("old", "new", "sql"), CHANGED.values(), ids=CHANGED.keys())
def test_what_the_new_state_closes_is_closed(old: str, new: str, sql: str) -> None:
    assert changing(old, new) == sql


@pytest.mark.whole_but_first("tries each case on a database")
@pytest.mark.parametrize("name", ['"a%b"', '"$$"', '"a%%b"', '"it\'s"'])
@pytest.mark.parametrize(
    ("old", "new", "left"),
    [
        ("select, update", "select", "anon=r/"),
        ("all", "all with grant option", "anon=a*r*w*d*D*x*t*"),
        ("all with grant option", "all", "anon=arwdDxt"),
        ("select with grant option", "all", "anon=arwdDxt"),
    ],
)
async def test_a_table_of_any_name_has_what_is_declared_for_it(
    shared_empty_database: Database, name: str, old: str, new: str, left: str
) -> None:
    """The privileges of others on single columns stay."""
    granting = [_granted(each, name) for each in (old, new)]
    async with connected(shared_empty_database.direct_url) as connection:
        transaction = connection.transaction()
        await transaction.start()
        await connection.execute(f"create table {name} (id integer, line text)")
        await connection.execute(f"revoke all on {name} from anon; {granting[0]}")
        await connection.execute(f"grant update (line) on {name} to anon")
        await connection.execute(changing(*granting))
        granted, of_line = await connection.fetchrow(HAS, name) or ("", "")
        await transaction.rollback()
    assert left in granted.replace("m", "")
    assert "anon=w/" in of_line


def _granted(what: str, name: str) -> str:
    privileges, option, _ = what.partition(" with grant option")
    return f"grant {privileges} on {name} to anon{option}"


HAS = """
select relacl::text, attacl::text
from pg_class
join pg_attribute on attrelid = pg_class.oid and attname = 'line'
where pg_class.oid = $1::text::regclass
"""
