"""Random small schemas, and random edits of them: a table for every kind of object."""

import datetime as dt
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Any
from uuid import UUID

from hypothesis import strategies as st

from ottavino import (
    NOW,
    SQL,
    TSTZRANGE,
    Check,
    Col,
    ColumnType,
    Comment,
    CronJob,
    DatabaseFunction,
    DatabaseProcedure,
    DefaultPrivileges,
    EnumType,
    Exclude,
    ForeignKey,
    Generated,
    Grant,
    Index,
    Key,
    NoStatistics,
    Policy,
    Publication,
    Raw,
    SearchVector,
    Sequence,
    Trigger,
    Unique,
    View,
    array,
    bigint,
    boolean,
    bytea,
    cidr,
    column,
    date,
    domain,
    double,
    enum,
    generated,
    identity,
    inet,
    integer,
    interval,
    json_object,
    jsonb,
    money,
    numeric,
    owner,
    real,
    smallint,
    text,
    time,
    timestamp,
    timestamptz,
    uuid,
)
from ottavino.declare.generated import Named
from ottavino.declare.schema import Schema as DeclaredSchema
from ottavino.declare.table import Table
from ottavino.identity import Role
from ottavino.migrate.app import Object
from tests.ottavino.migrate.project import table

TABLES: tuple[str, ...] = ("notes", "tags", "lists")
COLUMNS: tuple[str, ...] = ("a", "b", "group", "Odd one")


def _reference() -> Col[Any]:
    column = owner()
    column.objects = ()
    return column


ODD = 'it\'s """ \\ 100% {a} $1'
ODD_SQL = "it''s {} \t\f\u2028 \n\t \n  end  "
"""Between quotation marks."""
NUMBER = "public.number()"

KINDS: dict[str, Callable[[], Col[Any]]] = {
    "integer": integer,
    "integer with a default": lambda: integer(default=3),
    "integer with a range": lambda: integer(minimum=0, maximum=9),
    "integer that may be null": lambda: integer(default=None),
    "integer of a function": lambda: integer(default=SQL(NUMBER)),
    "bigint": bigint,
    "money": lambda: money(default=0),
    "text": lambda: text(max_length=9),
    "text with a default": lambda: text(max_length=99, default=ODD),
    "text that may be null": lambda: text(max_length=9, default=None),
    "smallint": lambda: smallint(default=-1),
    "numeric": lambda: numeric(12, 2, default=None),
    "double": lambda: double(default=0.5),
    "text without a limit": text,
}
"""Of these, one can become another."""

FIXED: dict[str, Callable[[], Col[Any]]] = {
    "boolean": lambda: boolean(default=True),
    "timestamp": lambda: timestamptz(default=NOW),
    "json": lambda: json_object(max_bytes=99, default={"it's": '"'}),
    "uuid": lambda: uuid(default=UUID(int=1)),
    "real": real,
    "date": lambda: date(default=dt.date(2026, 1, 1)),
    "time": time,
    "a timestamp": lambda: timestamp(default=dt.datetime(2026, 1, 1)),  # noqa: DTZ001  # it has no zone
    "interval": lambda: interval(default=dt.timedelta(1, 2, 3)),
    "bytea": lambda: bytea(default=b"\0'"),
    "inet": lambda: inet(default=SQL("'10.0.0.1/8'")),
    "cidr": cidr,
    "any json": lambda: jsonb(default=None),
    "texts": lambda: array(text(), default=[ODD, ""]),
    "a matrix": lambda: array(array(integer())),
    "a range": lambda: column(TSTZRANGE),
    "a search": lambda: column("tsquery", python=str, default=None),
    "an identity": lambda: identity(bigint(), always=False),
    "a generated column": lambda: generated(integer(default=None), "1 + 1"),
    "unique": lambda: integer(default=None, unique=True, index=True),
    "title": lambda: text(max_length=99, default=""),
    "parent": _reference,
}

STATES = (
    ("open", "done"),
    ("open", "in work", "done", "it's"),
    ("opened", "done"),
    ("done", "open"),
    ("late",),
    ("new", "open", "done"),
)
"""What the values of a type become, there and back."""


