"""The shadow database: the declared schema, built in schemas of its own, and rolled back.

Only PostgreSQL knows whether two ways of writing something mean the same. So the declared
schema is created, and read back from the catalogs. The statements are a migration's, with the
schema's name replaced, so no live object is touched or locked. A table of another schema that
they refer to, such as `auth.users`, is copied from the catalogs.
"""

import secrets
from collections.abc import Callable, Collection, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from itertools import groupby
from operator import itemgetter

import asyncpg

from ottavino.declare.definition import Definition
from ottavino.declare.generated import only_newer
from ottavino.errors import MigrationError, SettingsError
from ottavino.inspect.catalog import NOBODY, Catalog, Owner, read
from ottavino.inspect.catalog.queried import read_queried
from ottavino.inspect.given_by_default import WITHHELD, given_by_default, giving
from ottavino.inspect.shadow_statements import (
    BOOKKEEPING,
    Statements,
    is_raw,
    of_step,
    texts_of,
    unless_there,
)
from ottavino.migrate.diff import changes
from ottavino.migrate.state import State
from ottavino.migrate.steps import Step
from ottavino.postgres.connection import Connection
from ottavino.postgres.quoting import identifier, is_quoted, schema_of
from ottavino.postgres.supabase import has_auth
from ottavino.sql import Mention, Path, mentions, rewritten

# Tables and views that statements name and do not create, of other schemas or not declared, as
# far as one can refer to them: by a column, or by a key. `like` would lock them, and need the
# right to read them. Jobs are scheduled in the table of pg_cron itself, which is no copy.
ELSEWHERE = """
select
    nspname as schema,
    relname as name,
    concat_ws(
        ', ',
        (
            select string_agg(
                format('%I %s', attname, format_type(atttypid, atttypmod)), ', '
                order by attnum
            )
            from pg_attribute
            where attrelid = pg_class.oid and attnum > 0 and not attisdropped
        ),
        (
            -- A view may be grouped by the primary key.
            select string_agg(
                format(
                    '%s (%s)',
                    case when indisprimary then 'primary key' else 'unique' end, columns
                ),
                ', '
            )
            from pg_index, lateral (
                select string_agg(quote_ident(attname), ', ' order by place) as columns
                from unnest(indkey::int2[]) with ordinality as key (number, place)
                join pg_attribute on attrelid = indrelid and attnum = number
                where place <= indnkeyatts
            ) as key
            where indrelid = pg_class.oid
                and indisunique and indimmediate and indpred is null and indexprs is null
        )
    ) as columns
from pg_class
join pg_namespace on pg_namespace.oid = relnamespace
where relkind in ('r', 'p', 'v', 'm', 'f')
    and nspname not in ('information_schema', 'cron') and nspname !~ '^pg_'
    and format('%s.%s', nspname, relname) <> all($1::text[])
    and format('%s.%s', nspname, relname) = any($2::text[])
"""

# Functions, types, operator classes, collations and what text search is configured by, in our
# schemas: those of extensions, and those that no class declares, are used where they are.
BESIDES = """
select nspname as schema, proname as name
from pg_proc
join pg_namespace on pg_namespace.oid = pronamespace
where nspname = any($1::text[])
    -- The constructors of a range type come with it.
    and not exists (
        select from pg_depend
        where classid = 'pg_proc'::regclass and objid = pg_proc.oid
            and refclassid = 'pg_type'::regclass and deptype = 'i'
    )
union
select nspname, typname
from pg_type
join pg_namespace on pg_namespace.oid = typnamespace
left join pg_class on pg_class.oid = typrelid
where nspname = any($1::text[])
    and (typtype in ('e', 'd', 'r', 'b') and typelem = 0 or relkind = 'c')
union
select nspname, opcname
from pg_opclass
join pg_namespace on pg_namespace.oid = opcnamespace
where nspname = any($1::text[])
union
select nspname, collname
from pg_collation
join pg_namespace on pg_namespace.oid = collnamespace
where nspname = any($1::text[])
union
select nspname, cfgname
from pg_ts_config
join pg_namespace on pg_namespace.oid = cfgnamespace
where nspname = any($1::text[])
union
select nspname, dictname
from pg_ts_dict
join pg_namespace on pg_namespace.oid = dictnamespace
where nspname = any($1::text[])
"""

GLOBAL = {"publication"}
"""The kinds of objects without a schema, whose names the live database already uses."""


