"""Views, routines and types that get into another schema or have another name: what others have
made over them and were granted on them stays, and so do the rows of a materialized view.
"""

from collections.abc import Callable, Mapping
from enum import Enum
from typing import Any, NamedTuple, cast

import pytest

from ottavino import (
    SQL,
    AsFound,
    Check,
    Comment,
    DatabaseFunction,
    DatabaseProcedure,
    EnumType,
    Generated,
    Grant,
    Index,
    Policy,
    Role,
    Schema,
    Sequence,
    Trigger,
    View,
    array,
    bigint,
    column,
    domain,
    enum,
    integer,
    refresh,
    text,
)
from ottavino.declare.table import Table
from ottavino.migrate.app import Object
from ottavino.migrate.diff import changes
from ottavino.migrate.state import State, declared
from ottavino.migrate.steps import Create, Move, Step, Undo
from ottavino.postgres.connection import Connection
from ottavino.testing import Database, SettingsFrom
from tests.ottavino.declare.installed import migrator
from tests.ottavino.migrate.project import catalog, run, table, without_facts
from tests.ottavino.migrate.random_objects import EDITOR
from tests.ottavino.migrate.test_diff import no, yes
from tests.ottavino.migrate.test_round_trip import written_and_read
from tests.ottavino.whole import quick

OTHER = Schema("other", usage=(Role.AUTHENTICATED,))
TABLE, NUMBER = "public.notes", "public.num"


class Edit(NamedTuple):
    """What is declared by a name with its schema, and what others have on it."""

    declare: Callable[[str], State]
    old: str
    new: str
    of_others: str
    """Their statements after the old schema is there."""


def schema(tables: list[type[Table]], *objects: Object) -> State:
    return declared(tables, [OTHER, *objects])


def view(
    name: str, query: str, *objects: Any, materialized: bool = False, members: Any = None
) -> type[Table]:
    where, own = name.split(".")
    make: Any = type(View)
    columns = members or {"a": integer()}
    return make(
        own.title(),
        (View,),
        {**columns, "query": query, "database_objects": objects},
        tablename=own,
        schema=where,
        materialized=materialized,
    )


def notes(*objects: Any, **columns: Any) -> type[Table]:
    return table("notes", *objects, **{"a": integer(default=1), **columns})


def function(name: str, *arguments: str, **options: Any) -> DatabaseFunction:
    where, own = name.split(".")
    told = {"body": "select 1", "returns": "integer", "volatility": "immutable"} | options
    return DatabaseFunction(
        name=own, schema=where, arguments=arguments, language="sql", **cast("Any", told)
    )


def atomic(name: str, query: str) -> AsFound:
    """A function that PostgreSQL has parsed."""
    return AsFound(
        f"function {name}()",
        f"create or replace function {name}() returns bigint language sql\n"
        f"begin atomic {query}; end",
        f"drop function {name}()",
    )


def viewed(name: str) -> State:
    """A view with objects of every kind, and one that reads it."""
    written = DatabaseFunction(name="write", returns="trigger", body="begin return null; end")
    trigger = Trigger(name="w", function=written, when="instead of", event="insert")
    one = view(
        name,
        "select a from public.notes",
        Grant(to=Role.AUTHENTICATED, select=True),
        Comment("Kept."),
        trigger,
    )
    reading = view("public.reading", f"select a from {name}", Grant(to=Role.ANON, select=True))
    through = Policy(name="few", using=f"exists (select from {name} as v where v.a = notes.a)")
    of_rows = function("public.of_rows", f"one {name}", body="select 1")
    parsed = atomic("public.sum", SUM.format(name))
    return schema([notes(through, parsed), one, reading], of_rows)


SUM = "select sum(v.a) as sum from {} as v"


def stored(name: str) -> State:
    """A materialized view with an index, its refresh, and another one over it."""
    where, own = name.split(".")
    one = view(
        name,
        "select a from public.notes",
        Grant(to=Role.AUTHENTICATED, select=True),
        Index("a", name=f"{own}_a"),
        materialized=True,
    )
    over = view("public.over", f"select a from {name}", materialized=True)
    return schema([notes(), one, over], refresh(f"{where}.{own}"))


