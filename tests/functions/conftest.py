"""The settings of the tests: a secret, and no database unless a test brings one."""

from collections.abc import Generator

import pytest

from db.connection import service_address
from db.settings import settings
from tests.functions.client import SECRET

NOWHERE = "postgresql://nobody@127.0.0.1:1/nothing"


@pytest.fixture(autouse=True)
def environment(monkeypatch: pytest.MonkeyPatch) -> Generator[pytest.MonkeyPatch]:
    """The environment as a test finds it; what a test sets is forgotten after it."""
    for name in ("DIRECT_URL", "JWT_AUDIENCE", "FUNCTION_TIMEOUT", "STATEMENT_TIMEOUT"):
        monkeypatch.setenv(name, "")
    monkeypatch.setenv("DATABASE_URL", NOWHERE)
    monkeypatch.setenv("JWT_SECRET", SECRET)
    forget()
    yield monkeypatch
    forget()


def forget() -> None:
    """Read the environment again when it is asked for next."""
    settings.cache_clear()
    service_address.cache_clear()
