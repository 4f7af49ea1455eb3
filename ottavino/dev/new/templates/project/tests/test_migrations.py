"""The migrations."""

from ottavino.testing import MigrationTests


class TestMigrations(MigrationTests):
    """They make what the tables declare, and can be undone."""
