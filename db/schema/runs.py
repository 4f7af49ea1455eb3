"""Migrations applied and undone, unit by unit, and what is said of it."""

from collections.abc import AsyncGenerator
from pathlib import Path

from db.connection import Connection
from db.schema import apply, concurrent
from db.schema.files import MigrationFile
from db.schema.history import histories
from db.schema.units import first_unit

Lines = AsyncGenerator[str]
"""What is said, each as soon as it is done."""


async def forwards(app_name: str, migration_id: str, *, fake: bool) -> Lines:
    """Apply the pending migrations up to an id, and say which, in the order of it."""
    wanted: set[Path] | None = None
    while True:
        async with apply.migrating() as connection:
            apps = await histories(connection, app_name)
            if wanted is None:
                wanted = {file.path for each in apps for file in each.up_to(migration_id)}
            pending = [(each.app_name, file) for each in apps for file in each.pending]
            tasks = [task for task in pending if task[1].path in wanted]
            unit = tasks if fake else first_unit(tasks)
            for app, file in unit:
                if not fake:
                    await _apply(connection, file, alone=len(unit) == 1)
                await apply.note_applied(connection, app, file.id)
        for _, file in unit:
            yield f"{'Faked' if fake else 'Applied'} {file.path.name}"
        if unit == tasks:
            break
    left = [task[1].path.name for task in pending if task not in unit]
    yield f"Not applied yet: {', '.join(left)}" if left else "All migrations are applied."


async def preview_forwards(app_name: str, migration_id: str) -> Lines:
    """The SQL that would be run."""
    async with apply.reading() as connection:
        apps = await histories(connection, app_name)
    for history in apps:
        for file in history.up_to(migration_id):
            yield apply.preview(file.migration.steps)


async def backwards(app_name: str, migration_id: str, *, clean: bool) -> Lines:
    """Undo the applied migrations back to an id, and say which, in the order of it."""
    wanted: set[Path] | None = None
    undone: list[MigrationFile] = []
    while True:
        async with apply.migrating() as connection:
            apps = (await histories(connection, app_name))[::-1]
            if wanted is None:
                wanted = {file.path for each in apps for file in each.back_to(migration_id)}
            tasks = [
                (each.app_name, file)
                for each in apps
                for file in each.files[::-1]
                if file.id in each.ran and file.path in wanted
            ]
            unit = first_unit(tasks)
            for app, file in unit:
                await _undo(connection, file, alone=len(unit) == 1)
                await apply.note_undone(connection, app, file.id)
        for _, file in unit:
            undone.append(file)
            yield f"Undid {file.path.name}"
        if unit == tasks:
            break
    if clean:
        for file in undone:
            file.path.unlink()
    if not undone:
        yield "No migration was applied."


async def preview_backwards(app_name: str, migration_id: str) -> Lines:
    """The SQL that would be run."""
    async with apply.reading() as connection:
        apps = await histories(connection, app_name)
    for history in reversed(apps):
        for file in history.back_to(migration_id):
            yield apply.preview(file.migration.steps, backwards=True)


async def _apply(connection: Connection, file: MigrationFile, *, alone: bool) -> None:
    if alone and file.concurrent is not None:
        await concurrent.build(connection, file, file.concurrent)
    else:
        await apply.run_forwards(connection, file)


async def _undo(connection: Connection, file: MigrationFile, *, alone: bool) -> None:
    if alone and file.concurrent is not None:
        await concurrent.drop(connection, file, file.concurrent)
    else:
        await apply.run_backwards(connection, file)
