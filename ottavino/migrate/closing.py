"""Closes what a file makes to the roles of callers, whatever default privileges have granted.

The statements of most objects close them to Supabase's roles and to those that they name. They
cannot name the others of `API_ROLES`, which another project's database need not have. Those of
types close nothing: PostgreSQL itself lets everybody use a type. Those of an `AsFound` are a
person's, and may close nothing either.
"""

from collections.abc import AsyncGenerator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Self

from ottavino.identity import Role
from ottavino.migrate.access import Access, Number, Right, read, revoking
from ottavino.migrate.files import MigrationFile
from ottavino.migrate.said import Said
from ottavino.migrate.transaction import PROCESS_INVALIDATIONS, execute
from ottavino.postgres.connection import Connection
from ottavino.settings import settings

IS_OPENING = "select exists (select from pg_catalog.pg_default_acl)"

BY_ITSELF = {"function", "type"}
"""The kinds of objects that PostgreSQL itself lets everybody use."""

# What an extension has made is its own, and the objects of others are theirs.
OURS = """
select oid::bigint
from (
    select oid, relowner as owner from pg_class
    union all select oid, proowner from pg_proc
    union all select oid, typowner from pg_type
    union all select oid, nspowner from pg_namespace
) as object
where oid = any($1::oid[]) and pg_has_role(owner, 'usage')
    and not exists (
        select from pg_depend where objid = object.oid and deptype = 'e'
    )
"""


@dataclass(slots=True)
class Closing:
    """The run of one file. What a person's statements make stays as they leave it."""

    connection: Connection
    file: MigrationFile
    said: Said
    _there: set[Number] = field(default_factory=set[Number])

    @classmethod
    async def of(cls, connection: Connection, file: MigrationFile, said: Said) -> Self | None:
        """None where default privileges cannot open what the file makes."""
        if not settings().api_roles and not await connection.fetchval(IS_OPENING):
            return None
        closing = cls(connection, file, said)
        await closing.leave()
        return closing

    async def leave(self) -> None:
        """Take what is there as it is."""
        self._there = {*await read(self.connection)}

    async def close(self) -> None:
        """Close what is there now and was not before."""
        there = await read(self.connection)
        opened = {number: rights for number, rights in self._opened(there) if rights}
        rows = await self.connection.fetch(OURS, [oid for _, oid, _ in opened])
        ours = {oid for (oid,) in rows}
        statements = [
            statement
            for number, rights in opened.items()
            if number[1] in ours
            for statement in revoking(there[number], rights)
        ]
        if statements:
            sql = ";\n".join([*statements, PROCESS_INVALIDATIONS])
            await execute(self.connection, self.file, sql, "default privileges")
        self._there = {*there}

    def _opened(self, there: Access) -> Iterator[tuple[Number, list[Right]]]:
        """The new objects, with the rights of callers about whom the file says nothing."""
        callers = {*Role, *settings().api_roles}
        for number, (place, rights, _) in there.items():
            if number in self._there or place.column or place.kind == "default":
                continue
            roles = callers if place.kind in BY_ITSELF else callers | {"public"}
            yield (
                number,
                [
                    each
                    for each in rights
                    if each.role in roles and self.said.leaves(place, each)
                ],
            )


@asynccontextmanager
async def left_open(closing: Closing | None) -> AsyncGenerator[None]:
    """A block that runs statements which a person wrote."""
    if closing is not None:
        await closing.close()
    yield
    if closing is not None:
        await closing.leave()
