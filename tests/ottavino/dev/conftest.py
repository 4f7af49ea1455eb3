"""The settings of these tests: a secret, and no database unless a test brings one."""

import sys
from importlib import import_module
from types import ModuleType

import pytest

from ottavino.http import create_app
from tests.ottavino.databases import HOUSE
from tests.ottavino.house.functions import FUNCTIONS
from tests.ottavino.http.conftest import no_database

__all__ = ["no_database"]

# The development server takes its functions from `functions.app`, changes that app, and asks
# Piccolo for the tables, all while it is imported.
with pytest.MonkeyPatch.context() as patch:
    patch.setenv("PICCOLO_CONF", HOUSE)
    served = ModuleType("functions.app")
    served.app = create_app(FUNCTIONS)  # pyright: ignore[reportAttributeAccessIssue]  # a module has what it is given
    patch.setitem(sys.modules, served.__name__, served)
    import_module("ottavino.dev.app")


@pytest.fixture(autouse=True)
def rows_of_the_house(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the two users of the development server begin with rows of the house."""
    monkeypatch.setattr("ottavino.dev.demo.MODULE", "tests.ottavino.house.db.demo")
