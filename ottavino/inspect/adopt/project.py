"""What a project declares already."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from piccolo.table import Table

from ottavino.migrate.state import State, declared


@dataclass(frozen=True, slots=True)
class Project:
    """The declared tables and objects, and the folder for new classes."""

    module: str
    """The package of the tables: `db.tables`."""
    tables: Sequence[type[Table]]
    objects: Sequence[Any]
    kept: Sequence[str]

    def state(self, *more: type[Table]) -> State:
        """The schema that is declared, with more tables or without."""
        return declared([*self.tables, *more], self.objects)
