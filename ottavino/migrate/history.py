"""The migrations of an app: its files, and those that a database has run."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from piccolo.conf.apps import AppConfig, Finder

from ottavino.errors import MigrationError
from ottavino.migrate.app import is_migrated
from ottavino.migrate.bookkeeping import Entry, entries
from ottavino.migrate.files import MigrationFile, read_files
from ottavino.migrate.squash import folded
from ottavino.postgres.connection import Connection
from ottavino.postgres.quoting import literal

SHORTEST_ID = 4
"""A number with fewer digits is a count of migrations."""


@dataclass(frozen=True, slots=True)
class History:
    """The migration files of an app, and which of them a database has run."""

    app_name: str
    files: list[MigrationFile]
    """The files by id, which is the order in which they were written."""
    entries: list[Entry]
    """The records in the order of their runs, which may differ from the order of ids after a
    merge of branches.
    """
    replacing: list[MigrationFile]
    """The files that count as run because the files that they replace have run."""

    @property
    def ran(self) -> list[str]:
        """The ids of the migrations that have finished, in their order."""
        return [entry.id for entry in self.entries if entry.finished]

    @property
    def begun(self) -> list[MigrationFile]:
        """The files that a run has begun, and not finished."""
        unfinished = [entry.id for entry in self.entries if not entry.finished]
        return [file for file in self.files if file.id in unfinished]

    @property
    def pending(self) -> list[MigrationFile]:
        """The files that have not run."""
        return [file for file in self.files if file.id not in self.ran]

    @property
    def applied(self) -> list[MigrationFile]:
        """The files that have run, in the order in which they did."""
        files = {file.id: file for file in self.files}
        return [files[migration_id] for migration_id in self.ran if migration_id in files]

    @property
    def gone(self) -> list[str]:
        """The ids of applied migrations without a file."""
        ids = {file.id for file in self.files}
        return [migration_id for migration_id in self.ran if migration_id not in ids]

    @property
    def edited(self) -> list[MigrationFile]:
        """The files that have run and were edited since."""
        checksums = {entry.id: entry.checksum for entry in self.entries}
        return [
            file for file in self.applied if checksums[file.id] not in {None, file.checksum}
        ]

    @property
    def without_checksum(self) -> list[MigrationFile]:
        """The files that ran before there were checksums."""
        ids = [entry.id for entry in self.entries if entry.checksum is None]
        return [file for file in self.applied if file.id in ids]

    def number(self, file: MigrationFile) -> int:
        """The number of a migration that has run, among those of all apps."""
        return next(entry.number for entry in self.entries if entry.id == file.id)

    def up_to(self, migration_id: str) -> list[MigrationFile]:
        """The files to run up to an id, the first (`1`) of them or `all`."""
        if migration_id in self.ran:
            return []
        ids = [file.id for file in self.pending]
        return self.pending[: _count(migration_id, ids, "There is no migration {}.")]

    def back_to(self, migration_id: str) -> list[MigrationFile]:
        """The files to undo back to an id, the last (`1`) of them or `all`, last run first."""
        ids = self.ran[::-1]
        files = {file.id: file for file in self.files}
        chosen = ids[: _count(migration_id, ids, "The migration {} is not applied.")]
        for each in chosen:
            if each not in files:
                raise MigrationError(f"The file of the applied migration {each} is gone.")
        return [files[each] for each in chosen]

    def require_unchanged(self, files: list[MigrationFile] | None = None) -> None:
        """Refuse a run if an applied file was edited or deleted."""
        for file in self.edited:
            if files is None or file in files:
                raise MigrationError(
                    f"{file.path.name} was edited after it had run. Take the edit back; or, if "
                    "the database is already as the file says now, record that with `piccolo "
                    f"migrations forwards {self.app_name} {file.id} --fake`. Nothing was "
                    "changed."
                )
        for migration_id in self.gone if files is None else ():
            raise MigrationError(
                f"The migration {migration_id} has run, and its file is gone. Restore the "
                f"file; or forget that it ran with `piccolo migrations clean {self.app_name}`. "
                "Nothing was changed."
            )

    def require_run(self, files: Sequence[MigrationFile]) -> None:
        """Refuse to undo a migration whose objects were there before it."""
        for file in files:
            if file in self.applied and (reason := self._not_run(file)):
                raise MigrationError(
                    f"{file.path.name} cannot be undone: {reason} Undoing it would drop tables "
                    "with their rows. To undo an adoption, delete the file and its classes, "
                    f"and run `piccolo migrations clean {self.app_name}`. To undo only the "
                    "migrations that were applied after it, name the first of them: `piccolo "
                    f"migrations backwards {self.app_name} <id>`. Nothing was changed."
                )

    def _not_run(self, file: MigrationFile) -> str:
        """Why a migration counts as recorded without being run; empty if it was run. In an
        older record, which does not say that, this is assumed of one that was written by
        adopting, or that replaces others.
        """
        (was_run,) = (entry.was_run for entry in self.entries if entry.id == file.id)
        if was_run is False:
            return (
                "it was recorded as applied without being run, because its objects were there "
                "already."
            )
        may_adopt = file.migration.description.startswith("Adopt ") or file.migration.replaces
        if was_run or not may_adopt:
            return ""
        return (
            "an earlier version recorded it, and did not say whether it was run here, or its "  # noqa: S608  # it is only shown
            "objects were there already. If it was run: `alter table public.migration add "
            "column if not exists was_run boolean; update public.migration set was_run = true "
            f"where name = {literal(file.id)}`, and try again. If not:"
        )


async def histories(connection: Connection, app_name: str) -> list[History]:
    """The history of an app, or of `all` that are migrated."""
    return [await history(connection, app) for app in apps(app_name)]


async def history(connection: Connection, app: AppConfig) -> History:
    """The history of one app."""
    files, ran = files_of(app), await entries(connection, app.app_name)
    recorded = {entry.id for entry in ran}
    replacing = [file for file in files if recorded & {*file.migration.replaces}]
    return History(app.app_name, files, folded(files, ran), replacing)


def files_of(app: AppConfig) -> list[MigrationFile]:
    """The migration files of an app, the oldest first."""
    return read_files(Path(app.resolved_migrations_folder_path))


def apps(app_name: str) -> list[AppConfig]:
    """The apps with migrations; other apps have only commands."""
    configs = Finder().get_app_registry().app_configs
    if app_name not in {"all", *configs}:
        raise MigrationError(f"There is no app {app_name}; there are {', '.join(configs)}.")
    chosen = configs.values() if app_name == "all" else [configs[app_name]]
    return [config for config in chosen if is_migrated(config)]


def _count(migration_id: str, ids: list[str], otherwise: str) -> int:
    match migration_id:
        case "all":
            return len(ids)
        case "1":
            return 1
        case _ if migration_id in ids:
            return ids.index(migration_id) + 1
        case _ if migration_id.isdecimal() and len(migration_id) < SHORTEST_ID:
            raise MigrationError(
                f"{migration_id} is neither an ID nor an accepted number: 1 is one migration, "
                "all is all of them, and for several write the ID of the last one, as "
                "`piccolo migrations check` has it. Nothing was changed."
            )
        case _:
            raise MigrationError(otherwise.format(migration_id))