@dataclass(frozen=True, slots=True)
class ShadowDatabase:
    """The statements that build it."""

    before: list[str]
    """Statements that create its schemas, and copies of tables in other schemas."""
    making: list[str]
    """Statements that create what is declared, in the given order."""
    names: dict[str, str]
    """For each created schema, the schema that it replaces."""
    ours: list[str]
    """The created schemas in which declared objects are built."""
    query_of: Callable[[Definition], str]
    """The query for the state of an object's stand-in."""

    @property
    def statements(self) -> list[str]:
        """All of them."""
        return [*self.before, *self.making]


async def built(
    connection: Connection, state: State, owner: Owner = NOBODY, *, bookkept: bool
) -> Catalog:
    """Build a schema, read it back, and remove it."""
    shadow = await plan(connection, state, bookkept=bookkept)
    savepoint = connection.transaction()
    await savepoint.start()
    try:
        await _execute(connection, shadow.statements)
        objects = state.objects.values()
        return {
            **await read(connection, shadow.ours, shadow.names, owner),
            **await read_queried(connection, objects, shadow.query_of, shadow.names),
        }
    except MigrationError as error:
        message = str(error)
        for stand_in, name in shadow.names.items():
            message = message.replace(stand_in, name)
        raise MigrationError(message) from error
    finally:
        await savepoint.rollback()


async def plan(connection: Connection, state: State, *, bookkept: bool) -> ShadowDatabase:
    """The plan to build a schema in this database, with or without the table of migrations."""
    steps = changes(State(), state, _never_renamed)
    before = [BOOKKEEPING] if bookkept else []
    shadow = await _shadow_plan(connection, state, [*before, *map(of_step, steps)])
    by_hand = [False for _ in before] + [is_raw(step) for step in steps]
    made = zip(shadow.making, by_hand, strict=True)
    return replace(shadow, making=[unless_there(sql) if raw else sql for sql, raw in made])


async def _shadow_plan(
    connection: Connection,
    state: State,
    making: Sequence[Statements],
    passed: Collection[str] = (),
) -> ShadowDatabase:
    """The plan for some statements, which lead to a state. Other schemas, in which declared
    objects were before, are `passed` through.
    """
    ours = schemas(state)
    made = {name for each in making for name in each.made}
    named = {".".join(name.path[:2]) for each in making for name in mentions(each.sql)}
    elsewhere = await connection.fetch(ELSEWHERE, [".".join(each) for each in made], [*named])
    stand_ins = {name: _name(name) for name in sorted({*ours, *passed})}
    besides = await connection.fetch(BESIDES, [*stand_ins])
    copies = {table["schema"]: _name(table["schema"]) for table in elsewhere}
    apart = {
        e.full_name: _name(e.full_name) for e in state.objects.values() if e.kind in GLOBAL
    }
    moved = _moved(
        stand_ins,
        copies,
        copied={(table["schema"], table["name"]) for table in elsewhere},
        used={(row["schema"], row["name"]) for row in besides} - made,
        apart=apart,
    )

    return ShadowDatabase(
        _before(stand_ins, copies, elsewhere),
        [rewritten(each.sql, moved) for each in making],
        {
            stand_in: name
            for names in (stand_ins, copies, apart)
            for name, stand_in in names.items()
        },
        [stand_ins[name] for name in ours],
        _query_of(stand_ins, apart, moved),
    )


def _query_of(
    stand_ins: Mapping[str, str], apart: Mapping[str, str], moved: Callable[[Mention], Path]
) -> Callable[[Definition], str]:
    """A function that gives the query for the state of an object's stand-in."""

    def change(mention: Mention) -> Path:
        match mention.path:
            case (name,) if name in stand_ins:
                return (stand_ins[name],)
            case _:
                return moved(mention)

    return lambda definition: rewritten(definition.read_as(apart), change)


def _before(
    stand_ins: Mapping[str, str], copies: Mapping[str, str], elsewhere: Sequence[asyncpg.Record]
) -> list[str]:
    """The statements that create the schemas, and copies of tables of other schemas."""
    return [
        WITHHELD,
        *(
            f"create schema {identifier(name)}"
            for name in (*stand_ins.values(), *copies.values())
        ),
        _search(*stand_ins.values(), "public", "extensions"),
        *(_copy(table, copies[table["schema"]]) for table in elsewhere),
    ]


