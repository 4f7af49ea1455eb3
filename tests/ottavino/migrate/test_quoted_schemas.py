"""Schemas whose names PostgreSQL wants quoted hold all that other schemas hold.

All commands run on one database, whose tables are in such schemas.
"""

import io
from enum import StrEnum
from typing import Any
from uuid import UUID

import pytest
from piccolo.apps.migrations.commands.backwards import backwards
from piccolo.apps.migrations.commands.check import check
from piccolo.apps.migrations.commands.forwards import forwards

from ottavino import (
    CALLER,
    Check,
    Comment,
    DatabaseFunction,
    DatabaseProcedure,
    DefaultPrivileges,
    Generated,
    Grant,
    Index,
    Members,
    NoStatistics,
    OwnSearch,
    Partition,
    Policy,
    Publication,
    Published,
    Raw,
    Role,
    Schema,
    SearchVector,
    Sequence,
    Table,
    Trigger,
    Unique,
    View,
    bigint,
    column,
    created_at,
    domain,
    enum,
    identity,
    integer,
    owned_reference,
    owner,
    primary_key,
    reference,
    refresh,
    serial,
    session,
    text,
    updated_at,
    uuid,
)
from ottavino.inspect.drift import drift
from ottavino.inspect.fit import lacking
from ottavino.inspect.lint import lint
from ottavino.inspect.matrix import as_text, matrix
from ottavino.migrate.commands import squash
from ottavino.query import call, count, insert, select, update
from ottavino.testing import Database, SettingsFrom
from ottavino.testing.cluster import EMPTY, Cluster
from ottavino.testing.database import connected
from tests.ottavino.migrate.project import Project, dump
from tests.ottavino.migrate.test_round_trip import comparable
from tests.ottavino.users import user

ODD = "My Schéma-1"
KEYWORD = "select"
WORD = "values"
"""A word that PostgreSQL quotes, although it also names a table without quotation marks."""
USAGE = (Role.AUTHENTICATED, Role.SERVICE_ROLE)


def made(base: type[Any], name: str, schema: str, members: dict[str, Any], **how: Any) -> Any:
    """A class of a table or a view in a schema."""
    make: Any = type(Table)
    return make(name.title(), (base,), members, tablename=name, schema=schema, **how)


def declared(*, changed: bool = False) -> tuple[list[type[Table]], list[Any]]:
    """Tables and objects of every kind in such schemas, before and after some changes."""
    states = {"OPEN": "open", "DONE": "it's done"} | ({"LATE": "late"} if changed else {})
    status = StrEnum("Status", states)
    numbers = Sequence(f"{ODD}.Counts" if changed else f"{ODD}.Numbers", usage=USAGE)
    price = domain(
        f"{ODD}.Price", integer(), checks={"bound": f"value > {-9 if changed else 0}"}
    )
    teams = _teams()
    notes = _notes(teams, status, numbers, price, changed=changed)
    tables = [teams, notes, *_others(notes, changed=changed)]
    return tables, [
        *(Schema(name, usage=USAGE) for name in (ODD, KEYWORD, WORD)),
        DefaultPrivileges("types", ODD, {Role.SERVICE_ROLE: ("usage",)}),
        _twice(changed=changed),
        refresh(f'"{ODD}"."Counted"'),
        DatabaseProcedure(
            name="Tidy", schema=ODD, body=f"begin commit; end -- {changed}", execute=USAGE
        ),
        Publication("odd_changes", (notes,)),
        Comment("Odd.", on=Schema(ODD, usage=USAGE)),
        numbers,
        Comment("Counts.", on=numbers),
        Raw(
            "pair",
            create=f'create type "{ODD}".pair as (a integer, b integer)',
            drop=f'drop type "{ODD}".pair',
        ),
    ]


def _twice(*, changed: bool) -> DatabaseFunction:
    return DatabaseFunction(
        name="Twice",
        schema=ODD,
        arguments=("x integer", "y integer default 1") if changed else ("x integer",),
        returns="integer",
        language="sql",
        volatility="immutable",
        body="select 2 * x",
        execute=USAGE,
    )


