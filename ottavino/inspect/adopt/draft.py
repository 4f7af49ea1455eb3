"""A class that is being written: its table, and the names that its file has so far."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

from ottavino.identity import Role
from ottavino.inspect.adopt.found import FoundTable
from ottavino.inspect.adopt.known import Known
from ottavino.inspect.adopt.memberships import FoundMembers
from ottavino.inspect.adopt.source import attribute, call, sql, string, tuple_of
from ottavino.inspect.catalog import CatalogObject
from ottavino.postgres.quoting import unquoted


@dataclass(slots=True)
class Draft:
    """What the parts of a class share while they are written."""

    table: FoundTable
    name: str
    module: str
    parts: Mapping[str, list[CatalogObject]]
    """The objects of the table in the catalog, by kind."""
    of_partitions: Mapping[str, list[CatalogObject]]
    """The objects of its partitions, by the names of these."""
    known: Known
    imports: set[str] = field(default_factory=set[str])
    """The names that it takes from `ottavino`."""
    used: dict[str, str] = field(default_factory=dict[str, str])
    """The modules of the classes that it names."""
    attributes: dict[str, str] = field(default_factory=dict[str, str])
    """The names of the columns in Python."""
    within_columns: set[str] = field(default_factory=set[str])
    """The constraints that a column declares."""

    @property
    def members(self) -> FoundMembers | None:
        """What the class declares by `Members`."""
        return self.known.members.get(self.table.full_name)

    def helper(self, name: str) -> str:
        """The name of a helper here: another one if a column has the same."""
        self.imports.add(name)
        taken = {*self.attributes.values()}
        return attribute(f"{name}_column", taken) if name in taken else name

    def call(self, name: str, *arguments: str, indent: int = 8) -> str:
        """A call of a helper."""
        return call(self.helper(name), *arguments, indent=indent)

    def roles(self, names: Collection[str]) -> str:
        """A tuple of Supabase's roles."""
        return tuple_of([f"{self.helper('Role')}.{Role(name).name}" for name in names])

    def own_name(self, entry: CatalogObject) -> str:
        """The name of a part of the table, without quotation marks."""
        return unquoted(entry.name.removeprefix(f"{self.table.full_name}."))

    def detail(self, what: str, create: str, drop: str) -> str:
        """A property of the table by its SQL."""
        return self.found(f"detail {self.table.full_name}.{what}", create, drop)

    def as_found(self, kind: str, name: str, create: str, drop: str, *facts: str) -> str:
        """An object of some kind by its SQL."""
        return self.found(f"{kind} {name}", create, drop, *facts)

    def found(self, name: str, create: str, drop: str, *facts: str) -> str:
        """An object by its SQL."""
        return found_source(self.helper("AsFound"), name, create, drop, *facts)


def found_source(helper: str, name: str, create: str, drop: str, *facts: str) -> str:
    """The source of an object by its SQL."""
    return call(helper, string(name), sql(create), f"drop={sql(drop)}", *facts, indent=8)
