"""Who may do what after a migration, and after undoing it, is what it was before and what the
edit says.
"""

from collections.abc import Mapping
from enum import StrEnum
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from hypothesis import given, settings
from piccolo.apps.migrations.commands.backwards import backwards
from piccolo.apps.migrations.commands.forwards import forwards

from ottavino import (
    ApiRole,
    AsFound,
    DatabaseFunction,
    DefaultPrivileges,
    EnumType,
    Generated,
    Grant,
    Role,
    Schema,
    View,
    integer,
    text,
)
from ottavino.declare.table import Table
from ottavino.migrate import bookkeeping
from ottavino.migrate.batches import split
from ottavino.migrate.diff import changes
from ottavino.migrate.execution import Execution
from ottavino.migrate.files import MigrationFile
from ottavino.migrate.migration import Migration
from ottavino.migrate.occupied import Ownership
from ottavino.migrate.renames import replayed
from ottavino.migrate.state import State, declared
from ottavino.migrate.steps import Execute, Step
from ottavino.postgres.connection import Connection
from ottavino.testing import Database, SettingsFrom
from ottavino.testing.cluster import Cluster
from ottavino.testing.database import connected
from tests.ottavino.databases import AUTOMATIC_GRANTS
from tests.ottavino.declare.installed import migrator
from tests.ottavino.migrate.migrators import Migrators
from tests.ottavino.migrate.project import Project, table
from tests.ottavino.migrate.random_objects import EDITOR
from tests.ottavino.migrate.schemas import Schema as RandomSchema
from tests.ottavino.migrate.schemas import histories
from tests.ottavino.migrate.test_diff import no, yes
from tests.ottavino.migrate.test_grants_of_others import PLANTING
from tests.ottavino.migrate.test_grants_of_others import edits as other_edits
from tests.ottavino.migrate.test_round_trip import answering, inside, written_and_read
from tests.ottavino.plugin import MANY

MAY = """
    with of_objects (of, name, acl, owner) as (
        select relkind::text, oid::regclass::text,
            coalesce(relacl, acldefault('r', relowner)), relowner
        from pg_class where relkind in ('r', 'p', 'v', 'm', 'S')
        union all
        select 'column', format('%s.%s', attrelid::regclass, attname), attacl, relowner
        from pg_attribute join pg_class on pg_class.oid = attrelid
        union all
        select
            'function', oid::regproc::text,
            coalesce(proacl, acldefault('f', proowner)), proowner
        from pg_proc where oid > 16383
        union all
        select 'schema', nspname, nspacl, nspowner from pg_namespace
        union all
        select
            'type', oid::regtype::text, coalesce(typacl, acldefault('T', typowner)), typowner
        from pg_type where typtype in ('e', 'd') and oid > 16383
        union all
        select
            'later ' || defaclobjtype::text, defaclnamespace::regnamespace::text, defaclacl,
            defaclrole
        from pg_default_acl where defaclnamespace <> 0
    )
    select
        of, name,
        case grantee when 0 then 'public' else grantee::regrole::text end as role,
        lower(privilege_type) || case when is_grantable then ' with option' else '' end
            || case when grantor <> owner then ' by ' || grantor::regrole else '' end
    from of_objects, aclexplode(acl)
"""

May = set[tuple[str, str, str, str]]

CREATE_ROLES = (
    "create role stranger; create role colleague; grant stranger, colleague to postgres"
)


async def may(connection: Connection) -> May:
    """Who may do what, each object by its name."""
    rows = await connection.fetch(MAY)
    return {(row[0], row[1], row[2], row[3]) for row in rows}


async def apply(
    connection: Connection, number: int, steps: list[Step], *, backwards: bool = False
) -> None:
    """Run or undo one file, as a run of all files does."""
    file = MigrationFile(Path(f"db_{number}.py"), Migration(str(number), steps=steps))
    await Execution(connection, Ownership(), backwards).run([("db", file)])


class Edit(NamedTuple):
    """Two states of a schema, what others do after the first, and what the edit says."""

    old: State
    new: State
    by_others: str
    taken: set[tuple[str, str]]
    """What the edit takes: the role and the privilege."""
    before: str = ""
    """What others do before the first state."""


