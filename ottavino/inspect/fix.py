"""The statements that make a database as it is declared: a transaction that loses no row."""

from dataclasses import dataclass, field
from typing import Self

from ottavino.declare.definition import identifier, literal
from ottavino.inspect.catalog import CatalogObject

HOLDS_ROWS = {"table", "foreign table", "column", "sequence", "materialized view"}
"""What is not removed, nor made again to change it."""

OF_THE_DATABASE = {"parents", "options"}
"""The facets that only the database has, so that it alone says how they go away."""

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
    """Statements by when they are run: what goes before what comes."""

    first: list[str] = field(default_factory=list[str])
    """What gives a name back, or leaves a parent, on which the others depend."""
    by_others: list[str] = field(default_factory=list[str])
    """What only a superuser may run, or the owner of a table that is not ours."""
    removal: list[str] = field(default_factory=list[str])
    making: list[str] = field(default_factory=list[str])

    def __add__(self, other: Self) -> "Fix":
        return Fix(
            self.first + other.first,
            self.by_others + other.by_others,
            self.removal + other.removal,
            self.making + other.making,
        )

    def __bool__(self) -> bool:
        return bool(self.first or self.by_others or self.removal or self.making)


def script(fix: Fix, owner: str) -> str:
    """One transaction, run as the owner of what is ours."""
    statements = ["begin", *fix.first]
    if fix.by_others:
        statements += ["-- By a superuser, or the owner of what is named:", *fix.by_others]
    statements += [f"set local role {identifier(owner)}", *fix.removal, *fix.making, "commit"]
    return "\n".join(
        each if each.startswith("-- ") else f"{each};" for each in dict.fromkeys(statements)
    )


def altered(
    database: CatalogObject, classes: CatalogObject, made: list[str] | None
) -> Fix | None:
    """What makes an object of the database as the classes have it, if rows cannot be lost."""
    differing = [
        name
        for name in {**classes.facets, **database.facets}
        if classes.facets.get(name) != database.facets.get(name)
    ]
    changes = {
        **{name: database.changes[name] for name in OF_THE_DATABASE & database.changes.keys()},
        **classes.changes,
    }
    if all(name in changes for name in differing):
        fix = Fix()
        for name in differing:
            fix += _changed(name, [*_guards(name, database, classes), changes[name]], classes)
        return fix
    if classes.kind in HOLDS_ROWS or made is None:
        return None
    if _is_elsewhere(classes):
        return Fix(by_others=[database.removal], making=made)
    return Fix(removal=[database.removal], making=made)


def _changed(name: str, statements: list[str], thing: CatalogObject) -> Fix:
    if name == "owner" or _is_elsewhere(thing):
        return Fix(by_others=statements)
    # A parent holds what it has brought.
    return Fix(first=statements) if name == "parents" else Fix(making=statements)


def _is_elsewhere(thing: CatalogObject) -> bool:
    """Whether it is on a table that is not ours, and whose owner alone may change it."""
    return thing.kind == "trigger" and thing.part_of is None


def _guards(name: str, database: CatalogObject, classes: CatalogObject) -> list[str]:
    """What refuses to go on where a value would be another afterwards."""
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
            message=literal(f"{classes.name} has values that would not stay as they are."),
        ).strip()
    ]
