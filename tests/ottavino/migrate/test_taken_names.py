"""Names that one object gives up and another one takes in the same migration.

Tables, views, sequences and types of a schema share their names.
"""

from collections.abc import Callable, Iterable, Mapping
from enum import Enum
from itertools import product
from typing import Any, NamedTuple, cast

import pytest

from ottavino import (
    Check,
    Col,
    Comment,
    DatabaseFunction,
    Grant,
    Index,
    Partition,
    Policy,
    Role,
    Sequence,
    Unique,
    View,
    bigint,
    column,
    domain,
    enum,
    integer,
    reference,
    serial,
    text,
)
from ottavino.declare.table import Table
from ottavino.migrate.app import Object
from ottavino.migrate.bodies import stale_bodies
from ottavino.migrate.diff import changes
from ottavino.migrate.stale_sql import stale_sql
from ottavino.migrate.state import State
from ottavino.migrate.steps import RenameTable
from ottavino.postgres.connection import Connection
from ottavino.testing import Database
from tests.ottavino.declare.installed import migrator, schema, undone
from tests.ottavino.migrate.project import catalog, run
from tests.ottavino.migrate.test_diff import no, yes
from tests.ottavino.migrate.test_round_trip import written_and_read
from tests.ottavino.whole import quick


class Declared(NamedTuple):
    """An object, and the columns of another table that use it."""

    objects: list[type[Table] | Object]
    columns: Mapping[str, Col[Any]] = {}


def made(name: str, *database_objects: Any, **columns: Col[Any]) -> type[Table]:
    members = {
        "id": bigint(primary_key=True),
        **columns,
        "database_objects": database_objects,
    }
    make = cast("Callable[..., type[Table]]", type(Table))
    return make(name.title(), (Table,), members, tablename=name)


def a_table(name: str, of: str) -> Declared:
    objects = (
        Check("c", f"{of} <> ''"),
        Index(of, name=f"{name}_i"),
        Grant(to=Role.AUTHENTICATED, select=True),
        Policy(name="all", using="true"),
        Comment("Kept."),
    )
    return Declared(
        [made(name, *objects, **{of: text(default="a"), "number": serial(integer())})]
    )


def a_view(name: str, of: str) -> Declared:
    make: Any = type(View)
    members = {
        of: integer(),
        "query": f"select a as {of} from public.notes",
        "database_objects": (Grant(to=Role.ANON, select=True),),
    }
    return Declared([make(name.title(), (View,), members, tablename=name)])


def a_sequence(name: str, of: str) -> Declared:
    numbers = Sequence(f"public.{name}", start=len(of))
    return Declared([numbers], {of: bigint(default=numbers.next)})


def an_enum(name: str, of: str) -> Declared:
    states = Enum("States", {"A": of})
    return Declared([], {of: enum(states, name=f"public.{name}", default=states["A"])})


def a_domain(name: str, of: str) -> Declared:
    short = domain(f"public.{name}", integer(), checks={of: "value > 1"}, default=50)
    return Declared([], {of: column(short)})


KINDS: Mapping[str, Callable[[str, str], Declared]] = {
    "table": a_table,
    "view": a_view,
    "sequence": a_sequence,
    "enum": an_enum,
    "domain": a_domain,
}


def state(*declared: Declared) -> State:
    """The schema with some objects, and with a table whose columns use them."""
    columns = {name: each for one in declared for name, each in one.columns.items()}
    return schema(
        made("notes", a=integer(default=1), **columns),
        *(each for one in declared for each in one.objects),
    )


