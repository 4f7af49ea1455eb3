"""An object that differs between the classes, the files and the database, and its fix."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from operator import attrgetter
from typing import Literal

from ottavino.inspect.catalog import AGAIN, KINDS, CatalogObject
from ottavino.inspect.dependents import (
    ROUTINES,
    VIEWS,
)
from ottavino.inspect.finding import Finding
from ottavino.inspect.fix import OF_COLUMNS, PASSED_ON, Fix, altered, made_again, script
from ottavino.inspect.inheritance import (
    CHANGED_WITH,
    MADE_AGAIN_BY,
    own_settings,
)
from ottavino.inspect.rename import Rename

Outlier = Literal["classes", "files", "database", "all"]

RETYPED = {"type", "collation", "generated"}
"""The facets of a column that are not changed while objects depend on it."""

LOST = {"table": "rows", "column": "values", "sequence": "last number"}
"""What an object had that is created again, and what it has no more."""

GOES_ON = {"generated", f"{AGAIN}number"}
"""The facets and changes that give it that again."""


@dataclass(frozen=True, slots=True)
class Difference:
    """An object on each of the three sides; None if it is missing there."""

    classes: CatalogObject | None
    files: CatalogObject | None
    database: CatalogObject | None
    parts: tuple[CatalogObject, ...] = ()
    """The objects that are created with it, such as the columns of a table, and those of others
    that are lost when it is created again.
    """
    over: tuple[CatalogObject, ...] = ()
    """The declared objects that are dropped along with a generated column."""
    rename: Rename | None = None
    """The rename, if the database has the object under another name; `database` then has the
    declared name.
    """
    doubt: str | None = None
    """Why a person has to decide before a fix can be given."""
    depth: int = 0
    """How many views are below a view, or tables above a partition: they are created before it.
    """
    is_dropped: bool = False
    """Whether the fix of another object drops it first."""
    of_table: "Difference | None" = None
    """The same difference of the table that it is a partition's of."""

    @property
    def entry(self) -> CatalogObject:
        """The object on a side that has it."""
        return next(side for side in (self.classes, self.database, self.files) if side)

    @property
    def outlier(self) -> Outlier:
        """The side that differs from the two others; None if all differ."""
        classes, files, database = map(facets_of, (self.classes, self.files, self.database))
        if classes == files:
            return "database"
        if files == database:
            return "classes"
        return "files" if classes == database else "all"

    @property
    def facets(self) -> list[str]:
        """The facets that differ between the sides."""
        sides = [facets_of(side) or {} for side in (self.classes, self.files, self.database)]
        names = dict.fromkeys(name for side in sides for name in side)
        return [name for name in names if len({side.get(name) for side in sides}) > 1]

    @property
    def is_undeclared(self) -> bool:
        """Whether only the database has it."""
        return self.classes is None and self.files is None

    @property
    def undecided(self) -> str | None:
        """The reason why a person has to decide about it. None if there is a fix."""
        if self.outlier != "database" or self.rename is not None or self.is_undeclared:
            return None
        return self.doubt or (self._reason() if self._fix() is None else None)

    def _reason(self) -> str:
        """Why there is no fix."""
        if self.database is not None:
            if PASSED_ON in self.database.facets:
                return f"{self.database.facets[PASSED_ON]} would lose the privilege too"
            if self.entry.kind in OF_COLUMNS:
                return "columns may have values of it"
            return "it may hold data that exists nowhere else"
        if "partitioned" in self.entry.facets:
            return "a partitioned table is created with its columns, as its migration does it"
        return "PostgreSQL has no statement that creates it, but its migration has one"

    @property
    def fix(self) -> Fix:
        """The SQL that makes it what the classes and the files declare. If those two differ,
        there is none: a migration has to be written, or undone.
        """
        if self.outlier != "database" or (self.doubt is not None and self.rename is None):
            return Fix()
        is_renamed = self.of_table is not None and self.of_table.rename is not None
        rename = Fix() if self.rename is None or is_renamed else self.rename.fix
        return rename + (self._fix() or Fix())

    def _fix(self) -> Fix | None:
        classes, database = self.classes, self.database
        if classes is None:
            # What is not declared is removed by a migration, or by hand.
            return None
        if self.is_dropped:
            return made_again(classes, self._made(classes))
        if self.of_table is not None:
            return self._inherited(classes, self.of_table)
        if database is None:
            return self._made(classes)
        fix = altered(database, classes, self._made(classes))
        return fix and fix + _created(self.over)

    def _inherited(self, classes: CatalogObject, of_table: "Difference") -> Fix | None:
        """The statements that follow after those of the table."""
        if of_table.classes is None:
            return None
        changed = CHANGED_WITH & {*of_table.facets} & {*self.facets}
        if self.database is None or changed & MADE_AGAIN_BY:
            settings = Fix(making=own_settings(classes, of_table.classes))
            return settings + _created(self.over)
        return altered(self.database, classes, None, changed)

    @property
    def lost(self) -> str | None:
        """What was lost that no statement brings back."""
        is_made = self.outlier == "database" and self.database is None and not self.undecided
        is_computed = not GOES_ON.isdisjoint({*self.entry.facets, *self.entry.changes})
        return LOST.get(self.entry.kind) if is_made and not is_computed else None

    @property
    def is_in_use(self) -> bool:
        """Whether the fix drops it or changes its type, which PostgreSQL refuses while other
        objects depend on it.
        """
        if self.database is None or not (self.fix or self.of_table):
            return False
        is_retyped = self.entry.kind == "column" and not RETYPED.isdisjoint(self.facets)
        is_dropped = self.database.removal in (*self.fix.removal, *self.fix.by_others)
        return is_retyped or is_dropped

    def _made(self, entry: CatalogObject) -> Fix | None:
        return None if entry.creation is None else _created((entry, *self.parts))