def called(name: str) -> State:
    """A function that objects of every kind call."""
    num = f"{name}(a)"
    one = function(name, "x integer", execute=(Role.AUTHENTICATED,))
    touch = DatabaseFunction(name="touch", returns="trigger", body="begin return new; end")
    trigger = Trigger(
        name="t",
        function=touch,
        when="before",
        event="update",
        condition=f"{name}(new.a) > 0",
    )
    there = notes(
        Check("positive", f"{num} > 0"),
        Index(num, name="by_num"),
        Generated("computed", "integer", num),
        Policy(name="few", using=f"{num} = 1"),
        trigger,
        atomic("public.parsed", f"select {name}(1)::bigint as n"),
        b=integer(default=SQL(f"{name}(1)")),
    )
    price = domain("public.price", integer(), checks={"fair": f"{name}(value) > 0"})
    reading = view("public.reading", f"select {num} as a from public.notes")
    calling = function(
        "public.calling", f"x integer default {name}(2)", body=f"select {name}(1)"
    )
    return schema([there, reading], one, calling, price.declares[0], Comment("K.", on=one))


def measured(name: str) -> State:
    """A domain with a check, a default, a column, an array, and a function that takes it."""
    of = domain(name, integer(), checks={"fair": "value > 0"}, default=1, required=True)
    over = domain("public.over", column(of), checks={"small": f"value < 9::{name}"})
    there = notes(Check("c", f"price > 0::{name}"), price=column(of), prices=array(column(of)))
    return schema([there], function("public.of", f"x {name}"), over.declares[-1])


def bounded(name: str) -> State:
    """A domain with checks of its place, and a column of it."""
    checks = {"fair": f"value <> '{name}'", f"only_{name.partition('.')[0]}": "value <> ''"}
    of = domain(name, text(), checks=checks)
    return schema([notes(price=column(of))])


class Progress(Enum):
    """The values of a type."""

    OPEN = "open"


def typed(name: str) -> State:
    """An enumerated type with a check, an index, a function and a view over it."""
    status = enum(Progress, name=name, default=Progress.OPEN)
    is_open = f"status = 'open'::{name}"
    there = notes(
        Check("c", f"{is_open} or a > 0"), Index("a", name="i", where=is_open), status=status
    )
    reading = view("public.reading", f"select a from public.notes where {is_open}")
    counted = function("public.counted", f"of {name}", returns=name, body="select 'open'")
    return schema([there, reading], EnumType(Progress, name), counted)


def everything(where: str) -> State:
    """A whole schema, whose objects use each other."""
    status, numbers = f"{where}.status", Sequence(f"{where}.numbers")
    make = cast("Callable[..., type[Table]]", type(Table))
    there = make(
        "Notes",
        (Table,),
        {
            "id": bigint(primary_key=True, default=numbers.next),
            "a": integer(default=SQL(f"{where}.num(1)")),
            "status": enum(Progress, name=status, default=Progress.OPEN),
            "database_objects": (
                Check("c", f"{where}.num(a) > 0"),
                atomic("public.summed", f"select sum(n.a) as sum from {where}.notes as n"),
            ),
        },
        tablename="notes",
        schema=where,
    )
    reading = view(f"{where}.reading", f"select {where}.num(a) as a from {where}.notes")
    over = view(f"{where}.over", f"select a from {where}.reading", materialized=True)
    return schema(
        [there, reading, over],
        function(f"{where}.num", "x integer"),
        function(f"{where}.of_rows", f"one {where}.notes", f"s {where}.status"),
        function("public.of_all", f"one {where}.notes", body=f"select {where}.num(1)"),
        numbers,
    )


def listed(name: str) -> State:
    """A table whose rows a function takes and returns."""
    there = table(name.split(".")[1], a=integer(default=1))
    first = function("public.first", f"one {name}", returns=f"setof {name}", body="select one")
    return schema([there], first)


def procedure(name: str) -> State:
    where, own = name.split(".")
    one = DatabaseProcedure(
        name=own,
        schema=where,
        arguments=("most integer",),
        body="begin commit; end",
        execute=(Role.SERVICE_ROLE,),
    )
    return schema([notes()], one)


def alone(name: str) -> State:
    return schema([notes(), view(name, "select a from public.notes")])


def checking(name: str) -> State:
    return schema([notes(Check("c", f"{name}(a) > 0"))], function(name, "x integer"))


def overloaded(name: str) -> State:
    """Two functions of one name, which a check and a view call."""
    return schema(
        [
            notes(Check("c", f"{name}(a) > 0 and {name}('a'::text) > 0")),
            view("public.reading", f"select {name}(a) as a from public.notes"),
        ],
        function(name, "x integer"),
        function(name, "x text", execute=(Role.AUTHENTICATED,)),
    )


def partly_overloaded(names: str) -> State:
    """Two functions of one name, of which one leaves it."""
    one, other = names.split()
    there = notes(Check("c", f"{one}(a) > 0 and {other}('a'::text) > 0"))
    return schema([there], function(one, "x integer"), function(other, "x text"))


