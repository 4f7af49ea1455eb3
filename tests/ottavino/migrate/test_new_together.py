"""Objects that refer to each other, and are made, changed and dropped in one migration."""

from collections.abc import Collection, Mapping, Sequence
from enum import Enum
from typing import Any, NamedTuple

import asyncpg
import pytest

from ottavino import (
    AsFound,
    DatabaseFunction,
    EnumType,
    Generated,
    Publication,
    Published,
    View,
    bigint,
    domain,
    integer,
)
from ottavino import Sequence as DatabaseSequence
from ottavino.declare.database_function import without_default
from ottavino.declare.table import Table
from ottavino.migrate.app import Object
from ottavino.migrate.diff import changes
from ottavino.migrate.state import State, declared
from ottavino.postgres.connection import Connection
from ottavino.testing import Database
from tests.ottavino.declare.installed import migrator
from tests.ottavino.migrate.project import run, table, without_facts
from tests.ottavino.migrate.test_called_functions import DEPENDENTS, OF_OTHERS, notes
from tests.ottavino.migrate.test_diff import no


class Made(NamedTuple):
    """Objects that other SQL refers to."""

    tables: Sequence[type[Table]] = ()
    objects: Sequence[Object] = ()


class Status(Enum):
    """The values of a type."""

    OPEN = "open"


def lists(number: int, *objects: Any) -> type[Table]:
    """A table whose column has another type in the second version."""
    return table("lists", *objects, size=bigint(default=1) if number else integer(default=1))


def sized(number: int, *, materialized: bool = False) -> type[Table]:
    """A view of it."""
    make: Any = type(View)
    query = f"select l.size::integer + {number} as size from public.lists as l"
    members = {"size": integer(), "query": query}
    return make("Sized", (View,), members, tablename="sized", materialized=materialized)


def parsed(number: int, query: str, of: str = "", name: str = "num") -> AsFound:
    """A function that PostgreSQL has parsed."""
    signature = f"public.{name}({without_default(of)})"
    return AsFound(
        f"function {signature}",
        f"create or replace function public.{name}({of}) returns integer language sql\n"
        f"immutable begin atomic {query} + {number}; end",
        f"drop function {signature}",
    )


def quoted(number: int, *arguments: str, name: str = "num") -> DatabaseFunction:
    """A function whose body PostgreSQL reads when it runs."""
    return DatabaseFunction(
        name=name,
        arguments=arguments,
        returns="integer",
        body=f"select {number}",
        language="sql",
        volatility="immutable",
    )


SIZE = "select (select max(l.size)::integer from public.{} as l)"
NUM, CALLING = "public.num()", "public.calling()"


def functions(kind: str, n: int) -> Made:
    """A function, in one of two versions."""
    over, row = SIZE.format("lists"), "one public.{} default null"
    over_view = SIZE.format("sized")
    calling = parsed(n, "select public.num()", name="calling")
    return {
        "a function": Made(objects=[quoted(n)]),
        "a parsed function": Made([lists(n, parsed(n, "select 1"))]),
        "a parsed function over a new table": Made([lists(n, parsed(n, over))]),
        "a parsed function over a new view": Made([lists(n, parsed(n, over_view)), sized(n)]),
        "a parsed function over a new materialized view": Made(
            [lists(n, parsed(n, over_view)), sized(n, materialized=True)]
        ),
        "a parsed function that calls one over a new table": Made(
            [lists(n, calling, parsed(n, over))]
        ),
        "a parsed function that takes a row of a new table": Made(
            [lists(n, parsed(n, "select 1", row.format("lists")))]
        ),
        "a function that takes a row of a new table": Made(
            [lists(n)], [quoted(n, row.format("lists"))]
        ),
        "a function that takes a row of a new view": Made(
            [lists(n), sized(n)], [quoted(n, row.format("sized"))]
        ),
        "a function whose argument has a default over a new table": Made(
            [lists(n, parsed(n, over))],
            [quoted(n, f"x integer default {NUM}", name="calling")],
        ),
    }[kind]


def others(kind: str, n: int) -> Made:
    """Something else, in one of two versions."""
    of, bound = (
        domain("amount", integer(), checks={"c": check})
        for check in (f"value > -{n}", f"value > -{n} or {NUM} > 0")
    )
    double = Generated("double", "bigint", f"size * (2 + {n})")
    return {
        "a sequence": Made(objects=[DatabaseSequence("public.numbers", increment=1 + n)]),
        "a type": Made(objects=[EnumType(Status, "public.status")]),
        "a domain": Made(objects=of.declares),
        "a domain over a new table": Made(
            [lists(n, parsed(n, SIZE.format("lists")))], bound.declares
        ),
        "a generated column": Made([lists(n, double)]),
        "a new view": Made([lists(n), sized(n)]),
    }[kind]


