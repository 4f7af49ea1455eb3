"""The framework is tested in a project of its own, `tests/ottavino/house`."""

from collections.abc import AsyncGenerator
from pathlib import Path

import pytest
from starlette.applications import Starlette

from ottavino.testing import Database
from tests.ottavino.databases import HOUSE
from tests.ottavino.house import piccolo_conf as house
from tests.ottavino.house.functions.app import app as served
from tests.ottavino.migrate.migrators import Migrators, migrators_of
from tests.ottavino.migrate.project import Project

# Importing it replaces Piccolo's commands with ours.
assert house.APP_REGISTRY


@pytest.fixture(scope="session")
def piccolo_conf() -> str:
    """The module that names the apps of that project."""
    return HOUSE


@pytest.fixture(autouse=True)
def in_the_house(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let Piccolo find the apps of the tests' project."""
    monkeypatch.setenv("PICCOLO_CONF", HOUSE)


@pytest.fixture
def app() -> Starlette:
    """The functions of that project."""
    return served


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Project:
    """A project without a migration, and with the house's tables until it declares others."""
    return Project(tmp_path, monkeypatch)


@pytest.fixture
async def migrators(empty_database: Database) -> AsyncGenerator[Migrators]:
    """The connections of all examples of a test to one database."""
    async with migrators_of(empty_database) as migrators:
        yield migrators
