"""What is tried while a database is adopted, and what is given up for a reason."""

import re
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field

from ottavino.errors import OttavinoError
from ottavino.inspect.adopt.adoptable import adoptable, unsayable
from ottavino.inspect.adopt.class_source import ClassSource
from ottavino.inspect.adopt.found import FoundTable
from ottavino.inspect.adopt.imported import culprit
from ottavino.inspect.adopt.lacking import (
    BESIDE,
    NEEDED,
    is_created_in,
    is_optional,
    lacking,
    whole_name,
)
from ottavino.inspect.adopt.project import Project
from ottavino.inspect.adopt.sources import Source
from ottavino.inspect.catalog import Catalog, CatalogObject
from ottavino.inspect.difference import Difference
from ottavino.inspect.fix import PASSED_ON
from ottavino.inspect.strangers import PLATFORM
from ottavino.postgres.quoting import schema_of, split_name

WHOLES = {"table", "column", "primary key", "view", "materialized view"}
"""The kinds of objects without which a class cannot be declared."""


@dataclass(slots=True)
class Trial:
    """What is still tried, after what was given up for a reason."""

    project: Project
    catalog: Catalog
    found: Sequence[FoundTable]
    never: Collection[str]
    """Other tables that cannot be adopted."""
    picked: Collection[str]
    """The objects that are wanted even if no table needs them."""
    is_all: bool = field(kw_only=True)
    """Whether all is wanted, so that what cannot be declared is kept."""
    identities: Collection[str] = field(kw_only=True)
    """The sequences of identity columns."""
    calls: Mapping[str, Collection[str]] = field(kw_only=True)
    """The functions that each object calls."""
    refused: dict[str, str] = field(default_factory=dict[str, str])
    kept: dict[str, str] = field(default_factory=dict[str, str])
    left_out: set[str] = field(default_factory=set[str])

    def __post_init__(self) -> None:
        self.refused |= {e.full_name: reason for e in self.found for reason in unsayable(e)}

    def possible(self) -> tuple[Catalog, list[FoundTable]]:
        """The parts that classes declare, and the tables."""
        declared = self.project.state()
        while True:
            parts = {n: each for n, each in self.catalog.items() if n not in self.left_out}
            there = {**dict.fromkeys(declared.objects), **parts}
            ours = {*declared.tables}
            tables = adoptable(self.found, there, ours, self.refused, self.identities)
            left_out = (self.catalog[e] for e in self.left_out if e in self.catalog)
            gone = {each.name for each in left_out if each.kind in NEEDED}
            gone |= {*self.refused, *self.never}
            without = lacking(self._about(tables, parts), gone, self.calls)
            if not without:
                return parts, tables
            for entry, needed in without.values():
                self._leave_out(entry, needed)

    def _about(self, tables: Sequence[FoundTable], parts: Catalog) -> Catalog:
        """The functions and types, the policies on tables of others, and the parts of some
        tables.
        """
        names = {each.full_name for each in tables}
        return {
            name: each
            for name, each in parts.items()
            if each.kind in BESIDE
            or (each.kind == "policy" and each.part_of not in self.catalog)
            or self._whose(each) in names
        }

    def _whose(self, entry: CatalogObject) -> str:
        """The table to which an object belongs, or which it is."""
        owners = {part.name: e.full_name for e in self.found for part in e.partitions}
        return owners.get(whole_name(entry), whole_name(entry))

    def _leave_out(self, entry: CatalogObject, needed: str) -> None:
        """Give up an object that needs a table that is not adopted."""
        self.left_out.add(str(entry))
        reason = f"needs {needed}, which is not adopted"
        if is_optional(entry):
            self.kept[pattern(entry)] = f"it {reason}"
        elif entry.kind not in BESIDE:
            subject = "it" if entry.part_of is None else f"its {entry}"
            self.refused[self._whose(entry)] = f"{subject} {reason}"
        elif str(entry) in self.picked:
            self.refused[str(entry)] = f"it {reason}"

    def give_up_for(
        self,
        error: Exception,
        sources: Mapping[str, Source],
        tables: Sequence[FoundTable],
        make: Callable[[Sequence[FoundTable]], object],
    ) -> None:
        """Give up what an error is about: the object that PostgreSQL refuses to make, or else a
        table, or one of the objects that are wanted.
        """
        for name, each in self.catalog.items():
            if name not in self.left_out and is_created_in(str(error), each):
                self.left_out.add(name)
                if is_optional(each):
                    self.kept[pattern(each)] = str(error).rstrip(".")
                else:
                    self.refused[name] = str(error)
                return
        left = [e for e in self.picked if e in self.catalog and e not in self.left_out]
        if not (tables or left):
            raise error
        table, reason = _failing(error, sources, tables, make)
        if table is None:
            self.left_out.add(left[-1])
        self.refused[left[-1] if table is None else table] = reason

    def kept_parts(self) -> dict[str, str]:
        """What is kept, without the parts of tables that are not adopted."""
        parts = (each for each in self.catalog.values() if each.part_of is not None)
        gone = {pattern(each) for each in parts if self._whose(each) in self.refused}
        return {name: reason for name, reason in self.kept.items() if name not in gone}

    def keep_openings(self, found: Sequence[str]) -> None:
        """Keep the views and functions that are not adopted, and open what is: each would be an
        error in drift.
        """
        for where in found:
            name = where.removeprefix("materialized ").removeprefix("view ")
            if name in self.refused and not where.startswith("table "):
                reason = self.refused.pop(name)
                self.kept[escaped(where)] = f"it opens what is adopted, and {reason}"

    def give_up(self, difference: Difference, tables: Sequence[FoundTable]) -> None:
        """Keep the object that would not be the same, or else refuse its table."""
        entry = difference.entry
        if entry.kind == "schema":
            reason = f"the privileges or the comment of the {entry} would not be the same"
            within = [t.full_name for t in tables if t.schema_ == entry.name]
            last = tables[-1].full_name if tables else str(entry)
            self.refused |= dict.fromkeys(within or [last], reason)
            self.left_out |= {e for e in self.picked if _schema(self.catalog, e) == entry.name}
            return
        whose = self._whose(entry)
        is_ours = any(whose == table.full_name for table in tables)
        is_whole = entry.kind in WHOLES or difference.database is None
        alone = entry.part_of or str(entry)
        is_tried = alone in self.picked and alone not in self.left_out
        if is_tried and (is_whole or not self.is_all):
            self.left_out.add(alone)
            self.refused[alone] = _reason(difference)
        elif is_whole or str(entry) in self.left_out:
            table = whose if is_ours else _named(tables, entry.name)
            self.refused[table or str(entry)] = _reason(difference)
        else:
            self.left_out.add(str(entry))
            self.kept[pattern(entry)] = "no class can declare it"