def partitioned(name: str) -> State:
    """A table with a partition that has objects of its own."""
    region = text(primary_key=True)
    create = (
        f"create table {name} partition of public.events for values in ('eu');\n"
        f"revoke all on {name} from public, anon, authenticated, service_role;\n"
        f"create index events_of_eu on {name} using btree (region)"
    )
    part = AsFound(
        f"partition {name}", create, f"drop table {name}", uses={"public.events": ()}
    )
    make = cast("Callable[..., type[Table]]", type(Table))
    members = {"region": region, "database_objects": (part,)}
    events = make("Events", (Table,), members, tablename="events", partition_by="list (region)")
    return schema([events])


def executed(roles: str) -> State:
    """A function that some roles may execute, one of them the project's own."""
    execute = tuple(role for role in ROLES if role in roles)
    return schema(
        [notes(Check("c", "public.num(a) > 0"))], function(NUM, "x integer", execute=execute)
    )


ROLES = (Role.ANON, Role.AUTHENTICATED, EDITOR)
NUM = "public.num"


def defaulted(default: str) -> State:
    """A function whose argument has a default, and a check that uses it."""
    return schema(
        [notes(Check("c", "public.num() > 0"))], function(NUM, f"x integer {default}")
    )


def spelled(type_: str) -> State:
    """Functions of one name, of which one has an argument of a type with many names."""
    there = notes(Check("c", "public.num(a) > 0"))
    return schema([there], function(NUM, f"x {type_}"), function(NUM, "x text"))


def told(beside: str, on: str = "auth.users") -> State:
    """A function with a trigger on a table of others, and statements beside it."""
    create = (
        "create or replace function public.t() returns trigger language plpgsql\n"
        "as $function$begin return new; end$function$;\n"
        "revoke all on function public.t() from public, anon, authenticated, service_role;\n"
        f"{beside}create trigger t after insert on {on}\n"
        "    for each row execute function public.t()"
    )
    return schema(
        [notes(AsFound(f"trigger {on}.t", create, "drop function public.t() cascade"))]
    )


DESCRIBED = "comment on function public.t() is 'It''s ours, to keep.';\n"
ALLOWED = "grant execute on function public.t() to anon, authenticated;\n"
THEIR_TRIGGER = """
    create table strangers.t (a integer);
    create trigger x after insert on strangers.t for each row execute function public.t()
"""


GRANTED = "grant select on {name} to stranger; create view strangers.v as select a from {name}"
CALLED = """
    grant execute on function {name}(integer) to stranger;
    create view strangers.v as select {name}(1) as a;
    create table strangers.t (a integer default {name}(1) check ({name}(a) > 0))
"""
EDITS: Mapping[str, Edit] = {
    "a view moves": Edit(viewed, "public.v", "other.v", GRANTED),
    "a view has another name": Edit(
        alone,
        "public.v",
        "public.w",
        GRANTED,
    ),
    "a materialized view moves": Edit(stored, "public.m", "other.m", f"{GRANTED}"),
    "a function moves": Edit(called, "public.num", "other.num", CALLED),
    "a function has another name": Edit(
        checking,
        "public.num",
        "public.number",
        CALLED,
    ),
    "functions of one name move": Edit(overloaded, "public.num", "other.num", CALLED),
    "functions of one name have another name": Edit(
        overloaded, "public.num", "public.number", CALLED
    ),
    "one of two functions of one name moves": Edit(
        partly_overloaded, "public.num public.num", "public.num other.num", ""
    ),
    "a procedure moves": Edit(
        procedure,
        "public.tidy",
        "other.tidy",
        "grant execute on procedure {name}(integer) to stranger",
    ),
    "a domain moves": Edit(
        measured,
        "public.amount",
        "other.amount",
        "create table strangers.t (a {name}); create view strangers.v as select public.of(1)",
    ),
    "a domain moves and has other checks": Edit(
        bounded, "public.amount", "other.amount", "create table strangers.t (a {name})"
    ),
    "a type moves": Edit(
        typed,
        "public.status",
        "other.status",
        "create view strangers.v as select public.counted('open'), a from reading",
    ),
    "a whole schema moves": Edit(
        everything,
        "public",
        "other",
        "grant select on {name}.reading, {name}.over to stranger;"
        " create view strangers.v as select o.a, {name}.of_rows(n, n.status),"
        " public.of_all(n), public.summed() from {name}.over as o, {name}.notes as n",
    ),
    "an argument has another default": Edit(
        defaulted,
        "default array_length(array[1, 2], 1)",
        "= length(', default 1')",
        CALLED.format(name=NUM),
    ),
    "an argument has another name of its type": Edit(
        spelled, "integer", "int4", CALLED.format(name=NUM)
    ),
    "other roles may execute a function": Edit(
        executed, f"anon {EDITOR}", "authenticated", CALLED.format(name=NUM)
    ),
    "one more role may execute a function": Edit(
        executed, "authenticated", f"authenticated {EDITOR}", CALLED.format(name=NUM)
    ),
    "another role may execute a function with a trigger": Edit(
        told, DESCRIBED, ALLOWED, THEIR_TRIGGER
    ),
    "a partition moves": Edit(
        partitioned,
        "public.events_eu",
        "other.events_eu",
        "create view strangers.v as select region from {name}",
    ),
    "a table has another name": Edit(
        listed,
        "public.notes",
        "public.tags",
        "create view strangers.v as select public.first(null)",
    ),
}
STRANGERS = """
    create role stranger; create schema strangers; set local search_path = public;
"""
THEIRS = """
    select format('%s %s', classid::regclass, objid) as what from pg_shdepend
    where refobjid = 'stranger'::regrole
    union all
    select relname from pg_class where relnamespace = 'strangers'::regnamespace
    union all
    select format('%s %s', relfilenode, relkind) from pg_class
    where relnamespace in ('public'::regnamespace, 'other'::regnamespace) and relfilenode <> 0
    order by 1
"""
"""What others have and were granted, and the files of our rows, which nothing writes again."""


