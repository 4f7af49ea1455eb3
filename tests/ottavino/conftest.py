"""What the tests of migrations may ask for besides."""

from pathlib import Path

import pytest

import piccolo_conf
from tests.ottavino.migrate.project import Project

# Importing it is what makes Piccolo's commands ours.
assert piccolo_conf.APP_REGISTRY


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Project:
    """A project without a migration, and with our tables until it declares others."""
    return Project(tmp_path, monkeypatch)
