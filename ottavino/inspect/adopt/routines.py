"""The functions of a database that belong beside a table, and the triggers that call them."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from ottavino.identity import Role
from ottavino.inspect.adopt.draft import found_source
from ottavino.inspect.adopt.rare import FoundRare
from ottavino.inspect.catalog import Catalog, CatalogObject
from ottavino.sql import mentions
from ottavino.sql.names import path_of

ROUTINES = {"function", "procedure"}
NOUNS = ("table", "view", "materialized view")
ALONE = ""
"""The place of the functions that are beside no table."""


@dataclass(frozen=True, slots=True)
class Routines:
    """The functions that belong to each table."""

    beside: dict[str, list[CatalogObject]] = field(
        default_factory=dict[str, list[CatalogObject]]
    )
    catalog: Mapping[str, CatalogObject] = field(default_factory=dict[str, CatalogObject])

    def sources(self, table: str, helper: str = "AsFound") -> Iterator[str]:
        """The source of the functions of a table, and of triggers on tables of others."""
        for function in self.beside.get(table, ()):
            create, drop = created(function, self.catalog), f"drop {function}"
            triggers = self.elsewhere(function)
            if not triggers:
                yield found_source(helper, str(function), create, drop)
                continue
            # Only the owner of another's table may drop a trigger on it: the function, which
            # is ours, takes it along.
            made = [statement for each in triggers for statement in each.made()]
            yield found_source(
                helper, self.name(function), ";\n".join([create, *made]), f"{drop} cascade"
            )

    def elsewhere(self, function: CatalogObject) -> list[CatalogObject]:
        """The triggers on tables of others that call a function."""
        return [each for each in self._calling(function) if each.part_of is None]

    def name(self, function: CatalogObject) -> str:
        """The name by which a function is declared: that of its trigger, if no other calls it,
        and that is on a table of others.
        """
        calling = self._calling(function)
        is_elsewhere = [each.part_of is None for each in calling] == [True]
        return str(calling[0] if is_elsewhere else function)

    def _calling(self, function: CatalogObject) -> list[CatalogObject]:
        return [
            each
            for each in self.catalog.values()
            if each.kind == "trigger" and calls(each.creation or "", function)
        ]


def created(function: CatalogObject, catalog: Mapping[str, CatalogObject]) -> str:
    """The SQL that creates a function, and grants its execution to the same roles."""
    grants = [
        each.creation
        for each in catalog.values()
        if each.kind == "privilege"
        and each.part_of == str(function)
        and not each.name.endswith("to its owner")
        and each.creation is not None
    ]
    owners = [f"revoke all on routine {function.name} from public, {', '.join(Role)}"]
    comment = [function.changes["comment"]] if "comment" in function.facets else []
    return ";\n".join([function.changes["language"], *owners, *sorted(grants), *comment])


def routines_beside(
    catalog: Catalog,
    tables: Sequence[str],
    known: Collection[str],
    rare: Sequence[FoundRare] = (),
    picked: Collection[str] = (),
) -> Routines:
    """The functions of some tables, each beside one: the first that it is used by, or about.

    `known` are the functions and triggers that are declared already, each with its kind: a
    trigger on a table of others is declared with its function. A function that has to do with
    none of the tables is declared alone if it is `picked`, and else left to others.
    """
    found = Routines(catalog=catalog)
    left = {
        str(each): each
        for each in catalog.values()
        if each.kind in ROUTINES
        and each.creation is not None
        and str(each) not in known
        and found.name(each) not in known
    }
    for name, function in [*left.items()]:
        if table := next(_users(catalog, function, tables, rare), None):
            found.beside.setdefault(table, []).append(left.pop(name))
    _add_called(found, left)
    if alone := [left.pop(name) for name in [*left] if name in picked]:
        found.beside[ALONE] = alone
        _add_called(found, left)
    return found


def _add_called(found: Routines, left: dict[str, CatalogObject]) -> None:
    """Add the functions that those call which are there, by themselves or by others."""
    while called := _called_by_others(found, [*left.values()]):
        for function, table in called:
            found.beside[table].append(left.pop(str(function)))


def _called_by_others(
    found: Routines, left: Sequence[CatalogObject]
) -> list[tuple[CatalogObject, str]]:
    """Each function that one beside a table calls, with that table."""
    called = [
        (function, table)
        for function in left
        for table, others in found.beside.items()
        if any(calls(each.creation or "", function, is_body=True) for each in others)
    ]
    return [*{str(each): (each, table) for each, table in called[::-1]}.values()]


def _users(
    catalog: Catalog,
    function: CatalogObject,
    tables: Sequence[str],
    rare: Sequence[FoundRare],
) -> Iterator[str]:
    for table in tables:
        wholes = {f"{noun} {table}" for noun in NOUNS}
        parts = [e for e in catalog.values() if e.part_of in wholes or str(e) in wholes]
        texts = [each.creation or "" for each in parts if each.kind != "column"]
        columns = [each.facets for each in parts if each.kind == "column"]
        texts += [each.get(facet, "") for each in columns for facet in ("default", "generated")]
        domains = {f"domain {each.get('type', '').removesuffix('[]')}" for each in columns}
        texts += [each.creation or "" for n, each in catalog.items() if n in domains]
        texts += [each.create for each in rare if each.is_named_in(texts)]
        if any(calls(text, function) for text in texts):
            yield table
    text = function.creation or ""
    named = {".".join(each.path[:2]) for each in mentions(text)}
    bare = {each.path[0] for each in mentions(text)}
    for table in tables:
        path = path_of(table)
        if ".".join(path) in named or path[-1] in bare:
            yield table


def calls(sql: str, function: CatalogObject, *, is_body: bool = False) -> bool:
    """Whether some SQL names a function; a body may do so without its schema."""
    path = path_of(function.name.partition("(")[0])
    return path[-1] in sql and any(
        each.path == path or (is_body and each.is_call and each.path == path[1:])
        for each in mentions(sql)
    )