QUERIES = ("a policy", "a view", "a materialized view", "a body that is parsed")
REFERRED: Mapping[str, tuple[str, Collection[str]]] = {
    "a function": (NUM, DEPENDENTS),
    "a parsed function": (NUM, DEPENDENTS),
    "a parsed function over a new table": (NUM, DEPENDENTS),
    "a parsed function over a new view": (NUM, DEPENDENTS),
    "a parsed function over a new materialized view": (NUM, DEPENDENTS),
    "a parsed function that calls one over a new table": (CALLING, DEPENDENTS),
    "a parsed function that takes a row of a new table": (NUM, DEPENDENTS),
    "a function that takes a row of a new table": (NUM, DEPENDENTS),
    "a function that takes a row of a new view": (NUM, DEPENDENTS),
    "a function whose argument has a default over a new table": (CALLING, DEPENDENTS),
    "a sequence": (
        "nextval('public.numbers'::regclass)::integer",
        ("a default", "the default of a domain", "a policy", "a view"),
    ),
    "a type": (
        "length('open'::public.status::text)",
        ("a default", "a policy", "a view", "a trigger", "a check", "a default of an argument"),
    ),
    "a domain": ("1::public.amount", DEPENDENTS),
    "a domain over a new table": ("1::public.amount", DEPENDENTS),
    "a generated column": ("(select max(l.double) from public.lists as l)", QUERIES),
    "a new view": ("(select max(l.size) from public.sized as l)", QUERIES),
}
"""What other SQL refers to, how it does so, and the kinds of objects that may do so."""


def schemas(kind: str, name: str) -> tuple[State, State, State]:
    """Without both; with both; and with both as they are changed."""
    referring = DEPENDENTS[kind](REFERRED[name][0])
    made = [(functions if "function" in name else others)(name, n) for n in (0, 1)]
    one, other = (
        declared([*referring.tables, *each.tables], [*referring.objects, *each.objects])
        for each in made
    )
    return declared([notes()]), one, other


@pytest.mark.whole("makes many edits there and back")
@pytest.mark.parametrize("name", REFERRED)
async def test_what_refers_to_another_is_made_after_it_and_dropped_before(
    empty_database: Database, name: str
) -> None:
    failed = list[str]()
    async with migrator(empty_database) as connection:
        await connection.execute(OF_OTHERS)
        for kind in {*REFERRED[name][1]} - {"raw SQL"}:
            without, one, other = schemas(kind, name)
            nothing = State()
            for what, old, new in (
                ("new", without, one),
                ("all new", nothing, one),
                ("dropped", one, without),
                ("all dropped", one, nothing),
                ("changed", one, other),
                ("changed back", other, one),
                ("without facts", without_facts(one), other),
            ):
                try:
                    await there_and_back(connection, old, new)
                except (AssertionError, ValueError, asyncpg.PostgresError) as error:
                    failed.append(f"{kind}, {what}: {repr(error)[:150]}")
    assert not failed, "\n".join(failed)


async def there_and_back(connection: Connection, old: State, new: State) -> None:
    await connection.execute("savepoint before")
    try:
        await run(connection, [each.forwards() for each in changes(State(), old, no)])
        steps = changes(old, new, no)
        await run(connection, [each.forwards() for each in steps])
        await run(connection, [each.backwards() for each in reversed(steps)])
        await run(connection, [each.forwards() for each in steps])
        state = old.copy()
        for each in steps:
            each.replay(state)
        assert changes(state, new, no) == []
    finally:
        await connection.execute("rollback to before; release before")


def test_a_default_waits_for_a_function_over_another_new_table() -> None:
    _, one, _ = schemas("a default", "a parsed function over a new table")
    steps = [each.subject or each.forwards() for each in changes(State(), one, no)]
    wanted = ["function public.num()", "column public.notes.c"]
    assert [each for each in steps if each in wanted] == wanted
    dropped = [each.subject or each.forwards() for each in changes(one, State(), no)]
    assert [each for each in dropped if each in wanted] == wanted[::-1]


def test_a_table_is_added_to_a_publication_once_that_is_there() -> None:
    lists, notes = table("lists"), table("notes", Published("own"))
    state = declared([lists, notes], [Publication("own", (lists,))])
    made = [each.subject for each in changes(State(), state, no)]
    (added,) = (each for each in made if each is not None and each.startswith("published "))
    assert made.index("publication own") < made.index(added)
