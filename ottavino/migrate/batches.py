"""Splits migrations into batches: transactions, and indexes built outside of any transaction.

As many files as possible are one transaction, whatever the order of their ids; indexes that are
built concurrently come after it. If a later file touches the table of such an index, the run
commits before the index, builds it, and goes on in another transaction.
"""

from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby

from ottavino.migrate.files import MigrationFile
from ottavino.migrate.steps import Alter, CreateConcurrently, CreateTable, Step

Task = tuple[str, MigrationFile]
"""A migration file, with the name of its app."""


def first_batch(tasks: Sequence[Task], *, backwards: bool = False) -> list[Task]:
    """The first batch of some files, which are in the order of the run.

    A batch is one transaction, or one file that builds an index concurrently.
    """
    if not backwards:
        tasks = _up_to_added_value(tasks)
    fresh = made_tables(step for _, file in tasks for step in file.migration.steps)
    batch: list[Task] = []
    waiting: list[tuple[Task, CreateConcurrently]] = []
    for task in tasks:
        index = task[1].concurrent
        # No other session has seen a table that is created, or dropped, together with its
        # index.
        if index is not None and index.table not in fresh:
            waiting.append((task, index))
        elif any(_touches(task[1], index) for _, index in waiting):
            break
        else:
            batch.append(task)
    return batch or [task for task, _ in waiting[:1]]


def _up_to_added_value(tasks: Sequence[Task]) -> Sequence[Task]:
    """The files up to one that adds a value to a type, since a new value can be used only after
    a commit. From version 17 on, PostgreSQL makes an exception for types that the same
    transaction creates.
    """
    for number, (_, file) in enumerate(tasks, 1):
        if any(isinstance(step, Alter) and step.added_to for step in file.migration.steps):
            return tasks[:number]
    return tasks


def batches(tasks: Sequence[Task], *, backwards: bool = False) -> Iterator[list[Task]]:
    """All batches of some files, in the order of the run."""
    left = list(tasks)
    while batch := first_batch(left, backwards=backwards):
        yield batch
        left = [task for task in left if task not in batch]


def outside(batch: Sequence[Task]) -> CreateConcurrently | None:
    """The index that a batch builds outside of any transaction, if there is one."""
    return batch[0][1].concurrent if len(batch) == 1 else None


def split(steps: Iterable[Step]) -> list[list[Step]]:
    """The steps, grouped by file: each index that is built concurrently gets a file of its own,
    and so do new values of types, before all others.
    """
    files: list[list[Step]] = []
    for how, group in groupby(steps, _apart):
        together = [*group]
        files += [[step] for step in together] if how == "alone" else [together]
    return files


def _apart(step: Step) -> str:
    match step:
        case CreateConcurrently():
            return "alone"
        case Alter(added_to=str()):
            return "before"
        case _:
            return ""


def made_tables(steps: Iterable[Step]) -> set[str]:
    """The tables that some steps create."""
    return {step.table for step in steps if isinstance(step, CreateTable)}


def _touches(file: MigrationFile, index: CreateConcurrently) -> bool:
    """Whether a file touches the table of an index; if unknown, it may."""
    return any(
        step.tables is None or not index.table or index.table in step.tables
        for step in file.migration.steps
    )
