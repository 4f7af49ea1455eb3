"""The settings of these tests: a secret, and no database unless a test brings one."""

import pytest

from tests.conftest import SettingsFrom
from tests.functions.client import SECRET

NOWHERE = "postgresql://nobody@127.0.0.1:1/nothing"


@pytest.fixture(autouse=True)
def no_database(settings_from: SettingsFrom) -> None:
    """Whatever a test needs of the environment, it says."""
    silent = dict.fromkeys(
        ("DIRECT_URL", "JWT_AUDIENCE", "FUNCTION_TIMEOUT", "STATEMENT_TIMEOUT"), ""
    )
    settings_from(DATABASE_URL=NOWHERE, JWT_SECRET=SECRET, **silent)