@pytest.fixture(autouse=True)
def api_roles(settings_from: SettingsFrom) -> None:
    settings_from(API_ROLES=EDITOR)


@pytest.mark.whole_but_first("migrates twice, and reads the catalog six times")
@pytest.mark.parametrize("with_facts", [True, False], ids=["with facts", "without facts"])
@pytest.mark.parametrize(
    "edit",
    quick(
        ("a whole schema moves",),
        {name: (edit,) for name, edit in EDITS.items()},
        "migrates twice, and reads the catalog six times",
    ),
)
async def test_what_others_have_on_it_stays_in_both_directions(
    empty_database: Database, edit: Edit, with_facts: bool
) -> None:
    old, new = edit.declare(edit.old), edit.declare(edit.new)
    async with migrator(empty_database) as connection:
        wanted = await at_once(connection, new)
        await run(connection, made(old))
        at_first = await ours(connection)
        await connection.execute(STRANGERS + edit.of_others.format(name=edit.old))
        theirs = await others(connection)
        steps = written_and_read(changes(old if with_facts else without_facts(old), new, yes))
        await run(connection, [each.forwards() for each in steps])
        assert await ours(connection) == wanted
        assert await others(connection) == theirs
        state = replayed(old, steps)
        assert state == new
        assert changes(state, new, yes) == []
        await run(connection, [each.backwards() for each in reversed(steps)])
        assert await ours(connection) == at_first
        assert await others(connection) == theirs


async def others(connection: Connection) -> list[str]:
    return [row["what"] for row in await connection.fetch(THEIRS)]


async def ours(connection: Connection) -> list[str]:
    """The catalog without what others are granted."""
    return [each for each in await catalog(connection) if "stranger" not in each]


async def at_once(connection: Connection, state: State) -> list[str]:
    await connection.execute("savepoint at_once")
    await run(connection, made(state))
    found = await ours(connection)
    await connection.execute("rollback to at_once; release at_once")
    return found


def made(state: State) -> list[str]:
    return [each.forwards() for each in changes(State(), state, no)]


def replayed(state: State, steps: list[Step]) -> State:
    for each in steps:
        each.replay(state)
    return state


def test_what_is_made_anew_for_another_reason_is_not_moved_before() -> None:
    def state(where: str, column: Any) -> State:
        query, members = "select a from public.notes", {"a": integer()}
        reading = view(f"{where}.reading", query, members=members)
        return schema([notes(a=column), reading, view(f"{where}.plain", "select 1 as a")])

    def steps(column: Any) -> list[tuple[str, str]]:
        found: list[tuple[str, str]] = []
        for each in changes(state("public", integer()), state("other", column), yes):
            match each:
                case Move(new=made) | Create(made) | Undo(Create(made)) if made.kind == "view":
                    found.append((type(each).__name__, made.name))
                case _:
                    pass
        return found

    moved = ("Move", "view other.plain")
    assert sorted(steps(integer())) == [moved, ("Move", "view other.reading")]
    assert steps(bigint()) == [
        ("Undo", "view public.reading"),
        moved,
        ("Create", "view other.reading"),
    ]