def _states(variant: int) -> Any:
    values = STATES[variant % len(STATES)]
    return StrEnum("Status", {f"V{number}": each for number, each in enumerate(values)})


def _price(variant: int) -> ColumnType[Any]:
    checks = {"price_bound": f"value >= {-variant}", f"price_{variant % 2}": "value < 999"}
    if variant % 2:
        return domain("price", integer(), checks=checks, default=variant)
    return domain("price", integer(), checks=checks)


OF_TYPES: dict[str, tuple[str, Callable[[int], Col[Any]]]] = {
    "a status": (
        "status",
        lambda variant: enum(_states(variant), name="status", default=_states(variant).V0),
    ),
    "statuses": (
        "status",
        lambda variant: array(enum(_states(variant), name="status"), default=[]),
    ),
    "a price": ("price", lambda variant: column(_price(variant), default=None)),
    "a number": ("numbers", lambda variant: bigint(default=_numbers(variant).next)),
}
"""Of a type, or a sequence, that changes by itself."""

RENAMED = "under another name"
"""Its name in the database is not that of the class."""


def _numbers(variant: int) -> Sequence:
    return Sequence("numbers", increment=variant + 1, cycle=variant % 2 == 1)


RULES = (
    "check",
    "unique",
    "index",
    "index",
    "index",
    "policy",
    "grant",
    "trigger",
    "generated",
    "search",
    "comment",
    "foreign key",
    "statistics",
    "exclusion",
    "what a check is for",
)
OF_SCHEMA = (
    "number",
    "sign_up",
    *(f"rows_{name}" for name in TABLES),
    "status",
    "price",
    "numbers",
    "reports",
    "granted later",
    "publication",
    "procedure",
    "raw",
    "job",
    *(f"view_{name}" for name in TABLES),
    *(f"stored_{name}" for name in TABLES),
)
"""What belongs to no table: functions, a trigger on a table of others, types, views …"""


@dataclass(frozen=True)
class TableObject:
    """An object beside the columns, over one of them."""

    kind: str
    number: int
    column: str
    variant: int
    other: str
    """The table that it refers to, if it does."""


@dataclass(frozen=True)
class Schema:
    """A whole schema. Objects over columns that do not exist are left out."""

    tables: dict[str, dict[str, str]] = field(default_factory=dict[str, dict[str, str]])
    database_objects: dict[str, tuple[TableObject, ...]] = field(
        default_factory=dict[str, tuple[TableObject, ...]]
    )
    functions: tuple[tuple[str, int], ...] = ()
    answer: bool = True
    """Whether what can be another name is one."""

    def classes(self) -> list[type[Table]]:
        """Its tables."""
        taken: set[str] = set()
        made = [self._table(name, taken) for name in self.tables]
        return [*made, *self._views()]

    def _views(self) -> Iterator[type[Table]]:
        for name, variant in self.functions:
            kind, _, of = name.partition("_")
            if kind in {"view", "stored"} and of in self.tables:
                yield _view(name, of, variant, stored=kind == "stored")

    def _variant(self, name: str) -> int:
        return dict(self.functions).get(name, 0)

    def _column(self, name: str, kind: str) -> Col[Any]:
        if kind == RENAMED:
            return integer(default=1, db_column_name=f"{name} Renamed")
        if kind in OF_TYPES:
            of, make = OF_TYPES[kind]
            return make(self._variant(of))
        return {**KINDS, **FIXED}[kind]()

    def objects(self) -> tuple[Object, ...]:
        """Its functions, and its trigger on a table of another owner."""
        made = {name: self._object(name, variant) for name, variant in self.functions}
        there = {kind for kinds in self.tables.values() for kind in kinds.values()}
        for kind, name in (("integer of a function", "number"), ("a number", "numbers")):
            if kind in there:
                made.setdefault(name, self._object(name, 0))
        of_rows = {f"rows_{name}" for name in self.tables}
        return tuple(
            each
            for name, each in made.items()
            if each is not None and (not name.startswith("rows") or name in of_rows)
            if name != "granted later" or "reports" in made
        )

    def _object(self, name: str, variant: int) -> Object | None:
        first = min(self.tables, default=None)
        match name:
            case "raw" if first:
                return _raw(first, variant)
            case "publication" if first:
                operations = ("insert", "update") if variant % 2 else ("insert",)
                return Publication("changes", (table(first),), operations)
            case "raw" | "publication":
                return None
            case _ if name.startswith(("view", "stored")):
                return None
            case _:
                return _object(name, variant)

    def _table(self, name: str, taken: set[str]) -> type[Table]:
        """A table; the names of indexes in `taken` belong to other tables."""
        columns = {c: self._column(c, kind) for c, kind in self.tables[name].items()}
        made: dict[str, Any] = {}
        for rule in self.database_objects.get(name, ()):
            if rule.column in columns and (
                rule.kind != "foreign key" or rule.other in self.tables
            ):
                kind = self.tables[name][rule.column]
                for key, each in _made(rule, columns[rule.column], kind):
                    if isinstance(each, Index) and str(each.name) in taken:
                        continue
                    if made.setdefault(key, each) is each and isinstance(each, Index):
                        taken.add(str(each.name))
        for rule in self.database_objects.get(name, ()):
            if rule.kind == "statistics":
                made["statistics"] = _statistics(rule, columns, made.values())
        return table(name, *made.values(), **columns)


