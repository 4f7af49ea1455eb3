-- What is outside of the schemas $1 and reaches the tables $3 in them, or decides who may. $2 are
-- the roles that callers become. What the roles of Supabase's services own in the schemas $4 may
-- use `auth.users`. A row for each: the kind, its name, and words about it.
with recursive
api as (
    select oid, rolname::text as name, quote_ident(rolname) as quoted from pg_roles
    where rolname = any($2::text[]) and not rolsuper
),
ours as (
    select pg_class.oid, pg_class.oid::regclass::text as name
    from pg_class
    where pg_class.oid = any(array(select to_regclass(name) from unnest($3::text[]) as name))
),
service as (
    select oid from pg_roles where rolsuper or rolname ~ '^supabase_'
),
elsewhere as (
    select pg_namespace.oid, nspname, nspname = any($4::text[]) as is_platform
    from pg_namespace
    where nspname <> all($1::text[]) and nspname <> 'information_schema'
        and nspname !~ '^pg_' and nspname <> 'ottavino'
),
viewed as (
    select distinct ev_class as view, refobjid as relation
    from pg_rewrite
    join pg_depend
        on classid = 'pg_rewrite'::regclass and objid = pg_rewrite.oid
        and refclassid = 'pg_class'::regclass and refobjid <> ev_class
),
-- The views over our tables, and those over such views.
reached as (
    select view, ours.name from viewed join ours on ours.oid = relation
    union
    select viewed.view, name from viewed join reached on reached.view = relation
)
-- A view of another schema reads with the rights of its owner.
select
    case viewed.relkind when 'm' then 'materialized view' else 'view' end as kind,
    viewed.oid::regclass::text as name,
    string_agg(distinct reached.name, ', ') as words,
    (
        select string_agg(api.quoted, ', ' order by api.quoted) from api
        where has_schema_privilege(api.oid, viewed.relnamespace, 'usage')
            and has_any_column_privilege(api.oid, viewed.oid, 'select')
    ) as roles
from pg_class as viewed
join elsewhere on elsewhere.oid = viewed.relnamespace
join reached on reached.view = viewed.oid
where viewed.relkind in ('v', 'm')
    and not (
        is_platform and relowner in (select oid from service) and reached.name = 'auth.users'
    )
    and not coalesce(
        array_to_string(viewed.reloptions, ',') ~* 'security_invoker=(true|on|yes|1)', false
    )
group by viewed.oid, viewed.relnamespace
union all
-- So does a function, if it is declared to. Its body is text.
select
    concat(
        case prokind when 'p' then 'procedure' else 'function' end,
        case when is_platform and proowner in (select oid from service) then ' of a service' end
    ),
    pg_proc.oid::regprocedure::text,
    coalesce(pg_get_function_sqlbody(pg_proc.oid), prosrc),
    (
        select string_agg(api.name, ', ' order by api.name) from api
        where has_schema_privilege(api.oid, pronamespace, 'usage')
            and has_function_privilege(api.oid, pg_proc.oid, 'execute')
    )
from pg_proc
join elsewhere on elsewhere.oid = pronamespace
where prosecdef
    -- Only a trigger calls these.
    and prorettype not in ('trigger'::regtype, 'event_trigger'::regtype)
    and not exists (
        select from pg_depend
        where classid = 'pg_proc'::regclass and objid = pg_proc.oid and deptype = 'e'
    )
union all
-- What it calls runs with the same rights.
select
    'called', pg_proc.oid::regprocedure::text,
    coalesce(pg_get_function_sqlbody(pg_proc.oid), prosrc), null
from pg_proc
join pg_namespace on pg_namespace.oid = pronamespace
join pg_language on pg_language.oid = prolang and lanname not in ('internal', 'c')
where nspname <> 'information_schema' and nspname !~ '^pg_' and nspname <> 'ottavino'
    and (not prosecdef or nspname = any($1::text[])) and nspname <> all($4::text[])
union all
-- A trigger on a table of ours calls such a function with every write.
select
    'trigger', format('%s.%I', tgrelid::regclass, tgname), tgfoid::regprocedure::text,
    ours.name
from pg_trigger
join ours on ours.oid = tgrelid
join pg_proc on pg_proc.oid = tgfoid and prosecdef
join elsewhere on elsewhere.oid = pronamespace
where not tgisinternal and tgparentid = 0
union all
-- A child of one of our tables holds rows of it, and no policy of its parent is checked there.
select
    'child', child.oid::regclass::text, ours.name,
    string_agg(api.name, ', ' order by api.name)
