"""The migrations of an app: its files, and which of them a database has run."""

from dataclasses import dataclass
from pathlib import Path

from piccolo.conf.apps import AppConfig, Finder

from db.connection import Connection
from db.errors import MigrationError
from db.schema.apply import applied
from db.schema.files import MigrationFile, read_files


@dataclass(frozen=True, slots=True)
class History:
    """What an app's folder holds and what a database has run, both with the oldest first."""

    app_name: str
    files: list[MigrationFile]
    ran: list[str]

    @property
    def pending(self) -> list[MigrationFile]:
        """The files that have not run."""
        return [file for file in self.files if file.id not in self.ran]

    @property
    def gone(self) -> list[str]:
        """The ids of the migrations that have run, and that no file describes any more."""
        ids = {file.id for file in self.files}
        return [migration_id for migration_id in self.ran if migration_id not in ids]

    def up_to(self, migration_id: str) -> list[MigrationFile]:
        """The files to run up to an id, the first (`1`) of them or `all`."""
        if migration_id in self.ran:
            return []
        ids = [file.id for file in self.pending]
        return self.pending[: _count(migration_id, ids, "There is no migration {}.")]

    def back_to(self, migration_id: str) -> list[MigrationFile]:
        """The files to undo back to an id, the last (`1`) of them or `all`, newest first."""
        ids = self.ran[::-1]
        files = {file.id: file for file in self.files}
        chosen = ids[: _count(migration_id, ids, "The migration {} is not applied.")]
        for each in chosen:
            if each not in files:
                raise MigrationError(f"The file of the applied migration {each} is gone.")
        return [files[each] for each in chosen]


async def histories(connection: Connection, app_name: str) -> list[History]:
    """The history of an app, or of `all` that have tables."""
    return [
        History(app.app_name, files_of(app), await applied(connection, app.app_name))
        for app in _apps(app_name)
    ]


def files_of(app: AppConfig) -> list[MigrationFile]:
    """The migration files of an app."""
    return read_files(Path(app.resolved_migrations_folder_path))


def _apps(app_name: str) -> list[AppConfig]:
    """The apps that have tables; an app may be there for its commands alone."""
    configs = Finder().get_app_registry().app_configs
    if app_name not in {"all", *configs}:
        raise MigrationError(f"There is no app {app_name}; there are {', '.join(configs)}.")
    chosen = configs.values() if app_name == "all" else [configs[app_name]]
    return [config for config in chosen if config.table_classes]


def _count(migration_id: str, ids: list[str], otherwise: str) -> int:
    match migration_id:
        case "all":
            return len(ids)
        case "1":
            return 1
        case _ if migration_id in ids:
            return ids.index(migration_id) + 1
        case _:
            raise MigrationError(otherwise.format(migration_id))
