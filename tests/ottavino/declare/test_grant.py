"""Grants give exactly what they name, whatever a role could do before."""

from typing import Any

import pytest

from ottavino import Generated, Grant
from ottavino.identity import Role
from ottavino.migrate.diff import changes
from ottavino.migrate.steps import Alter
from ottavino.testing import Database
from tests.ottavino.declare.installed import (
    BODY,
    COLUMNS,
    PRICE,
    TITLE,
    Edits,
    each_edit_goes_there_and_back,
    install,
    migrator,
    notes,
    schema,
)
from tests.ottavino.migrate.test_diff import no

USER = Role.AUTHENTICATED
DOUBLE = Generated("double", "integer", "price * 2")
TRIPLE = Generated("double", "integer", "price * 3")

PRIVILEGES = """
    select attname || ' ' || privilege
    from pg_attribute, unnest(array['select', 'insert', 'update']) as privilege
    where attrelid = 'public.notes'::regclass and attnum > 0
        and has_column_privilege($1, attrelid, attnum, privilege)
    order by 1
"""


def to(role: Role = USER, **commands: Any) -> Grant:
    return Grant(to=role, **commands)


EDITS: Edits = {
    "one command more": ([to(select=True)], [to(select=True, delete=True)]),
    "one command less": ([Grant.everything(to=USER)], [to(select=True, insert=True)]),
    "columns of it": ([to(select=True)], [to(select=(TITLE, BODY))]),
    "all columns of it": ([to(select=(TITLE,))], [to(select=True)]),
    "one column more": ([to(insert=(TITLE,))], [to(insert=(TITLE, BODY))]),
    "one column less": ([to(update=(TITLE, BODY))], [to(update=(BODY,))]),
    "another role": ([to(select=True)], [to(Role.ANON, select=True)]),
    "no grant": ([to(select=(TITLE,), delete=True)], []),
    "one more": ([to(select=True)], [to(select=True), to(Role.ANON, select=True)]),
    "one more to the same role": ([to(select=True)], [to(select=True), to(insert=True)]),
    "of a generated column": ([to(select=True), DOUBLE], [to(select=(DOUBLE,)), DOUBLE]),
    "of one that changes": ([to(select=(DOUBLE,)), DOUBLE], [to(select=(TRIPLE,)), TRIPLE]),
}


async def granted(database: Database, *grants: Grant) -> set[str]:
    """What the role of users may do with which column."""
    async with migrator(database) as connection:
        await install(connection, notes(*grants))
        return {row[0] for row in await connection.fetch(PRIVILEGES, USER)}


@pytest.mark.whole("makes many edits and undoes them")
async def test_an_edit_of_any_attribute_goes_there_and_back(
    shared_empty_database: Database,
) -> None:
    await each_edit_goes_there_and_back(shared_empty_database, EDITS)


def test_other_grants_are_one_step_in_which_nobody_is_without() -> None:
    old, new = (schema(notes(to(select=columns))) for columns in ((TITLE,), (TITLE, BODY)))
    (step,) = changes(old, new, no)
    assert isinstance(step, Alter)
    assert step.sql == "grant select (body)\n    on public.notes to authenticated"


async def test_grants_to_one_role_add_up(shared_empty_database: Database) -> None:
    grants = (to(select=(TITLE,), insert=(TITLE,)), to(select=(BODY,), update=(PRICE,)))
    wanted = {"title select", "body select", "title insert", "price update"}
    assert await granted(shared_empty_database, *grants) == wanted


async def test_a_grant_of_columns_takes_nothing_from_one_of_all(
    shared_empty_database: Database,
) -> None:
    wanted = {f"{name} select" for name in ("id", "user_id", *COLUMNS)}
    for grants in ((True, (TITLE,)), ((TITLE,), True)):
        made = [to(select=columns) for columns in grants]
        assert await granted(shared_empty_database, *made) == wanted


async def test_a_table_without_grants_is_nobody_s(shared_empty_database: Database) -> None:
    assert await granted(shared_empty_database) == set()


@pytest.mark.parametrize(
    ("grant", "words"),
    [
        (to(), "names no command: write select=True"),
        (to(select=False), "names no command"),
        (to(insert=()), "A grant of insert names no column: write insert=True"),
    ],
)
def test_a_grant_of_nothing_is_refused(grant: Grant, words: str) -> None:
    with pytest.raises(ValueError, match=f"Notes: .*{words}"):
        notes(grant)
