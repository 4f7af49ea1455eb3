"""What a project declares already."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

from piccolo.table import Table

from ottavino.migrate.app import Object
from ottavino.migrate.state import State, declared

Declared = type[Table] | tuple[Object, ...]
"""What a module declares: a table, or objects that belong to none."""


@dataclass(frozen=True, slots=True)
class Project:
    """The declared tables and objects, and the folder for new classes."""

    module: str
    """The package of the tables: `db.tables`."""
    tables: Sequence[type[Table]]
    objects: Sequence[Any]
    kept: Sequence[str]
    files: Collection[str] = ()
    """The names of the modules that are in the folder."""

    def state(self, *more: Declared) -> State:
        """The schema that is declared, with what more modules declare or without."""
        tables = [each for each in more if isinstance(each, type)]
        objects = [each for others in more if isinstance(others, tuple) for each in others]
        return declared([*self.tables, *tables], [*self.objects, *objects])
