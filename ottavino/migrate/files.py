"""The migration files of an app, read in the order in which they apply."""

import hashlib
import importlib.util
import itertools
from dataclasses import dataclass
from pathlib import Path

from ottavino.errors import MigrationError
from ottavino.migrate.migration import Migration
from ottavino.migrate.state import State
from ottavino.migrate.steps import CreateConcurrently


@dataclass(frozen=True, slots=True)
class MigrationFile:
    """One file, with its migration."""

    path: Path
    migration: Migration

    @property
    def id(self) -> str:
        """The id. Ids sort by the time at which files were generated."""
        return self.migration.migration_id

    @property
    def checksum(self) -> str:
        """A digest of its SQL both ways, which does not depend on how the file is formatted."""
        steps = self.migration.steps
        sql = [text for step in steps for text in step.recorded]
        return hashlib.sha256("\0".join(sql).encode()).hexdigest()

    @property
    def concurrent(self) -> CreateConcurrently | None:
        """The index that it builds outside of any transaction, if it does."""
        match self.migration.steps:
            case [CreateConcurrently() as index]:
                return index
            case _:
                return None


def read_files(folder: Path) -> list[MigrationFile]:
    """The migration files of a folder, the oldest first."""
    paths = [path for path in folder.glob("*.py") if path.name != "__init__.py"]
    files = sorted((_read(path) for path in paths), key=lambda file: file.id)
    for earlier, later in itertools.pairwise(files):
        if earlier.id == later.id:
            raise MigrationError(
                f"{earlier.path.name} and {later.path.name} have the same ID: change one."
            )
    return files


def replayed(files: list[MigrationFile]) -> State:
    """The schema that the files add up to."""
    state = State()
    for file in files:
        for step in file.migration.steps:
            try:
                step.replay(state)
            except MigrationError as error:
                raise MigrationError(f"{file.path.name} {error}.") from error
    return state


def _read(path: Path) -> MigrationFile:
    spec = importlib.util.spec_from_file_location(path.stem, path)
    if spec is None or spec.loader is None:
        raise MigrationError(f"{path.name} cannot be read as a Python module.")
    module = importlib.util.module_from_spec(spec)
    try:
        spec.loader.exec_module(module)
        migration = module.migration() if hasattr(module, "migration") else None
    except Exception as error:
        raise MigrationError(f"{path.name} cannot be read: {error!r}.") from error
    if not isinstance(migration, Migration):
        raise MigrationError(
            f"{path.name} has no migration() that returns a Migration of ottavino."
        )
    file = MigrationFile(path, migration)
    if any(isinstance(each, CreateConcurrently) for each in migration.steps):
        _require_alone(file)
    return file


def _require_alone(file: MigrationFile) -> None:
    if file.concurrent is None:
        raise MigrationError(
            f"{file.path.name} builds an index concurrently, which no transaction can hold: "
            "give it a file without other steps."
        )