def _made(  # noqa: C901, PLR0912  # a case for each kind
    rule: TableObject, column: Col[Any], kind: str
) -> Iterator[tuple[str, Any]]:
    in_database = f"{rule.column} Renamed" if kind == RENAMED else rule.column
    name, quoted = f"{rule.kind[0]}{rule.number}", f'"{in_database}"'
    condition = (f"{quoted} is not null", f"{quoted}::text <> '{ODD_SQL}' -- it")[
        rule.variant % 2
    ]
    key = f"{rule.kind} {rule.number}"
    match rule.kind:
        case "check":
            yield key, Check(name, condition)
        case "unique":
            yield key, Unique(column, name=name, nulls_distinct=rule.variant % 2 == 0)
        case "index":
            yield key, _index(f"{name}_{rule.other}", column, quoted, rule.variant)
        case "policy":
            yield key, _policy(name, condition, rule.variant)
        case "grant":
            role = (Role.AUTHENTICATED, Role.ANON, Role.SERVICE_ROLE)[rule.number]
            columns: tuple[Named, ...] = (column,)
            if rule.variant % 2:
                yield key, Grant(to=role, select=columns, update=columns)
            else:
                yield key, Grant(to=role, select=True, insert=columns, delete=True)
        case "trigger":
            yield key, _trigger(name, column, rule)
        # PostgreSQL computes no column from another computed one.
        case "generated" if kind != "a generated column":
            yield from _generated(name, quoted, rule.variant)
        case "search" if kind == "title":
            language = ("english", "simple")[rule.variant % 2]
            yield "search", SearchVector("search", column, language=language)
        case "comment":
            on = column if rule.variant % 2 else None
            yield f"comment {on and rule.column}", Comment(f"{ODD} {rule.number}", on=on)
        case "exclusion" if kind == "a range":
            # Not as text: what a range is as text depends on settings.
            where = f"not isempty({quoted})" if rule.variant % 2 else None
            yield key, Exclude((column, "&&"), name=f"x{rule.number}", where=where)
        case "what a check is for":
            check = Check(f"w{rule.number}", condition)
            yield key, check
            yield f"comment {key}", Comment(f"{ODD} {rule.variant}", on=check)
        case "foreign key" if kind == "parent":
            action = ("cascade", "restrict", "set null")[rule.variant % 3]
            parent = f"public.{rule.other}"
            yield (
                f"foreign key {rule.column}",
                ForeignKey((column,), parent, ("id",), on_delete=action),
            )
        case _:
            pass


