"""The domains and sequences that the columns of a table take, beside the table."""

import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from ottavino.declare.role import PUBLIC
from ottavino.identity import Role
from ottavino.inspect.adopt.column_source import is_serial, sequences_of
from ottavino.inspect.adopt.draft import found_source
from ottavino.inspect.adopt.found import FoundColumn, FoundDomain, FoundSchema, FoundTable
from ottavino.inspect.adopt.grants import grants_on
from ottavino.inspect.adopt.source import call, sql, string, tuple_of
from ottavino.inspect.catalog import Catalog, CatalogObject
from ottavino.postgres.quoting import identifier, literal, schema_of
from ottavino.sql import literals, mentions, stable
from ottavino.sql.names import path_of

OWN_COLLATION = re.compile(r'\bcollate ((?:\w+|"(?:[^"]|"")+")\.(?:\w+|"(?:[^"]|"")+"))')
"""A collation of a project in the SQL of a type: the names of PostgreSQL's have no schema."""


@dataclass(slots=True)
class TypesBeside:
    """The types already declared.

    Each is declared beside the first table that has a column of it.
    """

    catalog: Catalog
    enumerations: Collection[str]
    """The types that a column declares."""
    schemas: Mapping[str, FoundSchema]
    """The schemas to declare."""
    owners: Mapping[str, FoundColumn] = field(default_factory=dict[str, FoundColumn])
    """The columns to which sequences belong, by the sequences."""
    declared: set[str] = field(default_factory=set[str])

    def of(
        self,
        table: FoundTable,
        routines: Collection[CatalogObject],
        parts: Collection[CatalogObject] = (),
    ) -> Iterator[str]:
        """The source of those that a table, its parts or its functions take first."""
        names = [*_schemas_of(table), *(_schema_of(each) for each in routines)]
        yield from self.schemas_of(names)
        for column in table.columns:
            if column.domain and self._is_new(f"domain {column.domain.name}"):
                yield from self._domain(column.domain)
            if column.labels and (kind := column.type.removesuffix("[]")) in self.enumerations:
                yield from self._comment(f"type {kind}", "enum")
            yield from self._sequences(table, column)

        yield from self._sequences_in(routines)
        of_domains = [c.domain.of for c in table.columns if c.domain]
        texts = [each.creation or "" for each in (*routines, *parts)]
        yield from self._raw_types([*(c.type for c in table.columns), *of_domains], texts)

    def of_functions(self, routines: Collection[CatalogObject]) -> Iterator[str]:
        """The source of those that functions take which are beside no table."""
        yield from self.schemas_of(_schema_of(each) for each in routines)
        yield from self._sequences_in(routines)
        yield from self._raw_types((), [each.creation or "" for each in routines])

    def picked(self, entries: Collection[CatalogObject]) -> Iterator[str]:
        """The source of types, domains and sequences, whatever needs them."""
        found = [each for each in entries if each.kind in {"domain", "sequence", "type"}]
        yield from self.schemas_of(_schema_of(each) for each in found)
        yield from self._raw_types([each.name for each in found if each.kind != "sequence"], ())
        for each in found:
            if each.kind == "sequence" and self._is_new(str(each)):
                yield sequence_source(each, self.catalog, None)

    def enumeration(self, name: str, source: str) -> Iterator[str]:
        """An enumerated type that no column declares, by its helper, and its comment."""
        yield from self.schemas_of([schema_of(name)])
        self.declared.add(f"type {name}")
        yield source
        yield from self._comment(f"type {name}", "enum")

    def _sequences(self, table: FoundTable, column: FoundColumn) -> Iterator[str]:
        """The sequences of a column that no `serial` declares."""
        if column.identity or is_serial(column, table.name, table.schema_):
            return
        own = [column.sequence] if column.sequence else []
        for name in dict.fromkeys([*own, *sequences_of(column)]):
            sequence = self.catalog.get(f"sequence {name}")
            if sequence is None or ("owned by" in sequence.facets and name not in self.owners):
                continue
            if self._is_new(str(sequence)):
                yield sequence_source(sequence, self.catalog, self.owners.get(name))

    def _sequences_in(self, routines: Collection[CatalogObject]) -> Iterator[str]:
        """The sequences that a function names, and their schemas."""
        texts = {text for each in routines for text in literals_within(each.creation or "")}
        for each in self.catalog.values():
            if (
                each.kind == "sequence"
                and "owned by" not in each.facets
                and {each.name, each.name.removeprefix("public.")} & texts
                and self._is_new(str(each))
            ):
                yield from self.schemas_of([_schema_of(each)])
                yield sequence_source(each, self.catalog, None)

    def schemas_of(self, names: Iterable[str]) -> Iterator[str]:
        """The source of some schemas, as far as they are to be declared."""
        for name in names:
            if name in self.schemas and f"schema {name}" not in self.declared:
                self.declared.add(f"schema {name}")
                yield from schema_sources(name, self.schemas[name])

    def _raw_types(self, types: Collection[str], texts: Collection[str]) -> Iterator[str]:
        """Types that no column declares by a helper, such as those of several fields, and those
        under them.
        """
        names, texts = {of.removesuffix("[]") for of in types}, [*texts]
        ranges = [f"multirange_type_name = {each}" for each in names]
        left = [
            each
            for each in self.catalog.values()
            if each.kind in {"domain", "type"}
            and each.creation is not None
            and each.name not in self.enumerations
            and str(each) not in self.declared
        ]
        used = [
            each
            for each in left
            if each.name in names
            or any(of in (each.creation or "") for of in ranges)
            or _names(each, texts)
        ]
        for each in used:
            if self._is_new(str(each)):
                of = [each.creation or "", each.facets.get("type", "")]
                under = [*self._raw_types((), of)]
                yield from under
                is_raw = under or each.kind == "type" or OWN_COLLATION.search(of[0])
                yield _raw(each) if is_raw else _as_found(each)

    def _domain(self, domain: FoundDomain) -> Iterator[str]:
        """A domain, with its comment; over another one, or over a type that no column declares,
        by its SQL and after it.
        """
        name, of = f"domain {domain.name}", domain.of.removesuffix("[]")
        base = self.catalog.get(f"domain {of}")
        if base is not None:
            yield from map(_raw, reversed([*self._bases(base)]))
            yield _raw(self.catalog[name])
        elif domain.has_own_collation:
            yield _raw(self.catalog[name])
        elif of not in self.enumerations and f"type {of}" in self.catalog:
            yield from self._raw_types([of], ())
            yield _raw(self.catalog[name])
        else:
            yield domain_source(domain)
            yield from self._comment(name, "domain")

    def _bases(self, domain: CatalogObject | None) -> Iterator[CatalogObject]:
        """A domain that is not declared yet, and those under it."""
        while domain is not None and self._is_new(str(domain)):
            yield domain
            of = domain.facets["type"]
            bases = (e for e in self.catalog.values() if e.kind == "domain")
            domain = next((e for e in bases if f"{of} ".startswith(f"{e.name} ")), None)

    def _comment(self, name: str, kind: str) -> Iterator[str]:
        """The comment on a type, after the type."""
        entry = self.catalog.get(name)
        if entry is None or "comment" not in entry.facets or f"comment {name}" in self.declared:
            return
        self.declared.add(f"comment {name}")
        comment, of = entry.changes["comment"], f"comment on type {entry.name} is null"
        plain = ".".join(path_of(entry.name))
        yield found_source("AsFound", f"comment on {kind} {plain}", comment, of)

    def _is_new(self, name: str) -> bool:
        if name in self.declared or name not in self.catalog:
            return False
        self.declared.add(name)
        return True