async def made_by_statements(
    connection: Connection, steps: Sequence[Step], owner: Owner = NOBODY
) -> Catalog:
    """The objects that all steps create in order, including `migration.execute`. Of its
    statements, only those run that create, change or drop objects in our schemas, and none that
    touch rows, roles or live objects. A statement that fails because it needs a skipped one
    creates nothing.
    """
    state, passed = State(), set[str]()
    for step in steps:
        step.replay(state)
        passed |= {*schemas(state)}
    live = {str(row[0]) for row in await connection.fetch("select nspname from pg_namespace")}
    texts = [*texts_of(steps, live - passed)]
    if not any(each.is_by_hand for each in texts):
        return {}
    shadow = await _shadow_plan(connection, state, texts, passed)
    savepoint = connection.transaction()
    await savepoint.start()
    try:
        given = await given_by_default(connection, shadow.names, owner)
        await _execute(connection, shadow.before)
        kinds = [each.is_by_hand for each in texts]
        for is_by_hand, group in groupby(zip(kinds, shadow.making, strict=True), itemgetter(0)):
            texts_of_group = [sql for _, sql in group]
            if is_by_hand:
                async with giving(connection, given):
                    await _tried(connection, shadow, texts_of_group)
            else:
                await _execute(connection, texts_of_group)
        return await read(connection, shadow.ours, shadow.names, owner)
    finally:
        await savepoint.rollback()


async def _tried(connection: Connection, shadow: ShadowDatabase, texts: Sequence[str]) -> None:
    """Run statements that may fail, with the search path of a migration: an unqualified name
    is in `public`, or is that of an extension.
    """
    home = next(each for each in shadow.ours if shadow.names[each] == "public")
    await connection.execute(_search(home, "extensions"))
    for text in texts:
        with suppress(asyncpg.PostgresError):
            async with connection.transaction():
                await connection.execute(text)
    await connection.execute(_search(*shadow.ours, "public", "extensions"))


def _search(*names: str) -> str:
    return f"set local search_path = {', '.join(map(identifier, names))}"


def _moved(
    stand_ins: Mapping[str, str],
    copies: Mapping[str, str],
    copied: set[tuple[str, str]],
    used: set[tuple[str, str]],
    apart: Mapping[str, str],
) -> Callable[[Mention], Path]:
    """A function that replaces the schema of a name if its object is built or copied elsewhere.
    Objects in `used`, such as types that no class declares, keep their names. A schema or
    publication is recognised by the word before its name, because `public` is also a role.
    """
    by_word = {"schema": stand_ins, "regnamespace": stand_ins, "publication": apart}

    def change(mention: Mention) -> Path:
        match mention.path:
            case (schema, name, *rest) if (schema, name) in copied:
                return (copies[schema], name, *rest)
            case (schema, name, *rest) if schema in stand_ins and (schema, name) not in used:
                return (stand_ins[schema], name, *rest)
            case (name,):
                return (by_word.get(mention.after, {}).get(name, name),)
            case path:
                return path

    return change


def _copy(table: asyncpg.Record, schema: str) -> str:
    return f"create table {identifier(schema)}.{identifier(table['name'])} ({table['columns']})"


async def check_privileges(connection: Connection) -> None:
    """Refuse a database without `auth`, or a role that may not create a schema."""
    if not await has_auth(connection):
        raise SettingsError(
            "The database has no auth.users: point DIRECT_URL at a Supabase project, or "
            "install the schema auth with `piccolo db install_auth`."
        )
    may_create, role, database = await connection.fetchrow(
        "select has_database_privilege(current_database(), 'create'), "
        "quote_ident(current_user), quote_ident(current_database())"
    ) or (False, "", "")
    if not may_create:
        raise SettingsError(
            f"The role {role} may not create a schema. What is declared is built in one, and "
            "rolled back. Set DIRECT_URL to the role that migrates, or run: "
            f"grant create on database {database} to {role}"
        )


def schemas(state: State) -> list[str]:
    """Our schemas: declared ones, those of declared objects, and `public`."""
    tables = {schema_of(table) for table in state.tables}
    objects = {each.schema for each in state.objects.values() if each.schema}
    return sorted({"public", *tables, *objects})


def _name(of: str) -> str:
    """A name that PostgreSQL quotes where it quotes another one, since that replaces it in what
    PostgreSQL writes.
    """
    return f"shadow_{'Q' if is_quoted(of) else ''}{secrets.token_hex(6)}"


async def _execute(connection: Connection, texts: Sequence[str]) -> None:
    """Run statements in one round trip. If one fails, find it, and raise its error."""
    try:
        async with connection.transaction():
            await connection.execute("\n;\n".join(texts))
    except asyncpg.PostgresError:
        # The driver refuses a text without a statement.
        for statement in filter(str.strip, texts):
            try:
                await connection.execute(statement)
            except asyncpg.PostgresError as error:
                first_line = statement.partition("\n")[0]
                hint = only_newer(error, statement)
                raise MigrationError(
                    f"PostgreSQL refuses `{first_line}`: {error}.{hint}"
                ) from error


def _never_renamed(table: str, old: str, new: str) -> bool:  # noqa: ARG001  # the signature that `changes` calls
    return False
