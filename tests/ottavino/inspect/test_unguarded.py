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
    """
    alter role authenticator inherit;
    revoke service_role, anon from authenticator;
    grant service_role, anon to authenticator
    """: ((), ["error role authenticator"]),
    """
    create function public.planted() returns int language sql as 'select 1';
    alter function public.planted() owner to authenticated
    """: ((), ["error function public.planted()"]),
    "create type public.planted as (a int); alter type public.planted owner to anon": (
        (),
        ["error type public.planted"],
    ),
    "select lo_create(9); alter large object 9 owner to authenticator": (
        (),
        ["error large object 9"],
    ),
    "select lo_create(9); grant select on large object 9 to anon": (
        (),
        ["warning large object 9"],
    ),
    "select lo_create(9); grant select on large object 9 to public": (
        (),
        ["warning large object 9"],
    ),
    "select lo_create(9); grant select on large object 9 to service_role": ((), []),
    """
    create foreign data wrapper planted;
    create server planted foreign data wrapper planted;
    grant usage on foreign server planted to public
    """: ((), ["warning server planted"]),
}


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
