"""The matrix shows who may do what, as PostgreSQL itself answers."""

from dataclasses import replace

import pytest

from ottavino.inspect import commands
from ottavino.inspect.matrix import Access, Condition, Execution, Matrix, as_text, matrix
from ottavino.testing import Database
from ottavino.testing.database import connected
from tests.ottavino.migrate.hand import by_hand


@pytest.fixture
def told(database: Database, capsys: pytest.CaptureFixture[str]) -> str:
    """The matrix of our own schema."""
    commands.matrix()
    return capsys.readouterr().out


def test_commands_and_columns_and_rows_are_told_by_table_and_role(told: str) -> None:
    assert (
        """\
public.documents
    authenticated  select, delete: rows of owner
                   insert (user_id, filename, file_type, file_size, content): rows of owner
                   update (filename): rows of owner
    service_role   select, insert, update, delete: every row
"""
        in told
    )
    assert "anon" not in told


@pytest.mark.whole_but_first("reads the whole matrix in each case")
@pytest.mark.parametrize(
    ("sql", "line"),
    [
        (
            "alter table public.documents disable row level security",
            (
                "authenticated  select, delete: every row: row level security is disabled  "
                "<- unbounded"
            ),
        ),
        (
            "grant truncate on public.documents to authenticated",
            "truncate: every row: no policy applies  <- unbounded",
        ),
        (
            """
            create view public.everything as table public.documents;
            grant select on public.everything to anon;
            """,
            "anon  select: the rows that the owner of the view may read  <- unbounded",
        ),
        (
            """
            create materialized view public.everything as table public.documents;
            grant select (filename) on public.everything to authenticated;
            """,
            "authenticated  select (filename): every row: it has no policies  <- unbounded",
        ),
    ],
)
def test_what_no_policy_bounds_is_marked_and_a_failure(
    database: Database, capsys: pytest.CaptureFixture[str], sql: str, line: str
) -> None:
    by_hand(database, sql)
    with pytest.raises(SystemExit, match="1"):
        commands.matrix()
    assert line in capsys.readouterr().out


@pytest.mark.whole_but_first("reads the whole matrix in each case")
@pytest.mark.parametrize(
    ("sql", "line"),
    [
        (
            "grant select on public.documents to public",
            "anon           select: no row: no policy allows it",
        ),
        (
            "grant update (status) on public.documents to public",
            "anon           update (status): no row: no policy allows it",
        ),
        (
            "create policy every on public.documents for select using (true)",
            "authenticated  select: rows of every, owner",
        ),
        (
            "create policy narrow on public.documents as restrictive using (false)",
            "authenticated  select, delete: rows of owner",
        ),
        (
            "grant select on public.documents to authenticator",
            "authenticator  select: no row: no policy allows it",
        ),
        (
            """
            create view public.mine with (security_invoker = true) as table public.documents;
            grant select on public.mine to authenticated;
            """,
            "authenticated  select: the rows that the caller may read",
        ),
        (
            "grant execute on function public.ottavino_set_updated_at() to anon",
            "public.ottavino_set_updated_at()\n    execute: anon",
        ),
        (
            "grant execute on function public.create_user_profile() to anon",
            "public.create_user_profile(), with the rights of its owner\n    execute: anon",
        ),
    ],
)
async def test_what_is_granted_is_told_with_what_bounds_it(
    database: Database, sql: str, line: str
) -> None:
    async with connected(database.superuser_url) as connection, connection.transaction():
        await connection.execute(sql)
        found = await matrix(connection)
    assert line in as_text(found)
    assert not found.unbounded


@pytest.mark.whole_but_first("reads the whole matrix in each case")
@pytest.mark.parametrize(
    ("sql", "line"),
    [
        (
            """
            create schema apart; grant usage on schema apart to anon;
            create table apart.secrets (a text); grant all on apart.secrets to anon;
            """,
            "apart.secrets\n    anon  select",
        ),
        (
            """
            create table public.counted (id bigint generated always as identity);
            revoke all on public.counted from public, anon, authenticated;
            grant all on sequence public.counted_id_seq to anon;
            """,
            "public.counted_id_seq\n    anon  select: the number that everyone's rows",
        ),
    ],
)
async def test_what_users_may_do_beside_our_tables_is_told_too(
    database: Database, sql: str, line: str
) -> None:
    async with connected(database.superuser_url) as connection, connection.transaction():
        await connection.execute(sql)
        found = await matrix(connection)
    assert line in as_text(found)
    assert found.unbounded


async def test_a_table_in_a_schema_that_users_cannot_enter_is_left_out(
    database: Database,
) -> None:
    async with connected(database.superuser_url) as connection, connection.transaction():
        await connection.execute(
            "create schema apart; create table apart.secrets (a text);"
            "grant all on apart.secrets to anon"
        )
        assert "apart" not in as_text(await matrix(connection))


def test_the_conditions_of_policies_are_told(told: str) -> None:
    assert (
        "    policy owner for all to authenticated: "
        "using (user_id = ( SELECT ottavino.uid() AS uid)) with\n"
        "        check (user_id = ( SELECT ottavino.uid() AS uid))\n"
    ) in told


async def test_a_line_is_never_too_long_to_read(database: Database) -> None:
    columns = ", ".join(f"a_column_with_a_rather_long_name_{number} int" for number in range(9))
    names = ", ".join(f"a_column_with_a_rather_long_name_{number}" for number in range(8))
    async with connected(database.superuser_url) as connection, connection.transaction():
        await connection.execute(
            f"create table public.wide ({columns}); alter table public.wide "
            "enable row level security; revoke all on public.wide from anon, authenticated;"
            f"grant select ({names}) on public.wide to anon"
        )
        text = as_text(await matrix(connection))
    assert "a_column_with_a_rather_long_name_7): no row" in text
    assert max(map(len, text.splitlines())) <= 100


READS = Access("public.notes", "anon", "select", ("id", "body"), "every row", unbounded=False)
WRITES = Access("public.notes", "editor", "insert", None, "rows of own", unbounded=False)
TOLD = """\
public.notes
    anon    select (id, body): every row
    editor  insert, update: rows of own
            delete: rows of own  <- unbounded
    policy own for all to editor: using a b with check c
    restrictive policy few for select to public: using d

public.tags
    anon  select (id, body): every row

public.f()
    execute: anon

public.g(), with the rights of its owner
    execute: anon, editor

Nothing is granted to reader, which API_ROLES names.

"""
BOUNDED = """\
What is not listed: in public and other, only owners and superusers may do it; with relations of
other schemas, no API role may."""
UNBOUNDED = """\
What is marked as unbounded is bounded by no policy: revoke the privilege, or, of a table, \
enable row level security."""


def test_what_is_alike_is_told_in_one_line() -> None:
    found = Matrix(
        [
            READS,
            WRITES,
            replace(WRITES, command="update"),
            replace(WRITES, command="delete", unbounded=True),
            replace(READS, table="public.tags"),
        ],
        [
            Condition("public.notes", "own", True, "all", "editor", "a\n  b", "c"),
            Condition("public.notes", "few", False, "select", "public", "d", None),
        ],
        [Execution("public.f()", False, "anon"), Execution("public.g()", True, "anon, editor")],
        ("public", "other"),
        ("reader",),
    )
    assert as_text(found) == TOLD + UNBOUNDED
    assert found.unbounded
    bounded = replace(found, accesses=[READS, WRITES], executions=[], without=())
    assert not bounded.unbounded
    assert as_text(bounded).endswith(f"using d\n\n{BOUNDED}")
