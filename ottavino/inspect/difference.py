"""An object that differs between the classes, the files and the database, and its fix."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Literal

from ottavino.declare.role import PUBLIC
from ottavino.inspect.catalog import AGAIN, KINDS, Catalog, CatalogObject
from ottavino.inspect.dependents import (
    ROUTINES,
    VIEWS,
    Dependents,
    dependents,
    lost_with,
    views_below,
)
from ottavino.inspect.doubts import doubt, in_doubt
from ottavino.inspect.finding import Finding
from ottavino.inspect.fix import OF_COLUMNS, PASSED_ON, Fix, altered, made_again, script
from ottavino.inspect.inheritance import (
    CHANGED_WITH,
    MADE_AGAIN_BY,
    inherited_from,
    own_settings,
    tables_above,
)
from ottavino.inspect.renames import Rename, renamed
from ottavino.postgres.quoting import unquoted
from ottavino.settings import settings

Outlier = Literal["classes", "files", "database", "all"]

APART = {"foreign key"}
"""The kinds that need a second table, and are created after both."""

RETYPED = {"type", "collation", "generated"}
"""The facets of a column that are not changed while objects depend on it."""

OWN = " to its owner"
"""The end of the names of privileges that an owner has without a grant."""


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
        classes, files, database = map(_facets, (self.classes, self.files, self.database))
        if classes == files:
            return "database"
        if files == database:
            return "classes"
        return "files" if classes == database else "all"

    @property
    def facets(self) -> list[str]:
        """The facets that differ between the sides."""
        sides = [_facets(side) or {} for side in (self.classes, self.files, self.database)]
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
        fixed = sorted([*self.dependents, *self.differences], key=_order)
        fix = sum((each.fix for each in fixed), Fix())
        removal = [statement for each in fixed[::-1] for statement in each.fix.removal]
        return script(replace(fix, removal=removal), self.owner) if fix else None


def compared(
    classes: Catalog, files: Catalog, database: Catalog, elsewhere: Mapping[str, str]
) -> Comparison:
    """The objects that differ between the three sides, in an order in which they can be fixed.

    The parts of an object that is missing or unexpected are not listed beside it. `elsewhere`
    maps each of our tables to a table of another schema with its name, if there is one.
    """
    ours = {**files, **classes}
    classes, files = (_without_made_for(each, ours) for each in (classes, files))
    seen = renamed({n: t for n, t in ours.items() if n in classes and n in files}, database)
    seen = replace(seen, catalog=_compared_alone(seen.catalog, {**files, **classes}, ours))
    doubts = in_doubt(classes, ours, seen, elsewhere)
    found = {
        name: Difference(
            *sides,
            _parts(classes, seen.catalog, name),
            _over(sides[0], sides[2], classes),
            seen.renames.get(name),
            doubt(sides[0], doubts, classes, ours, seen.catalog),
            _depth(sides[0], classes),
        )
        for name in {**classes, **files, **seen.catalog}
        for sides in [(classes.get(name), files.get(name), seen.catalog.get(name))]
        if not _facets(sides[0]) == _facets(sides[1]) == _facets(sides[2])
        or name in seen.renames
    }
    found = _of_undecided(_of_tables(found, seen.catalog))
    alone = [each for each in found.values() if not _is_implied(each, found)]
    unknown = [each.entry for each in alone if each.is_undeclared]
    differing, again = _with_dependents(
        [each for each in alone if not each.is_undeclared], classes, seen.catalog
    )
    superfluous = [each for each in differing if each.classes is None]
    others = [each for each in differing if each.classes is not None]
    return Comparison(
        [*sorted(superfluous, key=_order)[::-1], *sorted(others, key=_order)],
        sorted((each for each in unknown if not _is_of_another(each, ours)), key=_place),
        ours=frozenset(ours),
        dependents=again,
        were=seen.were,
    )


def _with_dependents(
    differing: Sequence[Difference], classes: Catalog, database: Catalog
) -> tuple[list[Difference], list[Difference]]:
    """The differences, those with a doubt that others depend on, and the objects that their
    fixes have to create again.
    """
    found: list[Difference] = []
    again: dict[str, Difference] = {}
    for each in differing:
        depending, doubt = [], None
        if each.is_in_use:
            depending, doubt = _depending(each, classes, database)
        found.append(each if doubt is None else replace(each, doubt=doubt))
        again |= {str(other): _again(other, classes, database) for other in depending}
    return found, [*again.values()]


MADE_FOR = "made for"


def _without_made_for(catalog: Catalog, ours: Catalog) -> Catalog:
    """The objects without the indexes and constraints that a partition has because its table
    has them: PostgreSQL names them, cuts long names short, and numbers names that are taken.
    """
    return {
        name: each if MADE_FOR not in each.facets else _by_itself(each)
        for name, each in catalog.items()
        if each.facets.get(MADE_FOR) not in ours
    }


def _compared_alone(database: Catalog, declared: Catalog, ours: Catalog) -> Catalog:
    """The same of a database. A partition that was detached by hand keeps what it had for its
    table, and a table that was attached has its own for that.
    """
    own = {name: _by_itself(each) for name, each in database.items() if name in declared}
    kept = {
        name
        for name, each in database.items()
        if name in ours and ours[name].facets.get("definition") == each.facets.get("definition")
    }
    others = {name: each for name, each in database.items() if name not in kept}
    return {**_without_made_for(others, ours), **own}


def _by_itself(entry: CatalogObject) -> CatalogObject:
    """An object of a partition that stays if that gets a table of its own."""
    facets = {name: value for name, value in entry.facets.items() if name != MADE_FOR}
    return replace(entry, facets=facets)


def _depending(difference: Difference, classes: Catalog, database: Catalog) -> Dependents:
    """What depends on an object that is dropped, or that gets another type."""
    entry = difference.entry
    if entry.kind == "column" and "generated" in difference.facets:
        for each in lost_with(entry, database):
            if str(each) not in classes:
                return Dependents([], f"the {each}, which is not declared, would be lost")
    return dependents(entry, classes, database)


def _again(entry: CatalogObject, classes: Catalog, database: Catalog) -> Difference:
    """The difference of an object that another one's fix drops first."""
    parts = _parts(classes, database, str(entry))
    return Difference(entry, entry, None, parts, is_dropped=True, depth=_depth(entry, classes))


