"""Objects that are declared by their SQL."""

from uuid import UUID

import pytest

from ottavino import Col, Policy, Raw, Table, column, owner, primary_key
from ottavino.inspect.drift import find_drift
from ottavino.migrate.state import State, declared
from ottavino.testing import Database
from ottavino.testing.database import connected
from tests.ottavino.declare.installed import migrator, move, notes, schema, there_and_back

NOTES = notes()
RULE = Raw(
    "keep notes",
    create="create rule keep as on delete to public.notes do instead nothing",
    drop="drop rule keep on public.notes",
    needs=(NOTES,),
)
POINT = Raw(
    "point",
    create="create type public.point3 as (x integer, y integer, z integer)",
    drop="drop type public.point3",
    before_tables=True,
)
SETTING = Raw(
    "setting",
    create="alter role service_role set statement_timeout = '5s'",
    drop="alter role service_role reset statement_timeout",
    read="select array_to_string(setconfig, ', ') from pg_db_role_setting "
    "where setrole = 'service_role'::regrole",
)


WRAPPER = Raw(
    "wrapper",
    create="create foreign data wrapper elsewhere",
    drop="drop foreign data wrapper elsewhere",
    read="select fdwname from pg_foreign_data_wrapper where fdwname = 'elsewhere'",
)


def places(tag: str = "") -> type[Table]:
    class Places(Table, tablename="places" + tag):
        id: Col[UUID] = primary_key()
        user_id: Col[UUID] = owner()
        at: Col[str] = column("public.point3", python=str)
        database_objects = (Policy.owner(user_id),)

    return Places


async def test_is_made_in_its_place_changed_and_removed(empty_database: Database) -> None:
    changed = Raw(
        RULE.name, RULE.create.replace("delete", "update"), RULE.drop, needs=RULE.needs
    )
    typed = [POINT, places()]
    async with migrator(empty_database) as connection:
        await there_and_back(connection, schema(NOTES), schema(NOTES, RULE))
        await there_and_back(connection, schema(NOTES, RULE), schema(NOTES, changed))
        await there_and_back(connection, schema(NOTES), schema(NOTES, *typed))
        # Its table is dropped and made again with it.
        await there_and_back(connection, schema(NOTES, RULE), schema())


@pytest.mark.whole("compares the whole catalog")
async def test_drift_compares_what_its_query_reads(empty_database: Database) -> None:
    state = declared([NOTES], [RULE, SETTING])
    async with migrator(empty_database) as connection:
        await move(connection, State(), state)
        assert (await find_drift(connection, state, state)).differences == []
        await connection.execute("alter role service_role set statement_timeout = '6s'")
        await connection.execute("drop rule keep on public.notes")
        found = (await find_drift(connection, state, state)).differences
        assert [f"{each.entry}" for each in found] == [
            "raw setting",
            "rule public.notes.keep",
        ]
        await connection.execute("alter role service_role reset statement_timeout")
        (missing, _) = (await find_drift(connection, state, state)).differences
        assert missing.database is None


@pytest.mark.whole("compares the whole catalog")
async def test_what_is_in_no_schema_is_not_made_twice(empty_database: Database) -> None:
    state = declared([NOTES], [RULE, WRAPPER])
    # Only a superuser makes such a thing.
    superuser = connected(empty_database.superuser_url)
    async with superuser as connection, connection.transaction():
        await move(connection, State(), state)
        assert (await find_drift(connection, state, state)).differences == []
        await connection.execute(WRAPPER.drop)
        (missing,) = (await find_drift(connection, state, state)).differences
        assert (str(missing.entry), missing.database) == ("raw wrapper", None)


def test_needs_sql_both_ways() -> None:
    with pytest.raises(ValueError, match=r"Raw 'a' needs SQL: write drop=…\."):
        Raw("a", create="select 1", drop=" ")
    with pytest.raises(TypeError, match=r"""a tuple: \("public\.status",\)"""):
        Raw("a", create="select 1", drop="select 2", needs="public.status")  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]  # not every caller checks types
