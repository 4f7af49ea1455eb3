"""The migrations."""

from ottavino.inspect.lint import lint
from ottavino.testing import Database, MigrationTests


class TestMigrations(MigrationTests):
    """They make what the tables declare, and can be undone."""


async def test_the_linter_has_no_error(database: Database) -> None:
    found = [f"{each.rule} {each.where}: {each.message}" for each in await lint()]
    assert found == []
