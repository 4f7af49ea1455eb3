"""Objects that no helper declares: their SQL both ways, and a query for their state."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import ClassVar

from piccolo.table import Table

from ottavino.declare.definition import FACT, Definition, qualified, unindented
from ottavino.declare.fitting import require_declared
from ottavino.declare.schema_object import SchemaObject, SchemaObjectDefinition


@dataclass(frozen=True, slots=True)
class RawDefinition(SchemaObjectDefinition):
    """The definition of an object in hand-written SQL, for migrations."""

    kind: ClassVar[str] = "raw"
    early: bool = field(default=False, compare=False, kw_only=True, metadata=FACT)
    """Whether it is made before the tables."""

    @property
    def rank(self) -> int:  # pyright: ignore[reportIncompatibleVariableOverride]  # as below
        """Before functions, whose arguments may be of a type that it makes; or after them."""
        return 8 if self.early else 25

    @property
    def precedes_tables(self) -> bool:  # pyright: ignore[reportIncompatibleVariableOverride]  # each object decides it
        """Whether it is made before the tables: a column may have a type that it creates."""
        return self.early

    @property
    def is_by_hand(self) -> bool:
        return True

    def is_over(self, table: str, column: str) -> bool:  # it may use any table
        """Whether it needs the column's table, since the columns that it uses are unknown."""
        return table in (self.uses or {})


@dataclass(frozen=True, slots=True)
class Raw(SchemaObject):
    """An object in SQL: `create` creates it and `drop` removes it. If `create` changes, the old
    object is dropped and the new one created. `read` is a query that returns the state of the
    object in the database as one text or null; `piccolo db drift` compares it with the state
    that `create` makes. An object in a schema of the application needs no `read` if drift reads
    its kind anyway.
    """

    name: str
    create: str
    drop: str
    read: str = ""
    needs: tuple[type[Table] | str, ...] = ()
    """The objects that it needs: tables, and `public.status`, `raw audit rule` …"""
    before_tables: bool = False
    """Whether columns need it, such as a type: then it is created first and dropped last."""

    def __post_init__(self) -> None:
        for what, sql in (("create", self.create), ("drop", self.drop)):
            if not str(sql).strip():
                raise ValueError(f"Raw {self.name!r} needs SQL: write {what}=….")
        if isinstance(self.needs, str):
            raise TypeError(f'needs of Raw {self.name!r} is a tuple: ("public.status",).')
        require_declared(self)

    def definitions(self) -> Iterator[Definition]:
        names = [*map(_name, self.needs)]
        yield RawDefinition(
            f"raw {self.name}",
            _sql(self.create),
            _sql(self.drop),
            uses={each: () for each in names if each.startswith('"') or " " not in each},
            calls=tuple(names),
            read=_sql(self.read),
            early=self.before_tables,
        )


def _name(needed: type[Table] | str) -> str:
    if isinstance(needed, str):
        return needed
    return qualified(needed)


def _sql(text: str) -> str:
    return unindented(text).strip()
