-- What differs in PostgreSQL's own schemas from what its installation made there: a row for each,
-- with its kind, its name, and for privileges which they are and who has them. $1 are the roles of
-- callers and of their logins.
with
-- The transaction that ended the installation. What it made has been frozen since, and still shows
-- its own. Later transactions have higher numbers, until those begin anew after four thousand
-- million.
installation as (
    select least(10000, (
        select xmin::text::bigint from pg_database where datname = 'template0'
    )) as last
),
own_schema as (
    select oid from pg_namespace where nspname in ('pg_catalog', 'information_schema')
),
extension as (
    select classid, objid from pg_depend where deptype in ('e', 'i')
),
-- What was granted on these at the installation.
initial as (
    select objoid, classoid, grantee, privilege_type
    from pg_init_privs, aclexplode(initprivs)
    where privtype = 'i'
),
stored as (
    select 'pg_operator'::regclass as class, oid, xmin, 'changed' as kind from pg_operator
    union all
    select 'pg_cast'::regclass, oid, xmin, 'changed' from pg_cast
    union all
    select 'pg_amop'::regclass, oid, xmin, 'changed' from pg_amop
    union all
    select 'pg_amproc'::regclass, oid, xmin, 'changed' from pg_amproc
    union all
    select 'pg_opclass'::regclass, oid, xmin, 'changed' from pg_opclass where opcowner = 10
    union all
    select 'pg_proc'::regclass, aggfnoid::oid, xmin, 'changed' from pg_aggregate
    union all
    select 'pg_language'::regclass, oid, xmin, 'changed'
    from pg_language
    where lanowner = 10 and lanacl is null and lanname not in ('c', 'internal')
    union all
    select 'pg_type'::regclass, oid, xmin, 'changed'
    from pg_type
    where typowner = 10 and typacl is null and typrelid = 0
    union all
    -- Corrections of PostgreSQL's own replace the last two.
    select 'pg_class'::regclass, ev_class, pg_rewrite.xmin, 'changed'
    from pg_rewrite
    join pg_class on pg_class.oid = ev_class
    where relnamespace = 'pg_catalog'::regnamespace
        and relname not in ('pg_stats_ext', 'pg_stats_ext_exprs')
    union all
    select 'pg_ts_config'::regclass, mapcfg, xmin, 'search' from pg_ts_config_map
    union all
    select 'pg_ts_dict'::regclass, oid, xmin, 'search' from pg_ts_dict where dictowner = 10
    union all
    -- Providers of servers grant some functions to other roles, which changes their rows too.
    select 'pg_proc'::regclass, oid, xmin, 'changed function'
    from pg_proc
    where proowner = 10 and proacl is null
),
-- PostgreSQL's own functions are in C, or have a body that is stored as a syntax tree, unless it
-- depends on the type of an argument.
replaced as (
    select oid
    from pg_proc
    where pronamespace = 'pg_catalog'::regnamespace and oid < 16384
        and prosqlbody is null
        and not proargtypes::oid[] && array[
            'anyelement'::regtype, 'anynonarray'::regtype
        ]::oid[]
        and prolang not in (
            select pg_language.oid from pg_language where lanname in ('internal', 'c')
        )
),
placed as (
    select 'pg_proc'::regclass as class, oid, pronamespace as place from pg_proc
    union all
    select 'pg_class'::regclass, oid, relnamespace
    from pg_class
    where relkind in ('r', 'p', 'v', 'm', 'f', 'S')
    union all
    select 'pg_type'::regclass, oid, typnamespace from pg_type where typrelid = 0
    union all
    select 'pg_operator'::regclass, oid, oprnamespace from pg_operator
    union all
    select 'pg_ts_config'::regclass, oid, cfgnamespace from pg_ts_config
    union all
    select 'pg_ts_dict'::regclass, oid, dictnamespace from pg_ts_dict
),
-- Of functions, those alone that not everybody could call.
granted as (
    select 'pg_class'::regclass as class, pg_class.oid, relnamespace as place, entry.*
    from pg_class
    left join pg_attribute on attrelid = pg_class.oid,
    lateral (
        select grantee, privilege_type from aclexplode(relacl)
        union all
        select grantee, privilege_type from aclexplode(attacl)
    ) as entry
    union
    select 'pg_proc'::regclass, pg_proc.oid, pronamespace, grantee, privilege_type
    from pg_proc, aclexplode(proacl)
    where pg_proc.oid in (select objoid from initial where classoid = 'pg_proc'::regclass)
),
found as (
    select distinct kind, class, oid, null as privileges, null as roles
    from stored, installation
    where oid < 16384 and xmin::text::bigint > last
        and (class, oid) not in (select 'pg_proc'::regclass, replaced.oid from replaced)
    union all
    -- Each has a dictionary for 19 of the 23 kinds of words, until a mapping is dropped.
    select 'search', 'pg_ts_config'::regclass, oid, null, null
    from pg_ts_config
    where oid < 16384 and 19 <> (
        select count(distinct maptokentype) from pg_ts_config_map where mapcfg = pg_ts_config.oid
    )
    union all
    select 'replaced', 'pg_proc'::regclass, oid, null, null from replaced
    union all
    select 'added', class, oid, null, null
    from placed
    where oid >= 16384 and place in (select own_schema.oid from own_schema)
        and (class, oid) not in (select classid, objid from extension)
    union all
    -- The body of a function in such a language is code of the server.
    select 'language', 'pg_language'::regclass, oid, null, null
    from pg_language
    where lanname in ('c', 'internal') and lanpltrusted
    union all
    -- Without it, a function in a condition sees what other users' rows have.
    select 'changed', 'pg_class'::regclass, oid, null, null
    from pg_class
    where relnamespace = 'pg_catalog'::regnamespace
        and relname in ('pg_stats', 'pg_stats_ext', 'pg_stats_ext_exprs')
        and not coalesce(reloptions @> array['security_barrier=true'], false)
    union all
    select
        'granted', class, granted.oid,
        string_agg(distinct lower(privilege_type), ', '),
        string_agg(distinct coalesce(quote_ident(rolname), 'public'), ', ')
    from granted
    left join pg_roles on pg_roles.oid = grantee
    where granted.oid < 16384 and place = 'pg_catalog'::regnamespace
        and (grantee = 0 or rolname = any($1::text[]))
        and not exists (
            select from initial
            where objoid = granted.oid and classoid = class
                and initial.grantee in (0, granted.grantee)
                and initial.privilege_type = granted.privilege_type
        )
    group by class, granted.oid
)
select
    kind,
    concat_ws(' ', object.type, object.identity) as name,
    -- A privilege is of a table, unless it says otherwise.
    concat_ws(
        ' ', case when object.type = 'function' then 'function' end, object.identity
    ) as target,
    privileges,
    roles
from found, lateral pg_identify_object(found.class, found.oid, 0) as object
order by 1, 2