USER, ANON = Role.AUTHENTICATED, Role.ANON
READER = ApiRole("reader")
NAME, SIZE, LABEL = text(), integer(), text()
READS = Grant(to=USER, select=True)


class Few(StrEnum):
    A = "a"
    B = "b"


class Fewer(StrEnum):
    A = "a"


def notes(*database_objects: Any, **columns: Any) -> State:
    return declared([table("notes", *database_objects, **(columns or {"size": SIZE}))])


def labelled(*database_objects: Any) -> State:
    return notes(*database_objects, size=SIZE, label=LABEL)


def over(
    query: str, *grants: Grant, columns: Mapping[str, Any] | None = None, **how: Any
) -> State:
    """A view of a table."""
    make: Any = type(View)
    members = {"query": query, "database_objects": grants, **(columns or {"size": integer()})}
    seen = make("Seen", (View,), members, tablename="seen", **how)
    of: type[Table] = table("notes", label=NAME, size=SIZE)
    return declared([of, seen], [])


def called(*roles: Any, returns: str = "integer", arguments: tuple[str, ...] = ()) -> State:
    function = DatabaseFunction(
        name="f",
        returns=returns,
        language="sql",
        body="select 1",
        execute=roles,
        arguments=arguments,
    )
    return declared([], [function])


def reports(*usage: Any, **later: tuple[str, ...]) -> State:
    defaults = DefaultPrivileges("tables", "reports", {Role(k): v for k, v in later.items()})
    return declared([], [Schema("reports", usage=usage), *([defaults] if later else [])])


LATER = "alter default privileges in schema reports grant"
FOUND = AsFound(
    "function public.f()",
    "create or replace function public.f() returns integer language sql as 'select 1'",
    drop="drop function public.f()",
)
SEEN, OTHER = "select size from public.notes", "select size + 1 as size from public.notes"
DOUBLE = Generated("double", "integer", "size * 2")
TRIPLE = Generated("double", "integer", "size * 3")
EXECUTE = """
    grant execute on function public.f() to public, anon;
    grant execute on function public.f() to stranger with grant option;
    set role stranger;
    grant execute on function public.f() to colleague;
    reset role;
    revoke execute on function public.f() from postgres
"""
VIEWED = """
    grant delete on seen to anon;
    grant update (size) on seen to public;
    grant select on seen to stranger with grant option;
    set role stranger;
    grant select on seen to colleague with grant option;
    set role colleague;
    grant select on seen to public;
    reset role;
    revoke insert, trigger on seen from postgres
"""


def as_found(what: str) -> AsFound:
    """A grant as adopting writes it."""
    return AsFound(
        "detail public.notes.grant to authenticated",
        f"grant {what} on public.notes to authenticated",
        drop=f"revoke {what} on public.notes from authenticated",
    )


