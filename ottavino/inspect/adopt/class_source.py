"""The source of a table's class: helpers where they declare the same, otherwise SQL."""

import re
import textwrap
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass

from ottavino.declare.table import TAKEN
from ottavino.identity import Role
from ottavino.inspect.adopt.column_source import RANGES
from ottavino.inspect.adopt.columns import column_source, enumerated
from ottavino.inspect.adopt.constraints import constraint
from ottavino.inspect.adopt.details import declared_options, details
from ottavino.inspect.adopt.draft import Draft
from ottavino.inspect.adopt.found import FoundTable
from ottavino.inspect.adopt.grants import grants
from ottavino.inspect.adopt.indexes import indexes
from ottavino.inspect.adopt.known import Known
from ottavino.inspect.adopt.partitions import partitions
from ottavino.inspect.adopt.policies import policy
from ottavino.inspect.adopt.published import published
from ottavino.inspect.adopt.source import attribute, docstring, exact, sql, string
from ottavino.inspect.catalog import CatalogObject

TAKEN_IN_VIEWS = (
    "accepted",
    "is_barrier",
    "is_materialized",
    "is_view",
    "query",
    "reads_as_invoker",
)
"""More names that no column of a view can have in Python."""
NAMED = (
    *("AsFound", "Col", "Domain", "Extension", "ForeignPolicy", "OptionalRef", "PUBLIC", "Raw"),
    *("Ref", "Role", "Schema", "Table", "View"),
    *("Any", "Decimal", "Range", "StrEnum", "UUID", "dt"),
    *("CIDR", "INET", *RANGES.values()),
    *("bool", "bytes", "float", "int", "list", "object", "str"),
)
"""Names that the class itself uses, which a column would hide."""


@dataclass(frozen=True, slots=True)
class ClassSource:
    """A table's class in its file."""

    table: FoundTable
    name: str
    imports: set[str]
    """The names that it takes from `ottavino`."""
    parents: dict[str, str]
    """The modules of the classes that it refers to."""
    lines: list[str]
    """The class."""
    attributes: dict[str, str]
    """The names of the columns in Python."""

    @property
    def text(self) -> str:
        """The file."""
        body = "\n".join(self.lines)
        about = docstring(f"The table {self.table.full_name}")
        return "\n".join([f"{about}\n", head(body, self.imports, self.parents), body, ""])


def head(body: str, names: Collection[str], classes: Mapping[str, str]) -> str:
    """The imports of a file with this body: some names of `ottavino`, and classes, each of a
    module.
    """
    stock = [
        line
        for line, pattern in (
            ("import datetime as dt", r"\bdt\."),
            ("from decimal import Decimal", r"\bDecimal\b"),
            ("from enum import StrEnum", r"\bStrEnum\b"),
            ("from typing import Any", r"\bAny\b"),
            ("from uuid import UUID", r"\bUUID\b"),
            ("\nfrom asyncpg.types import Range", r"\bRange\["),
        )
        if re.search(pattern, body)
    ]
    listed = "".join(f"    {name},\n" for name in sorted(names, key=_as_sorted))
    by_module: dict[str, list[str]] = {}
    for name, module in sorted(classes.items()):
        by_module.setdefault(module, []).append(name)
    own = [
        f"from {module} import {', '.join(names)}"
        for module, names in sorted(by_module.items())
    ]
    imports = "\n".join([*stock, "", f"from ottavino import (\n{listed})", *own])
    return f"{imports.lstrip()}\n\n"


HELPERS = (
    *("AsFound", "CronJob", "Domain", "EnumType", "Extension", "ForeignPolicy", "Raw"),
    "Schema",
)
"""The helpers of objects that are declared beside a table or alone."""


def helpers(sources: Collection[str]) -> set[str]:
    """The names of `ottavino` that the sources of such objects use."""
    used = {name for name in HELPERS if any(e.startswith(f"{name}(") for e in sources)}
    named = [each for each in sources if each.startswith(("ForeignPolicy(", "Schema("))]
    return used | {name for name in ("PUBLIC", "Role") if _names(named, name)}


def _written(draft: Draft, beside: Collection[str]) -> ClassSource:
    is_view = draft.table.noun != "table"
    taken = {*TAKEN, *NAMED, "database_objects", *(TAKEN_IN_VIEWS if is_view else ())}
    taken |= {draft.name, *draft.known.names}
    for column in draft.table.columns:
        name = attribute(column.name, {*taken, *draft.attributes.values()})
        draft.attributes[column.name] = name
    columns = [column_source(draft, each) for each in draft.table.columns]
    members = [*_members(draft)]
    objects = [*(name for name, _ in members), *_objects(draft), *beside]
    stock = "View" if is_view else "Table"
    head = f"class {draft.name}({stock}, tablename={string(draft.table.name)}"
    is_public = draft.table.schema_ == "public"
    schema = "" if is_public else f", schema={string(draft.table.schema_)}"
    about = _sentence(draft.table.comment or f"A row of {draft.table.name}")
    own = [each for each in enumerated(draft) if each.module == draft.module]
    lines = [
        *(line for each in own for line in each.lines),
        f"{head}{schema}{''.join(_options(draft))}):",
        f"    {docstring(about)}",
        "",
        *_query(draft),
        *(f"    {line}" for column in columns for line in column.split("\n")),
        *(line for _, source in members for line in ["", *source]),
    ]
    if objects:
        lines += ["", "    database_objects = ("]
        lines += [
            f"        {line}" if line else ""
            for each in objects
            for line in f"{each},".split("\n")
        ]
        lines.append("    )")
    draft.imports.add(stock)
    if any(": Col[" in line for line in lines):
        draft.imports.add("Col")
    return ClassSource(
        draft.table, draft.name, _imported(draft), draft.used, lines, draft.attributes
    )


