"""The record of applied migrations in `public.migration`, written in their own transaction.

The table is Piccolo's, with four more columns: the checksum of the migration, whether it
finished, whether it was run, or only recorded, and which privileges it changed. Objects that no
recorded migration created are not ours.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from ottavino.errors import MigrationError
from ottavino.postgres.connection import Connection
from ottavino.postgres.quoting import literal
from ottavino.settings import settings

TABLE = """
    create table if not exists public.migration (
        id serial primary key,
        name varchar(200) not null,
        app_name varchar(200) not null,
        ran_on timestamp not null default current_timestamp
    );
    alter table public.migration
        add column if not exists checksum text,
        -- What no transaction can hold is written down before it begins.
        add column if not exists finished boolean not null default true,
        -- False if the migration was recorded without being run, because the database had its
        -- objects: undoing it would drop what it did not make. Null in an older record.
        add column if not exists was_run boolean,
        -- What the migration took and gave on objects that were there, for undoing it.
        add column if not exists access jsonb;
    -- Supabase's data API serves whatever lies in this schema.
    alter table public.migration enable row level security;
    revoke all on public.migration from public, anon, authenticated, service_role;
    revoke all on sequence public.migration_id_seq
        from public, anon, authenticated, service_role;
"""

# A role of the project's own need not be there.
CLOSED = """
    do $closed$
    declare
        role name;
    begin
        for role in select rolname from pg_catalog.pg_roles where rolname in ({roles}) loop
            execute format(
                'revoke all on public.migration, public.migration_id_seq from %I', role
            );
        end loop;
    end
    $closed$
"""

COLUMNS = """
    select array_agg(attname::text)
    from pg_attribute
    where attrelid = to_regclass('public.migration') and attnum > 0 and not attisdropped
"""

IS_COMPLETE = """
    select relrowsecurity and (
        select count(*) from pg_attribute
        where attrelid = pg_class.oid and not attisdropped
            and attname in ('checksum', 'finished', 'was_run', 'access')
    ) = 4
    from pg_class where oid = to_regclass('public.migration')
"""

# It reads through to_jsonb, because a table that Piccolo created lacks four of the columns.
# Two runs of Piccolo's own at once record a migration twice.
ENTRIES = """
    select
        name,
        min(id) as number,
        max(to_jsonb(migration) ->> 'checksum') as checksum,
        bool_or(coalesce((to_jsonb(migration) ->> 'finished')::boolean, true)) as finished,
        bool_and((to_jsonb(migration) ->> 'was_run')::boolean) as was_run
    from public.migration
    where app_name = $1
    group by name
    order by number
"""


IS_BEGUN = """
    select exists (select from public.migration where name = $1 and app_name = $2)
"""

NOTE = """
    insert into public.migration (name, app_name, checksum, finished, was_run, access)
    values ($1, $2, $3, $4, $5, $6::jsonb)
"""

RECORDED = """
    select to_jsonb(migration) ->> 'access' from public.migration
    where name = $1 and app_name = $2 limit 1
"""


REPLACE = """
    with replaced as (
        delete from public.migration where app_name = $1 and name = any($2) returning *
    )
    insert into public.migration (id, name, app_name, ran_on, was_run, access)
    select
        min(id),
        $3,
        $1,
        max(ran_on),
        case when bool_or(was_run is null) then nullif(bool_and(was_run), true)
        else bool_and(was_run) end,
        (
            select jsonb_agg(changes order by id, number)
            from replaced, jsonb_array_elements(access) with ordinality as one (changes, number)
        )
    from replaced
"""


@dataclass(frozen=True, slots=True)
class Entry:
    """One migration that has run."""

    id: str
    number: int
    """Greater than the number of every migration that ran before it."""
    checksum: str | None
    """None if it ran before checksums were recorded."""
    finished: bool
    """Whether it finished; a concurrent build of an index may not have."""
    was_run: bool | None
    """False if it was only recorded; None if it was recorded before this was known."""


async def entries(connection: Connection, app_name: str) -> list[Entry]:
    """The migrations of an app that have run, in their order."""
    columns = await connection.fetchval(COLUMNS)
    if columns is None:
        return []
    if not {"id", "name", "app_name"} <= {*columns}:
        raise MigrationError(
            "The database has a table public.migration that is not Piccolo's table of what has "
            "run: give it another name. Nothing was changed."
        )
    return [Entry(*row) for row in await connection.fetch(ENTRIES, app_name)]


async def is_complete(connection: Connection) -> bool:
    """Whether the table exists with all its columns, and no other role can use it."""
    return bool(await connection.fetchval(IS_COMPLETE))


async def complete(connection: Connection) -> None:
    """Create the table, or bring it up to date."""
    # Only if needed, because its lock would block `piccolo migrations check`.
    if not await is_complete(connection):
        await connection.execute(TABLE)
        roles = ", ".join(map(literal, settings().roles))
        await connection.execute(CLOSED.format(roles=roles))


async def note(  # noqa: PLR0913  # what a record has
    connection: Connection,
    app_name: str,
    migration_id: str,
    checksum: str | None,
    *,
    was_run: bool,
    access: str | None = None,
) -> None:
    """Record that a migration was run, or that the database has its objects already, or, if it
    is recorded, its new checksum. `access` is what it took and gave, as JSON.
    """
    await complete(connection)
    known = await connection.fetch(
        "update public.migration set checksum = $3, finished = true "
        "where name = $1 and app_name = $2 returning id",
        migration_id,
        app_name,
        checksum,
    )
    if not known:
        await connection.execute(NOTE, migration_id, app_name, checksum, True, was_run, access)


async def recorded_access(
    connection: Connection, app_name: str, migration_id: str
) -> str | None:
    """What a migration took and gave, as JSON; none if it did not read that."""
    return await connection.fetchval(RECORDED, migration_id, app_name)


async def replace(
    connection: Connection, app_name: str, replaced: Sequence[str], migration_id: str
) -> None:
    """Replace the records of some migrations by one record, with the number of the first."""
    await complete(connection)
    await connection.execute(REPLACE, app_name, replaced, migration_id)


async def note_begun(connection: Connection, app_name: str, migration_id: str) -> None:
    """Record the beginning of a migration that runs outside of any transaction, unless it is
    recorded.
    """
    if not await connection.fetchval(IS_BEGUN, migration_id, app_name):
        await connection.execute(NOTE, migration_id, app_name, None, False, True, None)


async def forget(connection: Connection, app_name: str, migration_id: str) -> None:
    """Delete the record of a migration."""
    await connection.execute(
        "delete from public.migration where name = $1 and app_name = $2", migration_id, app_name
    )
