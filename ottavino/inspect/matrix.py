"""Who may do what in the live database: by table, role, command and column."""

import itertools
import textwrap
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from ottavino.postgres.connection import Connection
from ottavino.settings import settings

WIDTH = 100
ACCESS = (Path(__file__).parent / "matrix.sql").read_text("utf-8")

# Functions that other roles than their owner and superusers may execute.
EXECUTION = """
select
    pg_proc.oid::regprocedure::text as name,
    prosecdef as definer,
    string_agg(rolname, ', ' order by rolname) as roles
from pg_proc
join pg_roles
    on not rolsuper and pg_roles.oid <> proowner
    and (rolname in ('anon', 'authenticated', 'service_role') or not rolname ~ '^pg_')
    and has_function_privilege(pg_roles.oid, pg_proc.oid, 'execute')
where pronamespace::regnamespace::text = any($1)
    and not exists (
        select from pg_depend
        where classid = 'pg_proc'::regclass and objid = pg_proc.oid and deptype = 'e'
    )
group by pg_proc.oid, prosecdef
order by name
"""


POLICIES = """
select
    polrelid::regclass::text as relation,
    polname::text as name,
    polpermissive as permissive,
    case polcmd
        when 'r' then 'select' when 'a' then 'insert' when 'w' then 'update'
        when 'd' then 'delete' else 'all'
    end as command,
    (
        select string_agg(
            case member when 0 then 'public' else member::regrole::text end, ', '
            order by member
        )
        from unnest(polroles) as member
    ) as roles,
    pg_get_expr(polqual, polrelid) as using,
    pg_get_expr(polwithcheck, polrelid) as check
from pg_policy
where polrelid = any($1::regclass[])
order by relation, name
"""


@dataclass(frozen=True, slots=True)
class Access:
    """One command that a role may use on a table."""

    table: str
    role: str
    command: str
    columns: tuple[str, ...] | None
    """The columns that it may name; None for all of them."""
    rows: str
    """A description of the rows that it may reach."""
    unbounded: bool
    """Whether no policy bounds the rows, although the role is meant to be bound."""


@dataclass(frozen=True, slots=True)
class Condition:
    """A policy, with the conditions that PostgreSQL checks."""

    table: str
    name: str
    permissive: bool
    command: str
    roles: str
    using: str | None
    check: str | None


@dataclass(frozen=True, slots=True)
class Execution:
    """A function, and the roles that may execute it."""

    function: str
    definer: bool
    roles: str


@dataclass(frozen=True, slots=True)
class Matrix:
    """The access of all roles in the given schemas, and of API roles in every schema."""

    accesses: list[Access]
    conditions: list[Condition]
    executions: list[Execution]
    schemas: tuple[str, ...]
    """The schemas of which all roles are listed."""
    without: tuple[str, ...]
    """The API roles that may do nothing with any table."""

    @property
    def unbounded(self) -> bool:
        """Whether a role may do something that no policy bounds."""
        return any(access.unbounded for access in self.accesses)


async def matrix(connection: Connection, schemas: Sequence[str] = ("public",)) -> Matrix:
    """Read who may do what: all roles in some schemas, the API roles in any."""
    await connection.execute("set local search_path = ''")
    accesses = [
        Access(
            row["relation"],
            row["role"],
            row["command"],
            None if row["columns"] is None else tuple(row["columns"]),
            row["rows"],
            row["unbounded"],
        )
        for row in await connection.fetch(ACCESS, schemas, settings().roles)
    ]
    tables = list({access.table for access in accesses})
    conditions = [Condition(*row) for row in await connection.fetch(POLICIES, tables)]
    executions = [Execution(*row) for row in await connection.fetch(EXECUTION, schemas)]
    there = {access.role for access in accesses}
    without = tuple(role for role in settings().api_roles if role not in there)
    return Matrix(accesses, conditions, executions, tuple(schemas), without)


def as_text(matrix: Matrix) -> str:
    """The report for a person, table by table."""
    tables = itertools.groupby(matrix.accesses, key=lambda access: access.table)
    blocks = [
        "\n".join([table, *_roles(list(accesses)), *_policies(table, matrix.conditions)])
        for table, accesses in tables
    ]
    blocks += [
        f"{each.function}{_rights(each)}\n    execute: {each.roles}"
        for each in matrix.executions
    ]
    blocks += [
        f"Nothing is granted to {role}, which API_ROLES names." for role in matrix.without
    ]
    return "\n\n".join([*blocks, _conclusion(matrix)])


def _roles(accesses: list[Access]) -> Iterator[str]:
    width = max(len(access.role) for access in accesses) + 2
    for role, commands in itertools.groupby(accesses, key=lambda access: access.role):
        alike: dict[tuple[object, ...], list[Access]] = {}
        for access in commands:
            alike.setdefault((access.columns, access.rows, access.unbounded), []).append(access)
        for number, group in enumerate(alike.values()):
            label = role if number == 0 else ""
            yield textwrap.fill(
                f"{label:<{width}}{_allowed(group)}",
                WIDTH,
                initial_indent="    ",
                subsequent_indent=" " * (4 + width + 2),
            )


def _policies(table: str, conditions: Sequence[Condition]) -> Iterator[str]:
    for each in conditions:
        if each.table != table:
            continue
        kind = "policy" if each.permissive else "restrictive policy"
        clauses = (("using", each.using), ("with check", each.check))
        said = " ".join(f"{word} {' '.join(sql.split())}" for word, sql in clauses if sql)
        yield textwrap.fill(
            f"{kind} {each.name} for {each.command} to {each.roles}: {said}",
            WIDTH,
            initial_indent="    ",
            subsequent_indent=" " * 8,
        )


def _allowed(accesses: list[Access]) -> str:
    """A line for commands that are allowed in the same way."""
    first = accesses[0]
    commands = ", ".join(access.command for access in accesses)
    columns = "" if first.columns is None else f" ({', '.join(first.columns)})"
    remark = "  <- unbounded" if first.unbounded else ""
    return f"{commands}{columns}: {first.rows}{remark}"


def _rights(execution: Execution) -> str:
    return ", with the rights of its owner" if execution.definer else ""


def _conclusion(matrix: Matrix) -> str:
    count = sum(access.unbounded for access in matrix.accesses)
    if not count:
        return textwrap.fill(
            f"What is not listed: in {' and '.join(matrix.schemas)}, only owners and "
            "superusers may do it; with relations of other schemas, no API role may.",
            WIDTH,
        )
    return (
        "What is marked as unbounded is bounded by no policy: revoke the privilege, or, of a "
        "table, enable row level security."
    )