def edits() -> Mapping[str, Edit]:
    return {
        "default privileges, where others have some": Edit(
            reports(),
            reports(authenticated=("select",)),
            f"{LATER} all on tables to stranger; {LATER} insert on tables to anon; "
            f"{LATER} select on tables to authenticated with grant option",
            {("anon", "insert"), ("authenticated", "select with option")},
        ),
        "no default privileges any more": Edit(
            reports(authenticated=("select",)),
            reports(),
            f"{LATER} insert on tables to anon, stranger; {LATER} update on tables to public; "
            f"{LATER} delete on tables to authenticated",
            {("authenticated", "select")},
        ),
        "a schema that is there": Edit(
            State(),
            reports(USER),
            "create schema reports; grant usage on schema reports to anon, public, stranger; "
            "grant create on schema reports to authenticated",
            {("anon", "usage"), ("public", "usage"), ("authenticated", "create")},
        ),
        "no schema any more, which was there": Edit(
            reports(USER, READER),
            State(),
            "grant usage on schema reports to anon; grant create on schema reports to reader",
            {("authenticated", "usage"), ("reader", "usage")},
            before="create schema reports",
        ),
        "a function that was found": Edit(
            declared([table("notes", FOUND)]),
            declared([table("notes", *called_with(USER))]),
            "grant execute on function f() to stranger",
            {("public", "execute"), ("anon", "execute"), ("service_role", "execute")},
        ),
        "another result of a function": Edit(
            called(USER, READER),
            called(USER, returns="bigint"),
            EXECUTE,
            {("reader", "execute")},
        ),
        "another argument of a function": Edit(
            called(USER),
            called(Role.SERVICE_ROLE, arguments=("a integer",)),
            EXECUTE,
            {("authenticated", "execute")},
        ),
        "a default of an argument": Edit(
            called(USER, arguments=("a integer",)),
            called(Role.SERVICE_ROLE, arguments=("a integer default 1",)),
            EXECUTE.replace("f()", "f(integer)"),
            {("authenticated", "execute")},
        ),
        "another query of a view": Edit(
            over(SEEN, READS, Grant(to=READER, select=True)),
            over(OTHER, READS),
            VIEWED,
            {("reader", "select")},
        ),
        "more columns of a materialized view": Edit(
            over(SEEN, READS, materialized=True),
            over(
                "select label, size from public.notes",
                columns={"label": text(), "size": integer()},
                materialized=True,
            ),
            VIEWED,
            {("authenticated", "select")},
        ),
        "a generated column again": Edit(
            notes(Grant(to=USER, select=(DOUBLE,)), DOUBLE),
            notes(Grant(to=USER, select=(TRIPLE,)), TRIPLE),
            "grant select (double) on notes to anon; grant update (double), "
            "references (size) on notes to stranger with grant option",
            set(),
        ),
        "a value less of an enumeration": Edit(
            declared([], [EnumType(Few, "few")]),
            declared([], [EnumType(Fewer, "few")]),
            "revoke usage on type few from public; grant usage on type few to stranger",
            set(),
        ),
        "a grant beside the same as found": Edit(
            notes(Grant(to=USER, select=True, insert=True, update=(SIZE,)), as_found("select")),
            notes(as_found("select")),
            "grant delete on notes to anon",
            {("authenticated", "insert"), ("authenticated", "update")},
        ),
        "what was found beside the same grant": Edit(
            notes(Grant(to=USER, select=(SIZE,)), as_found("select, insert")),
            notes(Grant(to=USER, select=(SIZE,))),
            "grant delete on notes to anon",
            {("authenticated", "select"), ("authenticated", "insert")},
        ),
        "all that was found beside some grants": Edit(
            notes(READS, as_found("all")),
            notes(READS),
            "grant delete on notes to anon",
            {
                ("authenticated", each)
                for each in ("insert", "update", "delete", "truncate", "references", "trigger")
            },
        ),
        "the first privilege on a column": Edit(
            labelled(Grant(to=USER, select=True, insert=(LABEL,))),
            labelled(Grant(to=USER, select=True, insert=(SIZE,))),
            "grant insert on notes to stranger",
            {("authenticated", "insert")},
        ),
        "the first privileges on columns beside one": Edit(
            labelled(Grant(to=USER, select=True, update=(LABEL,))),
            labelled(Grant(to=USER, select=(LABEL, SIZE), update=(LABEL, SIZE))),
            "grant select on notes to anon",
            {("authenticated", "select")},
        ),
        "no table any more": Edit(
            over(SEEN, READS),
            State(),
            f"grant insert on notes to stranger; {VIEWED}",
            {("public", "update")},
        ),
    }


def called_with(*roles: Any) -> list[Any]:
    return [
        DatabaseFunction(
            name="f", returns="integer", language="sql", body="select 2", execute=roles
        )
    ]


@pytest.fixture(scope="module")
def cluster(another_cluster: Cluster) -> Cluster:
    """Roles belong to a whole server, and no service starts whose login can become more."""
    return another_cluster


@pytest.fixture(autouse=True)
def api_roles(settings_from: SettingsFrom) -> None:
    settings_from(API_ROLES=f"{READER}, {EDITOR}")


@pytest.mark.whole("migrates there and back many times")
async def test_others_may_do_what_they_might_there_and_back(
    shared_empty_database: Database,
) -> None:
    async with migrator(shared_empty_database) as connection:
        await connection.execute(CREATE_ROLES)
        for name, edit in edits().items():
            try:
                await connection.execute(f"savepoint of_edit; {edit.before}")
                await _there_and_back(connection, edit)
                await connection.execute("rollback to of_edit")
            except Exception as error:
                error.add_note(f"The edit: {name}")
                raise


