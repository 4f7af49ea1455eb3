"""One migration file that replaces many, with the same result.

Steps that only concern the schema are replaced by those that make its final state. From the
first statements of `migration.execute` on, every step stays, since nothing shows what these
need. A database that has run the files before counts the new one as run.
"""

from collections.abc import Sequence
from itertools import takewhile

from ottavino.errors import MigrationError
from ottavino.migrate.bookkeeping import Entry
from ottavino.migrate.diff import changes
from ottavino.migrate.files import MigrationFile
from ottavino.migrate.renames import replayed
from ottavino.migrate.state import State
from ottavino.migrate.steps import CreateConcurrently, Execute, Step


def squashed(files: Sequence[MigrationFile]) -> list[Step]:
    """The steps that have the same result as all the files."""
    steps = [_inside(step) for file in files for step in file.migration.steps]
    first = [*takewhile(lambda step: not isinstance(step, Execute), steps)]
    made = changes(State(), replayed(State(), first), _is_no_rename)
    return [*map(_inside, made), *steps[len(first) :]]


def _is_no_rename(of: str, old: str, new: str) -> bool:  # noqa: ARG001  # the signature that `changes` calls
    return False


def folded(files: Sequence[MigrationFile], entries: Sequence[Entry]) -> list[Entry]:
    """The applied migrations, where one file counts for those that it replaces."""
    ran = {entry.id: entry for entry in entries}
    for file in files:
        replaced = [ran.pop(each) for each in file.migration.replaces if each in ran]
        if replaced and file.id not in ran:
            _require_all(file, replaced)
            ran[file.id] = Entry(
                file.id, replaced[0].number, None, finished=True, was_run=_were_run(replaced)
            )
    return sorted(ran.values(), key=lambda entry: entry.number)


def _were_run(replaced: Sequence[Entry]) -> bool | None:
    """False if one of some migrations was only recorded, and None if that is unknown of one."""
    each = [entry.was_run for entry in replaced]
    return False if False in each else None if None in each else True


def _require_all(file: MigrationFile, replaced: Sequence[Entry]) -> None:
    finished = [entry.id for entry in replaced if entry.finished]
    missing = [each for each in file.migration.replaces if each not in finished]
    if missing:
        raise MigrationError(
            f"{file.path.name} replaces migrations of which this database has run only some. "
            f"Apply the others first, with the files as they were before it: "
            f"{', '.join(missing)}. Nothing was changed."
        )


def _inside(step: Step) -> Step:
    # On an empty table, an index needs no transaction of its own.
    return step.inside if isinstance(step, CreateConcurrently) else step