def declared_types(catalog: Catalog, declared: Collection[str]) -> Iterator[str]:
    """The types and domains that the classes of earlier adoptions declare, by a helper or by
    their SQL.
    """
    for each in catalog.values():
        if each.kind in {"domain", "type"}:
            plain = ".".join(path_of(each.name))
            if not {str(each), f"raw {each}", f"{each.kind} {plain}"}.isdisjoint(declared):
                yield str(each)


def literals_within(sql: str) -> Iterator[str]:
    """The literals of some SQL, and those of a function's body, which is a literal itself."""
    for text in literals(sql):
        yield text
        yield from literals(text)


def _schemas_of(table: FoundTable) -> Iterator[str]:
    yield from table.schemas
    for column in table.columns:
        if column.labels or column.domain:
            yield schema_of(column.type)


def _schema_of(entry: CatalogObject) -> str:
    return schema_of(entry.name)


def _names(entry: CatalogObject, texts: Iterable[str]) -> bool:
    """Whether some SQL names a type."""
    path = path_of(entry.name)
    return any(
        entry.name in text and any(each.path[:2] == path for each in mentions(text))
        for text in texts
    )


def _raw(entry: CatalogObject) -> str:
    own = OWN_COLLATION.findall(entry.creation or "")
    needs = [string(f"raw collation {each}") for each in dict.fromkeys(own)]
    return raw_source(str(entry), _created(entry), entry.removal, needs)


