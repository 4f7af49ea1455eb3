"""Tables of services without row level security, and schemas open to callers, are found."""

import pytest

from ottavino import ForeignPolicy, Role, Schema
from ottavino.inspect.unguarded import unguarded
from ottavino.testing import Database
from tests.ottavino.databases import repeating
from tests.ottavino.declare.installed import schema, undone
from tests.ottavino.inspect.test_surroundings import advised

STORAGE = """
    create schema storage;
    grant usage on schema storage to anon;
    create table storage.objects (id uuid);
    alter table storage.objects enable row level security;
    create policy own on storage.objects using (false);
"""
OWN_FILES = ForeignPolicy(on="storage.objects", name="own", using="false")
REPORTS = Schema("reports", usage=(Role.AUTHENTICATED,))

CASES: dict[str, tuple[tuple[ForeignPolicy | Schema, ...], list[str]]] = {
    "alter table storage.objects disable row level security": (
        (OWN_FILES,),
        ["error table storage.objects"],
    ),
    """
    alter table storage.objects disable row level security;
    grant insert (id) on storage.objects to anon
    """: ((), ["warning table storage.objects"]),
    # Nobody may use it.
    "alter table storage.objects disable row level security; select": ((), []),
    "create schema reports; grant usage on schema reports to authenticated": (
        (),
        ["warning schema reports"],
    ),
    "create schema reports; grant usage on schema reports to public": (
        (),
        ["warning schema reports"],
    ),
    "create schema if not exists reports; grant usage on schema reports to authenticated": (
        (REPORTS,),
        [],
    ),
    "grant create on schema storage to anon": ((), ["error schema storage"]),
    "grant create on schema pg_catalog to public": ((), ["error schema pg_catalog"]),
    "revoke usage on schema public from authenticated, public": ((), ["warning schema public"]),
    'create role "A stranger"; grant select (email) on auth.users to "A stranger"': (
        (),
        ['warning role "A stranger"'],
    ),
    "grant service_role, anon to authenticator with inherit true": (
        (),
        ["error role authenticator"],
    ),
}


OF_THE_SERVER = {
    "update pg_language set lanpltrusted = true where lanname = 'c'": "language c",
    """
    create or replace function pg_catalog.current_setting(text, boolean) returns text
    language sql stable as $$ select 'service_role' $$
    """: "function current_setting(text,boolean)",
    "create function pg_catalog.length(uuid) returns int language sql as 'select 1'": (
        "function length(uuid)"
    ),
}


async def test_what_is_not_postgresqls_own_is_found(shared_database: Database) -> None:
    async with repeating(shared_database.superuser_url) as connection:
        assert await unguarded(connection, ["public"], schema()) == []
        for sql, expected in OF_THE_SERVER.items():
            async with undone(connection):
                await connection.execute("set local allow_system_table_mods = on")
                await connection.execute(sql)
                found = await unguarded(connection, ["public"], schema())
            assert [each.where for each in found] == [expected]


async def test_what_is_open_is_found_and_closed_by_the_advice(
    shared_database: Database, subtests: pytest.Subtests
) -> None:
    async with repeating(shared_database.superuser_url) as connection:
        for sql, (declarations, expected) in CASES.items():
            with subtests.test(sql):
                async with undone(connection):
                    await connection.execute(f"{STORAGE}; {sql}")
                    classes = schema(*declarations)
                    found = await unguarded(connection, ["public", "reports"], classes)
                    assert [f"{each.severity} {each.where}" for each in found] == expected
                    for each in found:
                        await connection.execute(advised(each.message))
                    assert await unguarded(connection, ["public", "reports"], classes) == []
