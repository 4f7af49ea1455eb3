"""The domains and sequences that the columns of a table take, beside the table."""

import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field

from ottavino.identity import Role
from ottavino.inspect.adopt.draft import found_source
from ottavino.inspect.adopt.found import FoundDomain, FoundTable
from ottavino.inspect.adopt.source import call, sql, string, tuple_of
from ottavino.inspect.catalog import Catalog, CatalogObject
from ottavino.postgres.quoting import literal


@dataclass(slots=True)
class TypesBeside:
    """The types already declared.

    Each is declared beside the first table that has a column of it.
    """

    catalog: Catalog
    enumerations: Collection[str]
    """The types that a column declares."""
    schemas: Mapping[str, tuple[str, ...]]
    """The schemas to declare, each with the roles that may use it."""
    declared: set[str] = field(default_factory=set[str])

    def of(self, table: FoundTable, routines: Collection[CatalogObject]) -> Iterator[str]:
        """The source of those that a table or one of its functions takes first."""
        for name in (*_schemas_of(table), *(_schema_of(each) for each in routines)):
            if name in self.schemas and f"schema {name}" not in self.declared:
                self.declared.add(f"schema {name}")
                yield schema_source(name, self.schemas[name])
        for column in table.columns:
            if column.domain and self._is_new(f"domain {column.domain.name}"):
                yield from self._domain(column.domain)
            if column.labels and (kind := column.type.removesuffix("[]")) in self.enumerations:
                yield from self._comment(f"type {kind}", "enum")
            for each in self.catalog.values():
                if (
                    each.kind == "sequence"
                    and "owned by" not in each.facets
                    and f"nextval({literal(each.name)}::regclass)" in (column.default or "")
                    and self._is_new(str(each))
                ):
                    yield sequence_source(each, self.catalog)

        of_domains = [c.domain.of for c in table.columns if c.domain]
        yield from self._raw_types([*(c.type for c in table.columns), *of_domains], routines)

    def _raw_types(
        self, types: Collection[str], routines: Collection[CatalogObject]
    ) -> Iterator[str]:
        """Types that no column declares by a helper, such as those of several fields."""
        texts = [each.creation or "" for each in routines]
        for each in self.catalog.values():
            if each.kind != "type" or each.creation is None or each.name in self.enumerations:
                continue
            is_used = (
                each.name in {of.removesuffix("[]") for of in types}
                or any(f"multirange_type_name = {of}" in each.creation for of in types)
                or any(each.name in text for text in texts)
            )
            if is_used and self._is_new(str(each)):
                yield _raw(each)

    def _domain(self, domain: FoundDomain) -> Iterator[str]:
        """A domain, with its comment; over another one, by its SQL and after it."""
        name = f"domain {domain.name}"
        base = self.catalog.get(f"domain {domain.of.removesuffix('[]')}")
        if base is None:
            yield domain_source(domain)
            yield from self._comment(name, "domain")
            return
        yield from map(_raw, reversed([*self._bases(base)]))
        yield _raw(self.catalog[name])

    def _bases(self, domain: CatalogObject | None) -> Iterator[CatalogObject]:
        """A domain that is not declared yet, and those under it."""
        while domain is not None and self._is_new(str(domain)):
            yield domain
            of = domain.facets["definition"]
            bases = (e for e in self.catalog.values() if e.kind == "domain")
            domain = next((e for e in bases if f"{of} ".startswith(f"{e.name} ")), None)

    def _comment(self, name: str, kind: str) -> Iterator[str]:
        """The comment on a type, after the type."""
        entry = self.catalog.get(name)
        if entry is None or "comment" not in entry.facets or f"comment {name}" in self.declared:
            return
        self.declared.add(f"comment {name}")
        comment, of = entry.changes["comment"], f"comment on type {entry.name} is null"
        yield found_source("AsFound", f"comment on {kind} {entry.name}", comment, of)

    def _is_new(self, name: str) -> bool:
        if name in self.declared or name not in self.catalog:
            return False
        self.declared.add(name)
        return True


def _schemas_of(table: FoundTable) -> Iterator[str]:
    yield table.schema_
    for column in table.columns:
        if column.labels or column.domain:
            yield column.type.partition(".")[0]


def _schema_of(entry: CatalogObject) -> str:
    return entry.name.partition(".")[0]


def _raw(entry: CatalogObject) -> str:
    created = [entry.creation or ""]
    created += [entry.changes["comment"]] if "comment" in entry.facets else []
    return raw_source(str(entry), ";\n".join(created), entry.removal)


def raw_source(name: str, create: str, drop: str) -> str:
    """An object that has to be there before the tables, by its SQL."""
    arguments = (f"create={sql(create)}", f"drop={sql(drop)}", "before_tables=True")
    return call("Raw", string(name), *arguments, indent=8)


def schema_source(name: str, users: Collection[str]) -> str:
    """A schema with the API roles that may use it: what another role may do differs."""
    roles = [f"Role.{each.name}" for each in Role if each in users]
    usage = [f"usage={tuple_of(roles)}"] if roles else []
    return call("Schema", string(name), *usage, indent=8)


def domain_source(domain: FoundDomain) -> str:
    """A domain by its helper: what it cannot say differs, and leaves the domain as it is."""
    arguments = [string(domain.name), string(domain.of)]
    checks = {
        name: match[1]
        for name, definition in domain.checks.items()
        if (match := re.fullmatch(r"CHECK \((.*)\)", definition, re.DOTALL))
    }
    if checks:
        pairs = ", ".join(f"{string(name)}: {string(each)}" for name, each in checks.items())
        arguments.append(f"checks={{{pairs}}}")
    if domain.default is not None:
        arguments.append(f"default={sql(domain.default)}")
    if domain.required:
        arguments.append("required=True")
    return call("Domain", *arguments, indent=8)


def sequence_source(sequence: CatalogObject, catalog: Catalog) -> str:
    """A sequence as it was found, with its privileges."""
    grants = [
        each.creation
        for each in catalog.values()
        if each.kind == "privilege"
        and each.part_of == str(sequence)
        and not each.name.endswith("to its owner")
        and each.creation is not None
    ]
    how = ["as", sequence.facets["type"], sequence.facets["counts"]]
    made = [
        # At once: a sequence that counts down cannot start where one that counts up does.
        f"create sequence {sequence.name} {' '.join(how)}",
        f"revoke all on sequence {sequence.name} from public, {', '.join(Role)}",
        *([sequence.changes["comment"]] if "comment" in sequence.facets else []),
        *sorted(grants),
    ]
    return found_source("AsFound", str(sequence), ";\n".join(made), sequence.removal)
