"""A pytest plugin: migrated databases, callers, a client of the functions, the access matrix.

`pytest_plugins = ["ottavino.testing"]` in `tests/conftest.py` gives a project all of it;
`docs/testing.md` shows how a test is written.
"""

from ottavino.testing.access import AccessTests
from ottavino.testing.caller import Caller, SignUp
from ottavino.testing.client import Client
from ottavino.testing.database import Database
from ottavino.testing.environment import SettingsFrom
from ottavino.testing.migrations import MigrationTests

__all__ = [
    "AccessTests",
    "Caller",
    "Client",
    "Database",
    "MigrationTests",
    "SettingsFrom",
    "SignUp",
]

pytest_plugins = ["ottavino.testing.plugin"]
