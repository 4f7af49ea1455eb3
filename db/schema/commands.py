"""Piccolo's `migrations` commands, made to see every declared object and to apply as one.

`piccolo migrations new|forwards|backwards|check|clean` look these functions up in modules
of their own, and `piccolo_conf.py` is imported before they do: replacing them there keeps
the commands that everyone knows.
"""

import sys
from collections.abc import Awaitable
from datetime import UTC, datetime
from pathlib import Path
from types import ModuleType

from piccolo.apps.migrations.commands import backwards as backwards_module
from piccolo.apps.migrations.commands import forwards as forwards_module
from piccolo.apps.migrations.commands import new as new_module
from piccolo.apps.migrations.commands.base import MigrationResult
from piccolo.apps.migrations.commands.check import CheckMigrationManager, MigrationStatus
from piccolo.apps.migrations.commands.clean import CleanMigrationManager
from piccolo.conf.apps import AppConfig

from db.errors import MigrationError, OttavinoError, in_a_sentence
from db.schema import apply
from db.schema.app import objects_of
from db.schema.changes import changes
from db.schema.files import MigrationFile, replayed
from db.schema.history import files_of, histories
from db.schema.render import render
from db.schema.state import declared
from db.schema.steps import Step


def extend_piccolo() -> None:
    """Put the functions of this module in place of Piccolo's."""
    _replace(forwards_module, "run_forwards", forwards)
    _replace(backwards_module, "run_backwards", backwards)
    _replace(new_module, "_create_new_migration", new)
    _replace(CheckMigrationManager, "get_migration_statuses", statuses)
    _replace(CleanMigrationManager, "run", clean)
    # Before every command of an app Piccolo counts the migrations that have not run: that
    # connects, and commits a table, even for a command that only reads.
    _replace(CheckMigrationManager, "havent_ran_count", _not_counted)


async def forwards(
    app_name: str, migration_id: str = "all", fake: bool = False, preview: bool = False
) -> MigrationResult:
    """Apply the pending migrations up to an id, `1` of them or `all`, in one transaction."""
    # As in Piccolo: an id is one app's.
    migration_id = "all" if app_name == "all" else migration_id
    if preview:
        return await _told(_preview_forwards(app_name, migration_id))
    return await _told(_forwards(app_name, migration_id, fake=fake))


async def backwards(
    app_name: str,
    migration_id: str = "1",
    auto_agree: bool = False,
    clean: bool = False,
    preview: bool = False,
) -> MigrationResult:
    """Undo the applied migrations back to an id, `1` of them or `all`, in one transaction."""
    migration_id = "all" if app_name == "all" else migration_id
    if preview:
        return await _told(_preview_backwards(app_name, migration_id))
    extent = {"1": "the last migration", "all": "all migrations"}
    what = extent.get(migration_id, f"the migrations back to {migration_id}")
    if not (auto_agree or _agrees(f"Undo {what} of {app_name}?")):
        return _failed("Nothing was changed.")
    return await _told(_backwards(app_name, migration_id, clean=clean))


async def new(
    app_config: AppConfig,
    auto: bool = False,
    description: str = "",
    auto_input: str | None = None,
) -> new_module.NewMigrationMeta:
    """Write a migration file: what was declared since the last one, or one to fill in."""
    migration_id = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S:%f")
    name = f"{app_config.app_name}_{migration_id.translate(str.maketrans('-:T', '___'))}"
    path = Path(app_config.resolved_migrations_folder_path) / f"{name}.py"
    with in_a_sentence():
        if not (auto or app_config.table_classes):
            raise MigrationError(f"The app {app_config.app_name} has no tables to migrate.")
        steps = _changes(app_config, auto_input) if auto else []
    if auto and not steps:
        raise new_module.NoChanges
    path.write_text(render(migration_id, description, steps), "utf-8")
    print(f"Wrote {path.name}")
    return new_module.NewMigrationMeta(migration_id, name, str(path))


async def statuses(self: CheckMigrationManager) -> list[MigrationStatus]:
    """Which migrations have run; nothing is written to find out."""
    found: list[MigrationStatus] = []
    with in_a_sentence():
        async with apply.reading() as connection:
            for history in await histories(connection, self.app_name):
                described = {file.id: file.migration.description for file in history.files}
                for each in sorted({*history.ran, *described}):
                    description = described.get(each, "its file is gone")
                    status = (history.app_name, each, description, each in history.ran)
                    found.append(MigrationStatus(*status))
    return found


