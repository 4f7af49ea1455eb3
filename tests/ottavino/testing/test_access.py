"""A matrix that says something else than the database, or too little, makes a test fail."""

import pytest

from ottavino.testing import AccessTests, Database

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


@pytest.mark.parametrize(
    ("owner", "stranger", "told"),
    [
        ("none", "none", "owner, select usage_events: yes, and the matrix says none."),
        ("yes", "yes", "stranger, select usage_events: none, and the matrix says yes."),
    ],
)
async def test_it_is_held_against_the_database_in_both_directions(
    database: Database, owner: str, stranger: str, told: str
) -> None:
    wrong = access(usage_events=GRID.format(owner=owner, stranger=stranger))
    with pytest.raises(AssertionError) as failure:
        await wrong.test_everybody_reaches_what_the_matrix_says(database, "usage_events")
    assert told in str(failure.value)


async def test_one_that_is_right_passes(database: Database) -> None:
    right = access(usage_events=GRID.format(owner="yes", stranger="none"))
    await right.test_everybody_reaches_what_the_matrix_says(database, "usage_events")


async def test_a_table_without_rows_is_named(database: Database) -> None:
    with pytest.raises(AssertionError, match=r"no rows for .*usage_events.*: say in .*Access"):
        await access().test_the_matrix_names_every_table(database)
