"""What became of each mutant, kept so that a run that was interrupted can be taken up."""

import hashlib
import json
from collections.abc import Iterator
from dataclasses import astuple
from pathlib import Path

from ottavino.settings import ROOT
from tests.ottavino.mutants.mutant import Mutant

FOLDER = ROOT / ".cache" / "mutants"


class Outcomes:
    """The outcomes of one state of the code and its tests, in a file of their own."""

    def __init__(self) -> None:
        self._file = FOLDER / _fingerprint()
        self.survives: dict[Mutant, bool] = {}
        if self._file.exists():
            for line in self._file.read_text("utf-8").splitlines():
                *fields, survives = json.loads(line)
                self.survives[Mutant(*fields)] = survives

    def add(self, mutant: Mutant, *, survives: bool) -> None:
        """Keep an outcome."""
        self.survives[mutant] = survives
        FOLDER.mkdir(parents=True, exist_ok=True)
        with self._file.open("a", encoding="utf-8") as file:
            # Without the text of the module, which is the last.
            file.write(json.dumps([*astuple(mutant)[:-1], survives]) + "\n")


def _fingerprint() -> str:
    digest = hashlib.sha256()
    for path in sorted(_files()):
        digest.update(f"{path} ".encode() + path.read_bytes())
    return digest.hexdigest()[:16]


def _files() -> Iterator[Path]:
    yield ROOT / "requirements.txt"
    for folder in ("db", "functions", "ottavino", "tests"):
        for kind in ("py", "sql"):
            yield from (ROOT / folder).rglob(f"*.{kind}")
