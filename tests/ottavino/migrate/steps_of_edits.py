"""The steps of every edit in the tables of cases, as text: which objects are changed in place,
which are made again, and in which order.

The tests of the edits compare databases, which are the same after a step too many, or after one
that rewrites a table for nothing. `steps_of_edits.sql` shows the steps: a change of it is to be
read. `python -m tests.ottavino.migrate.steps_of_edits` writes it again.
"""

from collections.abc import Iterable, Iterator, Mapping
from itertools import combinations
from pathlib import Path

from ottavino.migrate.diff import changes
from ottavino.migrate.state import State, declared
from ottavino.testing.environment import environment
from tests.ottavino.declare import (
    test_constraint,
    test_database_function,
    test_generated,
    test_grant,
    test_index,
    test_policy,
    test_trigger,
)
from tests.ottavino.declare.installed import Edits, notes, schema
from tests.ottavino.migrate import (
    test_diff,
    test_lossless,
    test_moves,
    test_numbering,
    test_taken_names,
)
from tests.ottavino.migrate.random_objects import EDITOR

FILE = Path(__file__).with_suffix(".sql")

WIDTH = 96
"""How much of a step is shown: its beginning, and its end."""

OF_OBJECTS: Mapping[str, Edits] = {
    "a constraint": test_constraint.EDITS,
    "a function": test_database_function.EDITS,
    "a generated column": test_generated.EDITS,
    "a grant": test_grant.EDITS,
    "an index": test_index.EDITS,
    "a policy": test_policy.EDITS,
    "a trigger": test_trigger.EDITS,
}


def text() -> str:
    """The steps of all edits, each in both directions."""
    with environment({"API_ROLES": EDITOR}):
        lines = [
            line
            for name, (one, other) in _edits()
            for way, old, new in ((name, one, other), ("  and back", other, one))
            for line in (f"-- {way}", *_steps(old, new))
        ]
    return "\n".join([*lines, ""])


def _edits() -> Iterator[tuple[str, Iterable[State]]]:
    for name, tables in test_diff.CASES.items():
        yield name, map(declared, tables)
    for name, sides in test_lossless.EDITS.items():
        yield name, (declared(side.tables, side.objects) for side in sides)
    for name, edit in test_moves.EDITS.items():
        yield name, map(edit.declare, (edit.old, edit.new))
    for name, (before, after, _) in test_taken_names.RINGS.items():
        yield name, (before, after)
    for ways in combinations(test_numbering.WAYS, 2):
        yield ", then ".join(ways), (declared([test_numbering.notes(way)]) for way in ways)
    for kind, edits in OF_OBJECTS.items():
        for name, objects in edits.items():
            yield f"{kind}: {name}", (schema(notes(*each)) for each in objects)


def _steps(old: State, new: State) -> Iterator[str]:
    for step in changes(old, new, _renamed):
        statement = " ".join(step.forwards().split())
        half = WIDTH // 2
        is_short = len(statement) <= WIDTH
        yield statement if is_short else f"{statement[:half]} … {statement[-half:]}"


def _renamed(table: str, old: str, new: str) -> bool:
    return True


if __name__ == "__main__":
    FILE.write_text(text(), "utf-8")
