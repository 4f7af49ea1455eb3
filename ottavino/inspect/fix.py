"""The SQL that makes a database what is declared, in one transaction that loses no row."""

from dataclasses import dataclass, field
from typing import Self

from ottavino.inspect.catalog import CatalogObject
from ottavino.postgres.quoting import identifier, literal

HOLDS_ROWS = {"table", "foreign table", "column", "sequence", "materialized view"}
"""The kinds that are never dropped, not even to be created again with a change."""

OF_THE_DATABASE = {"options"}
"""The facets that are removed by a statement from the database's side."""

OF_DESCENT = {"parents", "bounds"}
"""The facets that say which tables a table is a child or a partition of, and for which rows."""

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
    statements = ["begin", *fix.first]
    if fix.by_others:
        statements += ["-- By a superuser, or by the owner of what is named:", *fix.by_others]
    statements += [f"set local role {identifier(owner)}", *fix.removal, *fix.making]
    statements += [*fix.last, "commit"]
    return "\n".join(
        each if each.startswith("-- ") else f"{each};" for each in dict.fromkeys(statements)
    )


def altered(
    database: CatalogObject, classes: CatalogObject, made: list[str] | None
) -> Fix | None:
    """The statements that make an object the declared one; None if rows could be lost."""
    differing = [
        name
        for name in {**classes.facets, **database.facets}
        if classes.facets.get(name) != database.facets.get(name)
    ]
    others = [name for name in differing if name not in OF_DESCENT]
    changes = {
        **{name: database.changes[name] for name in OF_THE_DATABASE & database.changes.keys()},
        **classes.changes,
    }
    if all(name in changes for name in others):
        fix = Fix() if others == differing else _descent(database, classes)
        for name in others:
            fix += _changed(name, [*_guards(name, database, classes), changes[name]], classes)
        return fix
    if classes.kind in HOLDS_ROWS or made is None:
        return None
    if _is_elsewhere(classes):
        return Fix(by_others=[database.removal], making=made)
    return Fix(removal=[database.removal], making=made)


def _changed(name: str, statements: list[str], entry: CatalogObject) -> Fix:
    if name == "owner" or _is_elsewhere(entry):
        return Fix(by_others=statements)
    return Fix(making=statements)


def _descent(database: CatalogObject, classes: CatalogObject) -> Fix:
    """The statements that take a table from its parents, and give it to the declared ones. A
    partition is taken first, because its bounds may overlap those that another has to get.
    """
    # An inherited column cannot be dropped while the table has that parent.
    return Fix(
        first=[sql for name, sql in database.changes.items() if name == "descent"],
        last=[sql for name, sql in classes.changes.items() if name == "parents"],
    )


def _is_elsewhere(entry: CatalogObject) -> bool:
    """Whether it is on a table that is not ours, which only its owner may change."""
    return entry.kind == "trigger" and entry.part_of is None


def _guards(name: str, database: CatalogObject, classes: CatalogObject) -> list[str]:
    """The statement that raises an error if a value would change."""
    if classes.kind != "column":
        return []
    table = (classes.part_of or "").partition(" ")[2]
    column = classes.name.removeprefix(f"{table}.")
    if name == "type":
        new, old = classes.facets["type"], database.facets["type"]
        kept = f"{column}::{new}::{old}"
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
