"""What a random schema has besides: objects of no table, and tables of a shape of their own.

Each has a name, and changes by its variant.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, get_args

from ottavino import (
    PUBLIC,
    SQL,
    TSTZRANGE,
    Col,
    Comment,
    CronJob,
    DatabaseFunction,
    DatabaseProcedure,
    DefaultPrivileges,
    EnumType,
    Exclude,
    Extension,
    ForeignKey,
    ForeignPolicy,
    Grant,
    Index,
    Members,
    OwnSearch,
    Partition,
    Policy,
    Publication,
    Published,
    Raw,
    Role,
    SearchVector,
    Trigger,
    Unique,
    View,
    bigint,
    choice,
    column,
    created_at,
    enum,
    identity,
    integer,
    owned_reference,
    owner,
    primary_key,
    reference,
    refresh,
    text,
    timestamptz,
    uuid,
)
from ottavino import (
    Sequence as DatabaseSequence,
)
from ottavino.declare.constraint import Action, Deferrable
from ottavino.declare.default_privileges import Later
from ottavino.declare.policy import Command
from ottavino.declare.publication import EVERYTHING
from ottavino.declare.role import AnyRole
from ottavino.declare.schema import Schema
from ottavino.declare.table import Table
from ottavino.migrate.app import Object
from tests.ottavino.migrate.project import table
from tests.ottavino.migrate.random_columns import (
    MEASURE,
    REPORTS,
    numbers,
    price,
    priced,
    states,
    status,
)
from tests.ottavino.migrate.random_objects import EDITOR, PUBLICATION

OTHER = "Other"
"""A schema whose name PostgreSQL wants quoted."""
Rank = StrEnum("Rank", {"OWNER": "owner", "READER": "it's a reader"})


@dataclass
class Made:
    """What was made of some names."""

    tables: list[type[Table]] = field(default_factory=list[type[Table]])
    objects: dict[str, Object] = field(default_factory=dict[str, Object])


def made(besides: Mapping[str, int], tables: Sequence[str]) -> Made:
    """Everything of these names and variants, beside some tables."""
    done = Made()
    first = min(tables, default=None)
    for name, variant in besides.items():
        kind, _, of = name.partition("_")
        if name in GROUPS:
            done.tables += GROUPS[name](variant)
        elif kind in {"view", "stored"}:
            done.tables += [_view(name, of, variant)] if of in tables else []
        elif kind == "rows":
            done.objects |= {name: _of_rows(name, of, variant)} if of in tables else {}
        elif name in OF_A_TABLE:
            done.objects |= {name: OF_A_TABLE[name](first, variant)} if first else {}
        elif name in OBJECTS:
            done.objects[name] = OBJECTS[name](variant)
    if "refreshed" in besides:
        done.objects |= _refreshing(done.tables)
    if "described" in besides and done.objects:
        variant = besides["described"]
        described = [*done.objects][variant % len(done.objects)]
        if described in DESCRIBED:
            text = f"it's number {variant}"
            done.objects["described"] = Comment(text, on=done.objects[described])
    return done


def _refreshing(tables: Sequence[type[Table]]) -> dict[str, Object]:
    views = [each for each in tables if issubclass(each, View) and each.is_materialized]
    return {f"refresh {each}": refresh(each.qualified_name()) for each in views}


def _function(name: str, returns: str, body: str, **options: Any) -> DatabaseFunction:
    return DatabaseFunction(name=name, returns=returns, body=body, language="sql", **options)


def _number(variant: int) -> DatabaseFunction:
    execute: Sequence[tuple[AnyRole, ...]] = ((), (Role.AUTHENTICATED,), (EDITOR, PUBLIC))
    return _function(
        "number",
        ("integer", "bigint")[variant % 2],
        f"select {variant}",
        volatility=("volatile", "stable", "immutable")[variant % 3],
        execute=execute[variant // 2],
    )


MEASURES: Sequence[tuple[str, ...]] = (
    (),
    ("x integer default 2",),
    ("x bigint default 2",),
    ("x integer default 2", "y text default ''"),
    ("y integer default 1",),
    (),
)


def _measure(variant: int) -> DatabaseFunction:
    """A function that columns, checks, indexes and policies call without arguments."""
    return _function(
        "measure",
        "integer" if variant < 5 else "bigint",
        f"select {variant}",
        arguments=MEASURES[variant],
        volatility="immutable",
    )


def _counted(variant: int) -> DatabaseFunction:
    """One of a schema, with everything that a function may say."""
    return DatabaseFunction(
        schema=("public", REPORTS)[variant > 1],
        name="Counted",
        arguments=("most integer default 20", "query text default ', '"),
        returns="setof integer",
        body=f"begin return query select most + {variant}; end",
        volatility="stable",
        security_definer=variant % 2 == 0,
        search_path=((), ("pg_catalog", "public"))[variant % 2],
        settings=((), ("work_mem = '8MB'",))[variant % 2],
        rows=variant + 1,
        execute=(EDITOR,) if variant > 2 else (),
    )


def _measured(variant: int) -> DatabaseFunction:
    """A function with an argument whose default calls another one."""
    default = MEASURE if variant % 2 else "1"
    return _function(
        "measured", "integer", "select 1", arguments=(f"x bigint default {default}",)
    )


def _sign_up(variant: int) -> Trigger:
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


def _granted_later(variant: int) -> DefaultPrivileges:
    on = get_args(Later)[variant % 4]
    privilege = {"tables": "select", "functions": "execute"}.get(on, "usage")
    # A type gets them only if it is made later, which differs between histories of one schema.
    to = () if on == "types" else (Role.ANON, Role.SERVICE_ROLE)[: 1 + variant // 3]
    return DefaultPrivileges(on, REPORTS, dict.fromkeys(to, (privilege,)))


def _files(variant: int) -> ForeignPolicy:
    command = get_args(Command)[variant % 5]
    condition = ("bucket_id = 'it''s' -- it", "owner = auth.uid()")[variant % 2]
    return ForeignPolicy(
        on="storage.objects",
        name="Own files",
        command=command,
        to=((Role.ANON, Role.AUTHENTICATED), Role.SERVICE_ROLE)[variant % 2],
        using=None if command == "insert" else condition,
        check=condition if command in {"all", "insert", "update"} else None,
        restrictive=variant > 3,
    )


CALLERS = (Role.ANON, Role.AUTHENTICATED)
OBJECTS: dict[str, Callable[[int], Object]] = {
    "number": _number,
    "measure": _measure,
    "measured": _measured,
    "sign_up": _sign_up,
    "status": lambda variant: EnumType(states(variant), name=status(variant)),
    "price": lambda variant: price(variant).declares[0],
    "numbers": numbers,
    "reports": lambda variant: Schema(REPORTS, (Role.ANON, Role.AUTHENTICATED)[: variant % 3]),
    "counted": _counted,
    "counter": lambda variant: DatabaseSequence(
        f"{REPORTS}.counter", type=("smallint", "integer", "bigint")[variant % 3]
    ),
    "granted later": _granted_later,
    "procedure": lambda variant: DatabaseProcedure(
        name="tidy",
        arguments=("older_than interval",),
        body=f"begin commit; end -- {variant}",
        execute=(Role.SERVICE_ROLE,) if variant % 2 else (),
    ),
    "job": lambda variant: CronJob("job", f"{variant} * * * *", "select 1"),
    "an extension": lambda _: Extension("vector"),
    "a role": lambda _: EDITOR,
    "files": _files,
    "point": lambda _: Raw(
        "point",
        create="create type public.point as (x integer, y integer)",
        drop="drop type public.point",
        before_tables=True,
    ),
    "dictionary": lambda variant: Raw(
        "dictionary",
        create=f"create text search dictionary public.{'plain' if variant % 2 else 'bare'}\n"
        "    (template = pg_catalog.simple)",
        drop=f"drop text search dictionary public.{'plain' if variant % 2 else 'bare'}",
        read="select string_agg(dictname, ' ') from pg_ts_dict\n"
        "where dictnamespace = 'public'::regnamespace",
    ),
}
DESCRIBED = {
    "number",
    "counted",
    "status",
    "price",
    "numbers",
    "counter",
    "procedure",
    "reports",
    "publication",
    "refreshed",
}


def _of_rows(name: str, of: str, variant: int) -> DatabaseFunction:
    return DatabaseFunction(
        name=name,
        arguments=(f"one public.{of}", f"most integer default {variant}"),
        returns=f"setof public.{of}" if variant % 2 else "integer",
        body=f"select * from public.{of}" if variant % 2 else "select 1",
        language="sql",
    )


def _publication(of: str, variant: int) -> Publication:
    return Publication("changes", (table(of),), EVERYTHING[: 1 + variant % 4])


def _rule(of: str, variant: int) -> Raw:
    command = ("update", "delete")[variant % 2]
    return Raw(
        "nothing changes",
        create=f"create rule nothing as on {command} to public.{of} do instead nothing",
        drop=f"drop rule nothing on public.{of}",
        needs=(f"public.{of}",),
    )


OF_A_TABLE: dict[str, Callable[[str, int], Object]] = {
    "raw": _rule,
    "publication": _publication,
}


def _view(name: str, of: str, variant: int) -> type[Table]:
    stored = name.startswith("stored")
    columns = ("id", "user_id is null as id", "user_id, id", "count(*) as n")[variant % 4]
    where = "where user_id is not null" if variant > 4 else ""
    members: dict[str, Any] = {
        "id": uuid(),
        "query": f"select {columns} from public.{of} {where}",
        "database_objects": tuple(_of_view(name, variant, stored=stored)),
    }
    make: Any = type(View)
    return make(
        name.title(),
        (View,),
        members,
        tablename=name,
        schema=("public", OTHER)[variant > 3],
        materialized=stored,
        security_invoker=variant % 2 == 0,
        security_barrier=variant % 3 == 0,
    )


def _of_view(name: str, variant: int, *, stored: bool) -> Iterator[Any]:
    yield Schema(OTHER, usage=(Role.AUTHENTICATED,))
    yield Grant(to=(EDITOR, PUBLIC, Role.ANON)[variant % 3], select=True)
    if variant % 3 == 0:
        yield Comment(f"it's a view {variant}")
    if stored and variant % 2 == 0:
        yield Index("id is null", name=f"{name}_id")
    if not stored and variant < 3:
        body = f"begin return null; end -- {variant}"
        yield Trigger(
            name="written",
            function=DatabaseFunction(name=f"write_{name}", returns="trigger", body=body),
            when="instead of",
            event=("insert", "update", "delete")[: 1 + variant],
        )


def _make(
    name: str,
    schema: str,
    *objects: Any,
    partition_by: str = "",
    has_key: bool = True,
    **columns: Any,
) -> Any:
    make: Any = type(Table)
    members = {**columns, "database_objects": objects}
    return make(
        name.title(),
        (Table,),
        members,
        tablename=name,
        schema=schema,
        partition_by=partition_by,
        has_key=has_key,
    )


KEYS: dict[str, Callable[[], Col[Any]]] = {
    "teams": primary_key,
    "clubs": lambda: text(primary_key=True),
    "crews": lambda: identity(bigint(primary_key=True)),
}
"""The keys of tables whose rows have members."""


def _with_members(name: str, variant: int) -> list[type[Table]]:
    """Groups, who is a member of which, and what the members of a group share."""
    schema = OTHER if name == "clubs" else "public"
    key = KEYS[name]()
    members = f"{name}_members"
    to: tuple[AnyRole, ...] = ((Role.AUTHENTICATED, EDITOR), (PUBLIC,))[variant % 2]
    groups = _make(
        name,
        schema,
        Policy.member(key, f"{schema}.{members}", "select", to=to),
        Grant(to=EDITOR, select=True),
        *([Schema(OTHER, usage=(Role.AUTHENTICATED,))] if schema == OTHER else []),
        id=key,
        title=text(default=""),
    )
    group = reference(groups, groups.id, on_delete="cascade", primary_key=True)
    user = owner(primary_key=True)
    role: Any = (None, enum(Rank, name=f"{name}_rank"), choice(Rank))[variant % 3]
    ranked = {} if role is None else {"role": role}
    of_members = Members(group=group, user=user, to=to, **ranked)
    memberships = _make(
        members,
        schema,
        of_members,
        Policy.owner(user, "select"),
        Published(PUBLICATION),
        # It learns its table from the class.
        members=of_members,
        group_id=group,
        user_id=user,
        **ranked,
    )
    return [groups, memberships, _shared(groups, of_members, variant)]


def _shared(groups: Any, members: Members[Any, Any], variant: int) -> type[Table]:
    """What the members of a group share: a policy by the name of their table, and one by it."""
    name, to = groups._meta.tablename, members.to
    roles = None if members.role is None else (str(Rank.READER),)
    of = reference(groups, groups.id, on_update=get_args(Action)[variant % 5])
    org = text(default="")
    command: Command = ("all", "update", "delete")[variant % 3]
    # A restrictive policy that names roles would be lost where another is for everybody.
    everyone = PUBLIC if PUBLIC in to else EDITOR
    return _make(
        f"{name}_tasks",
        groups._meta.schema,
        Policy.member(of, members.table, "select", to=to),
        Policy.member(of, members, command, roles=roles, to=to, name="by role"),
        Policy.claim(org, "org", restrictive=True, to=everyone),
        Grant.everything(to=everyone),
        id=identity(bigint(primary_key=True), always=variant % 2 == 0),
        group_id=of,
        org_id=org,
        part_of=reference("self", default=None, on_delete="set null", deferrable="immediate"),
    )


def _circle(variant: int) -> list[type[Table]]:
    """Two tables that refer to each other, and a child that belongs to its parent's owner."""
    actions, deferred = get_args(Action), (None, *get_args(Deferrable))
    best = uuid(default=None)
    hosts = _make(
        "hosts",
        "public",
        ForeignKey(
            (best,),
            "public.guests",
            ("id",),
            on_delete=actions[variant % 5],
            on_update=actions[variant // 2],
            deferrable=deferred[variant % 3],
        ),
        id=primary_key(),
        best=best,
    )
    key, user = primary_key(), owner()
    guests = _make(
        "guests",
        "public",
        Unique(key, user),
        id=key,
        user_id=user,
        host=reference(hosts, on_delete=actions[variant // 2], deferrable="deferred"),
    )
    parent: Any = (
        owned_reference(guests, default=None) if variant % 2 else owned_reference(guests)
    )
    during = column(TSTZRANGE)
    gifts = _make(
        "gifts",
        "public",
        Exclude((during, "&&"), name="one_at_a_time", deferrable=deferred[variant % 3]),
        Policy.owner_through(parent, guests.user_id, get_args(Command)[variant % 5]),
        Policy.owner_through(parent, guests.user_id) if variant % 5 else Comment("Gifts."),
        id=primary_key(),
        user_id=owner(),
        guest=parent,
        during=during,
    )
    return [hosts, guests, gifts]


def _events(variant: int) -> list[type[Table]]:
    """Rows that are spread over partitions, by ranges and by lists."""
    parts = (
        Partition("events_early", "from (minvalue) to ('2026-01-01')"),
        Partition(("events_rest", "Other events")[variant // 2 % 2], "default"),
        Partition("events_26", "from ('2026-01-01') to ('2027-01-01')"),
    )
    at, title = timestamptz(primary_key=True), text(default=SQL(f"{MEASURE}::text"))
    number = identity(bigint(primary_key=True))
    events = _make(
        "events",
        "public",
        *parts[: 1 + variant % 3],
        Policy.owner(user := owner(), "select"),
        Grant(to=EDITOR, select=True),
        *([Index(title, name=f"events_{variant}")] if variant % 2 else []),
        partition_by="range (at)",
        id=number,
        at=at,
        user_id=user,
        title=title,
    )
    decides: Any = {region(variant): text(primary_key=True)}
    regions = _make(
        "regions",
        (OTHER, "public")[variant // 2 % 2],
        Schema(OTHER, usage=(Role.AUTHENTICATED,)),
        Partition("Regions in the EU", "in ('eu', 'it''s')"),
        Partition("regions_rest", "default") if variant > 2 else Comment("Regions."),
        partition_by=f"list ({region(variant)})",
        **decides,
    )
    return [events, regions, _visits(variant)]


def region(variant: int) -> str:
    """The column that decides in which partition a row is."""
    return ("region", "area")[variant % 2]


def _visits(variant: int) -> type[Table]:
    """A table without a key, which refers to one with partitions."""
    event, at, user = bigint(), timestamptz(), owner()
    return _make(
        "visits",
        "public",
        ForeignKey(
            (event, at),
            "public.events",
            ("id", "at"),
            on_delete=get_args(Action)[variant % 5],
            deferrable=(None, *get_args(Deferrable))[variant % 3],
        ),
        Policy.owner(user, "select"),
        Index(at, name="visits_at") if variant % 2 else Unique(event, at, user),
        has_key=False,
        event_id=event,
        event_at=at,
        user_id=user,
        note=text(default=str(variant)),
    )


def _lines(variant: int) -> list[type[Table]]:
    """A table without a key, which may get one."""
    user, number = owner(), bigint(primary_key=variant > 3)
    return [
        _make(
            "lines",
            "public",
            Policy.owner(user, "select"),
            Unique(user, number) if variant % 2 else Index(number, name="lines_number"),
            Grant(to=Role.AUTHENTICATED, select=True),
            has_key=variant > 3,
            user_id=user,
            number=number,
            line=integer(default=SQL(MEASURE) if variant % 3 else variant),
        )
    ]


def _searched(variant: int) -> list[type[Table]]:
    """A table with a search in the rows of its user."""
    key, user, moment = primary_key(), owner(), created_at()
    filename = text(max_length=9)
    search = SearchVector("words", filename, language=("english", "simple")[variant % 2])
    return [
        _make(
            "papers",
            "public",
            search,
            OwnSearch(search, owner=user, newest=(moment, key), concurrently=variant > 2),
            Policy.owner(user),
            Grant.everything(to=Role.AUTHENTICATED),
            Grant(to=Role.SERVICE_ROLE, select=True),
            Index(user, moment.desc(), key.desc()),
            id=key,
            user_id=user,
            created_at=moment,
            filename=filename,
        )
    ]


GROUPS: dict[str, Callable[[int], list[type[Table]]]] = {
    **{name: lambda variant, name=name: _with_members(name, variant) for name in KEYS},
    "circle": _circle,
    "events": _events,
    "searched": _searched,
    "lines": _lines,
}
NEEDED = {
    **dict.fromkeys(("events", "lines", "measured"), "measure"),
    **dict.fromkeys(("counted", "counter", "granted later"), "reports"),
}
"""The function that something calls, or the schema that it is in."""


def needed(name: str, variant: int) -> Iterator[str]:
    """What something calls, or the schema that it is in."""
    if name in NEEDED:
        yield NEEDED[name]
    names = {
        "numbers": numbers(variant).name,
        "status": status(variant),
        "price": priced(variant),
    }
    if names.get(name, "").startswith(REPORTS):
        yield "reports"


NAMES = (*OBJECTS, *OF_A_TABLE, *GROUPS, "refreshed", "described")
