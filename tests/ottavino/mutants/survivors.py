"""The list of mutants that no test notices. It is checked in, and it only shrinks.

`equivalent` are those that behave like the original; `untested` those whose test is missing.
"""

import tomllib
from pathlib import Path
from typing import Any

from tests.ottavino.mutants.mutant import Mutant

FILE = Path(__file__).with_suffix(".toml")

ENTRY = """\
[[untested]]
module = {module}
where = {where}
before = {before}
after = {after}
number = {number}
reason = ""
"""


def listed() -> dict[Mutant, str]:
    """The mutants of the list, and under which heading each stands."""
    return {
        _mutant(**entry): heading
        for heading, entries in tomllib.loads(FILE.read_text("utf-8")).items()
        for entry in entries
    }


def entry(mutant: Mutant) -> str:
    """How a mutant is written into the list."""
    fields = {name: getattr(mutant, name) for name in ("module", "where", "before", "after")}
    quoted = {name: _quoted(value) for name, value in fields.items()}
    return ENTRY.format(**quoted, number=mutant.number)


def _mutant(*, reason: str, **fields: Any) -> Mutant:
    if not reason:
        raise ValueError(f"{FILE.name} gives no reason for {fields}.")
    return Mutant(**fields)


def _quoted(text: str) -> str:
    return f"'''{text}'''" if "'" in text else f"'{text}'"
