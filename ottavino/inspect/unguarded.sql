-- What gives the API roles $4 access that no class declares: a row for each, with its kind, its
-- name, and the roles. $1 are our schemas, $2 those that a class declares with their privileges,
-- and $3 the tables of others that declared policies are on.
with
api as (
    select oid, quote_ident(rolname) as name from pg_roles
    where rolname = any($4::text[]) and not rolsuper
),
schema as (
    select
        pg_namespace.oid,
        format('%I', nspname) as name,
        nspname,
        nspname = any($1::text[]) as is_ours
    from pg_namespace
    where nspname <> 'information_schema' and nspname !~ '^pg_(toast|temp)'
)
-- A policy does nothing while row level security is disabled.
select
    case when is_declared then 'declared policies' else 'policies' end as kind,
    pg_class.oid::regclass::text as name,
    readers.names as roles
from pg_class
join schema on schema.oid = relnamespace and not is_ours,
lateral (
    select pg_class.oid = any(array(select to_regclass(name) from unnest($3::text[]) as name))
        as is_declared
) as declared,
lateral (
    select string_agg(api.name, ', ' order by api.name) as names
    from api
    where has_schema_privilege(api.oid, relnamespace, 'usage') and (
        has_any_column_privilege(api.oid, pg_class.oid, 'select, insert, update')
        or has_table_privilege(api.oid, pg_class.oid, 'delete')
    )
) as readers
where relkind in ('r', 'p') and not relrowsecurity
    and (
        is_declared
        or readers.names is not null
            and exists (select from pg_policy where polrelid = pg_class.oid)
    )
union all
-- `public` is open to everyone, on Supabase and elsewhere. Another finding is about Ottavino's own.
select 'usage', schema.name, string_agg(api.name, ', ' order by api.name)
from schema
join api on has_schema_privilege(api.oid, schema.oid, 'usage')
where is_ours and nspname <> all($2::text[])
    and nspname not in ('public', 'ottavino_members')
group by schema.name
union all
-- Without it, a role cannot use what it was granted in the schema.
select 'closed', schema.name, string_agg(distinct api.name, ', ' order by api.name)
from schema
join pg_class on relnamespace = schema.oid and relkind in ('r', 'p', 'v')
join api
    on has_any_column_privilege(api.oid, pg_class.oid, 'select, insert, update')
    and not has_schema_privilege(api.oid, schema.oid, 'usage')
where is_ours
group by schema.name
union all
-- A login that inherits from such a role acts as that one before it becomes a caller.
select
    -- Before PostgreSQL 16, the login alone decides whether it inherits.
    case when current_setting('server_version_num')::int < 160000
        then 'inheriting' else 'inherited'
    end,
    quote_ident(login.rolname),
    string_agg(quote_ident(parent.rolname), ', ' order by parent.rolname)
from pg_auth_members
join pg_roles as login on login.oid = member and login.rolname in ('authenticator', 'ottavino')
join pg_roles as parent
    on parent.oid = roleid and parent.rolname in ('anon', 'authenticated', 'service_role')
where coalesce((to_jsonb(pg_auth_members) ->> 'inherit_option')::boolean, login.rolinherit)
group by login.rolname
union all
-- Other roles that may read everybody's address, beside those that Supabase has.
select 'addresses', role, string_agg(privilege, ', ' order by privilege)
from (
    select distinct
        case entry.grantee when 0 then 'public' else entry.grantee::regrole::text end as role,
        lower(privilege_type) as privilege
    from pg_class
    left join pg_attribute on attrelid = pg_class.oid,
    lateral (
        select * from aclexplode(relacl) union all select * from aclexplode(attacl)
    ) as entry
    left join pg_roles on pg_roles.oid = entry.grantee
    where pg_class.oid = to_regclass('auth.users') and entry.grantee <> relowner
        and coalesce(rolname, '') not in ('postgres', 'dashboard_user')
        and not coalesce(rolsuper or rolname ~ '^supabase_' or rolname = any($4::text[]), false)
) as granted
where role <> all(array['public', 'service_role'])
group by role
union all
-- What is created in a schema can be found in place of an object of another one. In our schemas,
-- in `auth` and in Ottavino's own, other findings are about this.
select 'create', schema.name, string_agg(api.name, ', ' order by api.name)
from schema
join api on has_schema_privilege(api.oid, schema.oid, 'create')
join pg_namespace on pg_namespace.oid = schema.oid and nspowner <> api.oid
where not is_ours and schema.nspname not in ('auth', 'ottavino', 'ottavino_members')
group by schema.name
union all
-- The owner of an object may replace it. Other findings are about schemas, databases, and tables
-- of ours.
select
    'owned',
    concat_ws(
        ' ',
        case object.type
            when 'composite type' then 'type'
            when 'foreign-data wrapper' then 'foreign data wrapper'
            when 'statistics object' then 'statistics'
            else object.type
        end,
        object.identity
    ),
    quote_ident(rolname)
from pg_shdepend
join pg_roles on pg_roles.oid = refobjid and not rolsuper
left join pg_class on classid = 'pg_class'::regclass and pg_class.oid = objid,
lateral pg_identify_object(classid, objid, 0) as object
where deptype = 'o' and refclassid = 'pg_authid'::regclass
    and dbid = (select oid from pg_database where datname = current_database())
    and (rolname = any($4::text[]) or rolname in ('authenticator', 'ottavino'))
    and classid <> 'pg_namespace'::regclass
    and (relkind is null or relkind not in ('r', 'p') or relnamespace not in (
        select oid from schema where is_ours
    ))
union all
-- They have no rows, and no policies.
select
    'large objects', min(pg_largeobject_metadata.oid)::text,
    coalesce(quote_ident(rolname), 'public')
from pg_largeobject_metadata
cross join aclexplode(lomacl) as entry
left join pg_roles on pg_roles.oid = entry.grantee
where entry.grantee <> lomowner
    and (entry.grantee = 0 or rolname = any($4::text[]) or rolname in ('authenticator', 'ottavino'))
group by rolname
union all
-- It connects to another database, as whom its user mapping says.
select
    'server', quote_ident(srvname),
    string_agg(api.name, ', ' order by api.name)
from pg_foreign_server
join api on has_server_privilege(api.oid, pg_foreign_server.oid, 'usage')
group by srvname
order by 1, 2, 3
