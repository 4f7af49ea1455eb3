"""Tables that have to be there before the adopted ones, and that no class declares."""

from collections.abc import Collection, Iterator, Sequence

from ottavino.declare.database_function import FunctionDefinition
from ottavino.declare.definition import Columns, Definition
from ottavino.declare.view_definition import ViewDefinition
from ottavino.inspect.adopt.dependencies import Dependencies
from ottavino.inspect.adopt.found import FoundTable
from ottavino.migrate.state import State
from ottavino.postgres.connection import Connection
from ottavino.postgres.quoting import identifier, schema_of
from ottavino.sql import mentions

COLUMNS = """
select pg_class.oid::regclass::text, array_agg(attname::text order by attnum)
from pg_class
join pg_attribute on attrelid = pg_class.oid and attnum > 0 and not attisdropped
join pg_namespace on pg_namespace.oid = relnamespace
where nspname = any($1::text[]) and relkind in ('r', 'p', 'v', 'm')
group by pg_class.oid
"""

RELATIONS = """
select name
from unnest($1::text[]) as name
join pg_class on pg_class.oid = to_regclass(name) and relkind in ('r', 'p', 'v', 'm', 'f')
"""


async def relations(connection: Connection, schemas: Collection[str]) -> Columns:
    """The tables and views of some schemas with their columns, for what uses them before a
    class declares them.
    """
    await connection.execute("set local search_path = ''")
    return {
        name: tuple(columns)
        for name, columns in await connection.fetch(COLUMNS, [*schemas])
        if name != "public.migration"
    }


async def needs(
    connection: Connection,
    tables: Sequence[FoundTable],
    state: State,
    dependencies: Dependencies,
    schemas: Collection[str],
) -> list[tuple[str, str]]:
    """Each table, view or function with a table or view that it needs, and no class declares.

    Only those in some `schemas` count: what the platform has is there in every project.
    """
    views = {each.full_name for each in state.objects.values() if _is_view(each)}
    partitions = {part.name for each in tables for part in each.partitions}
    declared = {*state.tables, *views, *partitions}
    pairs = [(table.full_name, other) for table in tables for other in _named(table)]
    made = [*(table.full_name for table in tables), *partitions, *state.objects]
    pairs += [(name, other) for name in made for other in dependencies.relations.get(name, ())]
    pairs += [(name, other) for name, each in state.objects.items() for other in _in_body(each)]
    named = [
        (name, other)
        for name, other in sorted({*pairs})
        if other not in declared and schema_of(other) in schemas
    ]
    rows = await connection.fetch(RELATIONS, [other for _, other in named])
    there = {str(row[0]) for row in rows}
    return [each for each in named if each[1] in there]


def _is_view(definition: object) -> bool:
    return isinstance(definition, ViewDefinition)


def _named(table: FoundTable) -> Iterator[str]:
    yield from (each.parent for each in table.constraints if each.parent)
    yield from _relations(table.query or "")


def _in_body(definition: Definition) -> Iterator[str]:
    """The tables in the body of a function: PostgreSQL checks it after a migration, or when it
    is called.
    """
    if isinstance(definition, FunctionDefinition):
        yield from _relations(definition.create)


def is_checked(definition: Definition | None) -> bool:
    """Whether PostgreSQL looks up what it needs while a migration runs, and not when it is
    called.
    """
    return (
        not isinstance(definition, FunctionDefinition)
        or "language sql" in definition.create.lower()
    )


def _relations(sql: str) -> Iterator[str]:
    for each in mentions(sql):
        if each.path[1:] and not each.is_call:
            yield ".".join(map(identifier, each.path[:2]))
