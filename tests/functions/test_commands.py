"""The commands `piccolo functions …`, each in a process of its own."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import jwt
import pytest
from httpx import AsyncClient

from db.settings import ROOT
from functions._local.scaffold import NameTaken, UnusableName, scaffold
from tests.postgres import Database, piccolo, run_piccolo

CLEAN = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST_")}
"""The environment without what pytest-xdist tells its workers."""

PARTS = ("db", "functions", "tests", "piccolo_migrations", "piccolo_conf.py", "pyproject.toml")


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A copy of the project, to write into."""
    for part in PARTS:
        if (ROOT / part).is_dir():
            ignored = shutil.ignore_patterns("__pycache__")
            shutil.copytree(ROOT / part, tmp_path / part, ignore=ignored)
        else:
            shutil.copy(ROOT / part, tmp_path)
    return tmp_path


def test_list_names_every_function_and_what_it_answers(database: Database) -> None:
    lines = piccolo(database, "functions", "list").splitlines()
    assert "GET    /functions/v1/hello" in lines
    assert "PATCH  /functions/v1/documents/{document_id}" in lines


async def test_token_prints_a_token_that_the_server_takes(
    database: Database, client: AsyncClient
) -> None:
    token = piccolo(database, "functions", "token", "--email=Carla@example.com")
    assert token.count("\n") == 1
    response = await client.get(
        "/functions/v1/hello", headers={"Authorization": f"Bearer {token.strip()}"}
    )
    assert response.json() == {"message": "Hello, carla!"}


def test_token_makes_the_same_user_only_once(database: Database) -> None:
    subjects = {
        jwt.decode(
            piccolo(database, "functions", "token", "--email=c@example.com").strip(),
            options={"verify_signature": False},
        )["sub"]
        for _ in range(2)
    }
    assert len(subjects) == 1


def test_token_is_as_long_valid_as_it_is_told(database: Database) -> None:
    token = piccolo(database, "functions", "token", "--role=service_role", "--expires=15m")
    claims = jwt.decode(token.strip(), options={"verify_signature": False})
    assert claims["exp"] - claims["iat"] == 900
    assert claims["role"] == "service_role"


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["--role=postgres"], "--role takes anon, authenticated, service_role"),
        (["--email=a@example.com", "--expires=soon"], "--expires takes a time like"),
        ([], "needs --email"),
    ],
)
def test_token_says_what_it_needs(
    database: Database, arguments: list[str], sentence: str
) -> None:
    run = run_piccolo(database.variables, "functions", "token", *arguments)
    assert sentence in run.stderr
    assert "Traceback" not in run.stderr
    assert run.returncode == 1


@pytest.mark.parametrize("variable", ["DATABASE_URL", "DIRECT_URL"])
def test_token_refuses_a_database_elsewhere(database: Database, variable: str) -> None:
    elsewhere = database.variables | {variable: "postgresql://postgres@db.example.com/postgres"}
    run = run_piccolo(elsewhere, "functions", "token", "--email=a@example.com")
    assert "only for a database on this machine" in run.stderr
    assert (run.returncode, run.stdout) == (1, "")


def test_new_writes_a_function_whose_test_passes(project: Path) -> None:
    run = run_piccolo({}, "functions", "new", "made-by-a-test", folder=project)
    function, test = (line.removeprefix("Wrote ") for line in run.stdout.splitlines())
    assert function == "functions/made_by_a_test/__init__.py"
    assert test == "tests/functions/test_made_by_a_test.py"
    assert run_pytest(test, project) == 0
    assert run_ruff(function, project) == run_ruff(test, project) == 0


def run_pytest(test: str, project: Path) -> int:
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", test]
    return subprocess.run(command, cwd=project, check=False, env=CLEAN).returncode  # noqa: S603  # our own command


def run_ruff(path: str, project: Path) -> int:
    command = [sys.executable, "-m", "ruff", "check", "--no-cache", path]
    return subprocess.run(command, cwd=project, check=False).returncode  # noqa: S603  # our own command


def test_new_keeps_its_hands_off_what_is_there() -> None:
    with pytest.raises(NameTaken):
        scaffold("hello")


@pytest.mark.parametrize("name", ["", "1st", "_shared", "a/b", "../x", "a.b", "Ä"])
def test_new_refuses_a_name_that_cannot_be_an_address(name: str) -> None:
    with pytest.raises(UnusableName):
        scaffold(name)