async def _there_and_back(connection: Connection, edit: Edit) -> None:
    await apply(connection, 1, changes(State(), edit.old, yes))
    mine = await may(connection)
    await connection.execute(edit.by_others)
    planted = await may(connection)
    steps = changes(edit.old, edit.new, yes)
    await apply(connection, 2, steps)
    there = await may(connection)
    relations = {(of, name) for of, name, _, _ in there}
    lost = {
        each for each in planted - there if each[0] not in {*"rpvmS"} or each[:2] in relations
    }
    # What the owner has taken from itself, and grants of others than the owner.
    changed = {each for each in there ^ planted if each[:2] in relations}
    assert not any(role == "postgres" or " by " in what for _, _, role, what in changed)
    # An older version does not know `maintain`.
    assert {each[2:] for each in lost if each[3] != "maintain"} == edit.taken
    assert planted - mine or mine - planted
    await apply(connection, 2, steps, backwards=True)
    assert await may(connection) == planted


OVERLOADED = """
    select pronargs, grantee::regrole::text, is_grantable
    from pg_proc, aclexplode(proacl) where proname = 'f' and grantee <> proowner
"""


def overloaded(*arguments: tuple[str, ...]) -> State:
    """Functions of one name, which differ in their arguments."""
    return declared(
        [],
        [
            DatabaseFunction(
                name="f",
                returns="integer",
                language="sql",
                body="select 1",
                arguments=each,
                execute=(USER,),
            )
            for each in arguments
        ],
    )


async def test_one_of_many_functions_of_a_name_may_have_other_arguments(
    shared_empty_database: Database,
) -> None:
    one, two, three = (tuple(f"a{i} integer" for i in range(size)) for size in (1, 2, 3))
    old, new = overloaded(one, two), overloaded(one, three)
    async with migrator(shared_empty_database) as connection:
        await connection.execute("create role stranger")
        await apply(connection, 1, changes(State(), old, yes))
        await connection.execute(
            "grant execute on function f(integer) to anon; "
            "grant execute on function f(integer, integer) to stranger with grant option; "
            "revoke execute on function f(integer, integer) from authenticated"
        )
        others = {(1, "anon", False), (1, "authenticated", False)}
        before = {tuple(row) for row in await connection.fetch(OVERLOADED)}
        assert before == {(2, "stranger", True), *others}
        steps = changes(old, new, yes)
        await apply(connection, 2, steps)
        there = {tuple(row) for row in await connection.fetch(OVERLOADED)}
        assert there == {(3, "stranger", True), *others}
        await apply(connection, 2, steps, backwards=True)
        assert {tuple(row) for row in await connection.fetch(OVERLOADED)} == before


REVOKED = """
    do $$
    declare
        each text;
    begin
        for each in
            select format('all on table %s', oid::regclass) from pg_class
            where relnamespace = 'public'::regnamespace and relkind in ('r', 'p', 'v', 'm')
                and relname <> 'migration'
            union all
            select format('all on sequence %s', oid::regclass) from pg_class
            where relnamespace = 'public'::regnamespace and relkind = 'S'
                and relname <> 'migration_id_seq'
            union all
            select format('all on routine %s', oid::regprocedure) from pg_proc
            where pronamespace = 'public'::regnamespace and prokind in ('f', 'p')
            union all
            select format('all on type %s', oid::regtype) from pg_type
            where typnamespace = 'public'::regnamespace and typtype in ('e', 'd')
            union all
            select format('all on schema %I', nspname) from pg_namespace
            where nspname = 'reports'
        loop
            execute format(
                'revoke %s from public, anon, authenticated, service_role, reader', each
            );
        end loop;
        for each in
            select format('insert, trigger on table %s', oid::regclass) from pg_class
            where relnamespace = 'public'::regnamespace and relkind in ('r', 'v', 'm')
                and relname <> 'migration'
        loop
            execute format('revoke %s from postgres', each);
        end loop;
        if to_regnamespace('reports') is not null then
            alter default privileges in schema reports
                revoke all on tables from anon, authenticated, service_role, reader;
        end if;
    end
    $$
"""


