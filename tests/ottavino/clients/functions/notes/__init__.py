"""Keeps notes in a table that refuses rows in every way that a database can."""

import asyncio
from uuid import UUID

import asyncpg
from pydantic import BaseModel

from ottavino.http import Function
from ottavino.postgres.scope import current_scope

function = Function()

TABLE = """
create table notes (
    id int primary key,
    after int references notes,
    text text not null constraint notes_text_is_short check (length(text) < 20),
    user_id uuid not null default auth.uid()
);
alter table notes enable row level security;
create policy own on notes to authenticated
    using (user_id = (select auth.uid())) with check (user_id = (select auth.uid()));
-- The API roles have all privileges on a new table, until they are revoked.
revoke all on notes from anon, authenticated;
grant select, insert (id, after, text, user_id) on notes to authenticated;
"""

ADD = """
insert into notes (id, after, text, user_id) values ($1, $2, $3, coalesce($4, auth.uid()))
"""

_taken: set[int] = set()
"""What requests to this process have added first."""


class Note(BaseModel):
    """A note, which may follow another, and may name another user."""

    id: int
    after: int | None = None
    text: str = "a note"
    user_id: UUID | None = None


@function.post()
async def add(body: Note) -> int:
    """Add a note."""
    await _query(ADD, body.id, body.after, body.text, body.user_id)
    return body.id


@function.get()
async def count() -> int:
    """How many notes the caller sees."""
    (row,) = await _query("select count(*) from notes")
    found: int = row[0]
    return found


@function.delete()
async def clear() -> None:
    """Delete all notes, which no caller may."""
    await _query("delete from notes")


@function.post("/slowly")
async def add_slowly(body: Note) -> None:
    """Add a note, and then take long: a client that does not wait has added nothing."""
    await _query(ADD, body.id, body.after, body.text, body.user_id)
    await asyncio.sleep(20)


@function.post("/lock/{first}/{second}")
async def lock(first: int, second: int) -> str:
    """Add two notes, the second of which another transaction has added and not committed."""
    await _query(ADD, first, None, "first", None)
    _taken.add(first)
    try:
        while second not in _taken:  # noqa: ASYNC110  # for another request
            await asyncio.sleep(0.01)
        await _query(ADD, second, None, "second", None)
    finally:
        _taken.discard(first)
    return "locked"


async def _query(sql: str, *arguments: object) -> list[asyncpg.Record]:
    return await current_scope().fetch(sql, arguments)
