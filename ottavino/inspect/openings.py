"""Finds unknown objects that let somebody reach the rows of our tables: a policy, a grant, a
function or view with the rights of its owner.

They are reported as errors, without a statement that removes them: they are not ours.
"""

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache

from ottavino.inspect.catalog import Catalog, CatalogObject
from ottavino.inspect.dependents import VIEWS
from ottavino.inspect.exposure import UNBOUNDED, unbounded_on
from ottavino.inspect.finding import Finding
from ottavino.inspect.kept import is_accepted
from ottavino.sql import literals, mentions

RULE = "OTT114"

EVERY_COMMAND = "select, insert, update and delete"

WITH_RIGHTS = {"function", "procedure", "view", "materialized view"}
"""The kinds that may use the rights of their owner."""

OF_OWNER = " to its owner"

CALLED_BY_TRIGGERS = {"trigger", "event_trigger"}
"""What functions return that no role can call."""

PEOPLE = ("auth.users",)
"""The table of Supabase's that has everybody's address."""

TABLES = {"table", "view", "materialized view", "foreign table"}


def openings(
    unknown: Iterable[CatalogObject],
    database: Catalog,
    ours: Collection[str],
    kept: Collection[str],
) -> list[Finding]:
    """A finding for each unknown object that widens the access to objects in `ours`.

    Only a pattern in `kept` that names its kind exempts it: `public.*` is about other tables.
    """
    reader = _Reader(database, ours)
    return [
        Finding("error", RULE, str(each), f"{_subject(each)} {opens} {ways_out(str(each))}")
        for each in unknown
        if not is_accepted(str(each), kept)
        for opens in reader.opened(each)
    ]


def _subject(entry: CatalogObject) -> str:
    return f"No class declares the {entry}, and no migration made it."


def ways_out(name: str) -> str:
    """What can be done about an object that opens ours, by its kind and name."""
    return (
        "Declare it, or name it in `keep` of [tool.ottavino] in pyproject.toml if it is meant "
        f'("{name}"), or remove it by hand.'
    )


@dataclass(frozen=True, slots=True)
class _Reader:
    """Says what an unknown object of a database opens."""

    database: Catalog
    ours: Collection[str]

    def opened(self, entry: CatalogObject) -> Iterator[str]:
        """A sentence about the rows that it lets somebody reach, if it does."""
        on_ours = entry.part_of is not None and entry.part_of in self.ours
        match entry.kind:
            case "policy" if on_ours and entry.facets.get("mode") == "permissive":
                yield _by_policy(entry)
            case "privilege" if not _is_of_owner(entry):
                yield _by_privilege(entry)
            case "rule" if on_ours:
                yield (
                    f"It replaces or adds to statements on {_name(entry.part_of)}, with the "
                    "rights of that table's owner."
                )
            case "trigger" if on_ours:
                yield from self._by_trigger(entry)
            case "table" | "foreign table":
                # A child has the columns of its parent.
                yield from [*self._by_child(entry)] or self._by_copy(entry)
            case kind if kind in WITH_RIGHTS:
                yield from self._by_rights(entry)
            case _:
                pass

    def _by_trigger(self, entry: CatalogObject) -> Iterator[str]:
        named = {each.path for each in mentions(entry.facets["definition"]) if each.is_call}
        for each in self.database.values():
            path = next((m.path for m in mentions(each.name.partition("(")[0])), ())
            if each.facets.get("security") == "definer" and path in named:
                yield (
                    f"It runs {each.name} with the rights of that function's owner whenever "
                    f"somebody writes to {_name(entry.part_of)}."
                )

    def _by_child(self, entry: CatalogObject) -> Iterator[str]:
        parents = entry.facets.get("parents", "").split(", ")
        ours = [each for each in parents if f"table {each}" in self.ours]
        roles = self._roles(entry)
        if ours and roles and "row security" not in entry.facets:
            yield (
                f"It is a child of {', '.join(ours)}, its row level security is disabled, and "
                f"{roles} may use it: rows of {', '.join(ours)} that are stored in it are "
                "bounded by no policy."
            )

    def _by_copy(self, entry: CatalogObject) -> Iterator[str]:
        """A table with all columns of one of ours, as `create table … as table` makes it."""
        if "row security" in entry.facets or not (roles := self._roles(entry)):
            return
        there = self._columns(entry)
        for each in self.database.values():
            columns = self._columns(each) if each.kind == "table" else set[str]()
            if columns and str(each) in self.ours and columns <= there:
                yield (
                    f"It has the columns of {each.name}, its row level security is disabled, "
                    f"and {roles} may use it: if it is a copy, they see the rows of every user."
                )

    def _columns(self, table: CatalogObject) -> set[str]:
        """The columns of a table, with their types."""
        return {
            f"{each.name.removeprefix(table.name)} {each.facets['type']}"
            for each in self.database.values()
            if each.kind == "column" and each.part_of == str(table)
        }

    def _by_rights(self, entry: CatalogObject) -> Iterator[str]:
        if entry.facets.get("returns") in CALLED_BY_TRIGGERS or not _has_rights(entry):
            return
        roles, tables = self._roles(entry), self._tables(entry)
        if roles and tables:
            yield f"It lets {roles} reach {', '.join(tables)} with the rights of its owner."

    def _roles(self, entry: CatalogObject) -> str:
        """The roles that were granted something with it."""
        granted = [
            each.name.rpartition(" to ")[2]
            for each in self.database.values()
            if each.kind == "privilege" and each.part_of == str(entry)
            if not _is_of_owner(each)
        ]
        return ", ".join(sorted({*granted}))

    def _tables(self, entry: CatalogObject) -> list[str]:
        """Our tables and views that its text names, or that of a view that it names."""
        text = entry.facets.get("body", entry.facets.get("definition", ""))
        found = {each for each in (*self._own_tables(), *PEOPLE) if names_table(text, each)}
        for each in self.database.values():
            is_view = each.kind in VIEWS and str(each) not in self.ours and each != entry
            if is_view and names_table(text, each.name):
                found |= {*self._tables(each)}
        return sorted(found)

    def _own_tables(self) -> Iterator[str]:
        for each in self.database.values():
            if each.kind in TABLES and str(each) in self.ours:
                yield each.name