def _failing(
    error: Exception,
    sources: Mapping[str, Source],
    tables: Sequence[FoundTable],
    make: Callable[[Sequence[FoundTable]], object],
) -> tuple[str | None, str]:
    """The table that an error is about, if there is one, and the reason to leave it out."""
    text = str(error) or type(error).__name__
    if isinstance(error, OttavinoError):
        return _declaring(sources, text) or _named(tables, text), text
    table = culprit(sources, error) if sources else _unwritten(tables, make)
    return table or _named(tables, text), f"it cannot be declared: {text}"


def _unwritten(
    tables: Sequence[FoundTable], make: Callable[[Sequence[FoundTable]], object]
) -> str | None:
    """The first table whose class cannot be written."""
    for each in tables:
        try:
            make([each])
        except Exception:  # noqa: BLE001  # the caller has its reason
            return each.full_name
    return None


def _reason(difference: Difference) -> str:
    """Why a difference refuses a table, and what to do about it where that is known."""
    entry, facets = difference.entry, difference.facets
    there = difference.database
    if "owner" in facets and there is not None and "owner" in entry.changes:
        owner, change = there.facets.get("owner"), entry.changes["owner"]
        if schema_of(entry.name) in PLATFORM:
            return f"the {entry} belongs to {owner}, which is Supabase's: leave it alone"
        return f"the {entry} belongs to the role {owner}: run `{change}` first"
    if entry.kind == "view" and "definition" in facets:
        return (
            f"the {entry} would not be the same if it were made of the query that PostgreSQL "
            "gives for it: replace it by a `select` that names its columns"
        )
    if there is not None and PASSED_ON in there.facets:
        what, _, role = entry.name.rpartition(" to ")
        return (
            f"{role} has passed the {entry} on to {there.facets[PASSED_ON]}, and a class "
            f"grants only as the owner: run `revoke grant option for {what} from {role} "
            "cascade`, and grant as the owner what is to stay"
        )
    return f"{entry} would not be the same ({', '.join(facets)})"


def pattern(entry: CatalogObject) -> str:
    """The pattern in `keep` that names this object alone."""
    return escaped(str(entry))


def escaped(name: str) -> str:
    """A pattern that only this name fits."""
    return "".join(f"[{each}]" if each in "*?[" else each for each in name)


def _declaring(sources: Mapping[str, Source], error: str) -> str | None:
    """The table whose file declares the object that PostgreSQL refuses to make, if one does."""
    for name in re.findall(r'(?:"[^"]+"|\w)\.("[^"]+"|\w+)', error)[:1]:
        named = [
            each.table.full_name
            for each in sources.values()
            if isinstance(each, ClassSource)
            if each.table.full_name.endswith(f".{name}")
            or any(f".{name}" in line for line in each.lines)
        ]
        return next((each for each in named if each.endswith(f".{name}")), [*named, None][0])
    return None


def _schema(catalog: Catalog, name: str) -> str:
    return schema_of(catalog[name].name) if name in catalog else ""


def _named(tables: Sequence[FoundTable], text: str) -> str | None:
    """The table that a text names, or else the last one; none if there is no table."""
    longest = sorted((each.full_name for each in tables), key=len, reverse=True)
    # PostgreSQL names what is built of it, in another schema.
    named = (name for name in longest if f".{split_name(name)[-1]}" in text)
    return next(named, longest[-1] if longest else None)