def _teams() -> Any:
    team, person = uuid(), owner(default=CALLER)
    return made(
        Table,
        "Team Members",
        ODD,
        {
            "id": primary_key(),
            "team": team,
            "user_id": person,
            "members": (members := Members(group=team, user=person, to=USAGE)),
            "database_objects": (
                members,
                Policy.owner(person),
                Grant.everything(to=Role.AUTHENTICATED),
            ),
        },
    )


def _notes(teams: Any, status: Any, numbers: Any, price: Any, *, changed: bool) -> Any:
    key, user_id = primary_key(), owner(default=CALLER)
    team = uuid(default=None, index=True)
    title = text(max_length=99, db_column_name="The Title" if changed else "Title")
    moment = created_at()
    cost = column(price, default=1)
    words = SearchVector("words", title)
    search = OwnSearch(words, owner=user_id, newest=(moment, key))
    twice = Generated("doubled", "integer", f'"{ODD}"."Twice"(cost::integer)')
    touch = DatabaseFunction(
        name="Touch", schema=ODD, returns="trigger", body="begin return new; end"
    )
    check = Check("short", "\"The Title\" <> ''" if changed else "\"Title\" <> ''")
    return made(
        Table,
        "Notes",
        ODD,
        {
            "id": key,
            "user_id": user_id,
            "team": team,
            "title": title,
            "status": enum(status, name=f"{ODD}.Status", default=status.OPEN),
            "cost": cost,
            "number": bigint(default=numbers.next),
            "counted": identity(bigint()),
            "moment": moment,
            "changed": updated_at(),
            "words": words,
            "search": search,
            "database_objects": (
                Policy.owner(user_id),
                Policy.member(team, teams, "select"),
                Grant.everything(to=Role.AUTHENTICATED),
                Grant.everything(to=Role.SERVICE_ROLE),
                Unique(key, user_id),
                Index(title),
                Index(user_id, moment.desc(), key.desc()),
                check,
                twice,
                words,
                search,
                NoStatistics(title, words),
                Published("odd_parts", columns=(key, user_id, title)),
                Trigger(name="Touch", function=touch, when="before", event="update"),
                Comment("Notes of a user."),
                Comment("Its title.", on=title),
                Comment("No empty one.", on=check),
            ),
        },
    )


def _others(notes: Any, *, changed: bool) -> list[Any]:
    """A child in another schema, which moves; a partitioned table; views."""
    user_id, at = owner(default=CALLER), integer(primary_key=True)
    person = owner(index=True)
    children = made(
        Table,
        "children",
        WORD if changed else KEYWORD,
        {
            "id": primary_key(),
            "user_id": user_id,
            "note": owned_reference(notes, index=True),
            "plain": reference(notes, default=None, on_delete="set null", index=True),
            "above": reference("self", default=None, index=True),
            "database_objects": (
                Policy.owner(user_id),
                Grant.everything(to=Role.AUTHENTICATED),
                Index(user_id),
            ),
        },
    )
    events = made(
        Table,
        "events",
        ODD,
        {
            "at": at,
            "user_id": person,
            "number": serial(integer()),
            "database_objects": (
                Policy.owner(person),
                Partition("Early Events", "from (minvalue) to (10)"),
                Partition("late", "default"),
            ),
        },
        partition_by="range (at)",
    )
    of_notes = f'from "{ODD}"."Notes"'
    view = made(
        View,
        "recent",
        ODD,
        {
            "id": uuid(),
            "query": f"select id {of_notes}",
            "database_objects": (Grant(to=Role.AUTHENTICATED, select=True),),
        },
    )
    stored = made(
        View,
        "Counted",
        ODD,
        {"many": bigint(), "query": f"select count(*) as many {of_notes}"},
        materialized=True,
        accepted={"VIEW003": "It is a number."},
    )
    return [children, events, view, stored]


