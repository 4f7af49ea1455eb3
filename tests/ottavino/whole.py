"""Checks that tests which start processes, draw examples or are attacks are marked as `whole`.

`make test` leaves those out, and `make test-all` runs them too. What serves many tests does not
count: the PostgreSQL of the run, its pooler, and two servers that are not configured like it.

A test draws its examples in `make test` too if its mark `in_make_test("…")` gives a reason.

Other tests that take long are marked with what makes them long: `@pytest.mark.whole("reads the
catalog 40 times")`. A quicker test of the same behaviour stays in `make test`. With the mark
`@pytest.mark.whole_but_first("…")`, the first case of a test stays.
"""

import subprocess
from collections.abc import Collection, Generator, Mapping, Sequence
from multiprocessing.process import BaseProcess
from typing import Any

import pytest

from ottavino.settings import ROOT

MARK = "whole"
NOT_WHOLE = f"not {MARK}"
"""The tests that `make test` selects."""
BUT_FIRST = "whole_but_first"
"""The mark of tests whose first case is in `make test`."""
IN_MAKE_TEST = "in_make_test"
"""The mark of tests that draw their examples in `make test` too."""

SHARED = {"cluster", "another_cluster", "pooler", "site"}
"""The fixtures whose processes serve many tests."""

DRAWN = "drawn"
"""The fixture with examples that several tests look at."""

ATTACKS = f"{ROOT}/tests/ottavino/attacks/"
"""The attacks, which `make test-attacks` runs too."""

CHECKED = f"{ROOT}/tests/ottavino/typing/"
"""The tests of type checkers, which `make check` runs and both of the others leave out."""

EXAMPLES, ATTACK = "examples", "attack"
"""The marks of tests that draw examples, and of attacks. This plugin sets them."""

UNMARKED = "This test has to be marked with `@pytest.mark.whole`, because it {}."
NEEDLESS = (
    "This test starts no process, draws no examples and is no attack: remove "
    "`@pytest.mark.whole` from it, or give the mark what makes the test long."
)


def quick(
    names: Collection[str], cases: Sequence[str] | Mapping[str, Sequence[Any]], reason: str
) -> list[pytest.ParameterSet]:
    """The cases of a test, by name: `make test` runs those that are named, and `make test-all`
    runs all. The reason says what makes each of them long.
    """
    assert {*cases}.issuperset(names), "A name in the list is that of no case."
    values = cases if isinstance(cases, Mapping) else {name: (name,) for name in cases}
    whole = pytest.mark.whole(reason)
    return [
        pytest.param(*each, id=name, marks=() if name in names else whole)
        for name, each in values.items()
    ]


_popen = subprocess.Popen.__init__
_start = BaseProcess.start
_started: list[str] = []
_starting: set[tuple[str, str]] = set()
"""The fixtures that have started a process for more than one test: where each is, its name."""
_begun: set[str] = set()
"""The tests of which a case was collected."""


def _recorded(self: subprocess.Popen[Any], arguments: Any, *more: Any, **options: Any) -> None:
    # Python's own `platform` asks the system once.
    if "uname" not in arguments:
        _started.append(str(arguments))
    _popen(self, arguments, *more, **options)


def _recorded_start(self: BaseProcess) -> None:
    _started.append(self.name)
    _start(self)


def pytest_configure(config: pytest.Config) -> None:
    """Record the processes that are started."""
    config.addinivalue_line(
        "markers",
        "whole(reason): starts processes, draws examples, is an attack, or is long for the "
        "reason; `make test` leaves it out",
    )
    config.addinivalue_line(
        "markers", f"{BUT_FIRST}(reason): the same for all cases of a test but the first"
    )
    config.addinivalue_line(
        "markers", f"{IN_MAKE_TEST}(reason): draws few examples, in `make test` too"
    )
    for each in (EXAMPLES, ATTACK):
        config.addinivalue_line("markers", f"{each}: set by the plugin, for `-m`")
    subprocess.Popen.__init__ = _recorded  # pyright: ignore[reportAttributeAccessIssue]  # it takes the same
    BaseProcess.start = _recorded_start


@pytest.hookimpl(tryfirst=True)
def pytest_pycollect_makeitem(
    collector: pytest.Collector, name: str, obj: object
) -> list[pytest.Item] | None:
    """Make no items of a test that `make test` leaves out: pytest would make one for each case,
    with its fixtures, and deselect them.
    """
    if collector.config.option.markexpr != NOT_WHOLE or not name.startswith(("test", "Test")):
        return None
    marks: list[pytest.Mark] = getattr(obj, "pytestmark", [])
    return [] if any(each.name == MARK for each in marks) else None


def pytest_itemcollected(item: pytest.Item) -> None:
    """Mark what draws examples, attacks, and the cases of a test after the first."""
    found = item.get_closest_marker(BUT_FIRST)
    if found is not None and item.get_closest_marker(MARK) is None:
        test = item.nodeid.partition("[")[0]
        if test in _begun:
            item.add_marker(pytest.mark.whole(*found.args))
        _begun.add(test)
    if _draws_examples(item):
        item.add_marker(EXAMPLES)
    if str(item.path).startswith(ATTACKS):
        item.add_marker(ATTACK)


def pytest_collection_finish() -> None:
    """Forget the processes that modules start when they are imported: no test starts them."""
    _started.clear()
    _begun.clear()


@pytest.hookimpl(wrapper=True)
def pytest_fixture_setup(
    fixturedef: pytest.FixtureDef[object],
) -> Generator[None, object, object]:
    """Learn which fixtures start processes."""
    before = len(_started)
    try:
        return (yield)
    finally:
        if fixturedef.argname in SHARED:
            del _started[before:]
        elif len(_started) > before and fixturedef.scope != "function":
            _starting.add((fixturedef.baseid, fixturedef.argname))


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Let a test fail that has the mark without a reason, or a reason without the mark."""
    report = yield
    if call.when == "call" and report.passed and (objection := _objection(item)):
        report.outcome = "failed"
        report.longrepr = objection
    if call.when == "teardown":
        _started.clear()
    return report


def _objection(item: pytest.Item) -> str:
    if str(item.path).startswith(CHECKED):
        return ""
    is_marked, reason = item.get_closest_marker(MARK) is not None, _reason(item)
    if reason and not is_marked:
        return UNMARKED.format(reason)
    return NEEDLESS if is_marked and not (reason or _has_reason(item, MARK)) else ""


def _has_reason(item: pytest.Item, mark: str) -> bool:
    """Whether a test has a mark that gives a reason."""
    found = item.get_closest_marker(mark)
    return found is not None and any(found.args)


def _reason(item: pytest.Item) -> str:
    """Why a test has to be marked; empty if it need not be."""
    fixtures: list[str] = getattr(item, "fixturenames", [])
    if _started:
        return f"starts a process: {_started[0]}"
    if any(item.nodeid.startswith(at) and name in fixtures for at, name in _starting):
        return "uses a fixture that starts a process"
    if _draws_examples(item) and not _has_reason(item, IN_MAKE_TEST):
        return "draws examples"
    return "is an attack" if str(item.path).startswith(ATTACKS) else ""


def _draws_examples(item: pytest.Item) -> bool:
    fixtures: list[str] = getattr(item, "fixturenames", [])
    return DRAWN in fixtures or hasattr(getattr(item, "obj", None), "hypothesis")
