"""The objects beside the columns of the random schemas: one of each kind, in variants."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any, get_args

from ottavino import (
    PUBLIC,
    ApiRole,
    AsFound,
    Check,
    Col,
    Comment,
    DatabaseFunction,
    Exclude,
    ForeignKey,
    Generated,
    Grant,
    Index,
    Key,
    NoStatistics,
    Policy,
    Published,
    RowSecurity,
    SearchVector,
    Trigger,
    Unique,
)
from ottavino.declare.constraint import Action, Deferrable
from ottavino.declare.generated import Named
from ottavino.declare.index import Method
from ottavino.declare.policy import Command
from ottavino.declare.role import AnyRole
from ottavino.identity import Role
from tests.ottavino.migrate.random_columns import A_VECTOR, CLAIMED, MEASURE, ODD, RENAMED

ODD_SQL = "it''s {} \t\f\u2028 \n\t \n  end  "
"""Between quotation marks."""
EDITOR = ApiRole("random_editor")
ROLES: tuple[AnyRole, ...] = (
    Role.AUTHENTICATED,
    Role.ANON,
    EDITOR,
    PUBLIC,
    Role.SERVICE_ROLE,
)
PUBLICATION = "changes_of_others"
"""One that is there already."""

ONLY_OVER = {"search": {"title"}, "foreign key": {"parent"}, "exclusion": {"a range"}}
ONLY_OVER["claim"] = CLAIMED
"""The kinds of columns that an object can be over, if it cannot be over any."""
RULES = (
    "check",
    "unique",
    *["index"] * 4,
    *["policy"] * 2,
    "public policy",
    "claim",
    "owner",
    *["grant"] * 2,
    *["trigger"] * 2,
    "generated",
    "search",
    "comment",
    "foreign key",
    "statistics",
    "exclusion",
    "what a check is for",
    "what a policy is for",
    "published",
    "row security",
    "storage",
    *["call"] * 2,
)


@dataclass(frozen=True)
class TableObject:
    """An object beside the columns, over one of them."""

    kind: str
    number: int
    column: str
    variant: int
    other: str
    """The table that it refers to, if it does."""


def made(  # noqa: C901, PLR0912, PLR0915  # a case for each kind
    rule: TableObject, column: Col[Any], kind: str, user: Col[Any], table: str
) -> Iterator[tuple[str, Any]]:
    """The object over a column of a kind; a key that two have means that there is one."""
    in_database = f"{rule.column} Renamed" if kind == RENAMED else rule.column
    name, quoted = f"{rule.kind[0]}{rule.number}", f'"{in_database}"'
    condition = (f"{quoted} is not null", f"{quoted}::text <> '{ODD_SQL}' -- it")[
        rule.variant % 2
    ]
    key = f"{rule.kind} {rule.number}"
    match rule.kind:
        case "check":
            yield key, Check(name, condition)
        case "unique" if kind != "a point":
            storage = ((), ("fillfactor = 60",), ("deduplicate_items = off",))[rule.variant % 3]
            distinct = rule.variant % 2 == 0
            yield key, Unique(column, name=name, nulls_distinct=distinct, storage=storage)
        case "index":
            yield key, _index(f"{name}_{rule.other}", column, kind, quoted, rule.variant)
        case "policy":
            yield _named(_policy(name, condition, rule.variant))
        case "public policy":
            yield _named(Policy.public_read(condition))
        case "claim" if kind in CLAIMED:
            yield _named(_claim(column, rule.variant))
        case "owner":
            yield _named(Policy.owner(user, get_args(Command)[rule.variant % 5]))
        case "grant":
            # Each role has at most one: grants of a whole table and of a column add up.
            role = ROLES[(rule.number + 3 * (rule.variant > 3)) % len(ROLES)]
            yield f"grant {role}", _grant(role, column, rule.variant)
        case "trigger":
            yield key, _trigger(name, column, quoted, rule)
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
            deferred = (None, *get_args(Deferrable))[rule.variant % 3]
            exclusion = Exclude(
                (column, "&&"), name=f"x{rule.number}", where=where, deferrable=deferred
            )
            yield key, exclusion
        case "what a check is for":
            check = Check(f"w{rule.number}", condition)
            yield key, check
            yield f"comment {key}", Comment(f"{ODD} {rule.variant}", on=check)
        case "what a policy is for":
            policy = _policy(f"w{rule.number}", condition, rule.variant)
            yield key, policy
            yield f"comment {key}", Comment(f"{ODD} {rule.variant}", on=policy)
        case "foreign key" if kind == "parent":
            yield f"foreign key {rule.column}", _foreign_key(column, rule)
        case "published":
            columns = (user, column) if rule.variant % 3 == 1 else ()
            where = "user_id is not null" if rule.variant > 4 else None
            yield "published", Published(PUBLICATION, columns=columns, where=where)
        case "row security":
            enabled = rule.variant % 2 == 0
            yield "row security", RowSecurity(enabled=enabled, forced=rule.variant > 3)
        case "storage":
            yield "storage", _storage(table, rule.variant)
        case "call" if kind != "a generated column":
            yield key, _call(f"{name}_{rule.other}", quoted, rule.variant)
        case _:
            pass


def _named(policy: Policy) -> tuple[str, Policy]:
    return f"policy {policy.name}", policy


def statistics(
    rule: TableObject, columns: dict[str, Col[Any]], database_objects: Iterable[Any]
) -> NoStatistics:
    """Of the whole table, or of a column and what may be computed from it."""
    if rule.variant % 2 or rule.column not in columns:
        return NoStatistics()
    computed = [each for each in database_objects if isinstance(each, Generated | SearchVector)]
    return NoStatistics(columns[rule.column], *computed)


METHODS: dict[str, tuple[Method, ...]] = {
    **dict.fromkeys(("boolean", "json", "an array of json", "a status", "statuses"), ("hash",)),
    "a range": ("gist", "spgist"),
    "texts": ("gin",),
    "any json": ("gin",),
    A_VECTOR: ("hnsw", "ivfflat"),
}
"""What an index over a kind of column is, if not ordered; `hash` and `brin` for others."""
STORAGE: dict[Method, tuple[str, ...]] = {
    "gin": ("fastupdate = off",),
    "gist": ("buffering = on",),
    "brin": ("pages_per_range = 8", "autosummarize = on"),
    "hash": ("fillfactor = 50",),
    "spgist": ("fillfactor = 50",),
    "hnsw": ("m = 8", "ef_construction = 40"),
    "ivfflat": ("lists = 2",),
    "btree": ("deduplicate_items = off",),
}
OPERATORS = ("vector_l2_ops", "vector_cosine_ops", "vector_ip_ops")
UNORDERED = {"a point", A_VECTOR, "any json", "a range", "texts", "a matrix", "a search"}
"""The kinds of columns of which there is no index by `hash` or `brin`."""


def _index(name: str, column: Col[Any], kind: str, quoted: str, variant: int) -> Index:
    concurrently = variant % 2 == 1
    if kind == A_VECTOR:
        return _index_of_vectors(name, column, variant)
    match variant // 2:
        case 0 if kind != "a point":
            return Index(column, name=name, concurrently=concurrently)
        case 1 if kind != "a point":
            return Index(
                column.desc(),
                name=name,
                unique=True,
                nulls_distinct=concurrently,
                concurrently=concurrently,
            )
        case 2:
            where = f"{quoted} is not null"
            return Index("user_id", name=name, where=where, concurrently=concurrently)
        case 3 if kind in METHODS or kind not in UNORDERED:
            methods = METHODS.get(kind, ("hash", "brin"))
            method = methods[variant % len(methods)]
            return Index(column, name=name, method=method, storage=STORAGE[method])
        case _:
            first = Key(f"{quoted} is null", descending=True, nulls="last")
            return Index(
                first,
                name=name,
                include=(column,),
                storage=STORAGE["btree"],
                statistics=(None, 0, 50)[variant % 3],
                concurrently=concurrently,
            )


def _index_of_vectors(name: str, column: Col[Any], variant: int) -> Index:
    method = METHODS[A_VECTOR][variant % 2]
    operators = f"extensions.{OPERATORS[variant % 3]}"
    return Index(
        Key(column, operators=operators),
        name=name,
        method=method,
        storage=STORAGE[method] if variant < 4 else (),
        concurrently=variant % 4 == 1,
    )


def _policy(name: str, condition: str, variant: int) -> Policy:
    role = ROLES[variant % 4]
    match variant:
        case 0 | 1:
            return Policy(name=name, command="select", using=condition, to=role)
        case 2 | 3:
            return Policy(name=name, using=condition, check=condition, to=role)
        case 4:
            # One that names roles would be lost where another is for everybody.
            return Policy(name=name, using=condition, restrictive=True, to=PUBLIC)
        case 5:
            return Policy(name=name, command="insert", check=condition, to=(EDITOR, Role.ANON))
        case 6:
            return Policy(name=name, command="update", using="true", check=condition, to=EDITOR)
        case _:
            return Policy(name=name, command="delete", using=condition, to=PUBLIC)


def _claim(column: Col[Any], variant: int) -> Policy:
    path = (("org_id",), ("app_metadata", "it's"))[variant % 2]
    restrictive = variant % 3 == 0
    return Policy.claim(
        column,
        *path,
        command=get_args(Command)[variant % 5],
        restrictive=restrictive,
        to=PUBLIC if restrictive else ROLES[variant % 4],
    )


def _grant(role: AnyRole, column: Col[Any], variant: int) -> Grant:
    columns: tuple[Named, ...] = (column,)
    match variant % 4:
        case 0:
            return Grant(to=role, select=columns, update=columns)
        case 1:
            return Grant(to=role, select=True, insert=columns, delete=True)
        case 2:
            return Grant.everything(to=role)
        case _:
            return Grant(to=role, all=True)


def _trigger(  # noqa: PLR0911  # a case for each kind
    name: str, column: Col[Any], quoted: str, rule: TableObject
) -> Trigger:
    body = ("begin return new; end", f"begin\n    perform '{ODD_SQL}';\n    return new;\nend")
    called = DatabaseFunction(
        name=f"{name}_{rule.variant % 2}",
        returns="trigger",
        body=body[rule.variant % 2],
        execute=((), (EDITOR,))[rule.number == 2],
    )
    of_rows: dict[str, Any] = {"name": name, "function": called}
    of_statements: dict[str, Any] = {**of_rows, "each": "statement"}
    match rule.variant:
        case 0:
            return Trigger(when="before", event="update", of=(column,), **of_rows)
        case 1:
            events = ("insert", "update", "delete")
            return Trigger(when="before", event=events, of=(column,), **of_rows)
        case 2:
            changed = f"new.{quoted} is not null or old.{quoted} is null"
            return Trigger(when="after", event="update", condition=changed, **of_rows)
        case 3:
            return Trigger(when="after", event="insert", deferrable="deferred", **of_rows)
        case 4:
            events = ("update", "delete")
            return Trigger(when="after", event=events, deferrable="immediate", **of_rows)
        case 5:
            rows = {"old_rows": "rows before", "new_rows": "now"}
            return Trigger(when="after", event="update", **rows, **of_statements)
        case 6:
            return Trigger(when="before", event="truncate", **of_statements)
        case _:
            return Trigger(when="after", event="insert", new_rows="now", **of_statements)


def _generated(name: str, quoted: str, variant: int) -> Iterator[tuple[str, Any]]:
    kinds = (("boolean", f"{quoted} is null"), ("integer", f"({quoted} is null)::integer"))
    generated = Generated(name, *kinds[variant % 2], null=variant < 4)
    yield name, generated
    if variant > 1:
        yield f"over {name}", Index(generated, name=f"over_{name}_{variant}")
        yield f"{name} too", Check(f"too_{name}", f"{name} is not null")


def _call(name: str, quoted: str, variant: int) -> Any:  # noqa: PLR0911  # a case for each kind
    """An object that calls a function whose arguments change."""
    match variant:
        case 0:
            return Check(name, f"{quoted} is null or {MEASURE} > 0")
        case 1:
            return Generated(name, "bigint", f"({quoted} is null)::integer + {MEASURE}")
        case 2 | 3:
            return Index(MEASURE, name=name, concurrently=variant == 3)
        case 4:
            return Index("user_id", name=name, unique=True, where=f"{MEASURE} > 0")
        case 5:
            used = f"{quoted} is null or {MEASURE} > 0"
            return Policy(name=name, using=used, check=used, to=EDITOR)
        case 6:
            touch = DatabaseFunction(name=name, returns="trigger", body="begin return new; end")
            used = f"new.{quoted} is null or {MEASURE} > 0"
            return Trigger(
                name=name, function=touch, when="after", event="update", condition=used
            )
        case _:
            return Policy(
                name=name, command="select", using=f"(select {MEASURE}) > 0", to=PUBLIC
            )


def _foreign_key(column: Col[Any], rule: TableObject) -> ForeignKey:
    actions = get_args(Action)
    return ForeignKey(
        (column,),
        f"public.{rule.other}",
        ("id",),
        on_delete=actions[rule.variant % 5],
        on_update=actions[rule.number],
        deferrable=(None, *get_args(Deferrable))[rule.variant % 3],
    )


def _storage(table: str, variant: int) -> AsFound:
    """A property of a table that has no helper."""
    option = ("autovacuum_enabled = false", "fillfactor = 70")[variant % 2]
    name = option.partition(" ")[0]
    return AsFound(
        f"detail public.{table}.storage",
        f"alter table public.{table} set ({option})",
        f"alter table public.{table} reset ({name})",
        uses={},
    )
