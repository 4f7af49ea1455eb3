"""Random small schemas, and random edits of them: dense ones, with several kinds in each."""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any, Self

from hypothesis import assume
from hypothesis import strategies as st

from ottavino import Index, owner
from ottavino.declare.table import Table
from ottavino.migrate.app import Object
from tests.ottavino.migrate import random_columns, random_groups, random_objects
from tests.ottavino.migrate.project import table
from tests.ottavino.migrate.random_columns import (
    A_VECTOR,
    EVERY,
    KINDS,
    NEEDED,
    NUMBERED,
    OF_TYPES,
)
from tests.ottavino.migrate.random_groups import region
from tests.ottavino.migrate.random_objects import ONLY_OVER, RULES, TableObject

TABLES: tuple[str, ...] = ("notes", "tags", "lists")
COLUMNS: tuple[str, ...] = ("a", "b", "group", "Odd one")
BESIDES = (
    *random_groups.NAMES,
    *(f"{kind}_{name}" for kind in ("rows", "view", "stored") for name in TABLES),
)
"""What belongs to none of these tables."""


@dataclass(frozen=True)
class Schema:
    """A whole schema. Objects over columns that do not exist are left out."""

    tables: dict[str, dict[str, str]] = field(default_factory=dict[str, dict[str, str]])
    database_objects: dict[str, tuple[TableObject, ...]] = field(
        default_factory=dict[str, tuple[TableObject, ...]]
    )
    besides: tuple[tuple[str, int], ...] = ()
    answer: bool = True
    """Whether what can be another name is one."""

    def classes(self) -> list[type[Table]]:
        """Its tables."""
        taken: set[str] = set()
        made = [self._table(name, taken) for name in self.tables]
        return [*made, *self._made.tables]

    def objects(self) -> tuple[Object, ...]:
        """What it declares beside the tables."""
        return tuple(self._made.objects.values())

    def without_extension(self) -> Self:
        """The same for a PostgreSQL that has no extension."""
        tables = {
            name: {each: "real" if kind == A_VECTOR else kind for each, kind in there.items()}
            for name, there in self.tables.items()
        }
        besides = tuple(each for each in self.besides if each[0] != "an extension")
        return replace(self, tables=tables, besides=besides)

    @property
    def needs_superuser(self) -> bool:
        """Whether it has an extension, which outside of Supabase only a superuser creates."""
        return "an extension" in self._variants

    @cached_property
    def _made(self) -> random_groups.Made:
        return random_groups.made(self._variants, [*self.tables])

    @property
    def _variants(self) -> dict[str, int]:
        kinds = {kind for there in self.tables.values() for kind in there.values()}
        there = dict(self.besides)
        needed = [name for kind, name in NEEDED.items() if kind in kinds]
        of_types = {of: 0 for kind, (of, _) in OF_TYPES.items() if kind in kinds}
        for name, variant in {**of_types, **there}.items():
            needed += random_groups.needed(name, variant)
        if any(
            each.kind == "call" for rules in self.database_objects.values() for each in rules
        ):
            needed.append("measure")
        return {**dict.fromkeys(needed, 0), **there}

    def _column(self, name: str, kind: str) -> Any:
        of, _ = OF_TYPES.get(kind, ("", None))
        return random_columns.made(name, kind, self._variants.get(of, 0))

    def _table(self, name: str, taken: set[str]) -> type[Table]:
        """A table; the names of indexes in `taken` belong to other tables."""
        columns = {c: self._column(c, kind) for c, kind in self.tables[name].items()}
        columns["user_id"] = owner()
        made: dict[str, Any] = {}
        for rule in self.database_objects.get(name, ()):
            for key, each in self._objects(name, rule, columns):
                if isinstance(each, Index) and str(each.name) in taken:
                    continue
                if made.setdefault(key, each) is each and isinstance(each, Index):
                    taken.add(str(each.name))
        for rule in self.database_objects.get(name, ()):
            # Of a column without samples, no index asks for more of them.
            if rule.kind == "statistics" and not any(map(_has_samples, made.values())):
                made["statistics"] = random_objects.statistics(rule, columns, made.values())
        return table(name, *made.values(), **columns)

    def _objects(
        self, name: str, rule: TableObject, columns: dict[str, Any]
    ) -> Iterator[tuple[str, Any]]:
        if rule.column not in columns:
            return
        if rule.kind == "foreign key" and rule.other not in self.tables:
            return
        kind = self.tables[name][rule.column]
        column, user = columns[rule.column], columns["user_id"]
        yield from random_objects.made(rule, column, kind, user, name)


def _has_samples(each: Any) -> bool:
    return isinstance(each, Index) and each.statistics is not None


kinds = st.sampled_from(EVERY)
names: st.SearchStrategy[str] = st.sampled_from(COLUMNS)
columns: st.SearchStrategy[dict[str, str]] = st.dictionaries(
    names, kinds, min_size=2, max_size=4
)
variants = st.integers(0, 7)
besides = st.lists(
    st.tuples(st.sampled_from(BESIDES), st.integers(0, 5)),
    min_size=3,
    max_size=12,
    unique_by=lambda each: each[0],
).map(tuple)


@st.composite
def histories(draw: st.DrawFn, edits: int = 5) -> list[Schema]:
    """A schema, and the schemas after each of one to five edits, some of them of two things."""
    history = [draw(schemas())]
    for _ in range(draw(st.integers(1, edits))):
        history.append(draw(_edited(history[-1])))
    return history


