"""What differs in PostgreSQL's own schemas from its installation is found."""

import pytest

from ottavino.inspect.built_in import built_in
from ottavino.testing import Database
from tests.ottavino.databases import repeating
from tests.ottavino.declare.installed import undone
from tests.ottavino.whole import quick

ROLES = ("anon", "authenticated", "service_role")

CASES = {
    "update pg_language set lanpltrusted = true where lanname = 'c'": "error language c",
    "update pg_language set lanplcallfoid = 0 where lanname = 'plpgsql'": (
        "error language plpgsql"
    ),
    """
    create or replace function pg_catalog.current_setting(text, boolean) returns text
    language sql stable as $$ select 'service_role' $$
    """: "error function pg_catalog.current_setting(pg_catalog.text,boolean)",
    "update pg_proc set prosrc = 'uuid_ne' where proname = 'uuid_eq'": (
        "warning function pg_catalog.uuid_eq(pg_catalog.uuid,pg_catalog.uuid)"
    ),
    "alter function pg_catalog.textlike(text, text) leakproof": (
        "warning function pg_catalog.textlike(pg_catalog.text,pg_catalog.text)"
    ),
    "update pg_operator set oprrest = 'neqsel' where oid = '=(uuid,uuid)'::regoperator": (
        "error operator pg_catalog.=(pg_catalog.uuid,pg_catalog.uuid)"
    ),
    """
    update pg_cast set castfunc = 0, castmethod = 'b'
    where castsource = 'int8'::regtype and casttarget = 'int4'::regtype
    """: "error cast (bigint AS integer)",
    "alter view pg_catalog.pg_stats set (security_barrier = false)": (
        "error view pg_catalog.pg_stats"
    ),
    "create or replace view pg_catalog.pg_tables as table pg_catalog.pg_tables": (
        "error view pg_catalog.pg_tables"
    ),
    "create function pg_catalog.length(uuid) returns int language sql as 'select 1'": (
        "error function pg_catalog.length(pg_catalog.uuid)"
    ),
    "create table pg_catalog.documents (id int)": "error table pg_catalog.documents",
    "create view information_schema.users as table auth.users": (
        "error view information_schema.users"
    ),
    "create operator pg_catalog.=== (leftarg = int, rightarg = int, function = int4eq)": (
        "error operator pg_catalog.===(integer,integer)"
    ),
    "grant execute on function pg_catalog.pg_read_file(text) to anon": (
        "error function pg_catalog.pg_read_file(pg_catalog.text)"
    ),
    "grant select (rolpassword) on pg_catalog.pg_authid to authenticator": (
        "error table pg_catalog.pg_authid"
    ),
    "grant select on pg_catalog.pg_statistic to public": (
        "error table pg_catalog.pg_statistic"
    ),
    "alter text search configuration pg_catalog.english alter mapping for word with simple": (
        "warning text search configuration pg_catalog.english"
    ),
    "alter text search configuration pg_catalog.english drop mapping for word": (
        "warning text search configuration pg_catalog.english"
    ),
    "alter text search dictionary pg_catalog.english_stem (stopwords = '')": (
        "warning text search dictionary pg_catalog.english_stem"
    ),
}

OF_PROVIDERS = """
    alter function pg_catalog.lo_export(oid, text) owner to supabase_admin;
    grant execute on function pg_catalog.pg_reload_conf() to postgres;
    grant execute on function pg_catalog.length(text) to anon;
    grant select on pg_catalog.pg_settings to anon;
    create collation pg_catalog.planted (locale = 'C');
"""


@pytest.mark.parametrize(
    "cases",
    quick(
        ["some"],
        {"some": (dict([*CASES.items()][::4]),), "all": (CASES,)},
        "reads PostgreSQL's own schemas after each of many changes",
    ),
)
async def test_what_is_not_as_it_was_installed_is_found(
    shared_database: Database, subtests: pytest.Subtests, cases: dict[str, str]
) -> None:
    async with repeating(shared_database.superuser_url) as connection:
        assert await built_in(connection, ROLES) == []
        for sql, expected in cases.items():
            with subtests.test(sql):
                async with undone(connection):
                    await connection.execute("set local allow_system_table_mods = on")
                    await connection.execute(sql)
                    found = await built_in(connection, ROLES)
                    assert [f"{each.severity} {each.where}" for each in found] == [expected]
                    if advice := found[0].message.partition("end that: ")[2]:
                        await connection.execute(advice.removesuffix("."))
                        assert await built_in(connection, ROLES) == []
        async with undone(connection):
            await connection.execute(OF_PROVIDERS)
            assert await built_in(connection, ROLES) == []
