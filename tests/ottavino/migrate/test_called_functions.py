"""A function changes its arguments or its result under the objects that call it."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from itertools import islice
from typing import Any
from uuid import UUID

import asyncpg
import pytest

from ottavino import (
    SQL,
    AsFound,
    Check,
    DatabaseFunction,
    Exclude,
    ForeignPolicy,
    Generated,
    Index,
    Policy,
    Raw,
    Role,
    Trigger,
    View,
    column,
    domain,
    integer,
    nullable,
    owner,
    uuid,
)
from ottavino.declare.table import Table
from ottavino.migrate.app import Object
from ottavino.migrate.diff import changes
from ottavino.migrate.state import State, declared
from ottavino.postgres.connection import Connection
from ottavino.testing import Database
from tests.ottavino.declare.installed import migrator, undone
from tests.ottavino.migrate.project import catalog, run, table, without_facts

USER = UUID("00000000-0000-4000-8000-00000000000a")
ROW = f"insert into public.notes (user_id, a) values ('{USER}', 9)"
OF_OTHERS = """
    create schema storage;
    create table storage.objects (id uuid);
    alter table storage.objects enable row level security
"""
ROWS = "select to_jsonb(notes) - 'c' from public.notes"
"""The rows without the values of what depends on the function."""


@dataclass(frozen=True)
class Schema:
    """Tables, and objects beside them."""

    tables: list[type[Table]]
    objects: tuple[Object, ...] = ()

    @property
    def state(self) -> State:
        return declared(self.tables, self.objects)


def num(*arguments: str, returns: str = "integer", name: str = "num") -> DatabaseFunction:
    """A function that the objects may call."""
    return DatabaseFunction(
        name=name,
        arguments=arguments,
        returns=returns,
        body="select 1",
        language="sql",
        volatility="immutable",
    )


def notes(*objects: object, **columns: object) -> type[Table]:
    """A table of one number."""
    return table("notes", *objects, a=integer(), **columns)  # pyright: ignore[reportArgumentType]  # columns by name


def with_domain(*, default: str | None = None, check: str = "value > 0") -> type[Table]:
    """A table with a column of a domain."""
    of = domain(
        "positive", integer(), checks={"c": check}, default=SQL(default) if default else ...
    )
    return notes(c=column(of, default=None))


def with_view(call: str, *, materialized: bool = False) -> list[type[Table]]:
    """A table, and a view of it that has an index if it can."""

    members = {
        "id": uuid(),
        "query": f"select n.id, {call} as c from public.notes as n",
        "database_objects": (Index("c", name="counted_c"),) if materialized else (),
    }
    make: Any = type(View)
    view = make("Counted", (View,), members, tablename="counted", materialized=materialized)
    return [notes(), view]


def calling(call: str) -> Trigger:
    """A trigger with a condition."""
    touch = DatabaseFunction(name="touch", returns="trigger", body="begin return new; end")
    return Trigger(
        name="c", function=touch, when="before", event="update", condition=f"{call} = new.a"
    )


def atomic(call: str) -> AsFound:
    """A function whose body PostgreSQL has parsed, as in a database that was adopted."""
    return AsFound(
        "function public.parsed()",
        "create or replace function public.parsed() returns integer language sql\n"
        f"begin atomic select ({call})::integer from public.notes as n; end",
        "drop function public.parsed()",
    )


def files(call: str) -> ForeignPolicy:
    return ForeignPolicy(
        on="storage.objects", name="c", command="select", to=Role.ANON, using=f"{call} > 0"
    )


def defaulting(call: str) -> DatabaseFunction:
    """A function with an argument that another one gives its default."""
    return num(f"x bigint default {call}", name="defaulting")


DEPENDENTS: Mapping[str, Callable[[str], Schema]] = {
    "a default": lambda call: Schema([notes(c=integer(default=SQL(call)))]),
    "a generated column": lambda call: Schema(
        [notes(one := Generated("c", "bigint", f"a + {call}"), Index(one, name="over_c"))]
    ),
    "a check": lambda call: Schema([notes(Check("c", f"a > {call} - 1"))]),
    "an index": lambda call: Schema([notes(Index(call, name="c"))]),
    "a unique index of some rows": lambda call: Schema(
        [notes(Index("a", name="c", unique=True, where=f"a > {call}"))]
    ),
    "an exclusion": lambda call: Schema(
        [notes(Exclude(("int4range(a, null)", "&&"), name="c", where=f"a > {call}"))]
    ),
    "a policy": lambda call: Schema([notes(Policy(name="c", using=f"a > {call}"))]),
    "a policy of a table of others": lambda call: Schema([notes()], (files(call),)),
    "a view": lambda call: Schema(with_view(call)),
    "a materialized view": lambda call: Schema(with_view(call, materialized=True)),
    "a trigger": lambda call: Schema([notes(calling(call))]),
    "a check of a domain": lambda call: Schema([with_domain(check=f"value > {call} - 1")]),
    "the default of a domain": lambda call: Schema([with_domain(default=call)]),
    "a default of an argument": lambda call: Schema([notes(defaulting(call))]),
    "a body that is parsed": lambda call: Schema([notes(atomic(call))]),
    "raw SQL": lambda call: Schema(
        [notes()],
        (
            Raw(
                "c",
                create=f"create view public.c as select {call} as c",
                drop="drop view public.c",
                needs=("public.num",),
            ),
        ),
    ),
}


@dataclass(frozen=True)
class Version:
    """Some functions, and how they are called."""

    call: str
    functions: tuple[DatabaseFunction, ...]


EDITS: Mapping[str, tuple[Version, Version]] = {
    "another type": (
        Version("public.num(1)", (num("x integer"),)),
        Version("public.num(1)", (num("x bigint"),)),
    ),
    "an argument that may be left out": (
        Version("public.num()", (num(),)),
        Version("public.num()", (num("x integer default 2"),)),
    ),
    "a default of an argument": (
        Version("public.num(1)", (num("x integer"),)),
        Version("public.num(1)", (num("x integer default 2"),)),
    ),
    "a default of an argument, and the call": (
        Version("public.num(1)", (num("x integer"),)),
        Version("public.num()", (num("x integer default 2"),)),
    ),
    "an argument, and the call": (
        Version("public.num()", (num(),)),
        Version("public.num(2)", (num("x integer"),)),
    ),
    "an argument that may be left out, and the call": (
        Version("public.num()", (num(),)),
        Version("public.num() + 1", (num("x integer default 2"),)),
    ),
    "another result": (
        Version("public.num()", (num(),)),
        Version("public.num()", (num(returns="bigint"),)),
    ),
    "another type and another result": (
        Version("public.num(1)", (num("x integer"),)),
        Version("public.num(1)", (num("x bigint", returns="bigint"),)),
    ),
    "another name of an argument": (
        Version("public.num(1)", (num("x integer"),)),
        Version("public.num(1)", (num("y integer"),)),
    ),
    "a second one that fits better": (
        Version("public.num(1)", (num("x numeric"),)),
        Version("public.num(1)", (num("x numeric"), num("x integer"))),
    ),
    "another function": (
        Version("public.num(1)", (num("x integer"),)),
        Version("public.other(1)", (num("x integer", name="other"),)),
    ),
    "no function": (
        Version("public.num()", (num(),)),
        Version("1", ()),
    ),
}


def schema(kind: str, version: Version) -> State:
    """Some functions, and an object of a kind that calls one."""
    made = DEPENDENTS[kind](version.call)
    return declared(made.tables, (*made.objects, *version.functions))


def edits(kind: str) -> Iterator[tuple[str, State, State]]:
    """Each edit of a function, with its caller as it is and with a caller that is dropped."""
    for edit, (one, other) in EDITS.items():
        for old, new in ((one, other), (other, one)):
            name = f"{edit}, {'there' if old is one else 'back'}"
            yield name, schema(kind, old), schema(kind, new)
            gone = declared([notes()], new.functions)
            yield f"{name}, without the caller", schema(kind, old), gone
            yield f"{name}, with a new caller", gone, schema(kind, old)


@pytest.mark.whole("makes many edits there and back, and reads the catalog after each")
@pytest.mark.parametrize(
    "kind",
    DEPENDENTS,
)
async def test_what_calls_a_function_is_made_again(
    empty_database: Database, thorough: bool, kind: str
) -> None:
    """The long run has every edit; otherwise each kind has every seventh, and other ones."""
    failed: dict[str, str] = {}
    catalogs: dict[str, list[str]] = {}
    async with migrator(empty_database, USER) as connection:
        await connection.execute(OF_OTHERS)
        first, step = (0, 1) if thorough else ([*DEPENDENTS].index(kind) % 7, 7)
        for number, (edit, old, new) in islice(enumerate(edits(kind)), first, None, step):
            # Every other one is from files that state no facts beside their SQL.
            before = without_facts(old) if number % 2 else old
            try:
                await there_and_back(connection, before, new, catalogs)
            except (AssertionError, ValueError, asyncpg.PostgresError) as error:
                failed[edit] = f"{edit}: {repr(error)[:150]}"
    assert not failed, "\n".join(failed.values())


NEXT = AsFound(
    "function public.next_c()",
    "create or replace function public.next_c() returns integer language sql\n"
    "begin atomic select coalesce(max(n.c), 0) + 1 from public.notes as n; end",
    "drop function public.next_c()",
)


async def test_a_default_calls_a_function_that_reads_its_column(
    empty_database: Database,
) -> None:
    """PostgreSQL can neither create nor drop the one without the other."""
    default = SQL("public.next_c()")
    required = declared([notes(NEXT, c=integer(default=default))])
    optional = declared([notes(NEXT, c=nullable(integer(), default=default))])
    plain, without = declared([notes(c=integer())]), declared([notes()])
    catalogs: dict[str, list[str]] = {}
    async with migrator(empty_database, USER) as connection:
        for one, other in ((required, required), (plain, required), (without, optional)):
            for old, new in ((one, other), (other, one)):
                row = ROW.replace("(user_id, a)", "(user_id, a, c)").replace("9)", "9, 1)")
                row = row if old is plain else ROW
                await there_and_back(connection, old, new, catalogs, row)
        dropped = [each.forwards() for each in changes(required, State(), no)]
        made = [each.forwards() for each in changes(State(), required, no)]
        await run(connection, [*made, *dropped])


def test_a_function_that_spreads_rows_over_partitions_is_not_changed() -> None:
    notes = spread("range (public.num(a))")
    one, other, third, fourth = (
        declared([notes], [function])
        for function in (
            num("x integer"),
            num("x bigint"),
            num("x integer", returns="bigint"),
            num("x integer default 2"),
        )
    )
    with pytest.raises(ValueError, match=r"num\(x integer\) decides in which partition a row"):
        changes(one, other, no)
    with pytest.raises(ValueError, match="declare another function and another table"):
        changes(one, third, no)
    with pytest.raises(ValueError, match=r"num\(x integer\) decides in which partition a row"):
        changes(one, fourth, no)  # It could not be undone.
    assert changes(one, one, no) == []


def spread(by: str) -> type[Table]:
    """A table without a key, whose rows are spread over partitions."""
    members = {"a": integer(), "user_id": owner()}
    make: Any = type(Table)
    return make("Notes", (Table,), members, tablename="notes", has_key=False, partition_by=by)


async def there_and_back(
    connection: Connection,
    old: State,
    new: State,
    catalogs: dict[str, list[str]],
    row: str = ROW,
) -> None:
    """Change a schema with a row into another and back. Each is as one that is made at once."""
    wanted, at_first = [await at_once(connection, each, catalogs) for each in (new, old)]
    async with undone(connection):
        await run(connection, [each.forwards() for each in changes(State(), old, no)])
        await connection.execute(row)
        rows = await connection.fetch(ROWS)
        steps = changes(old, new, no)
        await run(connection, [each.forwards() for each in steps])
        assert await catalog(connection) == wanted
        await run(connection, [each.backwards() for each in reversed(steps)])
        assert await catalog(connection) == at_first
        assert await connection.fetch(ROWS) == rows


async def at_once(
    connection: Connection, state: State, catalogs: dict[str, list[str]]
) -> list[str]:
    """The catalog of a schema that is made at once."""
    statements = [each.forwards() for each in changes(State(), state, no)]
    key = "".join(statements)
    if key not in catalogs:
        async with undone(connection):
            await run(connection, statements)
            catalogs[key] = await catalog(connection)
    return catalogs[key]


def no(table: str, old: str, new: str) -> bool:
    """No name is one that was renamed."""
    return False