async def clean(self: CleanMigrationManager) -> None:
    """Forget the migrations that have run and whose files are gone, if that is agreed to."""
    with in_a_sentence():
        async with apply.reading() as connection:
            gone = [
                (history.app_name, migration_id)
                for history in await histories(connection, self.app_name)
                for migration_id in history.gone
            ]
        if not gone:
            print("Every migration that has run has its file.")
            return
        print("These migrations have run, and their files are gone:")
        for _, migration_id in gone:
            print(migration_id)
        if not (self.auto_agree or _agrees("Forget that they ran?")):
            print("Nothing was changed.")
            return
        async with apply.migrating() as connection:
            for app_name, migration_id in gone:
                await apply.note_undone(connection, app_name, migration_id)
        print("Forgotten.")


async def _forwards(app_name: str, migration_id: str, *, fake: bool) -> list[str]:
    done: list[str] = []
    left: list[str] = []
    async with apply.migrating() as connection:
        for history in await histories(connection, app_name):
            files = history.up_to(migration_id)
            for file in files:
                if not fake:
                    await apply.run_forwards(connection, file)
                await apply.note_applied(connection, history.app_name, file.id)
                done.append(f"{'Faked' if fake else 'Applied'} {file.path.name}")
            left += [file.path.name for file in history.pending[len(files) :]]
    if left:
        return [*done, f"Not applied yet: {', '.join(left)}"]
    return [*done, "All migrations are applied."]


async def _preview_forwards(app_name: str, migration_id: str) -> list[str]:
    async with apply.reading() as connection:
        return [
            apply.preview(file.migration.steps)
            for history in await histories(connection, app_name)
            for file in history.up_to(migration_id)
        ]


async def _backwards(app_name: str, migration_id: str, *, clean: bool) -> list[str]:
    undone: list[MigrationFile] = []
    async with apply.migrating() as connection:
        for history in reversed(await histories(connection, app_name)):
            for file in history.back_to(migration_id):
                await apply.run_backwards(connection, file)
                await apply.note_undone(connection, history.app_name, file.id)
                undone.append(file)
    if clean:
        for file in undone:
            file.path.unlink()
    return [f"Undid {file.path.name}" for file in undone] or ["No migration was applied."]


async def _preview_backwards(app_name: str, migration_id: str) -> list[str]:
    async with apply.reading() as connection:
        return [
            apply.preview(file.migration.steps, backwards=True)
            for history in reversed(await histories(connection, app_name))
            for file in history.back_to(migration_id)
        ]


async def _told(run: Awaitable[list[str]]) -> MigrationResult:
    """Say what came of it: lines on standard output, or the one sentence of an error."""
    try:
        lines = await run
    except OttavinoError as error:
        return _failed(str(error))
    for line in lines:
        print(line)
    return MigrationResult(success=True, message="".join(lines[-1:]))


def _failed(sentence: str) -> MigrationResult:
    print(sentence, file=sys.stderr)
    return MigrationResult(success=False, message=sentence)


def _changes(app: AppConfig, auto_input: str | None) -> list[Step]:
    if not app.table_classes:
        # It may share its folder with an app that has some, which are not its to drop.
        return []

    def ask_rename(of: str, old: str, new: str) -> bool:
        question = f"Is {of}.{new} what was {of}.{old}, under another name?"
        return auto_input == "y" if auto_input is not None else _agrees(question)

    try:
        wanted = declared(app.table_classes, objects_of(app))
        return changes(replayed(files_of(app)), wanted, ask_rename)
    except (ValueError, TypeError) as error:
        raise MigrationError(str(error)) from error


def _agrees(question: str) -> bool:
    try:
        return input(f"{question} [y/N] ").strip().lower() == "y"
    except EOFError:
        return False


async def _not_counted(self: CheckMigrationManager) -> int:  # noqa: ARG001  # it is a method
    return 0


def _replace(owner: ModuleType | type, name: str, value: object) -> None:
    if not hasattr(owner, name):
        raise ImportError(f"This version of Piccolo has no {owner.__name__}.{name} to extend.")
    setattr(owner, name, value)
