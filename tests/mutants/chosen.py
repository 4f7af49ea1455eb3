"""Mistakes chosen by hand: each would break a promise, and no operator makes it."""

from collections.abc import Iterator

from db.settings import ROOT
from tests.mutants.mutant import Mutant, mutant
from tests.mutants.source import Source

CHOSEN: tuple[tuple[str, str, str], ...] = ()
"""A module, a text that it contains once, and what is to stand there instead."""


def chosen() -> Iterator[Mutant]:
    """The mutants; an error where a text is not in its module any more."""
    for module, before, after in CHOSEN:
        source = Source(ROOT / module)
        if source.text.count(before.encode()) != 1:
            raise ValueError(f"{module} does not contain this once: {before}")
        begin = source.text.index(before.encode())
        span = (begin, begin + len(before.encode()))
        yield mutant(module, "(chosen)", source, (span, after))
