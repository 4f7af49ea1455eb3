"""Runs tests against mutants, in copies of the project, each time on a fresh PostgreSQL."""

import contextlib
import os
import queue
import re
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Generator, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

from ottavino.settings import ROOT
from ottavino.testing.cluster import Cluster, short_folder, stop
from ottavino.testing.plugin import FOLDER
from tests.ottavino.databases import MIGRATED
from tests.ottavino.mutants.mutant import Mutant

PROCESSES = 2
"""How many mutants are tested at once, unless another number is given."""
TEST_SECONDS = 60
"""How long a test may take, three times what the slowest needs: a mistake can make it wait."""
SILENCE_SECONDS = 90
"""How long pytest may write nothing, when it waits outside of a test."""

QUICK_FIRST = ("not whole", "whole")
"""The parts in which tests run: most mistakes are noticed by one of `make test`."""
NO_TESTS = 5
"""How pytest ends where it has found no test."""

PYTEST = (
    *(sys.executable, "-m", "pytest"),
    *("-o", f"faulthandler_timeout={TEST_SECONDS}", "-o", "faulthandler_exit_on_timeout=true"),
)

SHOWN = ("-v", "--color=no", "-p", "no:cacheprovider", "-x")
"""So that pytest writes each test before it runs, and ends with the first that fails."""
STARTED = re.compile(r"(tests/\S+?::.+?)(?: (PASSED|FAILED|ERROR|SKIPPED|XFAIL)\b.*| *)")
"""A line of that output: a test and its result, which is missing if the test did not end."""

LEFT_OUT = shutil.ignore_patterns(".*", "__pycache__", "node_modules")


@dataclass(frozen=True, slots=True)
class Workshop:
    """Copies of the project to plant mutants in, and a database cluster to copy as well."""

    postgres: Path
    """The folder of a cluster with both templates, which does not run."""
    trees: "queue.Queue[Path]"
    as_they_are: dict[str, bool] = field(default_factory=dict[str, bool])
    """Tests that were run where no mistake was made, and whether they passed."""

    def noticing(self, mutant: Mutant, tests: Sequence[str]) -> str | None:
        """The test that notices a mistake, of which the quick ones run first; None if all pass.

        A test that fails is run again alone, and then without the mistake. One that fails once
        only, or without the mistake too, has another reason: then the other tests decide.
        Where pytest itself fails, it is named.
        """
        tree = self.trees.get()
        try:
            parts = (self._noticing(tree, mutant, ["-m", part, *tests]) for part in QUICK_FIRST)
            return next((each for each in parts if each is not None), None)
        finally:
            self.trees.put(tree)

    def _noticing(self, tree: Path, mutant: Mutant, tests: Sequence[str]) -> str | None:
        is_built = mutant.module.endswith(".py")
        doubtful: list[str] = []
        while True:
            chosen = [*(f"--deselect={test}" for test in doubtful), *tests]
            with _planted(tree / mutant.module, mutant):
                failed = self._failed(tree, chosen, is_built=is_built)
                if failed is None:
                    return None
                again = self._failed(tree, [failed] if failed else chosen, is_built=is_built)
            if not failed:
                return None if again is None else again or "pytest"
            if again is not None and self._passes_as_it_is(tree, failed):
                return failed
            doubtful.append(failed)

    def _passes_as_it_is(self, tree: Path, test: str) -> bool:
        if test not in self.as_they_are:
            self.as_they_are[test] = self._failed(tree, [test]) is None
        return self.as_they_are[test]

    def _failed(self, tree: Path, tests: Sequence[str], *, is_built: bool = True) -> str | None:
        """The test that failed first, empty where pytest names none; None if all passed."""
        code, output = self._run(tree, [*SHOWN, *tests], is_built=is_built)
        return None if code in {0, NO_TESTS} else failure(output)

    def _run(
        self, tree: Path, arguments: Sequence[str], *, is_built: bool = True
    ) -> tuple[int, str]:
        """The exit code of pytest, and its output."""
        with short_folder() as folder:
            # What is in SQL is in the templates already: those of a mutant it builds itself.
            if is_built:
                # With owner and rights: the server runs as another user where we are root.
                subprocess.run(["cp", "-a", f"{self.postgres}/.", folder], check=True)  # noqa: S603, S607  # our own command
            try:
                code, output = _run([*PYTEST, *arguments], tree, {FOLDER: str(folder)})
            finally:
                stop(folder)
        return code, output


def failure(output: str) -> str:
    """The test that failed or did not end, by the output of pytest; empty if it names none."""
    started = [found for line in output.splitlines() if (found := STARTED.fullmatch(line))]
    for test, result in reversed([(each[1], each[2]) for each in started]):
        if result in {None, "FAILED", "ERROR"}:
            return test
    return ""


@contextlib.contextmanager
def workshop(processes: int) -> Generator[Workshop]:
    """A workshop for so many mutants at once, for the length of a block."""
    with short_folder() as postgres, tempfile.TemporaryDirectory() as folder:
        try:
            cluster = Cluster(postgres, "18")
            cluster.start()
            cluster.build(MIGRATED)
        finally:
            stop(postgres)
        trees: queue.Queue[Path] = queue.Queue(processes)
        for number in range(processes):
            tree = Path(folder) / str(number)
            shutil.copytree(ROOT, tree, ignore=LEFT_OUT)
            trees.put(tree)
        yield Workshop(postgres, trees)


def noticed(
    workshop: Workshop, mutants: Iterable[tuple[Mutant, Sequence[str]]]
) -> Iterator[tuple[Mutant, str | None]]:
    """Each mutant as soon as its tests have run, and the test that has noticed it."""
    with ThreadPoolExecutor(workshop.trees.maxsize) as threads:
        running = {
            threads.submit(workshop.noticing, mutant, tests): mutant
            for mutant, tests in mutants
        }
        try:
            for each in as_completed(running):
                yield running[each], each.result()
        finally:
            threads.shutdown(cancel_futures=True)


@contextlib.contextmanager
def _planted(path: Path, mutant: Mutant) -> Generator[None]:
    original = path.read_bytes()
    _write(path, mutant.text)
    try:
        yield
    finally:
        _write(path, original)


def _write(path: Path, text: bytes) -> None:
    path.write_bytes(text)
    # Python takes a compiled file for that of a source of the same second and size.
    for compiled in (path.parent / "__pycache__").glob(f"{path.stem}.*.pyc"):
        compiled.unlink()


def _run(command: Sequence[str], tree: Path, variables: dict[str, str]) -> tuple[int, str]:
    # Into a file: a process that outlives its tests would keep a pipe open.
    with tempfile.TemporaryFile() as written:
        process = subprocess.Popen(  # noqa: S603  # our own command
            command,
            cwd=tree,
            env={**os.environ, **variables},
            stdout=written,
            stderr=subprocess.DEVNULL,
            # What tests have started ends with them.
            start_new_session=True,
        )
        try:
            code = _ended(process, written)
        finally:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()
        written.seek(0)
        return code, written.read().decode(errors="replace")


def _ended(process: subprocess.Popen[bytes], written: IO[bytes]) -> int:
    """The exit code of a process, which is killed when it writes nothing for too long."""
    size = -1
    while (now := os.fstat(written.fileno()).st_size) > size:
        size = now
        with contextlib.suppress(subprocess.TimeoutExpired):
            return process.wait(SILENCE_SECONDS)
    return -signal.SIGKILL