from pg_inherits
join ours on ours.oid = inhparent
join pg_class as child on child.oid = inhrelid and not child.relrowsecurity
join elsewhere on elsewhere.oid = child.relnamespace
join api
    on has_schema_privilege(api.oid, child.relnamespace, 'usage')
    and (
        has_any_column_privilege(api.oid, child.oid, 'select, insert, update')
        or has_table_privilege(api.oid, child.oid, 'delete')
    )
group by child.oid, ours.name
union all
-- A table with all columns of one of ours may be a copy of it.
select
    'copy', theirs.name, ours.name,
    (
        select string_agg(api.quoted, ', ' order by api.quoted) from api
        where has_schema_privilege(api.oid, theirs.place, 'usage')
            and has_any_column_privilege(api.oid, theirs.oid, 'select')
    )
from (
    select
        pg_class.oid, relnamespace as place, pg_class.oid::regclass::text as name,
        array_agg(format('%s %s', attname, atttypid)) as columns
    from pg_class
    join elsewhere on elsewhere.oid = relnamespace
    join pg_attribute on attrelid = pg_class.oid and attnum > 0 and not attisdropped
    where relkind in ('r', 'p', 'f') and not relrowsecurity
        and exists (
            select from api
            where has_schema_privilege(api.oid, relnamespace, 'usage')
                and has_any_column_privilege(api.oid, pg_class.oid, 'select')
        )
    group by pg_class.oid
) as theirs
join (
    select ours.oid, ours.name, array_agg(format('%s %s', attname, atttypid)) as columns
    from ours
    join pg_attribute on attrelid = ours.oid and attnum > 0 and not attisdropped
    where ours.name <> 'auth.users'
    group by ours.oid, ours.name
) as ours on theirs.columns @> ours.columns
where not exists (select from pg_inherits where inhrelid = theirs.oid and inhparent = ours.oid)
union all
-- What is made from now on is granted of its own accord.
select
    'default privileges',
    format(
        '%s that %s makes%s',
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
select 'open database', format('database %I', datname), null, role
from pg_database, lateral (
    select api.quoted as role from api
    where has_database_privilege(api.oid, datname, 'create') and api.oid <> datdba
) as granted
where datname = current_database()
union all
select 'owned database', format('database %I', datname), null, api.name
from pg_database join api on api.oid = datdba
where datname = current_database()
union all
select 'owned database', format('schema %I', nspname), null, api.name
from pg_namespace join api on api.oid = nspowner
where nspname !~ '^pg_'
union all
-- An owner may put anything into it.
select 'owner', format('schema %I', nspname), null, nspowner::regrole::text
from pg_namespace
join pg_roles on pg_roles.oid = nspowner and not rolsuper
where nspname = any($1::text[])
    and rolname not in ('postgres', 'pg_database_owner', current_user)
    and nspowner not in (select oid from api)
    and nspowner not in (
        select relowner from pg_class where pg_class.oid in (select oid from ours)
    )
union all
select 'owner', format('database %I', datname), null, datdba::regrole::text
from pg_database
join pg_roles on pg_roles.oid = datdba and not rolsuper
where datname = current_database()
    and rolname not in ('postgres', current_user)
    and datdba not in (select oid from api)
union all
-- Settings that only a superuser may change otherwise, such as the one that disables triggers.
select
    'parameter', case grantee when 0 then 'public' else grantee::regrole::text end,
    string_agg(format('%s %s', lower(privilege_type), parname), ', ' order by parname), null
from pg_parameter_acl, aclexplode(paracl)
where grantee = 0 or grantee in (select oid from api)
    or grantee in (
        select oid from pg_roles where rolname in ('authenticator', 'ottavino') and not rolsuper
    )
group by grantee
union all
-- A caller that may become another role.
select 'membership', member::regrole::text, roleid::regrole::text, null
from pg_auth_members
where member in (select oid from api where name in ('anon', 'authenticated', 'service_role'))
union all
-- A login of callers that may become another role.
select 'membership of a login', member::regrole::text, roleid::regrole::text, null
from pg_auth_members
join pg_roles on pg_roles.oid = member and rolname in ('authenticator', 'ottavino')
where not rolsuper and roleid <> all(
    array(select oid from pg_roles where rolname = any($2::text[]))
)
union all
-- Logins that may become a caller.
select
    'login', quote_ident(rolname),
    string_agg(roleid::regrole::text, ', ' order by roleid::regrole::text), null
from pg_auth_members
join pg_roles on pg_roles.oid = member and rolcanlogin and not rolsuper
where roleid in (select oid from api where name in ('anon', 'authenticated'))
    and not rolbypassrls
    and rolname not in ('authenticator', 'ottavino')
    and rolname !~ '^(supabase_|cli_login_)'
group by rolname
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