@st.composite
def _edited(draw: st.DrawFn, before: Schema) -> Schema:
    after = draw(edits(before))
    if after == before or draw(st.booleans()):
        after = draw(edits_of_one_thing(after))
    assume(after != before)
    keys = {region(dict(each.besides).get("events", 0)) for each in (before, after)}
    # The rows of a table stay where they are only if the column was renamed.
    return replace(after, answer=len(keys) > 1 or draw(st.booleans()))


@st.composite
def schemas(draw: st.DrawFn) -> Schema:
    """A small schema."""
    tables = draw(st.dictionaries(st.sampled_from(TABLES), columns, min_size=1, max_size=2))
    made = {
        name: tuple(draw(st.lists(database_objects(there), min_size=1, max_size=6)))
        for name, there in tables.items()
    }
    return Schema(tables, made, draw(besides))


@st.composite
def database_objects(draw: st.DrawFn, there: dict[str, str]) -> TableObject:
    """An object of any kind over one of some columns."""
    over = {
        kind: [name for name, each in there.items() if each in ONLY_OVER[kind]]
        for kind in ONLY_OVER
    }
    # What can be over few kinds of columns is drawn more often where there is one.
    suited = [kind for kind in RULES if over.get(kind, there)]
    suited += [kind for kind in ONLY_OVER if over[kind]] * 3
    kind = draw(st.sampled_from(suited))
    column = draw(st.sampled_from(over.get(kind) or [*there]))
    number, other = draw(st.integers(0, 2)), draw(st.sampled_from(TABLES))
    return TableObject(kind, number, column, draw(variants), other)


@st.composite
def edits(draw: st.DrawFn, schema: Schema) -> Schema:  # noqa: PLR0911  # a case for each kind
    """The schema after one edit."""
    if not schema.tables:
        return draw(schemas())
    name = draw(st.sampled_from([*schema.tables]))
    there = schema.tables[name]
    match draw(st.integers(0, 19)):
        case 0 | 1:
            return draw(table_edits(schema, name))
        case 2:
            return draw(new_tables(schema))
        case 3 | 4:
            return replace(schema, besides=draw(besides))
        case 5 | 13 | 14:
            return draw(edits_of_one_thing(schema))
        case 6 | 7 | 8 | 9 | 10 | 11 | 12 if there:
            return draw(column_edits(schema, name, draw(st.sampled_from([*there]))))
        case _:
            return draw(rule_edits(schema, name))


@st.composite
def edits_of_one_thing(draw: st.DrawFn, schema: Schema) -> Schema:
    """Make, change or drop something besides the tables."""
    there = dict(schema.besides)
    # It changes what calls it too, wherever that is.
    name = draw(st.sampled_from([*BESIDES, *there, *there, *there, *["measure"] * 5]))
    if name in there and not draw(st.integers(0, 3)):
        del there[name]
    else:
        there[name] = draw(st.integers(0, 5))
    return replace(schema, besides=tuple(there.items()))


@st.composite
def column_edits(draw: st.DrawFn, schema: Schema, name: str, column: str) -> Schema:
    """Drop, rename or change a column, or add one."""
    there, declared = dict(schema.tables[name]), schema.database_objects.get(name, ())
    free = [other for other in COLUMNS if other not in there]
    match draw(st.sampled_from(["drop", "rename", "change", "change", "add"])):
        case "rename" if free:
            new = draw(st.sampled_from(free))
            if there[column] in KINDS and draw(st.booleans()):
                there[column] = draw(st.sampled_from([*KINDS]))
            there = {new if c == column else c: kind for c, kind in there.items()}
            declared = tuple(
                replace(rule, column=new) if rule.column == column else rule
                for rule in declared
            )
        case "add" if free:
            there[draw(st.sampled_from(free))] = draw(kinds)
        case "change" if there[column] in {*KINDS, *NUMBERED}:
            there[column] = draw(st.sampled_from([*KINDS, *NUMBERED]))
        case _:
            del there[column]
    return replace(
        schema,
        tables={**schema.tables, name: there},
        database_objects={**schema.database_objects, name: declared},
    )


@st.composite
def rule_edits(draw: st.DrawFn, schema: Schema, name: str) -> Schema:
    """Add, change or drop an object."""
    declared, there = schema.database_objects.get(name, ()), schema.tables[name]
    match draw(st.sampled_from(["add", "change", "drop"])):
        case "change" if declared:
            place = draw(st.integers(0, len(declared) - 1))
            changed = (replace(declared[place], variant=draw(variants)),)
            declared = (*declared[:place], *changed, *declared[place + 1 :])
        case "drop" if declared:
            place = draw(st.integers(0, len(declared) - 1))
            declared = (*declared[:place], *declared[place + 1 :])
        case _ if there:
            declared = (*declared, draw(database_objects(there)))
        case _:
            pass
    return replace(schema, database_objects={**schema.database_objects, name: declared})


@st.composite
def table_edits(draw: st.DrawFn, schema: Schema, name: str) -> Schema:
    """Drop or rename a table."""
    tables, declared = dict(schema.tables), dict(schema.database_objects)
    free = [other for other in TABLES if other not in tables]
    there, rules_there = tables.pop(name), declared.pop(name, ())
    if free and draw(st.integers(0, 3)):
        new = draw(st.sampled_from(free))
        tables[new], declared[new] = there, rules_there
    return replace(schema, tables=tables, database_objects=declared)


@st.composite
def new_tables(draw: st.DrawFn, schema: Schema) -> Schema:
    """Add a table, if there is a name for it."""
    free = [other for other in TABLES if other not in schema.tables]
    if not free:
        return schema
    there = draw(columns)
    name = draw(st.sampled_from(free))
    made = tuple(draw(st.lists(database_objects(there), min_size=1, max_size=6)))
    return replace(
        schema,
        tables={**schema.tables, name: there},
        database_objects={**schema.database_objects, name: made},
    )
