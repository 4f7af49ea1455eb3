"""Piccolo's `migrations` commands, made to see every declared object and to apply as one.

`piccolo migrations new|forwards|backwards|check|clean` look these functions up in modules
of their own, and `piccolo_conf.py` is imported before they do: replacing them there keeps
the commands that everyone knows.
"""

import sys
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from pathlib import Path
from types import ModuleType

from piccolo.apps.migrations.commands import backwards as backwards_module
from piccolo.apps.migrations.commands import forwards as forwards_module
from piccolo.apps.migrations.commands import new as new_module
from piccolo.apps.migrations.commands.base import MigrationResult
from piccolo.apps.migrations.commands.check import CheckMigrationManager, MigrationStatus
from piccolo.apps.migrations.commands.clean import CleanMigrationManager
from piccolo.conf.apps import AppConfig, Finder

from db.connection import Connection
from db.errors import MigrationError, OttavinoError
from db.schema import apply
from db.schema.changes import changes
from db.schema.files import MigrationFile, read_files, replayed
from db.schema.render import render
from db.schema.state import declared


def extend_piccolo() -> None:
    """Put the functions of this module in place of Piccolo's."""
    _replace(forwards_module, "run_forwards", forwards)
    _replace(backwards_module, "run_backwards", backwards)
    _replace(new_module, "_create_new_migration", new)
    _replace(CheckMigrationManager, "get_migration_statuses", statuses)
    _replace(CleanMigrationManager, "run", _clean(CleanMigrationManager.run))
    # Before every command of an app Piccolo counts the migrations that have not run: that
    # connects, and commits a table, even for a command that only reads.
    _replace(CheckMigrationManager, "havent_ran_count", _not_counted)


async def forwards(
    app_name: str, migration_id: str = "all", fake: bool = False, preview: bool = False
) -> MigrationResult:
    """Apply the pending migrations up to an id, `1` of them or `all`, in one transaction."""

    async def run(connection: Connection) -> None:
        for app in _apps(app_name):
            ran = await apply.applied(connection, app.app_name)
            pending = [file for file in _files(app) if file.id not in ran]
            for file in _up_to(migration_id, pending, ran):
                if preview:
                    print(apply.preview(file.migration.steps))
                    continue
                if not fake:
                    await apply.run_forwards(connection, file)
                await apply.note_applied(connection, app.app_name, file.id)
                print(f"{'Faked' if fake else 'Applied'} {file.path.name}", flush=True)

    return await _alone(run, "All migrations are applied.")


async def backwards(
    app_name: str,
    migration_id: str = "1",
    auto_agree: bool = False,
    clean: bool = False,
    preview: bool = False,
) -> MigrationResult:
    """Undo the applied migrations back to an id, `1` of them or `all`, in one transaction."""
    undone: list[MigrationFile] = []

    async def run(connection: Connection) -> None:
        for app in reversed(_apps(app_name)):
            files = {file.id: file for file in _files(app)}
            ran = await apply.applied(connection, app.app_name)
            for file in [_file(files, id_) for id_ in _back_to(migration_id, ran)]:
                if preview:
                    print(apply.preview(file.migration.steps, backwards=True))
                    continue
                await apply.run_backwards(connection, file)
                await apply.note_undone(connection, app.app_name, file.id)
                undone.append(file)
                print(f"Undid {file.path.name}", flush=True)

    if not (auto_agree or preview) and not _agrees(f"Undo migrations of {app_name}?"):
        return MigrationResult(success=False, message="Nothing was changed.")
    result = await _alone(run, "The migrations are undone.")
    if clean and result.success:
        for file in undone:
            file.path.unlink()
    return result


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
    steps = _changes(app_config, auto_input) if auto else []
    if auto and not steps:
        raise new_module.NoChanges
    path.write_text(render(migration_id, description, steps))
    print(f"Wrote {path.name}")
    return new_module.NewMigrationMeta(migration_id, name, str(path))


async def statuses(self: CheckMigrationManager) -> list[MigrationStatus]:
    """Which migrations have run; nothing is written to find out."""
    found: list[MigrationStatus] = []

    async def run(connection: Connection) -> None:
        for app in _apps(self.app_name):
            ran = await apply.applied(connection, app.app_name)
            found.extend(
                MigrationStatus(
                    app.app_name, file.id, file.migration.description, file.id in ran
                )
                for file in _files(app)
            )

    result = await _alone(run, "")
    if not result.success:
        sys.exit(1)
    return found


async def _alone(run: Callable[[Connection], Awaitable[None]], done: str) -> MigrationResult:
    """Run something in the one transaction, and say in a sentence what went wrong."""
    try:
        async with apply.migrating() as connection:
            await run(connection)
    except OttavinoError as error:
        print(error, file=sys.stderr)
        return MigrationResult(success=False, message=str(error))
    if done:
        print(done)
    return MigrationResult(success=True, message=done)


def _clean(stock: Callable[[CleanMigrationManager], Awaitable[None]]) -> object:
    async def clean(self: CleanMigrationManager) -> None:
        async with apply.migrating():
            await stock(self)

    return clean


async def _not_counted(self: CheckMigrationManager) -> int:  # noqa: ARG001  # it is a method
    return 0


def _replace(owner: ModuleType | type, name: str, value: object) -> None:
    if not hasattr(owner, name):
        raise ImportError(f"This version of Piccolo has no {owner.__name__}.{name} to extend.")
    setattr(owner, name, value)


def _apps(app_name: str) -> list[AppConfig]:
    """The apps that have tables; an app may be there for its commands alone."""
    configs = Finder().get_app_registry().app_configs
    if app_name not in {"all", *configs}:
        raise MigrationError(f"There is no app {app_name}; there are {', '.join(configs)}.")
    chosen = configs.values() if app_name == "all" else [configs[app_name]]
    return [config for config in chosen if config.table_classes]


def _files(app: AppConfig) -> list[MigrationFile]:
    return read_files(Path(app.resolved_migrations_folder_path))


def _file(files: dict[str, MigrationFile], migration_id: str) -> MigrationFile:
    if migration_id not in files:
        raise MigrationError(f"The file of the applied migration {migration_id} is gone.")
    return files[migration_id]


def _changes(app: AppConfig, auto_input: str | None) -> list[apply.Step]:
    def ask_rename(table: str, old: str, new: str) -> bool:
        question = f"Is {table}.{new} the column {old} under another name?"
        return auto_input == "y" if auto_input is not None else _agrees(question)

    try:
        return changes(replayed(_files(app)), declared(app.table_classes), ask_rename)
    except (OttavinoError, ValueError, TypeError) as error:
        print(error, file=sys.stderr)
        sys.exit(1)


def _up_to(
    migration_id: str, pending: list[MigrationFile], ran: list[str]
) -> list[MigrationFile]:
    if migration_id == "all" or migration_id in ran:
        return [] if migration_id in ran else pending
    if migration_id == "1":
        return pending[:1]
    ids = [file.id for file in pending]
    if migration_id not in ids:
        raise MigrationError(f"There is no migration {migration_id}.")
    return pending[: ids.index(migration_id) + 1]


def _back_to(migration_id: str, ran: list[str]) -> list[str]:
    if migration_id not in {"all", "1", *ran}:
        raise MigrationError(f"The migration {migration_id} is not applied.")
    newest_first = ran[::-1]
    if migration_id == "all":
        return newest_first
    return newest_first[: 1 if migration_id == "1" else newest_first.index(migration_id) + 1]


def _agrees(question: str) -> bool:
    try:
        return input(f"{question} [y/N] ").strip().lower() == "y"
    except EOFError:
        return False