class Pair(NamedTuple):
    """What gives up the name `thing`, and what takes it."""

    gives: str
    ends: str
    takes: str
    begins: str

    @property
    def old(self) -> State:
        taking = [KINDS[self.takes]("fresh", "second")] if self.begins == "renamed" else []
        return state(KINDS[self.gives]("thing", "first"), *taking)

    @property
    def new(self) -> State:
        giving = [KINDS[self.gives]("former", "first")] if self.ends == "renamed" else []
        return state(KINDS[self.takes]("thing", "second"), *giving)

    @property
    def renamed(self) -> dict[str, str]:
        """The names of what stays the same, by those that it had."""
        # Two views, sequences or types with one name in both schemas count as changed.
        if self.gives == self.takes != "table":
            return {}
        former = {"thing": "former"} if self.ends == "renamed" else {}
        return former | ({"fresh": "thing"} if self.begins == "renamed" else {})


def article(kind: str) -> str:
    return f"{'an' if kind == 'enum' else 'a'} {kind}"


PAIRS = {
    f"{article(gives)} is {ends}, and a {begins} {takes} has its name": (
        Pair(gives, ends, takes, begins),
    )
    for gives, ends, takes, begins in product(
        KINDS, ("dropped", "renamed"), KINDS, ("new", "renamed")
    )
}
QUICK = (
    "a table is renamed, and a new view has its name",
    "a sequence is dropped, and a new table has its name",
    "an enum is dropped, and a new domain has its name",
)


@pytest.mark.whole_but_first("migrates there and back")
@pytest.mark.parametrize(
    "pair", quick(QUICK, PAIRS, "migrates twice, and reads the catalog four times")
)
async def test_a_name_passes_from_one_object_to_another(
    empty_database: Database, pair: Pair
) -> None:
    async with migrator(empty_database) as connection:
        await there_and_back(connection, pair.old, pair.new, pair.renamed)


def ring(*names: str) -> State:
    """Tables with these names, whose rows refer to each other."""
    one, other, *more = names
    named = text(default="a")
    first: Any = made(one, Unique(named), Index(named, name=f"{one}_i"), first=named)
    second = made(
        other,
        Policy(name="all", using="true"),
        Grant(to=Role.ANON, select=True),
        second=serial(integer()),
        of=cast("Col[Any]", reference(first, first.id, default=None)),
    )
    others = [made(name, Comment("Kept."), third=integer(default=3)) for name in more]
    query = f"select b.second from public.{other} as b join public.{one} as a on a.id = b.of"
    make: Any = type(View)
    members = {"second": integer(), "query": query}
    return schema(first, second, *others, make("Read", (View,), members, tablename="read"))


def table_and_view(table: str, view: str) -> State:
    return state(a_table(table, "first"), a_view(view, "second"))


def table_and_type(table: str, of: str) -> State:
    return state(a_table(table, "first"), an_enum(of, "second"))


def numbered(table: str, *sequences: str) -> State:
    return schema(made(table, number=serial(integer())), *map(Sequence, sequences))


RINGS: Mapping[str, tuple[State, State, Mapping[str, str]]] = {
    "two tables swap their names": (ring("a", "b"), ring("b", "a"), {"a": "b", "b": "a"}),
    "three tables swap their names": (
        ring("a", "b", "c"),
        ring("b", "c", "a"),
        {"a": "b", "b": "c", "c": "a"},
    ),
    "a chain of tables": (
        ring("a", "b", "c"),
        ring("b", "c", "d"),
        {"a": "b", "b": "c", "c": "d"},
    ),
    "a table and a view swap their names": (
        table_and_view("a", "b"),
        table_and_view("b", "a"),
        {"a": "b", "b": "a"},
    ),
    "a table and a type swap their names": (
        table_and_type("a", "b"),
        table_and_type("b", "a"),
        {"a": "b", "b": "a"},
    ),
    "a sequence has the former name of that of a column": (
        numbered("a"),
        numbered("b", "public.a_number_seq"),
        {"a": "b"},
    ),
}


@pytest.mark.parametrize(
    "edit",
    quick(
        ("two tables swap their names",),
        {name: (edit,) for name, edit in RINGS.items()},
        "migrates twice, and reads the catalog four times",
    ),
)
async def test_names_are_exchanged(
    empty_database: Database, edit: tuple[State, State, Mapping[str, str]]
) -> None:
    async with migrator(empty_database) as connection:
        await there_and_back(connection, *edit)


