"""Runs tests against mutants, in copies of the project, each time on a fresh PostgreSQL."""

import contextlib
import os
import queue
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Generator, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass
from pathlib import Path

from ottavino.settings import ROOT
from ottavino.testing.cluster import Cluster, short_folder, stop
from ottavino.testing.plugin import FOLDER
from tests.ottavino.databases import MIGRATED
from tests.ottavino.mutants.mutant import Mutant

PROCESSES = 2
TEST_SECONDS = 30
"""How long one test may take, four times what the slowest needs: a mistake can make it wait."""
SECONDS = 240
"""How long all tests of a mutant may take together."""

NO_TESTS = 5
"""How pytest ends where it has found no test."""

PYTEST = (
    *(sys.executable, "-m", "pytest", "-q"),
    *("-o", f"faulthandler_timeout={TEST_SECONDS}", "-o", "faulthandler_exit_on_timeout=true"),
)

LEFT_OUT = shutil.ignore_patterns(".*", "__pycache__", "node_modules")


@dataclass(frozen=True, slots=True)
class Workshop:
    """Copies of the project to plant mutants in, and a database cluster to copy as well."""

    postgres: Path
    """The folder of a cluster with both templates, which does not run."""
    trees: "queue.Queue[Path]"

    def survives(self, mutant: Mutant, tests: Sequence[str]) -> bool:
        """Whether the tests pass although a mistake was made."""
        tree = self.trees.get()
        try:
            with _planted(tree / mutant.module, mutant):
                arguments = ["-x", "-p", "no:cacheprovider", *tests]
                return self._pass(tree, arguments, is_built=mutant.module.endswith(".py"))
        finally:
            self.trees.put(tree)

    def pass_as_they_are(self, tests: Sequence[str]) -> bool:
        """Whether the tests pass where no mistake was made; one that fails has another try."""
        tree = self.trees.get()
        at_once = ["-n", str(PROCESSES), "--dist", "worksteal"]
        try:
            return self._pass(tree, [*at_once, *tests]) or self._pass(tree, ["--lf", *tests])
        finally:
            self.trees.put(tree)

    def _pass(self, tree: Path, arguments: Sequence[str], *, is_built: bool = True) -> bool:
        with short_folder() as folder:
            # What is in SQL is in the templates already: those of a mutant it builds itself.
            if is_built:
                # With owner and rights: the server runs as another user where we are root.
                subprocess.run(["cp", "-a", f"{self.postgres}/.", folder], check=True)  # noqa: S603, S607  # our own command
            try:
                code = _run([*PYTEST, *arguments], tree, {FOLDER: str(folder)})
            finally:
                stop(folder)
        if code == NO_TESTS:
            raise RuntimeError(f"pytest has found no test in {' '.join(arguments)}.")
        return code == 0


@contextlib.contextmanager
def workshop() -> Generator[Workshop]:
    """A workshop, for the length of a block."""
    with short_folder() as postgres, tempfile.TemporaryDirectory() as folder:
        try:
            cluster = Cluster(postgres, "18")
            cluster.start()
            cluster.build(MIGRATED)
        finally:
            stop(postgres)
        trees: queue.Queue[Path] = queue.Queue()
        for number in range(PROCESSES):
            tree = Path(folder) / str(number)
            shutil.copytree(ROOT, tree, ignore=LEFT_OUT)
            trees.put(tree)
        yield Workshop(postgres, trees)


def survivors(
    workshop: Workshop, mutants: Iterable[tuple[Mutant, Sequence[str]]]
) -> Iterator[tuple[Mutant, bool]]:
    """Each mutant as soon as its tests have run, and whether it has survived them."""
    with ThreadPoolExecutor(PROCESSES) as threads:
        running = {
            threads.submit(workshop.survives, mutant, tests): mutant
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


def _run(command: Sequence[str], tree: Path, variables: dict[str, str]) -> int:
    process = subprocess.Popen(  # noqa: S603  # our own command
        command,
        cwd=tree,
        env={**os.environ, **variables},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        # What tests have started ends with them.
        start_new_session=True,
    )
    try:
        return process.wait(SECONDS)
    except subprocess.TimeoutExpired:
        return -signal.SIGKILL
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()
