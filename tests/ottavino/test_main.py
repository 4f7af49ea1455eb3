"""`python -m ottavino`, where it hands a command on to Piccolo."""

import subprocess
from pathlib import Path

import pytest

from ottavino.settings import ROOT
from tests.ottavino import forked
from tests.ottavino.house.as_project import write_project

SETTINGS = {
    "DATABASE_URL": "postgresql://nobody@127.0.0.1:1/nothing",
    "JWT_SECRET": "only for tests, and long enough for them",
}
"""What `serve` needs before it reads the project."""


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """The house in a folder of its own."""
    write_project(tmp_path)
    return tmp_path


def run(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    variables = {"PATH": "/usr/bin:/bin", "PYTHONPATH": str(ROOT), **SETTINGS}
    return forked.run("-m", "ottavino", *arguments, cwd=folder, env=variables)


@pytest.mark.whole
@pytest.mark.parametrize("command", ["serve", "functions serve", "migrations list"])
@pytest.mark.parametrize(
    ("line", "mistake"),
    [
        ("DB = Engine(", "SyntaxError: '(' was never closed"),
        ("import nowhere", "ModuleNotFoundError: No module named 'nowhere'"),
    ],
)
def test_a_mistake_in_piccolo_conf_is_said_in_a_sentence_with_its_place(
    project: Path, command: str, line: str, mistake: str
) -> None:
    conf = project / "piccolo_conf.py"
    conf.write_text(conf.read_text().replace("DB = Engine()", line))
    done = run(project, *command.split())
    assert done.returncode == 1
    assert done.stderr == f"piccolo_conf.py, line 5: {mistake}\n"


@pytest.mark.whole
def test_a_command_of_piccolos_is_run(project: Path) -> None:
    done = run(project, "functions", "list")
    assert done.returncode == 0, done.stderr
    assert "/functions/v1/hello" in done.stdout


@pytest.mark.whole
def test_a_folder_without_a_project_is_said_to_have_none(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(SETTINGS, "PICCOLO_CONF", "no_such_conf")
    done = run(tmp_path, "migrations", "list")
    assert done.returncode == 1
    assert done.stderr == (
        "There is no module no_such_conf here: run this in the folder of a project.\n"
    )
