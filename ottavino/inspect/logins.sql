-- The logins of others that reach rows in a way that no policy bounds: a row for each way, with the
-- login, the role through which it does, the one that it was granted for that, and what the role
-- may do. $1 are the tables of ours, $2 the roles that callers become, whose own powers are another
-- query's, and $3 the logins that are meant to become them.
with recursive
owner as (
    select distinct relowner as oid
    from pg_class
    where oid = any(array(select to_regclass(name) from unnest($1::text[]) as name))
),
login as (
    select pg_roles.oid, rolname, rolsuper, rolreplication
    from pg_roles
    where rolcanlogin
        -- The role that the server was made with.
        and pg_roles.oid <> 10
        and rolname <> all($2::text[]) and rolname <> all($3::text[])
        and rolname not in ('postgres', current_user)
        and pg_roles.oid not in (select oid from owner)
        -- Those of Supabase and of other providers of servers.
        and rolname !~ '^(supabase_|cli_login_|rds|cloudsql|azure)'
        and has_database_privilege(pg_roles.oid, current_database(), 'connect')
),
reached as (
    select oid as login, oid as role, array[oid] as way from login
    union all
    select login, roleid, way || roleid
    from reached
    join pg_auth_members on member = role
    join pg_roles as through on through.oid = role
    where roleid <> all(way) and through.rolname <> all($2::text[])
        -- What it may become besides gives it nothing more.
        and not through.rolsuper and not through.rolbypassrls
        and role not in (select oid from owner)
        -- Since PostgreSQL 16 a membership may give nothing.
        and exists (
            select from unnest(array['inherit_option', 'set_option', 'admin_option']) as name
            where coalesce((to_jsonb(pg_auth_members) ->> name)::boolean, true)
        )
),
-- The logins that become callers, and are nothing else.
calling as (
    select login.oid as login
    from login
    join reached on reached.login = login.oid
    join pg_roles on pg_roles.oid = role and pg_roles.rolname = any($2::text[])
    where not pg_roles.rolbypassrls
),
power as (
    select pg_roles.oid as role, says, is_server_wide
    from pg_roles,
    lateral (
        values
            (rolsuper, 'is a superuser', true),
            (rolbypassrls and not rolsuper, 'is not bound by row level security', false),
            (
                pg_roles.oid in (select oid from owner) and not rolsuper,
                'owns our tables, and can disable their row level security', true
            ),
            -- Since PostgreSQL 16 it may give itself those roles alone that it made.
            (
                rolcreaterole and not rolsuper
                    and current_setting('server_version_num')::int < 160000,
                'may give itself every role that is no superuser', true
            ),
            (
                rolname in (
                    'pg_execute_server_program', 'pg_read_server_files', 'pg_write_server_files'
                ),
                'reaches the files of the server', true
            ),
            (
                rolname in ('pg_read_all_data', 'pg_write_all_data'),
                'may use every table and view', true
            )
    ) as each (has, says, is_server_wide)
    where has
),
way as (
    select distinct on (login, role) login, role, way
    from reached
    order by login, role, cardinality(way)
)
select
    case
        when role = login.oid then 'own'
        when bool_or(is_server_wide) and calling.login is not null then 'of a caller'
        else 'through'
    end as kind,
    quote_ident(login.rolname) as name,
    string_agg(says, ' and ' order by says) as says,
    role::regrole::text as through,
    (way)[2]::regrole::text as granted
from login
join way on way.login = login.oid
join power using (role)
left join (select distinct login from calling) as calling on calling.login = login.oid
-- Policies bind what a login may read of every table.
where calling.login is not null or says <> 'may use every table and view'
group by login.oid, login.rolname, calling.login, role, way
union all
-- What a standby is sent has the rows of every table.
select
    'own', quote_ident(rolname), 'may copy the server by replication', quote_ident(rolname), null
from login
where rolreplication and not rolsuper
order by 2, 1, 4, 3
