"""The SQL that makes a database what is declared, in one transaction that loses no row."""

from collections.abc import Collection
from dataclasses import dataclass, field
from typing import Self

from ottavino.inspect.catalog import CHANGED, TIED, WITHOUT, CatalogObject
from ottavino.inspect.labels import label_changes
from ottavino.migrate.transaction import PROCESS_INVALIDATIONS
from ottavino.postgres.quoting import identifier, literal
from ottavino.sql import stable

HOLDS_ROWS = {"table", "foreign table", "column", "sequence", "materialized view"}
"""The kinds that are never dropped, not even to be created again with a change."""

OF_COLUMNS = {"type", "domain"}
"""The kinds that columns may have, and that are not dropped either."""

PASSED_ON = "passed on to"
"""The facet of a privilege that its holder has granted to others, who would lose it too."""

OF_DESCENT = {"parents", "bounds"}
"""The facets that say which tables a table is a child or a partition of, and for which rows."""

OF_ADDED = {"collation", "default", "identity", "identity options", "null", "type"}
"""The facets that a generated column gets when it is dropped and added again."""

ROUTINE = ("CREATE OR REPLACE FUNCTION", "CREATE OR REPLACE PROCEDURE")
"""How PostgreSQL writes the beginning of a statement that creates a function."""

GUARD = """
do $guard$
begin
    if exists (select from {table} where {condition}) then
        raise exception using message = {message};
    end if;
end
$guard$
"""


@dataclass(frozen=True, slots=True)
class Fix:
    """Statements, grouped by when they run: what is dropped goes before what is created."""

    first: list[str] = field(default_factory=list[str])
    """Statements that restore a name, or detach a table from a parent. The others depend on
    them.
    """
    by_others: list[str] = field(default_factory=list[str])
    """Statements that only a superuser may run, or the owner of a table that is not ours."""
    removal: list[str] = field(default_factory=list[str])
    making: list[str] = field(default_factory=list[str])
    last: list[str] = field(default_factory=list[str])
    """Statements that need all created objects."""

    def __add__(self, other: Self) -> "Fix":
        return Fix(
            self.first + other.first,
            self.by_others + other.by_others,
            self.removal + other.removal,
            self.making + other.making,
            self.last + other.last,
        )

    def __bool__(self) -> bool:
        return bool(self.first or self.by_others or self.removal or self.making or self.last)


def script(fix: Fix, owner: str) -> str:
    """One transaction, run as the owner of our tables."""
    statements = ["begin", *_unchecked(fix), *fix.first]
    if fix.by_others:
        # The sequence of a column gets another owner only along with its table.
        by_others = sorted(fix.by_others, key=lambda each: each.startswith("alter sequence "))
        statements += ["-- By a superuser, or by the owner of what is named:", *by_others]
    statements += [f"set local role {identifier(owner)}", *fix.removal, *_processed(fix)]
    statements += [*fix.making, *fix.last, "commit"]
    return "\n".join(
        each if each.startswith("-- ") else f"{stable(each)};"
        for each in dict.fromkeys(statements)
    )


def _unchecked(fix: Fix) -> list[str]:
    """The setting without which a function cannot be created before what its body names."""
    is_needed = any(each.startswith(ROUTINE) for each in fix.making)
    return ["set local check_function_bodies = off"] if is_needed else []


def _processed(fix: Fix) -> list[str]:
    """What lets a block with `exception` create something after a check of a domain is gone."""
    is_needed = any(each.startswith("alter domain ") for each in fix.removal)
    return [PROCESS_INVALIDATIONS] if is_needed else []


def altered(
    database: CatalogObject,
    classes: CatalogObject,
    made: Fix | None,
    besides: Collection[str] = (),
) -> Fix | None:
    """The statements that make an object the declared one; None if rows could be lost. `made`
    creates it. Other statements change the properties `besides`.
    """
    differing = _differing(database, classes)
    fix = Fix()
    if {"type", "default"} <= {*differing}:
        # The default may be one that cannot be cast to the other type.
        fix += Fix(removal=_dropped_default(database))
    for name in differing:
        if name in besides:
            continue
        change = _changed(name, database, classes)
        if change is None:
            return made_again(database, made)
        fix += change
    return fix


