"""Tests in forked processes come out as in one, and are each run once."""

import pytest

from ottavino.settings import ROOT

PLUGINS = "pytest_plugins = ['tests.ottavino.forks']"

TESTS = """
import os, pytest
from pathlib import Path

@pytest.fixture(scope="module")
def open_until_the_end():
    yield
    Path("closed").write_text("")

@pytest.mark.parametrize("number", range(100))
def test_passes(number, open_until_the_end):
    with Path("ran").open("a") as file:
        file.write(f"{number}\\n")

def test_fails():
    print("printed here")
    assert 1 == 2

@pytest.mark.skip
def test_is_skipped():
    pass

def test_has_an_error(missing):
    pass
"""

CRASHES = """
import os

def test_ends_its_process():
    os._exit(3)
"""

pytestmark = pytest.mark.whole


@pytest.fixture
def project(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> pytest.Pytester:
    """A folder with tests of each outcome."""
    pytester.makeconftest(PLUGINS)
    pytester.makepyfile(test_each=TESTS)
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    return pytester


def test_each_test_runs_once_and_is_reported(project: pytest.Pytester) -> None:
    run = project.runpytest_subprocess("--forks", "3")
    run.assert_outcomes(passed=100, failed=1, skipped=1, errors=1)
    run.stdout.fnmatch_lines(["*assert 1 == 2*", "*printed here*"])
    ran = (project.path / "ran").read_text().split()
    assert sorted(map(int, ran)) == list(range(100))
    assert (project.path / "closed").exists()


def test_a_process_that_ends_fails_its_test(project: pytest.Pytester) -> None:
    project.makepyfile(test_crash=CRASHES)
    run = project.runpytest_subprocess("--forks", "2")
    assert run.ret == 1
    run.stdout.fnmatch_lines(
        ["*test_ends_its_process*", "*The process ended in this test with 3*"]
    )
    assert run.parseoutcomes()["failed"] == 2


def test_after_the_first_failure_no_more_are_begun(project: pytest.Pytester) -> None:
    run = project.runpytest_subprocess("--forks", "1", "-x", "-k", "fails or error")
    run.assert_outcomes(failed=1)
    run.stdout.fnmatch_lines(["*stopping after 1 failures*"])
