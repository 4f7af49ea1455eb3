"""Applies and undoes migrations batch by batch, and yields the lines that report it."""

from collections.abc import AsyncGenerator, Awaitable, Callable, Iterable, Iterator, Sequence
from functools import partial
from inspect import cleandoc
from pathlib import Path
from typing import NamedTuple

from ottavino.migrate import bookkeeping
from ottavino.migrate import transaction as apply
from ottavino.migrate.batches import Task, batches, first_batch, outside
from ottavino.migrate.branches import require_one_branch
from ottavino.migrate.execution import Execution
from ottavino.migrate.history import History, histories
from ottavino.migrate.live_recursion import live_cycles, require_no_others
from ottavino.migrate.losses import lost
from ottavino.migrate.occupied import Ownership
from ottavino.migrate.run_order import Ordered, in_order
from ottavino.postgres.connection import Connection
from ottavino.postgres.quoting import literal

Lines = AsyncGenerator[str]
"""The report, each line as soon as its part is done."""


class Progress(NamedTuple):
    """The part of a run that one transaction has done, or one index outside of it."""

    wanted: set[Path] | None
    """The files of the whole run, once they are known."""
    done: list[Task]
    is_last: bool
    pending: list[str]
    """The names of the files that are not applied."""


Work = Callable[[str, str, set[Path] | None, Connection], Awaitable[Progress]]


async def forwards(app_name: str, migration_id: str, *, fake: bool) -> Lines:
    """Apply the pending migrations up to an id, and report each."""
    pending: list[str] = []
    take = _faked if fake else partial(_progress, _forwards)
    run = take(app_name, migration_id)
    async for progress in run:
        pending = progress.pending
        for _, file in progress.done:
            yield f"{'Faked' if fake else 'Applied'} {file.path.name}"
    yield f"Not applied yet: {', '.join(pending)}" if pending else "All migrations are applied."


async def preview_forwards(app_name: str, migration_id: str) -> Lines:
    """The transactions that would be run."""
    async with apply.reading() as connection:
        apps = await histories(connection, app_name)
    tasks = [(each.app_name, file) for each in apps for file in each.up_to(migration_id)]
    for batch in batches(tasks):
        yield _preview(batch)


async def backwards(app_name: str, migration_id: str, *, clean: bool) -> Lines:
    """Undo the applied migrations back to an id, and report each."""
    undone: list[Path] = []
    async for progress in _progress(_backwards, app_name, migration_id):
        for _, file in progress.done:
            undone.append(file.path)
            yield f"Undid {file.path.name}"
    if clean:
        for path in undone:
            path.unlink()
    if not undone:
        yield "No migration was applied."


async def preview_backwards(app_name: str, migration_id: str) -> Lines:
    """The transactions that would be run."""
    async with apply.reading() as connection:
        tasks = await _undone(connection, app_name, migration_id)
    for batch in batches(tasks, backwards=True):
        yield _preview(batch, backwards=True)


async def losses(app_name: str, migration_id: str) -> list[str]:
    """The tables and columns with rows that undoing the applied migrations would drop."""
    async with apply.reading() as connection:
        return await lost(connection, await _undone(connection, app_name, migration_id))


async def _undone(connection: Connection, app_name: str, migration_id: str) -> list[Task]:
    """The migrations that are undone back to an id, the last run first."""
    apps = await histories(connection, app_name)
    wanted = {file.path for each in apps for file in each.back_to(migration_id)}
    tasks = _last_first(apps, wanted)
    for each in apps:
        each.require_run([file for _, file in tasks])
    return tasks


async def _progress(work: Work, app_name: str, migration_id: str) -> AsyncGenerator[Progress]:
    progress = Progress(None, [], is_last=False, pending=[])
    while not progress.is_last:
        progress = await apply.repeated(partial(work, app_name, migration_id, progress.wanted))
        yield progress


async def _forwards(
    app_name: str, migration_id: str, wanted: set[Path] | None, connection: Connection
) -> Progress:
    apps = await histories(connection, app_name)
    if wanted is None:
        wanted = {file.path for each in apps for file in each.up_to(migration_id)}
    pending = [(each.app_name, file) for each in apps for file in each.pending]
    tasks = [task for task in pending if task[1].path in wanted]
    batch = first_batch(tasks)
    if outside(batch) and not await bookkeeping.is_complete(connection):
        # The second connection, outside of this transaction, has to see the table and write to
        # it.
        await bookkeeping.complete(connection)
        return Progress(wanted, [], is_last=False, pending=_names(pending))
    await _replace(connection, apps)
    for each in apps:
        each.require_unchanged()
        require_one_branch(each.applied, [file for file in each.pending if file.path in wanted])
    execution = Execution(connection, await _ownership(connection))
    await execution.require_possible(tasks)
    recursive = await live_cycles(connection)
    await execution.run(batch)
    await require_no_others(connection, recursive)
    await _add_checksums(connection, apps)
    return Progress(
        wanted, batch, batch == tasks, _names(task for task in pending if task not in batch)
    )