def overloads(**roles: tuple[Role, ...]) -> State:
    """Functions of one name, each with the roles that may execute it."""
    functions = [
        DatabaseFunction(
            name="f",
            arguments=(f"a {argument}",),
            returns="integer",
            language="sql",
            body="select 1",
            execute=each,
        )
        for argument, each in roles.items()
    ]
    return declared([], functions)


MAY_EXECUTE = """
    select oid::regprocedure::text, grantee::regrole::text
    from pg_proc, aclexplode(proacl) where proname = 'f' and grantee <> proowner
"""
OF_INTEGER, OF_TEXT = (("f(integer)", "anon"), ("f(text)", "anon"))


@pytest.mark.whole_but_first("tries each case on a database")
@pytest.mark.parametrize(
    ("before", "after", "by_others", "left"),
    [
        ({"integer": (ANON,), "text": ()}, {"integer": (), "text": (ANON,)}, None, {OF_TEXT}),
        ({"integer": (ANON,), "text": ()}, {"text": (ANON,)}, None, {OF_TEXT}),
        ({"text": (ANON,)}, {"text": (), "integer": (ANON,)}, None, {OF_INTEGER}),
        ({"integer": (ANON,), "text": ()}, {"integer": (), "text": ()}, OF_TEXT, {OF_TEXT}),
        ({"integer": (ANON,)}, {"text": (ANON,)}, None, {OF_TEXT}),
    ],
)
async def test_what_one_function_of_a_name_grants_is_not_the_others(
    shared_empty_database: Database,
    before: dict[str, tuple[Role, ...]],
    after: dict[str, tuple[Role, ...]],
    by_others: tuple[str, str] | None,
    left: set[tuple[str, str]],
) -> None:
    old, new = overloads(**before), overloads(**after)
    async with migrator(shared_empty_database) as connection:
        await apply(connection, 1, changes(State(), old, yes))
        if by_others:
            await connection.execute("grant execute on function {} to {}".format(*by_others))
        there = {tuple(row) for row in await connection.fetch(MAY_EXECUTE)}
        steps = changes(old, new, yes)
        await apply(connection, 2, steps)
        assert {tuple(row) for row in await connection.fetch(MAY_EXECUTE)} == left
        await apply(connection, 2, steps, backwards=True)
        assert {tuple(row) for row in await connection.fetch(MAY_EXECUTE)} == there


ON_BOTH = AsFound(
    "detail public.notes.grant to authenticated",
    "grant select on public.notes, public.tags to authenticated",
    drop="revoke select on public.notes, public.tags from authenticated",
)


async def test_a_grant_on_several_objects_is_one_on_each(
    shared_empty_database: Database,
) -> None:
    def tags(*grants: Grant) -> State:
        return declared([table("notes", ON_BOTH, size=SIZE), table("tags", *grants, size=SIZE)])

    old, new = tags(READS), tags()
    async with migrator(shared_empty_database) as connection:
        await apply(connection, 1, changes(State(), old, yes))
        before = await may(connection)
        steps = changes(old, new, yes)
        await apply(connection, 2, steps)
        assert await may(connection) == before
        await apply(connection, 2, steps, backwards=True)
        assert await may(connection) == before
        less = changes(new, declared([table("notes", size=SIZE), table("tags", size=SIZE)]), no)
        await apply(connection, 3, less)
        taken = {("notes", "authenticated", "select"), ("tags", "authenticated", "select")}
        assert {each[1:] for each in before - await may(connection)} == taken


def _as_found(*grants: str, number: int = 1) -> AsFound:
    """Grants on any objects, which goes with what it grants."""
    return AsFound(
        f"detail public.notes.g{number}",
        ";\n".join(f"grant {each}" for each in grants),
        drop=";\n".join(f"revoke {each}".replace(" to ", " from ") for each in grants),
    )


def _with_functions(*roles: Any, found: tuple[AsFound, ...] = ()) -> State:
    def function(name: str, arguments: tuple[str, ...], *execute: Any) -> DatabaseFunction:
        return DatabaseFunction(
            name=name,
            arguments=arguments,
            returns="integer",
            language="sql",
            body="select 1",
            execute=execute,
        )

    both = function("f", ("a integer", "b double precision"), *roles), function("g", ())
    return declared([table("notes", *found, size=SIZE)], [*both, Schema("reports")])


