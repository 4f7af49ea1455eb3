"""What is measured: the service, and other programs that answer the same requests.

A peer is a program in a folder below `peers/`, installed there from its own list of
packages, that answers `/newest` and `/ping` on a given port. PostgreSQL's own variables name
the database, and `JWT_SECRET` has the secret of tokens.
"""

import contextlib
import json
import os
import socket
import subprocess
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Generator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any

import psutil

from bench import seed
from bench.cluster import CLAIMS_KEY
from bench.ways import Way
from ottavino.settings import ROOT

WAIT_SECONDS = 30
LOG_CHARACTERS = 300
ROWS = 20
"""How many documents `/newest` answers."""


@dataclass(frozen=True, slots=True)
class Peer:
    """A program that answers requests."""

    name: str
    title: str
    command: Sequence[str]
    prefix: str = ""
    """The prefix of its paths."""
    folder: Path = ROOT
    workers: Sequence[str] | None = None
    """The option that sets how many processes answer, where there is one."""
    installed: Path | None = None
    """A file that is there once the peer's packages are; None where they are the service's."""
    packages: Sequence[str] = ()
    """The command that installs them."""
    packages_path: Path = ROOT
    """Where that command finds its own programs first."""

    @property
    def missing(self) -> str | None:
        """What keeps it from being measured, if anything."""
        if self.installed is None or self.installed.exists():
            return None
        return f"{self.title} is not installed: `python -m bench install` installs it."

    def install(self) -> str | None:
        """Install its packages, or say why that failed."""
        if self.missing is None:
            return None
        self.folder.mkdir(parents=True, exist_ok=True)
        run = subprocess.run(  # noqa: S603  # a command from below
            self.packages,
            cwd=self.folder,
            env={**os.environ, "PATH": f"{self.packages_path}:{os.environ.get('PATH', '')}"},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
            check=False,
        )
        if run.returncode == 0:
            return self.missing
        last = (run.stderr.strip().splitlines() or ["it gave no reason"])[-1]
        return f"{self.title} could not be installed: {last}"


class PeerFailed(Exception):
    """A peer does not do what it is measured for."""

    def __init__(self, peer: Peer, reason: str, log: IO[str]) -> None:
        log.seek(0)
        last = " ".join(log.read()[-LOG_CHARACTERS:].split())
        super().__init__(f"{peer.title}: {reason}. The end of its output: {last}")


@dataclass(slots=True)
class Serving:
    """A peer that runs."""

    peer: Peer
    process: psutil.Popen
    port: int
    seconds_to_answer: float
    token: str = field(repr=False)
    log: IO[str] = field(repr=False)

    def url(self, path: str) -> str:
        """The address of an answer."""
        return f"http://127.0.0.1:{self.port}{self.peer.prefix}/{path}"

    @property
    def headers(self) -> Mapping[str, str]:
        """What a request carries."""
        return {"Authorization": f"Bearer {self.token}"}

    def get(self, path: str) -> Any:
        """One answer, read: JSON is whatever it is."""
        request = urllib.request.Request(self.url(path), headers=dict(self.headers))  # noqa: S310  # an address of our own
        with urllib.request.urlopen(request, timeout=WAIT_SECONDS) as answer:  # noqa: S310  # an address of this machine
            return json.load(answer)

    def check(self) -> None:
        """See that the answer is the one that everybody gives, before it is measured."""
        try:
            rows = self.get("newest")
        except urllib.error.HTTPError as error:
            raise PeerFailed(self.peer, f"it answers {error.code}", self.log) from error
        expected = {str(seed.row_id("document", number)) for number in range(seed.CALLER_ROWS)}
        found = {str(row["id"]) for row in rows}
        if len(found) != ROWS or not found <= expected:
            raise PeerFailed(self.peer, "it answers other rows than the caller's", self.log)

    @property
    def cpu_seconds(self) -> float:
        """What its processes have used so far, since they started."""
        times = [process.cpu_times() for process in self._processes()]
        return sum(each.user + each.system for each in times)

    @property
    def memory(self) -> float:
        """The memory that only its processes hold, in megabytes."""
        return sum(process.memory_info().rss for process in self._processes()) / 2**20

    def _processes(self) -> list[psutil.Process]:
        return [self.process, *self.process.children(recursive=True)]


@contextlib.contextmanager
def serving(peer: Peer, way: Way, *, workers: int = 1) -> Generator[Serving]:
    """A peer for the length of a block, from when it has answered."""
    port = _free_port()
    several = [*(peer.workers or ()), str(workers)] if peer.workers and workers > 1 else []
    with tempfile.TemporaryFile("w+") as log:
        begun = time.perf_counter()
        process = psutil.Popen(
            [part.format(port=port) for part in [*peer.command, *several]],
            cwd=peer.folder,
            env=_environment(way, port, workers),
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
        )
        try:
            served = Serving(peer, process, port, 0, seed.token(), log)
            if not _answers(served):
                raise PeerFailed(peer, "it did not start", log)
            served.seconds_to_answer = time.perf_counter() - begun
            yield served
        finally:
            _end(process)


def _environment(way: Way, port: int, workers: int) -> dict[str, str]:
    kept = ("PATH", "HOME", "LANG", "TMPDIR")
    return {
        **{name: os.environ[name] for name in kept if name in os.environ},
        **way.variables,
        "PORT": str(port),
        "JWT_SECRET": seed.SECRET,
        "JWT_KID": seed.KEY_ID,
        "NODE_ENV": "production",
        # The service's own settings; what `.env` says is not for here.
        "DATABASE_URL": way.url,
        "CLAIMS_KEY": CLAIMS_KEY,
        "DIRECT_URL": "",
        "WEB_CONCURRENCY": str(workers),
    }


def _answers(served: Serving) -> bool:
    """Wait for the first answer, and say whether it came."""
    end = time.monotonic() + WAIT_SECONDS
    while time.monotonic() < end and served.process.poll() is None:
        # Asked by socket first: a refused connection is the cheapest answer there is.
        with socket.socket() as probe:
            listens = probe.connect_ex(("127.0.0.1", served.port)) == 0
        if listens:
            with contextlib.suppress(urllib.error.URLError, ConnectionError):
                served.get("ping")
                return True
        time.sleep(0.002)
    return False


def _end(process: psutil.Popen) -> None:
    family = [*process.children(recursive=True), process]
    process.terminate()
    _, alive = psutil.wait_procs(family, timeout=5)
    for each in alive:
        each.kill()
    process.wait()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]
