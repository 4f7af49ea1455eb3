"""What is declared beside a table, since it needs it, and what is declared beside none."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from ottavino.inspect.adopt.extensions_beside import ExtensionsBeside, extension_source
from ottavino.inspect.adopt.found import FoundTable
from ottavino.inspect.adopt.jobs import job_source
from ottavino.inspect.adopt.rare import RareBeside
from ottavino.inspect.adopt.routines import ALONE, Routines
from ottavino.inspect.adopt.types_beside import TypesBeside
from ottavino.inspect.catalog import Catalog, CatalogObject
from ottavino.postgres.quoting import schema_of


@dataclass(frozen=True, slots=True)
class Beside:
    """The objects that are still to be declared: each is once."""

    catalog: Catalog
    picked: Collection[str]
    """The names of those that are declared even if no table needs them."""
    routines: Routines
    policies: Mapping[str, Sequence[str]]
    """The sources of policies on tables of others, by the tables beside which they are."""
    types: TypesBeside
    extensions: ExtensionsBeside
    rare: RareBeside
    empty: Sequence[str]
    """The schemas to declare in which there is nothing."""

    def of(self, table: FoundTable, parts: Sequence[CatalogObject]) -> list[str]:
        """The sources of those that a table with these parts needs first."""
        called = self.routines.beside.get(table.full_name, ())
        before = {*self.types.declared}
        beside = [*self.routines.sources(table.full_name)]
        beside += self.types.of(table, called, parts)
        names = [table.full_name, *(each.name for each in table.partitions), *map(str, called)]
        whole = self.catalog.get(f"{table.noun} {table.full_name}")
        texts = [each.creation or "" for each in (*parts, *called, *([whole] if whole else []))]
        texts += [c.default or "" for c in table.columns]
        beside += self._needed(before, names, [*texts, *beside], called)
        return [*beside, *self.policies.get(table.full_name, ())]

    def alone(self) -> list[str]:
        """The sources of those that are picked, and that no table has taken."""
        called = self.routines.beside.get(ALONE, ())
        before = {*self.types.declared}
        picked = [each for name, each in self.catalog.items() if name in self.picked]
        beside = [*self.types.schemas_of(self.empty), *self.types.picked(picked)]
        beside += [*self.routines.sources(ALONE), *self.types.of_functions(called)]
        texts = [*(each.creation or "" for each in (*picked, *called)), *beside]
        beside += self._needed(before, [*map(str, called)], texts, called, self.picked)
        beside += self.policies.get(ALONE, ())
        return [*beside, *(job_source(e) for e in picked if e.kind == "cron-job")]

    def _needed(
        self,
        before: Collection[str],
        names: Iterable[str],
        texts: Sequence[str],
        called: Iterable[CatalogObject],
        picked: Collection[str] = (),
    ) -> Iterator[str]:
        """What some objects need of a kind that is rare, their extensions, and the schemas of
        all of these. `before` are the types that were declared before these objects, and
        `picked` what is declared even if none needs it.
        """
        types = sorted(self.types.declared - {*before})
        yield from self.types.schemas_of(schema_of(each.partition(" ")[2]) for each in types)
        bodies = [each.creation or "" for each in called]
        used = self.extensions.new([*names, *types], bodies)
        needed = self.rare.new(texts, picked)
        yield from map(self.rare.source, needed)
        yield from self.types.schemas_of(schema_of(each.name) for each in needed)
        yield from self.types.schemas_of(each.schema for each in used)
        yield from map(extension_source, used)
