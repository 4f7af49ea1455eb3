"""Tries a cell of the access matrix on the owner's row, as its caller, and rolls back."""

import json
from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from uuid import UUID

import asyncpg

from ottavino.declare.type_name import sql_name, with_schema
from ottavino.identity import Identity, Role
from ottavino.postgres.quoting import identifier, split_name, unquoted
from ottavino.postgres.savepoint import Savepoint
from ottavino.postgres.scope import current_scope
from ottavino.testing.access_grid import Cell, GridError
from ottavino.testing.database import Connection

OWNER = UUID("00000000-0000-4000-8000-00000000000a")
STRANGER = UUID("00000000-0000-4000-8000-00000000000b")

CALLERS: Mapping[str, Identity] = {
    "owner": Identity.user(OWNER),
    "stranger": Identity.user(STRANGER),
    "nobody": Identity(Role.AUTHENTICATED, {"role": Role.AUTHENTICATED}),
    "anonymous": Identity.anonymous(),
    "service": Identity.service(),
}

_CLAIMS = json.dumps({"sub": str(OWNER), "role": "authenticated"})

CLAIM_TO_BE_THE_OWNER = (
    f"select set_config('request.jwt.claims', '{_CLAIMS}', true), "
    f"set_config('request.jwt.claim.sub', '{OWNER}', true), "
    f"set_config('request.jwt.claim', '{_CLAIMS}', true)"
)
"""The claims that an SQL injection could set. A policy that trusts them protects nothing."""

RELATION = (Path(__file__).parent / "relation.sql").read_text("utf-8")

VALUES_BY_TYPE = {
    "bigint": "1",
    "boolean": "true",
    "bytea": "''",
    "date": "current_date",
    "double precision": "1",
    "integer": "1",
    "interval": "'1 day'",
    "json": "'{}'",
    "jsonb": "'{}'",
    "numeric": "1",
    "real": "1",
    "smallint": "1",
    "text": "'words'",
    "character varying": "'words'",
    "timestamp with time zone": "now()",
    "timestamp without time zone": "now()",
    "uuid": "gen_random_uuid()",
}

OTHER_STATEMENTS = {
    "truncate": "truncate {table}",
    "references": "create table playground.child ({columns}, foreign key ({key}) "
    "references {table} ({key}))",
    "trigger": "create trigger intruder before update on {table} "
    "for each row execute function suppress_redundant_updates_trigger()",
    "maintain": "reindex table {table}",
}
"""The statements that try rarely granted privileges."""

NOT_BY_POLICY = "new row violates row-level security policy"


class Undo(Exception):
    """Ends a block by an error, so that it is rolled back."""


@dataclass(frozen=True, slots=True)
class Column:
    """A column, and the values that may be written to it."""

    name: str
    type: str
    is_required: bool
    is_enum: bool
    is_key: bool
    parent: str | None
    parent_column: str | None