async def there_and_back(
    connection: Connection, old: State, new: State, renamed: Mapping[str, str]
) -> None:
    """Change a schema into another and back. Each is the same as one that is made at once, and
    what is renamed keeps its rows.
    """
    async with undone(connection):
        await run(connection, [each.forwards() for each in changes(State(), new, no)])
        wanted = await catalog(connection)
    await run(connection, [each.forwards() for each in changes(State(), old, no)])
    for table in old.tables:
        await connection.execute(f"insert into {table} (id) values (7)")
    at_first, contents = await catalog(connection), await kept(connection, renamed)
    steps = written_and_read(changes(old, new, yes))
    await run(connection, [each.forwards() for each in steps])
    assert await catalog(connection) == wanted
    assert [*(await kept(connection, renamed.values())).values()] == [*contents.values()]
    there = old.copy()
    for each in steps:
        each.replay(there)
    assert there == new
    assert changes(there, new, yes) == []
    await run(connection, [each.backwards() for each in reversed(steps)])
    assert await catalog(connection) == at_first
    assert await kept(connection, renamed) == contents


async def kept(connection: Connection, names: Iterable[str]) -> dict[str, tuple[int, str]]:
    """The number that PostgreSQL has given each object, and the rows of tables."""
    found: dict[str, tuple[int, str]] = {}
    for name in names:
        oid = await connection.fetchval(
            "select coalesce(to_regclass($1)::oid, to_regtype($1)::oid)", f"public.{name}"
        )
        is_table = await connection.fetchval(
            "select exists (select from pg_class where oid = $1 and relkind = 'r')", oid
        )
        rows = f"select jsonb_agg(r)::text from public.{name} as r" if is_table else "select ''"
        found[name] = oid, await connection.fetchval(rows)
    return found


def test_what_cannot_get_a_name_in_between_is_refused() -> None:
    def divided(name: str, other: str) -> State:
        one = made(other, first=text())
        make = cast("Callable[..., type[Table]]", type(Table))
        part = Partition("part", "in (1)")
        members = {"a": integer(primary_key=True), "database_objects": (part,)}
        return schema(
            make("Divided", (Table,), members, tablename=name, partition_by="list (a)"), one
        )

    with pytest.raises(ValueError, match="whose name something else has now"):
        changes(divided("a", "b"), divided("b", "a"), yes)


def test_two_objects_of_one_name_are_refused() -> None:
    with pytest.raises(ValueError, match="have the name thing"):
        changes(State(), state(a_table("thing", "first"), a_sequence("thing", "second")), no)


def test_each_question_is_asked_once_and_by_the_names_at_first() -> None:
    asked: list[tuple[str, str, str]] = []

    def ask(of: str, old: str, new: str) -> bool:
        asked.append((of, old, new))
        return True

    changes(ring("a", "b", "c"), ring("b", "c", "a"), ask)
    assert sorted(asked) == [("public", "a", "b"), ("public", "b", "c"), ("public", "c", "a")]


def test_tables_that_swapped_columns_and_not_names_keep_theirs() -> None:
    one, other = ring("a", "b"), ring("b", "a")
    assert not any(isinstance(each, RenameTable) for each in changes(one, other, no))


def test_sql_may_name_a_view_in_the_place_of_a_renamed_table() -> None:
    body = "begin perform first from public.thing; return 1; end"
    reads = DatabaseFunction(name="reads", returns="integer", body=body)

    def with_body(*declared: Declared) -> State:
        return state(*declared, Declared([reads]))

    old = with_body(a_table("thing", "first"))
    new = with_body(a_table("former", "first"), a_view("thing", "first"))
    steps = changes(old, new, yes)
    assert [*stale_bodies(new, steps)] == []
    assert [*stale_sql(new, steps)] == []