def _with_papers(*objects: Any) -> State:
    return declared([table("notes", *objects, size=SIZE), table("papers", size=SIZE)])


F = "public.f(integer, double precision)"
MAY_CALL = _as_found(f"execute on function {F} to authenticated")
ALL_OF_BOTH = _as_found("all on public.notes, public.papers to authenticated")
ALL_OF_NOTES = _as_found("all on public.notes to anon")
SOME_OF_NOTES = _as_found("truncate, delete on public.notes to anon", number=2)
ONE_OF_PAPERS = _as_found("select on public.papers to anon", number=2)


def shared() -> Mapping[str, tuple[State, State]]:
    """Edits after which another object still grants what one does not any more."""
    spelled = {
        "as PostgreSQL does": f"execute on function {F} to authenticated",
        "otherwise": "execute on routine f(int, float8) to authenticated",
        "with the names of arguments": (
            "execute on function PUBLIC.F(in a int4, b float) to authenticated"
        ),
        "without arguments": "execute on function public.f to authenticated",
        "among others": f"execute on function {F}, public.g() to authenticated",
        "by all": f"all on function {F} to authenticated",
        "after a comment": f"-- who calls it\n execute on function {F} to authenticated",
    }
    of_functions = {
        f"a function, granted {name}": _as_found(grant) for name, grant in spelled.items()
    }
    class_only = _with_functions(USER)
    return {
        **{
            f"what was found of {name}": (_with_functions(USER, found=(each,)), class_only)
            for name, each in of_functions.items()
        },
        **{
            f"the roles of {name}": (
                _with_functions(USER, found=(each,)),
                _with_functions(found=(each,)),
            )
            for name, each in [*of_functions.items()][:2]
        },
        "another grant than that on a function": (
            _with_functions(USER, found=(MAY_CALL,)),
            _with_functions(USER, found=(_as_found("usage on schema reports to anon"),)),
        ),
        "select beside all on two tables": (
            _with_papers(READS, ALL_OF_BOTH),
            _with_papers(ALL_OF_BOTH),
        ),
        "select beside all that is new": (_with_papers(READS), _with_papers(ALL_OF_BOTH)),
        "two privileges beside all": (
            _with_papers(ALL_OF_NOTES, SOME_OF_NOTES),
            _with_papers(ALL_OF_NOTES, ONE_OF_PAPERS),
        ),
        "two privileges beside all that is new": (
            _with_papers(SOME_OF_NOTES),
            _with_papers(ALL_OF_NOTES, ONE_OF_PAPERS),
        ),
        "one beside all of one object": (
            _with_papers(_as_found("select on public.notes to anon", "all on notes to anon")),
            _with_papers(ALL_OF_NOTES),
        ),
        "the execution of a function beside all": (
            _with_functions(USER, found=(_as_found(f"all on routine {F} to authenticated"),)),
            _with_functions(found=(_as_found(f"all on routine {F} to authenticated"),)),
        ),
    }


@pytest.mark.whole("runs every edit there and back")
async def test_what_two_objects_grant_goes_with_the_last_one(
    shared_empty_database: Database, subtests: pytest.Subtests
) -> None:
    async with migrator(shared_empty_database) as connection:
        for name, (old, new) in shared().items():
            await connection.execute("savepoint of_edit")
            with subtests.test(name):
                expected = await _of_its_own(connection, new)
                await apply(connection, 1, changes(State(), old, yes))
                before = await may(connection)
                steps = changes(old, new, yes)
                await apply(connection, 2, steps)
                assert await may(connection) == expected
                await apply(connection, 2, steps, backwards=True)
                assert await may(connection) == before
            await connection.execute("rollback to of_edit")


@pytest.mark.whole("runs every edit there and back")
async def test_what_was_revoked_by_hand_comes_back_neither_there_nor_back(
    shared_empty_database: Database, subtests: pytest.Subtests
) -> None:
    every = {**edits(), **other_edits()}
    # It begins to grant what default privileges granted before.
    del every["a function that was found"]
    async with migrator(shared_empty_database) as connection:
        await connection.execute(f"{CREATE_ROLES}; create role reader")
        for name, edit in every.items():
            await connection.execute("savepoint of_edit")
            with subtests.test(name):
                await _revoked_there_and_back(connection, edit.old, edit.new)
            await connection.execute("rollback to of_edit")


