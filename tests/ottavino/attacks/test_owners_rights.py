"""A caller's type stands in for `jsonb` where a function looks it up with its owner's rights.

`ottavino.uid()` has the rights of the role that migrates, and every role may execute it. In a
session of a login without a key, it calls `auth.uid()`, whose body is a text: PostgreSQL looks
its names up when it runs. A cast that is found there would run with the owner's rights.
"""

import pytest

from ottavino.identity import Role
from ottavino.postgres.supabase import AUTHENTICATOR
from ottavino.testing import Database
from ottavino.testing.database import connected

pytestmark = pytest.mark.whole

CASTS_OF_THE_CALLER = """
create temp table ran (as_role name);
grant insert on ran to public;
create type pg_temp.jsonb as (claims text);
create function pg_temp.taken(text) returns pg_temp.jsonb language plpgsql as $$
begin
    insert into pg_temp.ran values (current_user);
    return row($1)::pg_temp.jsonb;
end
$$;
create cast (text as pg_temp.jsonb) with function pg_temp.taken(text);
create function pg_temp.given(pg_temp.jsonb) returns pg_catalog.jsonb
    language sql as 'select ($1).claims::pg_catalog.jsonb';
create cast (pg_temp.jsonb as pg_catalog.jsonb)
    with function pg_temp.given(pg_temp.jsonb) as implicit;
set search_path = pg_temp, pg_catalog;
set request.jwt.claims = '{}';
"""


@pytest.mark.parametrize(
    "asked", ["ottavino.uid()", "ottavino.verified()", "ottavino.claim('sub')"]
)
async def test_no_code_of_a_login_without_a_key_runs_with_the_owners_rights(
    shared_database: Database, asked: str
) -> None:
    async with connected(shared_database.superuser_url) as connection:
        await connection.execute(f"set session authorization {AUTHENTICATOR}")
        await connection.execute(f"set role {Role.AUTHENTICATED}")
        await connection.execute(CASTS_OF_THE_CALLER)
        await connection.fetchval("select auth.uid()")
        await connection.fetchval(f"select {asked}")
        ran = await connection.fetch("select distinct as_role from pg_temp.ran")
    assert ran == [(Role.AUTHENTICATED,)]