def _created(entries: Collection[CatalogObject]) -> Fix:
    """The statements that create some objects, in their order."""
    return Fix(
        making=[statement for each in entries for statement in each.made()],
        # A serial column is made before the sequence can belong to it.
        last=[statement for each in entries for statement in each.tied()],
    )


@dataclass(frozen=True, slots=True)
class Comparison:
    """All differences, and the objects that are not ours."""

    differences: list[Difference]
    unknown: list[CatalogObject] = field(default_factory=list[CatalogObject])
    """The objects that are not declared, and that no migration made, without the parts of
    others. They are not changed.
    """
    ours: frozenset[str] = frozenset()
    """The objects that the classes declare or that the files make, by kind and name."""
    dependents: list[Difference] = field(default_factory=list[Difference])
    """The objects that are as declared, and depend on others that the fix creates again."""
    openings: list[Finding] = field(default_factory=list[Finding])
    """The findings about unknown objects that let somebody reach the rows of ours."""
    owner: str = ""
    """The role that owns our tables."""
    were: Mapping[str, str] = field(default_factory=dict[str, str])
    """What the database calls objects that were renamed, or that are in a renamed table."""

    @property
    def on_ours(self) -> list[CatalogObject]:
        """The unknown objects that are parts of ours, and unknown privileges."""
        return [each for each in self.unknown if each.part_of or each.kind == "privilege"]

    def with_superseded(self, names: Collection[str]) -> "Comparison":
        """The same, with unknown objects of some names as ours: applied migrations made them,
        and pending ones remove them.
        """
        ours = [each for each in self.unknown if self.were.get(str(each), str(each)) in names]
        return replace(
            self,
            differences=[*(Difference(None, None, each) for each in ours), *self.differences],
            unknown=[each for each in self.unknown if each not in ours],
            openings=[each for each in self.openings if each.where not in names],
        )

    @property
    def fix(self) -> str | None:
        """The SQL that fixes everything that a person does not have to decide."""
        fixed = sorted([*self.dependents, *self.differences], key=order_of)
        fix = sum((each.fix for each in fixed), Fix())
        removal = [statement for each in fixed[::-1] for statement in each.fix.removal]
        renames = sorted(
            (each.rename for each in fixed if each.rename is not None), key=attrgetter("turn")
        )
        first = [each.statement for each in renames if each.statement in fix.first]
        ordered = replace(fix, first=[*first, *fix.first], removal=removal)
        return script(ordered, self.owner) if fix else None


def facets_of(entry: CatalogObject | None) -> Mapping[str, str] | None:
    """The properties of an object, if a side has it."""
    return None if entry is None else entry.facets


def order_of(difference: Difference) -> tuple[int, bool, int, str]:
    """The place of a difference in an order in which all can be fixed."""
    kind, is_generated, name = place_of(difference.entry)
    if difference.entry.kind in VIEWS or (
        difference.entry.kind in ROUTINES and difference.depth
    ):
        # Views of both sorts, and functions over them, may follow each other in any order.
        kind = KINDS.index("view")
    return kind, is_generated, difference.depth, name


def place_of(entry: CatalogObject) -> tuple[int, bool, str]:
    """The place of an object in an order in which all can be created."""
    is_generated = entry.kind == "column" and "generated" in entry.facets
    return KINDS.index(entry.kind), is_generated, entry.name
