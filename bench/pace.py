"""How long is measured: a run to publish, and a quick one that shows that all of it works."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Pace:
    """How much of everything a run does."""

    seconds: float
    """Of each load."""
    rounds: int
    """Of each comparison; everybody is measured once in each."""
    documents: int
    """In the database that invocations are measured with."""
    sizes: tuple[int, ...]
    """Of the tables that queries are measured with, each beyond the one before."""
    samples: int
    """Of each query."""
    starts: int
    """How often each server is started."""
    invocations: int
    """How many are answered before memory is read for the last time."""
    answers: int
    """How many are checked for the identity of another caller."""
    callers: int
    """How many callers send these requests concurrently."""
    tables: int
    """How many tables a large project has beside the sample application's."""


FULL = Pace(
    seconds=2,
    rounds=3,
    documents=100_000,
    sizes=(10_000, 100_000, 1_000_000),
    samples=100,
    starts=5,
    invocations=150_000,
    answers=100_000,
    callers=1_000,
    tables=200,
)

QUICK = Pace(
    seconds=1,
    rounds=1,
    documents=10_000,
    sizes=(10_000,),
    samples=20,
    starts=1,
    invocations=2_000,
    answers=2_000,
    callers=100,
    tables=20,
)
