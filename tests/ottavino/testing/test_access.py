"""An access matrix that differs from the database, or is incomplete, makes a test fail."""

from collections.abc import Mapping
from typing import ClassVar

import pytest

from ottavino.testing import AccessTests, Database
from ottavino.testing.access_grid import GridError
from tests.ottavino.whole import quick

GRID = """
                owner   stranger  anonymous  service
    select      {owner}     {stranger}      denied     yes
    insert *    denied  denied    denied     yes
    update *    denied  denied    denied     yes
    delete      denied  denied    denied     yes
"""


VALUES = {"request_type": "'chat'"}


def access(**grids: str) -> AccessTests:
    """The tests of a project that declares these grids."""

    class Access(AccessTests):
        tables = grids
        values = VALUES

    return Access()


@pytest.mark.whole_but_first("tries a whole matrix")
@pytest.mark.parametrize(
    ("owner", "stranger", "told"),
    [
        ("none", "none", "owner, select usage_events: yes, and the matrix says none."),
        ("yes", "yes", "stranger, select usage_events: none, and the matrix says yes."),
    ],
)
async def test_a_wrong_cell_fails_in_both_directions(
    database: Database, owner: str, stranger: str, told: str
) -> None:
    wrong = access(usage_events=GRID.format(owner=owner, stranger=stranger))
    with pytest.raises(AssertionError) as failure:
        await wrong.test_everybody_reaches_what_the_matrix_says(database, "usage_events")
    assert told in str(failure.value)


@pytest.mark.whole_but_first("tries a whole matrix")
async def test_a_right_matrix_passes(database: Database) -> None:
    right = access(usage_events=GRID.format(owner="yes", stranger="none"))
    await right.test_everybody_reaches_what_the_matrix_says(database, "usage_events")


async def test_a_table_without_rows_is_named(database: Database) -> None:
    with pytest.raises(AssertionError, match=r"no rows for .*usage_events.*: say in .*Access"):
        await access().test_the_matrix_names_every_table(database)


KINDS = """
    create type public.mood as enum ('calm', 'wild');
    create table public.kinds (
        id uuid primary key default gen_random_uuid(),
        user_id uuid not null references auth.users (id),
        {columns}
    );
    alter table public.kinds enable row level security, force row level security;
    create policy own on public.kinds using (user_id = {caller});
    grant all on public.kinds to service_role;
    grant {privileges} on public.kinds to authenticated;
"""
TYPES = (
    "bigint",
    "boolean",
    "bytea",
    "date",
    "double precision",
    "integer",
    "interval",
    "json",
    "jsonb",
    "numeric",
    "real",
    "smallint",
    "text",
    "timestamp",
    "timestamptz",
    "uuid",
    "varchar",
    "public.mood",
)
REACHED = """
                owner   stranger  anonymous  service
    select      yes     none      denied     yes
    insert *    yes     refused   denied     yes
    update *    denied  denied    denied     yes
    delete      denied  denied    denied     yes
    truncate    yes     yes       denied     yes
    references  yes     yes       denied     yes
    trigger     yes     yes       denied     yes
    maintain    denied  denied    denied     yes
"""


async def tried(
    database: Database,
    grid: str = REACHED,
    *,
    columns: str = "kind text",
    caller: str = "(select ottavino.uid())",
    sql: str = "",
) -> None:
    """What the matrix finds of a table with some columns, of which users may add rows."""
    async with database.superuser() as connection:
        privileges = "select, insert, truncate, references, trigger"
        made = KINDS.format(columns=columns, privileges=privileges, caller=caller)
        await connection.execute(made + sql)
        if int(await connection.fetchval("show server_version_num")) < 170000:
            grid = "\n".join(line for line in grid.split("\n") if "maintain" not in line)
            grid += "    maintain    denied  denied    denied     denied\n"
    matrix = access(kinds=grid)
    await matrix.test_everybody_reaches_what_the_matrix_says(database, "kinds")


@pytest.mark.whole("tries a whole matrix")
async def test_a_value_of_each_type_is_tried(database: Database) -> None:
    columns = ", ".join(f"c{number} {kind} not null" for number, kind in enumerate(TYPES))
    await tried(database, columns=columns)


@pytest.mark.whole("tries a whole matrix")
async def test_a_key_of_several_columns_is_referred_to_as_one(database: Database) -> None:
    key = "alter table public.kinds drop constraint kinds_pkey, add primary key (id, user_id)"
    await tried(database, sql=key)


