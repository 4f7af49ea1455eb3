"""Tests that start processes, draw examples or are attacks are marked, and others only with a
reason.
"""

import pytest

from ottavino.settings import ROOT
from tests.ottavino import whole

PLUGIN = """
import pytest, subprocess, sys

pytest_plugins = ["tests.ottavino.whole"]

@pytest.fixture(scope="session")
def cluster():
    subprocess.run([sys.executable, "-c", ""])

@pytest.fixture(scope="module")
def drawn():
    pass
"""
TESTS = """
import multiprocessing, pytest, subprocess, sys
from hypothesis import given, strategies

@pytest.fixture(scope="module")
def own_server():
    subprocess.run([sys.executable, "-c", ""])

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

@pytest.mark.whole("counts to a million")
def test_nothing_with_the_mark_and_a_reason():
    pass

@pytest.mark.whole_but_first("counts to a million")
@pytest.mark.parametrize("case", [pytest.param(0, marks=pytest.mark.whole("too")), 1, 2])
def test_cases(case):
    pass

@given(strategies.none())
def test_examples_without_the_mark(_):
    pass

@pytest.mark.whole
@given(strategies.none())
def test_examples_with_the_mark(_):
    pass

@pytest.mark.in_make_test("takes no time")
@given(strategies.none())
def test_few_examples_with_the_mark_of_few(_):
    pass

@pytest.mark.in_make_test
@given(strategies.none())
def test_few_examples_without_a_reason(_):
    pass

def test_drawn_examples_without_the_mark(drawn):
    pass

@pytest.mark.whole
def test_drawn_examples_with_the_mark(drawn):
    pass
"""
OWN_NAME = """
import pytest

@pytest.mark.parametrize("own_server", [1])
def test_a_fixture_of_this_name_elsewhere(own_server):
    pass
"""
ATTACKS = """
import pytest

def test_an_attack_without_the_mark():
    pass

@pytest.mark.whole
def test_an_attack_with_the_mark():
    pass
"""
WRONG = {
    "test_a_process_without_the_mark",
    "test_a_process_of_multiprocessing_without_the_mark",
    "test_a_server_of_its_own",
    "test_nothing_with_the_mark",
    "test_examples_without_the_mark",
    "test_few_examples_without_a_reason",
    "test_drawn_examples_without_the_mark",
    "test_an_attack_without_the_mark",
}
SELECTED = {
    *(
        f"test_{each}_with{out}_the_mark"
        for each in ("examples", "drawn_examples", "an_attack")
        for out in ("", "out")
    ),
    "test_few_examples_with_the_mark_of_few",
    "test_few_examples_without_a_reason",
}


@pytest.fixture
def project(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> pytest.Pytester:
    """A folder with tests of each kind."""
    monkeypatch.setattr(whole, "ATTACKS", f"{pytester.mkdir('attacks')}/")
    pytester.makeconftest(PLUGIN)
    pytester.makepyfile(
        **{
            "test_others": TESTS,
            "test_own_name": OWN_NAME,
            "attacks/test_attacks": ATTACKS,
        }
    )
    pytester.syspathinsert(ROOT)
    return pytester


def outcomes(project: pytest.Pytester, *options: str) -> tuple[set[str], set[str]]:
    """The names of the tests that pass, and of those that fail."""
    run = project.inline_run(  # pyright: ignore[reportUnknownMemberType]  # of plugins
        "-o", "asyncio_default_fixture_loop_scope=function", *options
    )
    passed, _, failed = run.listoutcomes()
    names = [{each.nodeid.partition("::")[2] for each in some} for some in (passed, failed)]
    return names[0], names[1]


@pytest.mark.whole("runs tests of its own")
def test_the_mark_is_checked(project: pytest.Pytester) -> None:
    passed, failed = outcomes(project)
    assert failed == WRONG
    assert len(passed) == 12


@pytest.mark.whole("runs tests of its own")
def test_the_first_case_of_a_test_is_no_whole_one(project: pytest.Pytester) -> None:
    for _ in range(2):
        passed, _ = outcomes(project, "-m", "not whole", "-k", "test_cases")
        assert passed == {"test_cases[1]"}


@pytest.mark.whole("runs tests of its own")
def test_make_test_leaves_out_what_is_marked(project: pytest.Pytester) -> None:
    every, _ = outcomes(project, "-k", "nothing or cases")
    passed, _ = outcomes(project, "-m", "not whole", "-k", "nothing or cases")
    assert every - passed == {
        "test_nothing_with_the_mark_and_a_reason",
        "test_cases[0]",
        "test_cases[2]",
    }


@pytest.mark.whole("runs tests of its own")
def test_examples_and_attacks_can_be_selected(project: pytest.Pytester) -> None:
    passed, failed = outcomes(project, "-m", "examples or attack")
    assert passed | failed == SELECTED


@pytest.mark.parametrize("cases", [["one", "two"], {"one": (1,), "two": (2,)}])
def test_all_but_the_quick_cases_of_a_test_are_marked(
    cases: list[str] | dict[str, tuple[int]],
) -> None:
    one, two = whole.quick(["one"], cases, "takes long")
    assert (one.id, two.id) == ("one", "two")
    assert not one.marks
    assert [(mark.name, mark.args) for mark in two.marks] == [("whole", ("takes long",))]


def test_a_quick_case_has_to_be_there() -> None:
    with pytest.raises(AssertionError, match="is that of no case"):
        whole.quick(["three"], ["one", "two"], "takes long")