def _imported(draft: Draft) -> set[str]:
    """The imports of some names: under another name if a column has the same."""
    return {
        f"{name} as {draft.helper(name)}" if name in draft.attributes.values() else name
        for name in draft.imports
    }


def _options(draft: Draft) -> Iterator[str]:
    if draft.table.noun == "table" and draft.table.key is None:
        yield ", has_key=False"
    if draft.table.partition_by is not None:
        yield f", partition_by={string(draft.table.partition_by)}"
    if draft.table.kind == "m":
        yield ", materialized=True"
    if draft.table.kind == "v":
        options = declared_options(draft.table.options)
        if "security_invoker" not in options:
            yield ", security_invoker=False"
        if "security_barrier" in options:
            yield ", security_barrier=True"


def _query(draft: Draft) -> Iterator[str]:
    if draft.table.query is not None:
        query = sql(_of_values(textwrap.dedent(draft.table.query).strip().rstrip(";")))
        yield from (f"    {line}" for line in f"query = {query}".split("\n"))
        yield ""


def _objects(draft: Draft) -> Iterator[str]:
    table = draft.table
    if table.noun == "table" and not (table.row_security and table.forced):
        given = (f"enabled={table.row_security}", f"forced={table.forced}")
        yield draft.call("RowSecurity", *given)
    yield from _comments(draft)
    yield from grants(draft)
    for each in table.constraints:
        if each.name not in draft.within_columns:
            yield from constraint(draft, each)
    yield from indexes(draft)
    yield from partitions(draft)
    yield from published(draft)
    for kind in ("policy", "trigger"):
        for each in draft.parts.get(kind, ()):
            if kind == "policy" and (written := policy(draft, each)) is not None:
                yield written
                continue
            name = f"{draft.table.full_name}.{draft.own_name(each)}"
            yield draft.as_found(kind, name, each.creation or "", each.removal)
    for kind in ("rule", "statistics"):
        for each in draft.parts.get(kind, ()):
            yield draft.detail(f"{kind} {each.name}", each.creation or "", each.removal)
    yield from details(draft)


def _members(draft: Draft) -> Iterator[tuple[str, list[str]]]:
    """The attribute that says who is a member, and its lines."""
    if draft.members is not None:
        named = zip(("group", "user", "role"), draft.members.columns, strict=False)
        arguments = [f"{what}={draft.attributes[column]}" for what, column in named]
        if draft.members.to != (Role.AUTHENTICATED,):
            arguments.append(f"to={draft.roles(draft.members.to)}")
        name = attribute("members", {*TAKEN, *draft.attributes.values()})
        source = f"{name} = {draft.call('Members', *arguments)}"
        yield name, [f"    {line}" for line in source.split("\n")]


def _comments(draft: Draft) -> Iterator[str]:
    if draft.table.comment:
        yield draft.call("Comment", exact(draft.table.comment))
    for each in draft.table.columns:
        if each.comment:
            on = f"on={draft.attributes[each.name]}"
            yield draft.call("Comment", exact(each.comment), on)


def class_source(
    table: FoundTable,
    place: tuple[str, str],
    parts: Collection[CatalogObject],
    known: Known,
    beside: list[str],
) -> ClassSource:
    """The class of a table, for a place: a module, and a name.

    `beside` is the source of its functions.
    """
    by_kind: dict[str, list[CatalogObject]] = {}
    of_partitions: dict[str, list[CatalogObject]] = {}
    for each in sorted(parts, key=str):
        _, _, whose = (each.part_of or "").partition(" ")
        if whose.removeprefix("view ") == table.full_name:
            by_kind.setdefault(each.kind, []).append(each)
        else:
            of_partitions.setdefault(whose, []).append(each)
    module, name = place
    draft = Draft(table, name, module, by_kind, of_partitions, known)
    draft.imports |= helpers(beside)
    return _written(draft, beside)


def _names(sources: Collection[str], name: str) -> bool:
    """Whether one of some sources names a role."""
    pattern = re.compile(rf"\b(?:to|usage)=(?:\([^)]*)?\b{name}\b")
    return any(pattern.search(each) for each in sources)


def _as_sorted(name: str) -> tuple[int, str]:
    """As ruff sorts imported names: constants, classes, functions."""
    plain = name.split(" ", maxsplit=1)[0]
    return (0 if plain.isupper() and len(plain) > 1 else 1 if plain[:1].isupper() else 2), plain


def _sentence(text: str) -> str:
    """The first words of a text, as a docstring of one line has them."""
    line = " ".join(text.replace('"', "'").split()).rstrip(".")
    return textwrap.shorten(line, 80, placeholder=" …")


def _of_values(query: str) -> str:
    """The `values` of a view that names their columns, which PostgreSQL writes as a `select`
    from them. Made of that, it would be another view.
    """
    found = re.fullmatch(
        r'SELECT [^\n]*column1.*?\n\s*FROM \((VALUES .*)\) "\*VALUES\*"(.*)', query, re.DOTALL
    )
    if found is None or query.count("(VALUES ") > 1:
        return query
    return found[1] + found[2].replace('"*VALUES*".', "")
