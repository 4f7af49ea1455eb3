"""Settings for one test, and for a process that a test starts."""

import contextlib
import os
from collections.abc import Generator, Mapping
from typing import Protocol

from ottavino.postgres.address import (
    caller_address,
    migration_address,
    replica_address,
    service_address,
)
from ottavino.postgres.positions import positions
from ottavino.postgres.replica import replica
from ottavino.settings import settings

_CACHED = (
    settings,
    caller_address,
    service_address,
    migration_address,
    replica_address,
    positions,
    replica,
)


class SettingsFrom(Protocol):
    """The fixture `settings_from`: sets environment variables until the test has ended."""

    def __call__(self, **variables: str) -> None: ...


def forget_settings() -> None:
    """Forget the settings and what was made from them: the environment is read again."""
    for cached in _CACHED:
        cached.cache_clear()


@contextlib.contextmanager
def environment(variables: Mapping[str, str]) -> Generator[None]:
    """Set environment variables for the length of a block."""
    before = {name: os.environ.get(name) for name in variables}
    os.environ.update(variables)
    forget_settings()
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value
        forget_settings()
