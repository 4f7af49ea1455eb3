-- What is outside of the schemas $1 and reaches the tables $3 in them, or decides who may. $2 are
-- the roles that callers become. A row for each: the kind, its name, and words about it.
with
api as (
    select oid, rolname::text as name from pg_roles
    where rolname = any($2::text[]) and not rolsuper
),
ours as (
    select pg_class.oid, pg_class.oid::regclass::text as name
    from pg_class
    where pg_class.oid = any(array(select to_regclass(name) from unnest($3::text[]) as name))
),
elsewhere as (
    select pg_namespace.oid, nspname
    from pg_namespace
    where nspname <> all($1::text[]) and nspname <> 'information_schema'
        and nspname !~ '^(pg|shadow)_' and nspname <> 'ottavino'
)
-- A view of another schema reads with the rights of its owner.
select
    'view' as kind,
    viewed.oid::regclass::text as name,
    string_agg(distinct ours.name, ', ') as words,
    (
        select string_agg(api.name, ', ' order by api.name) from api
        where has_schema_privilege(api.oid, viewed.relnamespace, 'usage')
            and has_any_column_privilege(api.oid, viewed.oid, 'select')
    ) as roles
from pg_class as viewed
join elsewhere on elsewhere.oid = viewed.relnamespace
join pg_rewrite on ev_class = viewed.oid
join pg_depend on classid = 'pg_rewrite'::regclass and objid = pg_rewrite.oid
join ours on refclassid = 'pg_class'::regclass and refobjid = ours.oid
where viewed.relkind in ('v', 'm')
    and not coalesce(
        array_to_string(viewed.reloptions, ',') ~* 'security_invoker=(true|on|yes|1)', false
    )
group by viewed.oid, viewed.relnamespace
union all
-- So does a function, if it is declared to. Its body is text.
select
    'function',
    pg_proc.oid::regprocedure::text,
    coalesce(pg_get_function_sqlbody(pg_proc.oid), prosrc),
    (
        select string_agg(api.name, ', ' order by api.name) from api
        where has_schema_privilege(api.oid, pronamespace, 'usage')
            and has_function_privilege(api.oid, pg_proc.oid, 'execute')
    )
from pg_proc
join elsewhere on elsewhere.oid = pronamespace
where prosecdef and not exists (
    select from pg_depend
    where classid = 'pg_proc'::regclass and objid = pg_proc.oid and deptype = 'e'
)
union all
-- What is made from now on is granted of its own accord.
select
    'default privileges',
    format(
        '%s of %s%s',
        case defaclobjtype
            when 'r' then 'tables' when 'S' then 'sequences' when 'f' then 'functions'
            when 'T' then 'types' when 'n' then 'schemas' else 'large objects'
        end,
        defaclrole::regrole,
        case when defaclnamespace <> 0
            then format(' in %s', defaclnamespace::regnamespace)
        end
    ),
    string_agg(distinct lower(privilege_type), ', '),
    string_agg(distinct case grantee when 0 then 'public' else grantee::regrole::text end, ', ')
from pg_default_acl, aclexplode(defaclacl)
where (defaclnamespace = 0 or defaclnamespace::regnamespace::text = any($1::text[]))
    and (grantee = 0 and defaclobjtype <> 'T' or grantee in (select oid from api))
    and not (grantee = 0 and defaclobjtype = 'f' and defaclnamespace = 0)
group by defaclobjtype, defaclrole, defaclnamespace
union all
-- Who may put things into the database, or owns it.
select 'database', format('%I', datname), 'may create schemas in', role
from pg_database, lateral (
    select api.name as role from api
    where has_database_privilege(api.oid, datname, 'create') and api.oid <> datdba
) as granted
where datname = current_database()
union all
select 'database', format('%I', datname), 'owns', api.name
from pg_database join api on api.oid = datdba
where datname = current_database()
union all
select 'schema', format('%I', nspname), 'owns', api.name
from pg_namespace join api on api.oid = nspowner
where nspname !~ '^pg_'
union all
-- A caller that may become another role.
select 'membership', member::regrole::text, roleid::regrole::text, null
from pg_auth_members
where member in (select oid from api where name in ('anon', 'authenticated', 'service_role'))
union all
-- Logins that may become a role that no policy binds.
select 'login', rolname::text, 'service_role', null
from pg_auth_members
join pg_roles on pg_roles.oid = member and rolcanlogin and not rolsuper
where roleid = to_regrole('service_role') and not rolbypassrls
    and rolname not in ('authenticator', 'ottavino')
    and rolname !~ '^(supabase_|cli_login_)'
union all
-- What runs with every change of the schema, or with every login.
select
    'event trigger', format('%I', evtname), evtfoid::regprocedure::text,
    evtowner::regrole::text
from pg_event_trigger
where evtenabled <> 'D'
    and evtowner not in (select oid from pg_roles where rolname = 'supabase_admin')
    and evtfoid is distinct from to_regprocedure('ottavino.refuse_drop_owned()')
union all
-- It protects nothing while it is disabled.
select 'disabled event trigger', format('%I', evtname), evtfoid::regprocedure::text, null
from pg_event_trigger
where evtenabled in ('D', 'R')
    and evtfoid = to_regprocedure('ottavino.refuse_drop_owned()')
order by 1, 2, 4