@dataclass(slots=True)
class Trial:
    """The rows and values with which cells are tried."""

    connection: Connection
    """A superuser's."""
    values: Mapping[str, str]
    parents: dict[str, Mapping[str, str | None]] = field(
        default_factory=dict[str, Mapping[str, str | None]]
    )
    """For each table that another refers to, its row with its values as text."""
    _columns: dict[str, list[Column]] = field(default_factory=dict[str, list[Column]])
    _given: dict[tuple[str, str], str] = field(default_factory=dict[tuple[str, str], str])
    """The values by the table, or an empty text, and the column."""

    def __post_init__(self) -> None:
        for name, value in self.values.items():
            *table, column = split_name(name, 3)
            self._given[qualified(".".join(table)) if table else "", unquoted(column)] = value

    async def arrange(self, table: str, setup: str) -> None:
        """Create the users, a schema for new tables, and the rows that the tables refer to."""
        await self.connection.execute(f"""
            insert into auth.users (id) values ('{OWNER}'), ('{STRANGER}');
            create schema playground;
            grant all on schema playground to anon, authenticated, service_role;
        """)
        if not await self.is_view(table):
            # A trigger on auth.users may have inserted rows.
            await self.connection.execute(f"delete from {qualified(table)}")
        if setup:
            await self.connection.execute(setup)
        for column in await self.columns(table):
            await self._need_parent(column, {qualified(table)})

    async def add_row(self, table: str) -> None:
        """Insert a row of the owner, unless the table has one."""
        if await self.is_view(table):
            return
        found = await self.connection.fetchval(
            f"select exists (select from {qualified(table)})"
        )
        if not found:
            await self.connection.execute(await self.insertion(table))

    async def is_view(self, table: str) -> bool:
        """Whether it is a view."""
        kind = await self.connection.fetchval(
            "select relkind::text from pg_class where oid = $1::text::regclass",
            qualified(table),
        )
        return kind in {"v", "m"}

    async def columns(self, table: str) -> list[Column]:
        """The columns of a table, from the catalogs."""
        name = qualified(table)
        if name not in self._columns:
            rows = await self.connection.fetch(RELATION, name)
            self._columns[name] = [_column(row) for row in rows]
        return self._columns[name]

    async def insertion(self, table: str, column: str | None = None) -> str:
        """The statement that inserts a row of the owner, with the required columns and this
        one.
        """
        written = [
            each
            for each in await self.columns(table)
            if each.is_required or each.parent == "auth.users" or each.name == column
        ]
        names = ", ".join(identifier(each.name) for each in written)
        values = ", ".join(self.value(table, each) for each in written)
        return f"insert into {qualified(table)} ({names}) values ({values}) returning 1"

    def value(self, table: str, column: Column) -> str:
        """The SQL value for a column, which should fail only for lack of a right."""
        for of in (qualified(table), ""):
            if given := self._given.get((of, column.name)):
                return given
        if column.parent == "auth.users":
            return f"'{OWNER}'"
        if column.parent in self.parents:
            value = self.parents[column.parent][str(column.parent_column)]
            return "null" if value is None else "'" + value.replace("'", "''") + "'"
        if not column.is_required:
            return "default"
        if column.is_enum:
            return f"(enum_range(null::{column.type}))[1]"
        try:
            return VALUES_BY_TYPE[column.type]
        except KeyError:
            raise GridError(
                f"`values` has to say what is tried for {table}.{column.name}, of the type "
                f"{column.type}."
            ) from None

    async def statement(self, cell: Cell) -> str:
        """The statement of a cell. Only `select` reads columns, so that others do not need its
        privilege.
        """
        table = qualified(cell.table)
        columns = await self.columns(cell.table)
        column = next((each for each in columns if each.name == cell.column), None)
        match cell.command:
            case "select":
                return f"select {identifier(column.name) if column else '*'} from {table}"
            case "insert":
                return await self.insertion(cell.table, cell.column)
            case "update":
                # The cells of an update name one column each.
                assert column is not None
                value = self.value(cell.table, column)
                return f"update {table} set {identifier(column.name)} = {value} returning 1"
            case "delete":
                return f"delete from {table} returning 1"
            case other:
                key = [each for each in columns if each.is_key] or columns[:1]
                return OTHER_STATEMENTS[other].format(
                    table=table,
                    key=", ".join(identifier(each.name) for each in key),
                    columns=", ".join(f"{identifier(each.name)} {each.type}" for each in key),
                )

    async def _need_parent(self, column: Column, on_the_way: set[str]) -> None:
        parent = column.parent
        if parent is None or parent in {*self.parents, *on_the_way}:
            return
        for each in await self.columns(parent):
            await self._need_parent(each, {*on_the_way, parent})
        await self.add_row(parent)
        row = await self.connection.fetchrow(
            f"select to_jsonb(parent) as row from {parent} as parent limit 1"
        )
        assert row is not None
        self.parents[parent] = {
            name: value if value is None or isinstance(value, str) else json.dumps(value)
            for name, value in json.loads(row["row"]).items()
        }


def _column(row: asyncpg.Record) -> Column:
    found = Column(**dict(row))
    return replace(found, parent=found.parent and qualified(found.parent))


def qualified(table: str) -> str:
    """The name with its schema, which is `public` if none is given, as SQL has it."""
    return sql_name(with_schema(table))


async def observe(sql: str, *, injection: str = "", is_counted: bool = True) -> str:
    """The outcome of a statement in the open session, in a grid's words, or PostgreSQL's
    message for any other error. The statement is rolled back.
    """
    rows = 0
    try:
        async with _undone() as connection:
            if injection:
                await connection.fetch(injection)
            rows = len(await connection.fetch(sql))
    except asyncpg.InsufficientPrivilegeError as error:
        return _denial(str(error))
    except asyncpg.PostgresError as error:
        return f"{error.sqlstate} {error}"
    return "yes" if rows or not is_counted else "none"


def _denial(message: str) -> str:
    if message.startswith(NOT_BY_POLICY):
        return "refused"
    denied = ("permission denied for ", "must be owner of ")
    return "denied" if message.startswith(denied) else message


@asynccontextmanager
async def _undone() -> AsyncGenerator[Connection]:
    """The connection of the open session, in a savepoint that is rolled back."""
    with suppress(Undo):
        async with Savepoint():
            # Uses the connection itself, since a scope refuses anything but queries.
            yield await current_scope().connection.open()
            raise Undo