@pytest.mark.whole("runs edits there and back")
async def test_what_two_objects_grant_and_was_revoked_by_hand_does_not_come_back(
    shared_empty_database: Database, subtests: pytest.Subtests
) -> None:
    every = shared()
    async with migrator(shared_empty_database) as connection:
        await connection.execute(f"{CREATE_ROLES}; create role reader")
        for name in (
            "the roles of a function, granted otherwise",
            "the execution of a function beside all",
            "select beside all on two tables",
        ):
            await connection.execute("savepoint of_edit")
            with subtests.test(name):
                await _revoked_there_and_back(connection, *every[name])
            await connection.execute("rollback to of_edit")


async def _revoked_there_and_back(connection: Connection, old: State, new: State) -> None:
    mine, others = [await _of_its_own(connection, state) for state in (old, new)]
    others = _as_before(others)
    await apply(connection, 1, changes(State(), old, yes))
    await connection.execute(REVOKED)
    planted = await may(connection)
    steps = changes(old, new, yes)
    await apply(connection, 2, steps)
    gone = {each[:2] for each in mine} - {each[:2] for each in others}
    expected = (planted - (mine - others)) | (others - mine)
    there = _as_before(await may(connection))
    assert there == {each for each in expected if each[:2] not in gone}
    await apply(connection, 2, steps, backwards=True)
    assert await may(connection) == planted


BECOMES = {"papers": "notes", "notes.title": "notes.label", "shown": "seen"}
"""The old names of what the edits rename, by its new ones."""


def _as_before(rights: May) -> May:
    named = {**BECOMES, **{f"papers.{each}": f"notes.{each}" for each in ("label", "size")}}
    return {(of, named.get(name, name), role, what) for of, name, role, what in rights}


async def _of_its_own(connection: Connection, state: State) -> May:
    """Who may do what where nobody has granted or revoked anything."""
    await connection.execute("savepoint of_state")
    await apply(connection, 1, changes(State(), state, yes))
    there = await may(connection)
    await connection.execute("rollback to of_state")
    return there


async def test_what_a_person_wrote_is_left_alone(shared_empty_database: Database) -> None:
    async with migrator(shared_empty_database) as connection:
        await apply(connection, 1, changes(State(), over(SEEN, READS), yes))
        await connection.execute("grant select on notes to anon, service_role")
        by_hand = Execute(
            "grant insert on notes to anon; revoke select on notes from anon",
            "revoke update on notes from service_role",
        )
        steps = [by_hand, *changes(over(SEEN, READS), over(OTHER, READS), yes)]
        await apply(connection, 2, steps)
        assert on_notes(await may(connection)) == {
            ("anon", "insert"),
            ("service_role", "select"),
        }
        await connection.execute("grant update, delete on notes to service_role")
        await apply(connection, 2, steps, backwards=True)
        assert on_notes(await may(connection)) == {
            ("anon", "insert"),
            ("service_role", "delete"),
            ("service_role", "select"),
        }


@pytest.mark.whole("migrates there and back")
async def test_what_others_have_changed_since_stays_when_it_is_undone(
    shared_empty_database: Database,
) -> None:
    old, new = over(SEEN, READS), over(OTHER, Grant(to=USER, select=True, delete=True))
    async with migrator(shared_empty_database) as connection:
        await apply(connection, 1, changes(State(), old, yes))
        await connection.execute("grant insert, update on seen to anon")
        steps = changes(old, new, yes)
        await apply(connection, 2, steps)
        await connection.execute(
            "revoke insert on seen from anon; grant delete on seen to service_role"
        )
        await apply(connection, 2, steps, backwards=True)
        assert on_notes(await may(connection), "seen") == {
            ("authenticated", "select"),
            ("anon", "update"),
            ("service_role", "delete"),
        }