def _over(
    classes: CatalogObject | None, database: CatalogObject | None, declared: Catalog
) -> tuple[CatalogObject, ...]:
    """The declared objects that are dropped along with a column that is generated otherwise."""
    if classes is None or database is None or "generated" not in classes.facets:
        return ()
    if classes.facets["generated"] == database.facets.get("generated"):
        return ()
    return tuple(sorted(lost_with(classes, declared), key=_place))


def _parts(classes: Catalog, database: Catalog, whole: str) -> tuple[CatalogObject, ...]:
    """The objects that are created with an object, in an order in which they can be created:
    its declared parts, and those of others in the database. What only the database opens to
    callers is not opened again.
    """
    if whole not in classes:
        return ()
    parts = [
        entry
        for name, entry in {**database, **classes}.items()
        if entry.part_of == whole
        and entry.kind not in APART
        and not entry.name.endswith(OWN)
        and (name in classes or not _is_of_callers(entry))
    ]
    return tuple(sorted(parts, key=_place))


def _is_of_callers(entry: CatalogObject) -> bool:
    """Whether it is a privilege of a role that callers have."""
    role = unquoted(entry.name.rpartition(" to ")[2])
    return entry.kind == "privilege" and role in {PUBLIC, *settings().roles}


def _depth(entry: CatalogObject | None, classes: Catalog) -> int:
    if entry is None:
        return 0
    return views_below(entry, classes) or tables_above(entry, classes)


def _of_tables(found: Mapping[str, Difference], database: Catalog) -> dict[str, Difference]:
    """The differences, those of partitions with that of their table, from there downwards."""
    linked: dict[str, Difference] = {}
    for name, each in sorted(found.items(), key=lambda item: item[1].depth):
        whole = next(
            (
                linked[other]
                for other in inherited_from(each.entry, database)
                if other in linked and _presence(linked[other]) == _presence(each)
            ),
            None,
        )
        doubt = each.doubt
        if whole is not None and whole.undecided:
            doubt = f"it depends on the {whole.entry}, which has to be decided first"
        linked[name] = replace(each, of_table=whole, doubt=doubt)
    return linked


def _of_undecided(found: Mapping[str, Difference]) -> dict[str, Difference]:
    """The differences, with a doubt for the parts of what a person has to decide about: nobody
    is granted anything on a view that somebody made otherwise.
    """
    undecided = {name for name, each in found.items() if each.undecided}
    return {
        name: replace(each, doubt=f"it depends on the {whole}, which has to be decided first")
        if (whole := each.entry.part_of) in undecided and name not in undecided
        else each
        for name, each in found.items()
    }


def _is_of_another(entry: CatalogObject, ours: Catalog) -> bool:
    """Whether an unknown object implies it, as its part or as the sequence of its column."""
    table = f"table {entry.facets.get('owned by', '').rpartition('.')[0]}"
    whole = table if "owned by" in entry.facets else entry.part_of
    return whole is not None and whole not in ours


def _facets(entry: CatalogObject | None) -> Mapping[str, str] | None:
    return None if entry is None else entry.facets


def _is_implied(difference: Difference, found: Mapping[str, Difference]) -> bool:
    """Whether the object that it is part of has the same difference."""
    whole = found.get(difference.entry.part_of or "")
    if whole is None or difference.entry.kind in APART:
        return False
    if False not in _presence(whole):
        return False
    return _presence(difference) == _presence(whole) or _is_taken_along(difference)


def _is_taken_along(difference: Difference) -> bool:
    """Whether it is now part of another table, which may be the renamed one."""
    classes, database = difference.classes, difference.database
    return classes is not None and database is not None and classes.part_of != database.part_of


def _presence(difference: Difference) -> list[bool]:
    sides = (difference.classes, difference.files, difference.database)
    return [side is not None for side in sides]


def _order(difference: Difference) -> tuple[int, bool, int, str]:
    kind, is_generated, name = _place(difference.entry)
    if difference.entry.kind in VIEWS or (
        difference.entry.kind in ROUTINES and difference.depth
    ):
        # Views of both sorts, and functions over them, may follow each other in any order.
        kind = KINDS.index("view")
    return kind, is_generated, difference.depth, name


def _place(entry: CatalogObject) -> tuple[int, bool, str]:
    """The place of an object in an order in which all can be created."""
    is_generated = entry.kind == "column" and "generated" in entry.facets
    return KINDS.index(entry.kind), is_generated, entry.name