def _statistics(
    rule: TableObject, columns: dict[str, Col[Any]], database_objects: Iterable[Any]
) -> NoStatistics:
    """Of the whole table, or of a column and what may be computed from it."""
    if rule.variant % 2 or rule.column not in columns:
        return NoStatistics()
    computed = [each for each in database_objects if isinstance(each, Generated | SearchVector)]
    return NoStatistics(columns[rule.column], *computed)


def _index(name: str, column: Col[Any], quoted: str, variant: int) -> Index:
    concurrently = variant % 2 == 1
    match variant // 2:
        case 0:
            return Index(column, name=name, concurrently=concurrently)
        case 1:
            return Index(column.desc(), name=name, unique=True, concurrently=concurrently)
        case 2:
            where = f"{quoted} is not null"
            return Index("user_id", name=name, where=where, concurrently=concurrently)
        case _:
            first = Key(f"{quoted} is null", descending=True, nulls="last")
            return Index(first, name=name, include=(column,), concurrently=concurrently)


def _policy(name: str, condition: str, variant: int) -> Policy:
    match variant % 3:
        case 0:
            return Policy(name=name, command="select", using=condition)
        case 1:
            return Policy(name=name, using=condition, check=condition, to=Role.ANON)
        case _:
            return Policy(name=name, using=condition, restrictive=True)


def _trigger(name: str, column: Col[Any], rule: TableObject) -> Trigger:
    body = ("begin return new; end", f"begin\n    perform '{ODD_SQL}';\n    return new;\nend")
    return Trigger(
        name=name,
        function=DatabaseFunction(
            name=f"{name}_{rule.variant % 2}", returns="trigger", body=body[rule.variant % 2]
        ),
        when="before",
        event=("insert", "update") if rule.variant % 3 else "update",
        of=(column,),
    )


def _generated(name: str, quoted: str, variant: int) -> Iterator[tuple[str, Any]]:
    kinds = (("boolean", f"{quoted} is null"), ("integer", f"({quoted} is null)::integer"))
    generated = Generated(name, *kinds[variant % 2])
    yield name, generated
    if variant > 1:
        yield f"over {name}", Index(generated, name=f"over_{name}_{variant}")
        yield f"{name} too", Check(f"too_{name}", f"{name} is not null")


def _object(name: str, variant: int) -> Object:  # noqa: PLR0911  # a case for each kind
    match name:
        case "number":
            returns = ("integer", "bigint")[variant % 2]
            volatility = ("volatile", "stable", "immutable")[variant % 3]
            return DatabaseFunction(
                name="number",
                returns=returns,
                body=f"select {variant}",
                language="sql",
                volatility=volatility,
                execute=(Role.AUTHENTICATED,) if variant > 2 else (),
            )
        case "sign_up":
            function = DatabaseFunction(
                name="sign_up", returns="trigger", body=f"begin return new; end -- {variant}"
            )
            return Trigger(
                name="sign_up",
                function=function,
                when="after",
                event=("insert", "update") if variant % 2 else "insert",
                on="auth.users",
            )
        case "status":
            return EnumType(_states(variant), name="status")
        case "price":
            return _price(variant).declares[0]
        case "numbers":
            return _numbers(variant)
        case "reports":
            usage = (Role.ANON, Role.AUTHENTICATED)[: variant % 3]
            return DeclaredSchema("reports", usage=usage)
        case "granted later":
            to = {Role.SERVICE_ROLE: ("select",)} if variant % 2 else {Role.ANON: ("insert",)}
            return DefaultPrivileges("tables", "reports", to)
        case "procedure":
            return DatabaseProcedure(name="tidy", body=f"begin commit; end -- {variant}")
        case "job":
            return CronJob("job", f"{variant} * * * *", "select 1")
        case _:
            of = f"public.{name.partition('_')[2]}"
            return DatabaseFunction(
                name=name,
                arguments=(f"one {of}", f"most integer default {variant}"),
                returns=f"setof {of}" if variant % 2 else "integer",
                body=f"select * from {of}" if variant % 2 else "select 1",
                language="sql",
            )