async def _faked(app_name: str, migration_id: str) -> AsyncGenerator[Progress]:
    yield await apply.repeated(partial(_fake, app_name, migration_id))


async def _fake(app_name: str, migration_id: str, connection: Connection) -> Progress:
    """Record pending files as if they had run, or the new checksum of one that ran."""
    apps = await histories(connection, app_name)
    again = [
        (each.app_name, file)
        for each in apps
        for file in each.edited
        if file.id == migration_id
    ]
    pending = [(each.app_name, file) for each in apps for file in each.pending]
    faked = again or [
        (each.app_name, file) for each in apps for file in each.up_to(migration_id)
    ]
    for app, file in faked:
        await bookkeeping.note(connection, app, file.id, file.checksum, was_run=False)
    left = _names(task for task in pending if task not in faked)
    return Progress(None, faked, is_last=True, pending=left)


async def _backwards(
    app_name: str, migration_id: str, wanted: set[Path] | None, connection: Connection
) -> Progress:
    apps = await histories(connection, app_name)
    if wanted is None:
        wanted = {file.path for each in apps for file in each.back_to(migration_id)}
    tasks = _last_first(apps, wanted)
    await _replace(connection, apps)
    for each in apps:
        each.require_unchanged([file for _, file in tasks])
        each.require_run([file for _, file in tasks])
    execution = Execution(connection, await _ownership(connection), backwards=True)
    await execution.require_possible(tasks)
    batch = first_batch(tasks, backwards=True)
    recursive = await live_cycles(connection)
    await execution.run(batch)
    await require_no_others(connection, recursive)
    return Progress(wanted, batch, batch == tasks, [])


async def _ownership(connection: Connection) -> Ownership:
    """The objects that migrations of any app have made and not dropped."""
    apps = await histories(connection, "all")
    ownership = Ownership()
    for _, file in _last_first(apps)[::-1]:
        ownership.follow(file.migration.steps)
    for each in apps:
        for file in each.begun:
            ownership.follow(file.migration.steps)
    return ownership


async def _replace(connection: Connection, apps: Sequence[History]) -> None:
    """Record the files that count as run, instead of those that they replace."""
    for each in apps:
        for file in each.replacing:
            replaced = [*file.migration.replaces, file.id]
            await bookkeeping.replace(connection, each.app_name, replaced, file.id)


async def _add_checksums(connection: Connection, apps: Sequence[History]) -> None:
    """Record the checksums of files that ran before checksums existed."""
    for each in apps:
        for file in each.without_checksum:
            await bookkeeping.note(
                connection, each.app_name, file.id, file.checksum, was_run=True
            )


def _last_first(apps: Sequence[History], wanted: set[Path] | None = None) -> list[Task]:
    """The files of some apps that have run, or the chosen ones, the last run first."""
    ran = [
        (each.number(file), (each.app_name, file))
        for each in apps
        for file in each.applied
        if wanted is None or file.path in wanted
    ]
    return [task for _, task in sorted(ran, key=lambda numbered: -numbered[0])]


def _names(tasks: Iterable[Task]) -> list[str]:
    return [file.path.name for _, file in tasks]


def _preview(batch: Sequence[Task], *, backwards: bool = False) -> str:
    """The SQL of one transaction with its records; a concurrent index comes before it."""
    beside = outside(batch)
    notes = [_note(task, backwards=backwards) for task in batch]
    if beside is not None:
        index = beside.backwards() if backwards else beside.forwards()
        return "\n\n".join([_head(batch[0]), f"{index};", "begin;", *notes, "commit;"])
    lines = [cleandoc(apply.begin("read write"))]
    steps = in_order([file for _, file in batch], backwards=backwards)
    for task, ordered, note in zip(batch, steps, notes, strict=True):
        lines += [_head(task), *_statements(ordered), note]
    return "\n\n".join([*lines, "commit;"])


def _head(task: Task) -> str:
    return f"-- {task[1].path.name}"


def _statements(ordered: Ordered) -> Iterator[str]:
    for _, step, sql in ordered:
        if sql:
            yield f"{sql.rstrip(';') if step.is_by_hand else sql};"
            yield f"{apply.PROCESS_INVALIDATIONS};"


def _note(task: Task, *, backwards: bool) -> str:
    app_name, file = task
    name, app = literal(file.id), literal(app_name)
    if backwards:
        return f"delete from public.migration where name = {name} and app_name = {app};"  # noqa: S608  # it is only shown, and its values are quoted
    values = f"{name}, {app}, {literal(file.checksum)}"
    return f"insert into public.migration (name, app_name, checksum) values ({values});"  # noqa: S608  # likewise