def _dropped_default(database: CatalogObject) -> list[str]:
    """The statement that takes the default from a column that has one."""
    dropped = database.changes.get(f"{WITHOUT}default")
    return [] if dropped is None or "default" not in database.facets else [dropped]


def _differing(database: CatalogObject, classes: CatalogObject) -> list[str]:
    """The properties to change one by one. One that is taken away may be in the way of others,
    as a default is in that of an identity.
    """
    taken = {name: None for name in database.facets if name not in classes.facets}
    names = [
        name
        for name in {**taken, **classes.facets}
        if classes.facets.get(name) != database.facets.get(name)
    ]
    if "generated" in names and "generated" in classes.facets:
        return [name for name in names if name not in OF_ADDED]
    return names


def made_again(entry: CatalogObject, made: Fix | None) -> Fix | None:
    """The statements that drop an object and create it again; None if rows could be lost."""
    if entry.kind in HOLDS_ROWS | OF_COLUMNS or PASSED_ON in entry.facets or made is None:
        return None
    if is_elsewhere(entry):
        return Fix(by_others=[entry.removal]) + made
    return Fix(removal=[entry.removal]) + made


def _changed(name: str, database: CatalogObject, classes: CatalogObject) -> Fix | None:
    """The statements that change one property; None if it cannot be changed."""
    taken, given = _taken(name, database, classes), _given(name, database, classes)
    if not taken and not given:
        return None
    if name in OF_DESCENT:
        # A partition is taken first, because its bounds may overlap those that another has to
        # get. An inherited column cannot be dropped while the table has that parent.
        return Fix(first=taken, last=given)
    if name == "owner" or is_elsewhere(classes):
        return Fix(by_others=[*taken, *given])
    if name in TIED:
        return Fix(removal=taken, last=given)
    return Fix(removal=taken, making=[*_guards(name, database, classes), *given])


def _taken(name: str, database: CatalogObject, classes: CatalogObject) -> list[str]:
    """The statement that takes a property from an object, if it has to be taken first."""
    is_changed = name in classes.facets and f"{CHANGED}{name}" in classes.changes
    taken = database.changes.get(f"{WITHOUT}{name}")
    return [] if name not in database.facets or is_changed or taken is None else [taken]


def _given(name: str, database: CatalogObject, classes: CatalogObject) -> list[str]:
    """The statement that gives an object the declared property."""
    if (name, classes.kind) == ("labels", "type"):
        return label_changes(database, classes)
    if name not in classes.facets and f"{WITHOUT}{name}" in database.changes:
        return []
    changed = f"{CHANGED}{name}" if name in database.facets else name
    given = classes.changes.get(changed, classes.changes.get(name))
    return [] if given is None else [given]


def is_elsewhere(entry: CatalogObject) -> bool:
    """Whether it is on a table that is not ours, which only its owner may change."""
    return entry.kind == "trigger" and entry.part_of is None


def _guards(name: str, database: CatalogObject, classes: CatalogObject) -> list[str]:
    """The statement that raises an error if a value would change."""
    if classes.kind != "column":
        return []
    table = (classes.part_of or "").partition(" ")[2]
    column = classes.name.removeprefix(f"{table}.")
    if name == "type":
        cast = classes.changes["type"].partition(" using ")[2]
        new, old = cast or f"{column}::{classes.facets['type']}", database.facets["type"]
        kept = f"({new})::text::{old}"
    elif name == "generated" and name in classes.facets and name not in database.facets:
        kept = f"({classes.facets[name].rpartition(' ')[0]})"
    else:
        return []
    return [
        GUARD.format(
            table=table,
            condition=f"{kept}::text is distinct from {column}::text",
            message=literal(f"{classes.name} has values that would change."),
        ).strip()
    ]