def names_table(sql: str, table: str) -> bool:
    """Whether some SQL, or a literal in it, names a table, with its schema or without. If in
    doubt, it does.
    """
    path = next(mention.path for mention in mentions(table))
    return any(named in {path, path[-1:]} for named in _paths(sql))


def calls_function(sql: str, function: str) -> bool:
    """Whether some SQL, or a literal in it, calls a function, with its schema or without."""
    path = next(iter(mentions(function.partition("(")[0]))).path
    return any(
        each.is_call and each.path in {path, path[-1:]}
        for text in (sql, *literals(sql))
        for each in mentions(text)
    )


@lru_cache(maxsize=512)
def _paths(sql: str) -> frozenset[tuple[str, ...]]:
    """The names in some SQL, and in its literals, which it may execute."""
    return frozenset(each.path for text in (sql, *literals(sql)) for each in mentions(text))


def _has_rights(entry: CatalogObject) -> bool:
    match entry.kind:
        case "view":
            options = entry.facets.get("options", "").lower().replace(" ", "")
            value = options.partition("security_invoker=")[2].split(",")[0]
            return value not in {"true", "on", "yes", "1"}
        case "materialized view":
            return True
        case _:
            return entry.facets.get("security") == "definer"


def _by_policy(entry: CatalogObject) -> str:
    facets = entry.facets
    command = EVERY_COMMAND if facets["command"] == "all" else facets["command"]
    condition = " ".join((facets.get("using") or facets.get("with check") or "true").split())
    return (
        f"It lets {facets['roles']} {command} rows of {_name(entry.part_of)} where "
        f"{condition}, besides those of the declared policies."
    )


def _by_privilege(entry: CatalogObject) -> str:
    what, _, role = entry.name.rpartition(" to ")
    privilege, _, target = what.partition(" on ")
    noun = (entry.part_of or "").rpartition(" ")[0]
    if privilege in unbounded_on(noun):
        return f"No policy bounds it: with it {role} can {UNBOUNDED[privilege]}."
    return f"With it {role} may use {privilege} on {target}, which no class grants."


def _is_of_owner(entry: CatalogObject) -> bool:
    """Whether it is a privilege of the owner, who may grant it to itself anyway."""
    return entry.name.endswith(OF_OWNER)


def _name(whole: str | None) -> str:
    return (whole or "").partition(" ")[2]
