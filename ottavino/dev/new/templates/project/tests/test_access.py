"""Who may do what with each table: the whole of it, to be read at a glance.

`ottavino.testing.AccessTests` says what the words mean, and tries every cell.
"""

from ottavino.testing import AccessTests

TABLES: dict[str, str] = {}


class TestAccess(AccessTests):
    """Everybody reaches what the grids say, and no more."""

    tables = TABLES
