"""The settings of these tests: a secret, and no database unless a test brings one."""

import dataclasses

import pytest

from ottavino.settings import Settings
from ottavino.testing import SettingsFrom
from tests.ottavino.http.client import SECRET

NOWHERE = "postgresql://nobody@127.0.0.1:1/nothing"


@pytest.fixture(autouse=True)
def no_database(settings_from: SettingsFrom) -> None:
    """Let each test name what it needs of the environment."""
    say_nothing(settings_from)


def say_nothing(settings_from: SettingsFrom) -> None:
    """Let the environment have a secret, and the address of no database."""
    names = {each.name.upper() for each in dataclasses.fields(Settings)}
    # uvicorn reads this one by itself, and fails where it is empty.
    silent = dict.fromkeys(names - {"WEB_CONCURRENCY"}, "")
    settings_from(**silent | {"DATABASE_URL": NOWHERE, "JWT_SECRET": SECRET})
