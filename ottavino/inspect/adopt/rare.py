"""Objects that only `Raw` declares: aggregates, operators, collations, casts, and what text
search is configured by.
"""

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

from ottavino.inspect.adopt.source import call, sql, string, tuple_of
from ottavino.inspect.catalog import Catalog
from ottavino.inspect.strangers import PLATFORM, strangers
from ottavino.migrate.state import State
from ottavino.postgres.connection import Connection
from ottavino.postgres.quoting import literal

NOT_COMPARED = {
    "access method",
    "cast",
    "collation",
    "conversion",
    "foreign data wrapper",
    "language",
    "operator",
    "operator class",
    "operator family",
    "replication slot",
    "server",
    "subscription",
    "text search configuration",
    "text search dictionary",
    "transform",
}
"""The kinds that drift lists and does not compare."""

RARE = (Path(__file__).parent / "rare.sql").read_text("utf-8")


class FoundRare(NamedTuple):
    """Such an object, and its SQL."""

    kind: str
    name: str
    create: str
    drop: str
    read: str
    needs: list[str]
    """What may have to be there before it, as migrations name it."""
    comment: str | None

    def __str__(self) -> str:
        return f"{self.kind} {self.name}"

    @property
    def address(self) -> str:
        """Its name in a `comment on` statement."""
        kind = "routine" if self.kind == "aggregate" else self.kind
        return self.drop[len("drop ") :] if self.kind == "operator" else f"{kind} {self.name}"

    @property
    def declared(self) -> str:
        """The name that its `Raw` has in migrations."""
        return f"raw {self}"

    def is_named_in(self, texts: Collection[str]) -> bool:
        """Whether other SQL names it. A cast has no name."""
        name = self.name.partition("(")[0]
        return name != "" and any(name in text for text in texts)


@dataclass(slots=True)
class RareBeside:
    """Those already declared: each is declared once."""

    found: Sequence[FoundRare]
    catalog: Catalog
    declared: set[str] = field(default_factory=set[str])

    def new(self, texts: Collection[str], picked: Collection[str] = ()) -> list[FoundRare]:
        """Those that some SQL names or that are picked, each after those that it needs
        itself.
        """
        named = [e for e in self.found if str(e) in picked or e.is_named_in(texts)]
        return [*self._with_needed(named)]

    def _with_needed(self, named: Iterable[FoundRare]) -> Iterator[FoundRare]:
        for each in named:
            if each.declared not in self.declared:
                self.declared.add(each.declared)
                yield from self._with_needed(e for e in self.found if e.declared in each.needs)
                yield each

    def source(self, rare: FoundRare) -> str:
        """Its `Raw`, with the privileges that roles have on it."""
        of = str(rare)
        created = [rare.create]
        if rare.kind == "aggregate":
            created += _grants(of, rare.name, self.catalog)
        if rare.comment:
            created.append(f"comment on {rare.address} is {literal(rare.comment)}")
        needs = [string(each) for each in (*self._types(rare), *rare.needs) if "." in each]
        return call(
            "Raw",
            string(of),
            f"create={_sql(created)}",
            f"drop={sql(rare.drop)}",
            f"read={sql(rare.read)}",
            *([f"needs={tuple_of(needs)}"] if needs else []),
            "before_tables=True",
            indent=8,
        )

    def _types(self, rare: FoundRare) -> Iterator[str]:
        """The types of several fields that it names, or that its functions do."""
        functions = (
            each.creation or ""
            for each in self.catalog.values()
            if each.kind == "function" and each.name.partition("(")[0] in rare.needs
        )
        texts = [rare.create, *functions]
        for each in self.catalog.values():
            if each.kind == "type" and any(each.name in text for text in texts):
                yield f"raw {each}"


async def found_rare(connection: Connection, schemas: Iterable[str]) -> list[FoundRare]:
    """Those in some schemas that belong to the role that migrates."""
    await connection.execute("set local search_path = ''")
    return [FoundRare(*row) for row in await connection.fetch(RARE, [*schemas])]


async def not_declared(
    connection: Connection, schemas: Collection[str], state: State
) -> list[str]:
    """Sentences about the objects of rare kinds, in some schemas or in none, that are not
    declared. What is of a service's schema is left to it.
    """
    return [
        f"Not declared: {each}"
        for each in await strangers(connection, schemas)
        if each.kind in NOT_COMPARED and f"raw {each}" not in state.objects
        if not any(f"{schema}." in each.name for schema in PLATFORM)
    ]


def _sql(statements: Sequence[str]) -> str:
    return sql(";\n".join(statements))


def _grants(of: str, name: str, catalog: Catalog) -> Iterator[str]:
    yield f"revoke all on routine {name} from public, anon, authenticated, service_role"
    for each in catalog.values():
        is_of = each.kind == "privilege" and each.part_of == of
        if is_of and each.creation and not each.name.endswith("to its owner"):
            yield each.creation