@pytest.mark.whole("migrates there and back")
async def test_a_squashed_file_restores_what_all_of_its_files_took(
    shared_empty_database: Database,
) -> None:
    async with migrator(shared_empty_database) as connection:
        await connection.execute("create schema reports; grant usage on schema reports to anon")
        before = await may(connection)
        files = [
            changes(State(), reports(USER), yes),
            changes(reports(USER), reports(Role.SERVICE_ROLE), yes),
        ]
        for number, steps in enumerate(files, 1):
            await apply(connection, number, steps)
        await bookkeeping.replace(connection, "db", ["1", "2", "3"], "3")
        squashed = changes(State(), reports(Role.SERVICE_ROLE), yes)
        await apply(connection, 3, squashed, backwards=True)
        assert {each for each in await may(connection) if each[0] == "schema"} == {
            each for each in before if each[0] == "schema"
        }


PASSED_ON = """
    grant select on notes to authenticated with grant option;
    set role authenticated;
    grant select on notes to colleague;
    reset role;
"""
SAID = (
    "dependent privileges exist. authenticated has granted select on table public.notes to "
    "colleague. Take that back with `set role authenticated; revoke select on table "
    "public.notes from colleague; reset role`, and if colleague is to keep it, run `grant "
    "select on table public.notes to colleague` as the owner before. Then try again."
)


@pytest.mark.whole("migrates many times")
async def test_a_privilege_that_was_passed_on_is_left_to_a_person(
    empty_database: Database,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    project = Project(tmp_path, monkeypatch)
    project.declare([table("notes", READS)])
    await project.migrate()
    async with connected(empty_database.direct_url) as connection:
        await connection.execute(f"create role colleague; {PASSED_ON}")
        project.declare([table("notes")])
        with pytest.raises(SystemExit):
            await project.migrate()
        assert SAID in capsys.readouterr().err
        # What the sentence says is enough.
        await connection.execute(
            "grant select on table public.notes to colleague; set role authenticated; "
            "revoke select on table public.notes from colleague; reset role"
        )
        await forwards("db")
        assert on_notes(await may(connection)) == {("colleague", "select")}
        await backwards("db", auto_agree=True)
        assert on_notes(await may(connection)) == {
            ("authenticated", "select with option"),
            ("colleague", "select"),
        }


@pytest.mark.whole("edits random schemas")
@settings(max_examples=200 if settings.get_current_profile_name() == MANY else 10)
@given(histories())
async def test_whatever_is_edited_others_may_do_what_they_might(
    migrators: Migrators, history: list[RandomSchema]
) -> None:
    """Undoing the last edit leaves exactly what there was before it, and undoing all of them
    nothing less.
    """
    history = [each.without_extension() for each in history]
    states = [declared(schema.classes(), schema.objects()) for schema in history]
    planting = PLANTING.format(relations="stranger", routines="stranger")
    is_superuser = any(each.needs_superuser for each in history)
    async with migrators.transaction(is_superuser=is_superuser) as connection:
        await connection.execute(f"create role stranger; {AUTOMATIC_GRANTS}")
        done: list[tuple[list[Step], May]] = []
        state = State()
        for schema, new in zip(history, states, strict=True):
            edit = changes(state, new, answering(schema))
            for part in split(edit):
                steps = [inside(step) for step in written_and_read(part)]
                before = await may(connection)
                await apply(connection, len(done), steps)
                assert lost(before, await may(connection)) == set()
                done.append((steps, before))
            state = replayed(state, edit)
            await connection.execute(planting)
        for number, (steps, before) in reversed([*enumerate(done)]):
            await apply(connection, number, steps, backwards=True)
            there = await may(connection)
            assert {each for each in before - there if each[0] != "type"} == set()
            assert {role for _, _, role, _ in there - before}.isdisjoint({"public", *Role})


def lost(before: May, after: May) -> set[tuple[str, str, str, str]]:
    """What a stranger might do and may not, of what is there under the same name."""
    there = {(of, name) for of, name, _, _ in after}
    return {
        each
        for each in before - after
        if each[2] == "stranger" and (each[0] != "column" and each[:2] in there)
    }


def on_notes(rights: May, name: str = "notes") -> set[tuple[str, str]]:
    """What other roles than the one that migrates may do with a relation."""
    return {each[2:] for each in rights if each[1] == name and each[2] != "postgres"}
