"""What drift prints fixes tables of every sort: partitioned ones, those in another schema, and
those with generated columns, enumerations, domains and sequences.
"""

import re
from collections.abc import AsyncGenerator, Collection, Mapping
from contextlib import nullcontext
from dataclasses import replace

import asyncpg
import pytest

from ottavino.inspect.catalog import Catalog, CatalogObject, read
from ottavino.inspect.difference import Comparison
from ottavino.inspect.displaced import displaced, renamed_back
from ottavino.inspect.drift import SETTINGS
from ottavino.postgres.connection import Connection
from ottavino.testing import Database
from tests.ottavino.databases import repeating
from tests.ottavino.inspect.test_drift import (
    all_told,
    chapters,
    inside,
    mutations,
    undone,
)
from tests.ottavino.whole import quick

SCHEMAS = ["public", "z"]
KINDS = dict(mutations("kinds.sql"))
del KINDS["Schema"]
SETUP = dict(chapters("kinds.sql"))["Schema"]
LOSES = re.compile(r"^-- loses (.+)$", re.MULTILINE)
TABLES = (
    "public.par",
    "public.t",
    "public.gen",
    "z.own",
    "public.m",
    "public.lg",
    "public.w",
    "public.x",
    "public.y",
)
NAMED = {("z", "own", True), ("z", "m_b", True)}

COUNTING = "start -5 increment -1 maxvalue -1"
REASON = "reads the catalog after each of many changes"
WHOLE = pytest.mark.whole(REASON)


@pytest.mark.parametrize("chapter", quick(["Generated columns"], [*KINDS], REASON))
async def test_what_is_changed_by_hand_is_found_named_and_fixed(
    connection: Connection, chapter: str
) -> None:
    declared, rows = await read(connection, SCHEMAS), await _rows(connection, ())
    faults: list[str] = []
    for mutation in KINDS[chapter]:
        async with undone(connection):
            await connection.execute(mutation.sql)
            found = await _compared(connection, declared)
            if (names := all_told(found)) != mutation.expected:
                faults.append(f"{mutation.sql}\nis told as {names}")
            left = await _left(connection, mutation.sql, mutation.by_hand, declared, found)
            if left:
                faults += left
                continue
            lost = LOSES.findall(mutation.sql)
            if await _rows(connection, lost) != {
                n: r for n, r in rows.items() if n not in lost
            }:
                faults.append(f"{mutation.sql}\nloses rows by {found.fix}")
    assert not faults, "\n\n".join(faults)


@WHOLE
@pytest.mark.parametrize("chapter", KINDS)
async def test_a_declared_change_that_was_not_made_is_made_by_the_fix(
    connection: Connection, chapter: str
) -> None:
    faults: list[str] = []
    for mutation in (each for each in KINDS[chapter] if each.can_be_declared):
        async with undone(connection):
            await connection.execute(mutation.sql)
            declared = await read(connection, SCHEMAS)
        async with undone(connection):
            found = await _compared(connection, declared)
            by_hand = mutation.backwards_by_hand
            faults += await _left(connection, mutation.sql, by_hand, declared, found)
    assert not faults, "\n\n".join(faults)


async def _compared(connection: Connection, declared: Catalog) -> Comparison:
    is_there = await connection.fetchval("select to_regnamespace('z') is not null")
    async with nullcontext() if is_there else undone(connection):
        back = await renamed_back(connection, SCHEMAS, NAMED)
        database = await read(connection, SCHEMAS)
        apart = await displaced(connection, SCHEMAS, back, declared, database)
    found = apart.compared(declared, declared, {**database, **apart.objects})
    return replace(found, owner="supabase_admin")


async def _left(
    connection: Connection,
    sql: str,
    by_hand: Collection[str],
    declared: Catalog,
    found: Comparison,
) -> list[str]:
    """What is wrong after the fix."""
    try:
        await connection.execute(inside(found.fix))
    except asyncpg.PostgresError as error:
        return [f"{sql}\nis refused: {error}\nby {found.fix}"]
    left = await _compared(connection, declared)
    undecided = {str(each.entry) for each in found.differences if each.undecided}
    if undecided != {str(each.entry) for each in left.differences} or undecided != {*by_hand}:
        return [f"{sql}\nleaves {all_told(left)} and {undecided}\nafter {found.fix}"]
    if _told(left.unknown) != _told(found.unknown):
        return [f"{sql}\nhas {left.unknown}\nand not {found.unknown}\nafter {found.fix}"]
    return []


def _told(entries: Collection[CatalogObject]) -> list[tuple[str, Mapping[str, str]]]:
    """The objects without their statements."""
    return [(str(each), each.facets) for each in entries]


async def _rows(connection: Connection, lost: Collection[str]) -> dict[str, list[str]]:
    """The rows of the tables that lose none."""
    return {
        table: sorted(
            str(row[0])
            for row in await connection.fetch(f"select each::text from {table} as each")
        )
        for table in TABLES
        if table not in lost
    }


@pytest.fixture
async def connection(shared_database: Database) -> AsyncGenerator[Connection]:
    """A superuser's transaction with the schema, which is rolled back."""
    async with repeating(shared_database.superuser_url) as connection, undone(connection):
        await connection.execute(SETTINGS)
        await connection.execute(SETUP)
        yield connection


@WHOLE
@pytest.mark.parametrize(
    "change",
    [
        "drop sequence z.sq cascade",
        "alter sequence z.sq as int",
        f"drop sequence z.sq cascade; create sequence z.sq {COUNTING}",
        "drop sequence z.sq cascade; create sequence z.sq",
    ],
)
async def test_a_sequence_goes_on_after_the_numbers_of_the_columns_that_use_it(
    connection: Connection, change: str
) -> None:
    declared = await read(connection, SCHEMAS)
    await connection.execute(change)
    found = await _compared(connection, declared)
    assert [each.lost for each in found.differences if each.lost] == []
    await connection.execute(inside(found.fix))
    assert await connection.fetchval("insert into public.par default values returning n") == -7


@WHOLE
@pytest.mark.parametrize(
    ("detached", "row", "moved"),
    [
        ("m_a", "public.m (id, at) values (9, '2024-06-06')", "m_rest belong to public.m_a."),
        ("m_a", "public.m_a (id, at) values (9, '2031-06-06')", "m_a belong to public.m."),
        (
            "m_rest",
            "public.m_rest (id, at) values (9, '2024-06-06')",
            "m_rest belong to public.m.",
        ),
    ],
)
async def test_rows_that_came_while_a_partition_was_detached_are_moved_first(
    connection: Connection, detached: str, row: str, moved: str
) -> None:
    declared = await read(connection, SCHEMAS)
    await connection.execute(f"alter table public.m detach partition public.{detached}")
    await connection.execute(f"insert into {row}")
    fix = inside((await _compared(connection, declared)).fix)
    with pytest.raises(
        asyncpg.RaiseError, match=re.escape(f"Rows of public.{moved}")
    ) as raised:
        async with undone(connection):
            await connection.execute(fix)
    await connection.execute(str(raised.value).partition(" Run this first: ")[2])
    await connection.execute(fix)
    assert (await _compared(connection, declared)).differences == []
    assert await connection.fetchval("select count(*) from public.m") == 4


@WHOLE
async def test_a_sequence_that_no_column_uses_has_lost_its_number(
    connection: Connection,
) -> None:
    await connection.execute("create sequence z.alone")
    declared = await read(connection, SCHEMAS)
    await connection.execute("drop sequence z.alone")
    found = await _compared(connection, declared)
    assert [each.lost for each in found.differences] == ["last number"]
