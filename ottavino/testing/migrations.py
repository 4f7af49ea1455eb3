"""A base class of tests for a project's migrations."""

from ottavino.inspect import report
from ottavino.inspect.drift import drift
from ottavino.migrate import runner
from ottavino.migrate.history import histories
from ottavino.migrate.transaction import reading
from ottavino.testing.cluster import migrate
from ottavino.testing.database import Database


class MigrationTests:
    """Tests that all migrations apply, can be undone, and make what the tables declare.

    `class TestMigrations(MigrationTests): pass` is all that a project writes.
    """

    async def test_they_make_what_is_declared(self, database: Database) -> None:
        found = await drift()
        assert found.is_none, report.as_text(found)
        assert not found.comparison.on_ours, report.as_text(found)

    async def test_they_can_be_undone_and_applied_again(self, database: Database) -> None:
        async for _ in runner.backwards("all", "all", clean=False):
            pass
        async with reading() as connection:
            assert [each.ran for each in await histories(connection, "all") if each.ran] == []
        await migrate(database.piccolo_conf)
        found = await drift()
        assert found.is_none, report.as_text(found)
        assert not found.comparison.on_ours, report.as_text(found)
