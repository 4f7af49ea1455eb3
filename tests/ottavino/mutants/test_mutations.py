"""Mutants: which mistakes are made in a module, and by what name they are known."""

import signal
import sys
from pathlib import Path

import pytest

from ottavino.settings import ROOT
from tests.ottavino.mutants import mutant as subject
from tests.ottavino.mutants import run
from tests.ottavino.mutants.chosen import chosen
from tests.ottavino.mutants.mutant import Mutant, compiles, mistakes, mutants
from tests.ottavino.mutants.run import failure
from tests.ottavino.mutants.survivors import listed
from tests.ottavino.mutants.targets import TESTS, modules, targets

MOST_UNTESTED = 0
"""How many missing tests the list may name. It is made smaller with the list."""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project of one module."""
    monkeypatch.setattr(subject, "ROOT", tmp_path)
    return tmp_path


def mutated(folder: Path, code: str) -> list[str]:
    """The replacement of each line."""
    (folder / "module.py").write_text(code)
    return [each.after for each in mutants("module.py")]


@pytest.mark.parametrize(
    ("code", "mistakes"),
    [
        ("a = b == c", ["a = b != c"]),
        ("a = b is not c", ["a = b is c"]),
        ("a = b not in c", ["a = b in c"]),
        ("a = b < c <= d", ["a = b <= c <= d", "a = b < c < d"]),
        ("a = b and c or d", ["a = b and c and d", "a = b or c or d"]),
        ("a = not b", ["a = b"]),
        ("a = b - c", ["a = b + c"]),
        ("a = 1", ["a = 2"]),
        ("a = True", ["a = False"]),
        ("a = 'b'", ['a = ""']),
        ("a = max(b)", ["a = min(b)"]),
        ("a = b(c, d=e, f=g)", ["a = b(c, f=g)", "a = b(c, d=e)"]),
        ("a = [b for b in c if d]", ["a = [b for b in c if True]"]),
        ("a = 'select b and c'", ["a = 'select b or c'", 'a = ""']),
        (
            "a = f'select {b} and true'",
            ["a = f'select {b} or true'", "a = f'select {b} and false'"],
        ),
        ('a = """select b\n-- and not c"""', ['a = ""']),
        ("a.b = c", ["pass"]),
        ("a()", ["pass"]),
        ("a: bool | None = b", []),
        ("a = cast('b', c)", []),
        ("a = field(kw_only=True)", []),
        ("A_SECONDS = 1", []),
        ("A = 'select true'", ["A = 'select false'", 'A = ""']),
        ("A_BYTES = 16 * 1024", []),
        ("A = Literal['b']", []),
        (
            "a = ContextVar('b', default=True)",
            ["a = ContextVar('b')", "a = ContextVar('b', default=False)"],
        ),
        ("raise A('not said')", ["pass"]),
        ("'''Not a mistake.'''", []),
        ("'ä'; a = b == c", ["'ä'; a = b != c"]),
    ],
)
def test_each_mistake_is_made_by_itself(folder: Path, code: str, mistakes: list[str]) -> None:
    assert mutated(folder, code) == mistakes


def test_a_block_runs_without_what_is_held_around_it(folder: Path) -> None:
    code = "async def f():\n    async with lock:\n        g()\n"
    assert mutated(folder, code) == ["if True:", "pass"]


def test_what_is_caught_comes_out_and_what_is_done_at_last_is_not(folder: Path) -> None:
    code = "try:\n    return_ = 0.5\nexcept E:\n    a = b\nfinally:\n    c = d\n"
    assert mutated(folder, code) == ["pass", "raise"]


def test_a_mutant_is_known_by_its_function_and_lines_wherever_they_stand(folder: Path) -> None:
    code = "class A:\n    def f(self):\n        return b == c\n"
    (folder / "module.py").write_text(code)
    before = mutants("module.py")
    (folder / "module.py").write_text(f"import x\n\n\n{code}")
    assert mutants("module.py") == before
    assert Mutant("module.py", "A.f", "return b == c", "return b != c") in before


def test_places_that_read_alike_are_numbered(folder: Path) -> None:
    (folder / "module.py").write_text("a()\na()\n")
    assert [each.number for each in mutants("module.py")] == [1, 2]


def test_a_sample_is_the_same_though_other_code_changes(folder: Path) -> None:
    one, other = (Mutant("module.py", "f", "a", "b", number) for number in (1, 2))
    assert one.order("seed") == Mutant("module.py", "f", "a", "b", text=b"a").order("seed")
    assert one.order("seed") != one.order("another")
    assert one.order("seed") != other.order("seed")


RAN = "tests/test_a.py::test_one[a b] PASSED     [ 50%]\n"


@pytest.mark.parametrize("ends", ["FAILED [100%]\nFAILED tests/x.py::y", "ERROR [100%]\n", ""])
def test_the_test_that_failed_or_did_not_end_is_named(ends: str) -> None:
    assert failure(f"{RAN}tests/test_a.py::test_two {ends}") == "tests/test_a.py::test_two"


def test_where_pytest_itself_fails_no_test_is_named() -> None:
    assert failure(f"{RAN}ImportError: tests/conftest.py") == ""


@pytest.mark.whole
def test_a_run_goes_on_while_it_writes_and_is_ended_when_it_is_silent(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(run, "SILENCE_SECONDS", 1.0)
    step = "print('.', flush=True); time.sleep({})"
    for seconds, code in ((0.4, 0), (60, -signal.SIGKILL)):
        program = f"import time\nfor _ in range(4): {step.format(seconds)}"
        assert run._run([sys.executable, "-c", program], tmp_path, {})[0] == code  # noqa: SLF001  # how the runner starts programs


def test_every_mistake_chosen_by_hand_can_be_made() -> None:
    made = list(chosen())
    assert {each.module for each in made} <= set(targets())
    for each in made:
        assert each.module.endswith(".sql") or compile(each.text, each.module, "exec")


def test_every_module_of_the_table_is_there() -> None:
    assert [pattern for pattern in TESTS if not modules(pattern)] == []


def test_every_test_that_is_to_notice_is_there() -> None:
    assert all((ROOT / test).exists() for tests in targets().values() for test in tests)


@pytest.mark.whole("makes all mutants of the modules")
def test_every_survivor_is_there() -> None:
    survivors = listed()
    modules = {each.module for each in survivors}
    made = {each for module in modules for each in mistakes(module) if each in survivors}
    assert not survivors.keys() - {each for each in made if compiles(each)}


def test_every_survivor_has_a_reason() -> None:
    assert set(listed().values()) <= {"equivalent", "untested"}


def test_the_list_of_missing_tests_only_shrinks() -> None:
    missing = [each for each, heading in listed().items() if heading == "untested"]
    assert len(missing) <= MOST_UNTESTED, (
        "survivors.toml lists more missing tests than before: write one for what is new."
    )
    assert len(missing) == MOST_UNTESTED, (
        f"survivors.toml lists {len(missing)} missing tests: say so in MOST_UNTESTED."
    )
