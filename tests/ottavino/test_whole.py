"""Tests that start processes or draw schemas are marked, and no others are."""

import pytest

from ottavino.settings import ROOT

PLUGIN = """
import pytest, subprocess, sys

pytest_plugins = ["tests.ottavino.whole"]

@pytest.fixture(scope="session")
def cluster():
    subprocess.run([sys.executable, "-c", ""])

@pytest.fixture(scope="module")
def own_server():
    subprocess.run([sys.executable, "-c", ""])
"""
TESTS = """
import multiprocessing, pytest, subprocess, sys
from hypothesis import given, strategies

def starts():
    subprocess.run([sys.executable, "-c", ""])

def test_a_process_without_the_mark():
    starts()

def test_a_process_of_multiprocessing_without_the_mark():
    process = multiprocessing.get_context("fork").Process()
    process.start()
    process.join()

@pytest.mark.whole
def test_a_process_with_the_mark():
    starts()

def test_the_server_of_a_run(cluster):
    pass

def test_a_server_of_its_own(own_server):
    pass

@pytest.mark.whole
def test_a_server_of_its_module(own_server):
    pass

@pytest.mark.whole
def test_nothing_with_the_mark():
    pass

@pytest.mark.whole
@given(strategies.none())
def test_examples(_):
    pass
"""
WRONG = {
    "test_a_process_without_the_mark",
    "test_a_process_of_multiprocessing_without_the_mark",
    "test_a_server_of_its_own",
    "test_nothing_with_the_mark",
}


def test_the_mark_is_checked(pytester: pytest.Pytester) -> None:
    pytester.makeconftest(PLUGIN)
    pytester.makepyfile(TESTS)
    pytester.syspathinsert(ROOT)
    run = pytester.inline_run(  # pyright: ignore[reportUnknownMemberType]  # of plugins
        "-o", "asyncio_default_fixture_loop_scope=function"
    )
    passed, _, failed = run.listoutcomes()
    assert {each.nodeid.partition("::")[2] for each in failed} == WRONG
    assert len(passed) == 4