def _raw(of: str, variant: int) -> Raw:
    command = ("update", "delete")[variant % 2]
    return Raw(
        "nothing changes",
        create=f"create rule nothing as on {command} to public.{of} do instead nothing",
        drop=f"drop rule nothing on public.{of}",
        needs=(f"public.{of}",),
    )


def _view(name: str, of: str, variant: int, *, stored: bool) -> type[Table]:
    columns = ("id", "user_id is null as id", "user_id, id", "count(*) as n")[variant % 4]
    index = (Index("id is null", name=f"{name}_id"),) if stored and variant % 2 == 0 else ()
    where = "where user_id is not null" if variant > 3 else ""
    members: dict[str, Any] = {
        "id": uuid(),
        "query": f"select {columns} from public.{of} {where}",
        "database_objects": (Grant(to=Role.ANON, select=True), *index),
    }
    make: Any = type(View)
    return make(
        name.title(),
        (View,),
        members,
        tablename=name,
        materialized=stored,
        security_invoker=variant % 2 == 0,
    )


kinds = st.sampled_from([*KINDS, *FIXED, *OF_TYPES, RENAMED])
names: st.SearchStrategy[str] = st.sampled_from(COLUMNS)
columns: st.SearchStrategy[dict[str, str]] = st.dictionaries(
    names, kinds, min_size=1, max_size=3
)
variants = st.integers(0, 7)
functions = st.lists(
    st.tuples(
        st.sampled_from(OF_SCHEMA),
        st.integers(0, 5),
    ),
    max_size=5,
    unique_by=lambda each: each[0],
).map(tuple)


@st.composite
def histories(draw: st.DrawFn) -> list[Schema]:
    """A schema, and the schemas after each of one to eight edits."""
    history = [draw(schemas())]
    for _ in range(draw(st.integers(1, 8))):
        edited = draw(
            edits(history[-1]).filter(lambda each: each != history[-1])
        )  # called at once
        history.append(replace(edited, answer=draw(st.booleans())))
    return history


@st.composite
def schemas(draw: st.DrawFn) -> Schema:
    """A small schema."""
    tables = draw(st.dictionaries(st.sampled_from(TABLES), columns, min_size=1, max_size=2))
    made = {
        name: tuple(draw(st.lists(database_objects(there), min_size=1, max_size=6)))
        for name, there in tables.items()
    }
    return Schema(tables, made, draw(functions))


@st.composite
def database_objects(draw: st.DrawFn, there: dict[str, str]) -> TableObject:
    """An object of any kind over one of some columns."""
    kind, column = draw(st.sampled_from(RULES)), draw(st.sampled_from([*there]))
    for only, of in (("search", "title"), ("foreign key", "parent")):
        suited = [name for name, each in there.items() if each == of]
        if kind == only and suited:
            column = suited[0]
    number, other = draw(st.integers(0, 2)), draw(st.sampled_from(TABLES))
    return TableObject(kind, number, column, draw(variants), other)


@st.composite
def edits(draw: st.DrawFn, schema: Schema) -> Schema:
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
        case 3 | 4 | 5:
            return replace(schema, functions=draw(functions))
        case 6 | 7 | 8 | 9 | 10 | 11 | 12 if there:
            return draw(column_edits(schema, name, draw(st.sampled_from([*there]))))
        case _:
            return draw(rule_edits(schema, name))


@st.composite
def column_edits(draw: st.DrawFn, schema: Schema, name: str, column: str) -> Schema:
    """Drop, rename or change a column, or add one."""
    there, declared = dict(schema.tables[name]), schema.database_objects.get(name, ())
    free = [other for other in COLUMNS if other not in there]
    match draw(st.sampled_from(["drop", "rename", "change", "change", "add"])):
        case "rename" if free:
            new = draw(st.sampled_from(free))
            there = {new if c == column else c: kind for c, kind in there.items()}
            declared = tuple(
                replace(rule, column=new) if rule.column == column else rule
                for rule in declared
            )
        case "add" if free:
            there[draw(st.sampled_from(free))] = draw(kinds)
        case "change" if there[column] in KINDS:
            there[column] = draw(st.sampled_from([*KINDS]))
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