def _as_found(entry: CatalogObject) -> str:
    """An object that may call functions, which migrations make before it."""
    return found_source("AsFound", str(entry), _created(entry), entry.removal)


def _created(entry: CatalogObject) -> str:
    comments = [entry.changes[e] for e in ("comment", "field comments") if e in entry.facets]
    return ";\n".join([entry.creation or "", *comments])


def raw_source(name: str, create: str, drop: str, needs: Collection[str] = ()) -> str:
    """An object that has to be there before the tables, by its SQL."""
    needed = [f"needs={tuple_of(needs)}"] if needs else []
    arguments = (f"create={sql(create)}", f"drop={sql(drop)}", *needed, "before_tables=True")
    return call("Raw", string(name), *arguments, indent=8)


def schema_sources(name: str, found: FoundSchema) -> Iterator[str]:
    """A schema with the roles that may use it, its other privileges, and its comment."""
    plain = {e.role for e in found.privileges if e.privilege == "usage" and not e.with_option}
    roles = [*(["PUBLIC"] if PUBLIC in plain else [])]
    roles += [f"Role.{each.name}" for each in Role if each in plain]
    usage = [f"usage={tuple_of(roles)}"] if roles else []
    yield call("Schema", string(name), *usage, indent=8)
    on = f"schema {identifier(name)}"
    declared = plain & {PUBLIC, *Role}
    rest = [e for e in found.privileges if e.privilege != "usage" or e.role not in declared]
    if rest:
        others = ", ".join(dict.fromkeys(each.role for each in rest))
        again = [f"grant usage on {on} to {each}" for each in declared if each in others]
        undone = [f"revoke all on {on} from {others}", *sorted(again)]
        granted = ";\n".join(grants_on(on, rest))
        yield raw_source(f"privileges on {on}", granted, ";\n".join(undone))
    if found.comment is not None:
        comment = f"comment on {on} is"
        written = f"{comment} {literal(found.comment)}"
        yield found_source("AsFound", f"comment on schema {name}", written, f"{comment} null")


def domain_source(domain: FoundDomain) -> str:
    """A domain by its helper: what it cannot say differs, and leaves the domain as it is."""
    of = domain.of if domain.collation is None else f"{domain.of} collate {domain.collation}"
    arguments = [string(domain.name), string(of)]
    checks = {
        name: match[1]
        for name, definition in domain.checks.items()
        if (match := re.fullmatch(r"CHECK \((.*)\)", definition, re.DOTALL))
    }
    if checks:
        pairs = ", ".join(
            f"{string(name)}: {string(stable(each))}" for name, each in checks.items()
        )
        arguments.append(f"checks={{{pairs}}}")
    if domain.default is not None:
        arguments.append(f"default={sql(domain.default)}")
    if domain.required:
        arguments.append("required=True")
    return call("Domain", *arguments, indent=8)


def _grants(sequence: CatalogObject, catalog: Catalog) -> Iterator[str]:
    for each in catalog.values():
        is_of = each.kind == "privilege" and each.part_of == str(sequence)
        if is_of and each.creation and not each.name.endswith("to its owner"):
            yield each.creation


def sequence_source(
    sequence: CatalogObject, catalog: Catalog, column: FoundColumn | None
) -> str:
    """A sequence as it was found, with its privileges: those of its column, if it has one."""
    if column is None:
        grants = [*_grants(sequence, catalog)]
    else:
        given = column.sequence_privileges or ()
        grants = [*grants_on(f"sequence {sequence.name}", given)]
    how = ["as", sequence.facets["type"], sequence.facets["counts"]]
    unlogged = "unlogged " if "persistence" in sequence.facets else ""
    made = [
        # At once: a sequence that counts down cannot start where one that counts up does.
        f"create {unlogged}sequence {sequence.name} {' '.join(how)}",
        f"revoke all on sequence {sequence.name} from public, {', '.join(Role)}",
        *([sequence.changes["comment"]] if "comment" in sequence.facets else []),
        *sorted(grants),
    ]
    return found_source("AsFound", str(sequence), ";\n".join(made), sequence.removal)