@pytest.mark.whole("tries a whole matrix")
async def test_a_key_with_a_quotation_mark_is_referred_to_as_it_is(database: Database) -> None:
    parent = "create table public.parents (name text primary key); "
    row = "insert into public.parents values ('it''s'); "
    reference = "alter table public.kinds add foreign key (kind) references public.parents"
    await tried(database, columns="kind text not null", sql=parent + row + reference)


async def test_a_type_without_a_value_is_named(database: Database) -> None:
    with pytest.raises(GridError, match=r"what is tried for kinds\.place, of the type point\."):
        await tried(database, columns="place point not null")


@pytest.mark.whole_but_first("tries a whole matrix")
@pytest.mark.parametrize(
    ("fails", "told"),
    [
        ("perform 1 / 0", "22012 division by zero"),
        ("raise insufficient_privilege using message = 'not today'", "not today"),
        (
            "raise insufficient_privilege using message = 'must be owner of table kinds'",
            "denied",
        ),
    ],
)
async def test_another_error_is_reported_in_postgresqls_words(
    database: Database, fails: str, told: str
) -> None:
    sql = f"""
        create function public.fails() returns boolean language plpgsql as $$
            begin {fails}; return true; end
        $$;
        create policy fails on public.kinds as restrictive for select using (public.fails());
    """
    with pytest.raises(AssertionError) as failure:
        await tried(database, sql=sql)
    assert f"owner, select kinds: {told}, and the matrix says yes." in str(failure.value)


async def test_a_policy_that_trusts_claims_set_in_sql_is_noticed(
    database: Database,
) -> None:
    with pytest.raises(AssertionError) as failure:
        await tried(database, caller="auth.uid()")
    claiming = "stranger, select kinds (claiming in SQL to be the owner)"
    assert f"{claiming}: yes, and the matrix says none." in str(failure.value)


QUOTED = """
    create schema "My Schema";
    grant usage on schema "My Schema" to authenticated, service_role;
    create table "My Schema"."Lists of" (
        "Key" uuid primary key default gen_random_uuid(),
        "User" uuid not null references auth.users (id),
        "order" point not null
    );
    create table "My Schema"."Notes" (
        id uuid primary key default gen_random_uuid(),
        "User" uuid not null references auth.users (id),
        "List Key" uuid not null references "My Schema"."Lists of",
        "parent,id" uuid references "My Schema"."Notes",
        "select" text not null
    );
    alter table "My Schema"."Notes" enable row level security, force row level security;
    create policy own on "My Schema"."Notes" using ("User" = (select ottavino.uid()));
    grant all on "My Schema"."Notes" to service_role;
    grant select, insert, update ("List Key", "parent,id"), references on "My Schema"."Notes"
        to authenticated;
"""
QUOTED_GRID = """
                                    owner   stranger  anonymous  service
    select                          yes     none      denied     yes
    insert *                        yes     refused   denied     yes
    update "List Key", "parent,id"  yes     none      denied     yes
    update *                        denied  denied    denied     yes
    delete                          denied  denied    denied     yes
    truncate                        denied  denied    denied     yes
    references                      yes     yes       denied     yes
    trigger                         denied  denied    denied     yes
    maintain                        denied  denied    denied     yes
"""


PLAIN, QUOTED_PREFIX = "My Schema.Notes", '"My Schema"."Lists of".'


@pytest.mark.whole("tries a whole matrix")
@pytest.mark.parametrize(
    "name", quick([PLAIN], [PLAIN, '"My Schema"."Notes"'], "tries a whole matrix")
)
@pytest.mark.parametrize(
    "of",
    quick([QUOTED_PREFIX], ["My Schema.Lists of.", QUOTED_PREFIX, ""], "tries a whole matrix"),
)
async def test_names_that_want_quotation_marks_are_tried(
    database: Database, name: str, of: str
) -> None:
    class Access(AccessTests):
        tables: ClassVar[Mapping[str, str]] = {name: QUOTED_GRID}
        values: ClassVar[Mapping[str, str]] = {f"{of}order": "'(1, 2)'"}

    async with database.superuser() as connection:
        await connection.execute(QUOTED)
        if int(await connection.fetchval("show server_version_num")) < 170000:
            pytest.skip("This PostgreSQL has no privilege to maintain a table.")
    await Access().test_everybody_reaches_what_the_matrix_says(database, name)
    with pytest.raises(
        AssertionError, match=r'no rows for "My Schema"."Lists of", .*documents'
    ):
        await Access().test_the_matrix_names_every_table(database)