async def matches(database: Database, tables: list[type[Table]]) -> None:
    """Refuse a database in which drift, readiness or the linter finds something."""
    found = await drift()
    assert found.comparison.differences == []
    assert [str(each) for each in found.unknown] == ["publication odd_parts"]
    assert {each.rule for each in found.findings} == {"OTT106"}
    rest = [each for each in await lint() if each.rule != "OTT106"]
    # Roles reach the rows of a partition through its table alone.
    assert {(each.rule, each.where) for each in rest} == {
        ("SEC009", f"{ODD}.Early Events"),
        ("SEC009", f"{ODD}.late"),
    }
    async with connected(database.direct_url) as connection:
        assert (
            await lacking(connection, tuple(each for each in tables if not each.is_view()))
            == []
        )


KEPT = f"""
    select "The Title" from "{WORD}".children join "{ODD}"."Notes" as notes on plain = notes.id
"""


@pytest.mark.whole
async def test_all_commands_work_in_schemas_that_are_quoted(
    cluster: Cluster,
    empty_database: Database,
    project: Project,
    settings_from: SettingsFrom,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async with connected(empty_database.direct_url) as connection:
        await connection.execute("create publication odd_parts")
    before = comparable(dump(empty_database))
    tables, objects = declared()
    project.declare(tables, objects)
    await project.migrate()
    assert await project.generate() is None
    await matches(empty_database, tables)
    await rows_are_reached(tables)
    await access_is_reported(empty_database)
    first = comparable(dump(empty_database))

    tables, objects = declared(changed=True)
    project.declare(tables, objects)
    await project.migrate()
    assert await project.generate() is None
    await matches(empty_database, tables)
    async with connected(empty_database.superuser_url) as connection:
        assert await connection.fetchval(KEPT) == "Tea for two"
    changed = comparable(dump(empty_database))
    async with cluster.clone(EMPTY) as other:
        settings_from(**other.variables)
        await forwards("db")
        assert comparable(dump(other)) == changed
    settings_from(**empty_database.variables)
    for _ in project.files[1:]:
        await project.undo()
    assert comparable(dump(empty_database)) == first
    await project.migrate()
    monkeypatch.setattr("sys.stdin", io.StringIO())
    squash(auto_agree=True)
    await check()
    await matches(empty_database, tables)
    await backwards("db", "all", auto_agree=True)
    assert comparable(dump(empty_database)) == before


async def rows_are_reached(tables: list[Any]) -> None:
    """Each user reaches their own rows by typed queries, by Piccolo's, and by a search."""
    teams, notes, children, *_ = tables
    alice, bob = await user("Alice"), await user("Bob")
    team = UUID(int=7)
    async with session(alice.identity):
        ((key,),) = await insert(notes(title="Tea", team=team)).returning(notes.id)
        await insert(children(note=key, plain=key))
        note = await notes.objects().get(notes.title == "Tea")
        note.title = "Tea for two"
        await note.save()
        await note.refresh()
        assert (note.title, await notes.count()) == ("Tea for two", 1)
        child = await children.objects(children.note).get(children.plain == key)
        assert child.note.title == "Tea for two"
        columns = (children.note.parent.title, children.plain.maybe(_cost))
        assert await select(*columns) == [("Tea for two", 1)]
        assert await select(notes.number).among(notes.search.finds("two")) == [(1,)]
        assert await call(_twice(changed=False), int, 3) == 6
    async with session(bob.identity):
        assert await select(count(notes.id)) == [(0,)]
        await insert(teams(team=team))
        assert await select(notes.title) == [("Tea for two",)]
        changed = update(notes).set(notes.title, "").where(notes.id == key)
        assert await changed.returning(notes.id) == []


def _cost(note: Any) -> Any:
    return note.cost


async def access_is_reported(database: Database) -> None:
    """The matrix names tables and views."""
    async with connected(database.direct_url) as connection:
        report = as_text(await matrix(connection, [ODD, KEYWORD]))
    for named in (f'"{ODD}"."Notes"', f'"{ODD}".recent', f'"{KEYWORD}".children'):
        assert named in report
