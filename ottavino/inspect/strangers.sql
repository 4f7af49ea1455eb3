-- The objects of others: outside of the schemas $1, and of kinds that only `Raw` declares. A row
-- for each: its kind, its name, and its name as PostgreSQL stores it. $2 are the schemas that
-- Supabase brings, $3 functions in them, and $4 extensions. What an extension brought is left out, and what comes
-- with a type, as the functions and casts of a range.
with
extension as (
    select classid, objid from pg_depend
    where deptype = 'e'
        or deptype = 'i' and classid in ('pg_proc'::regclass, 'pg_cast'::regclass)
),
-- The roles of Supabase's services, and superusers. On a project nobody else is one.
service as (
    select oid from pg_roles
    where rolsuper or rolname = 'pgbouncer' or rolname ~ '^supabase_'
),
schema as (
    select
        oid,
        nspname,
        nspname = any($1::text[]) as is_ours,
        nspname = any($2::text[]) as is_platform
    from pg_namespace
    where nspname <> 'information_schema' and nspname !~ '^pg_'
        and nspname not in ('ottavino', 'supabase_migrations')
        and ('pg_namespace'::regclass, oid) not in (select classid, objid from extension)
),
-- In a schema of Supabase's, what its services own is theirs.
object as (
    select
        'pg_class'::regclass as class,
        oid,
        relnamespace as place,
        relowner as owner,
        case relkind
            when 'v' then 'view'
            when 'm' then 'materialized view'
            when 'f' then 'foreign table'
            when 'S' then 'sequence'
            else 'table'
        end as kind,
        oid::regclass::text as name
    from pg_class
    where relkind in ('r', 'p', 'v', 'm', 'f', 'S') and not relispartition
        -- The sequence of a column goes with its table.
        and not exists (
            select from pg_depend
            where classid = 'pg_class'::regclass and objid = pg_class.oid
                and relkind = 'S' and deptype in ('a', 'i')
        )
    union all
    select
        'pg_proc'::regclass, oid, pronamespace, proowner,
        case prokind when 'p' then 'procedure' when 'a' then 'aggregate' else 'function' end,
        oid::regprocedure::text
    from pg_proc
    where oid >= 16384 and proname <> all($3::text[])
    union all
    select
        'pg_type'::regclass, pg_type.oid, typnamespace, typowner,
        case typtype when 'd' then 'domain' else 'type' end,
        pg_type.oid::regtype::text
    from pg_type
    left join pg_class on pg_class.oid = typrelid
    where typtype in ('e', 'd', 'r') or (typtype = 'c' and relkind = 'c')
),
-- The kinds that are not read in our schemas either.
rare as (
    select
        'pg_operator'::regclass as class, oid, oprnamespace as place, oprowner as owner,
        'operator' as kind, oid::regoperator::text as name
    from pg_operator
    where oid >= 16384
    union all
    select
        'pg_collation'::regclass, oid, collnamespace, collowner,
        'collation', oid::regcollation::text
    from pg_collation
    where oid >= 16384
    union all
    select
        'pg_ts_config'::regclass, oid, cfgnamespace, cfgowner,
        'text search configuration', oid::regconfig::text
    from pg_ts_config
    where oid >= 16384
    union all
    select
        'pg_ts_dict'::regclass, oid, dictnamespace, dictowner,
        'text search dictionary', oid::regdictionary::text
    from pg_ts_dict
    where oid >= 16384
    union all
    select
        'pg_conversion'::regclass, oid, connamespace, conowner,
        'conversion', format('%I.%I', connamespace::regnamespace, conname)
    from pg_conversion
    where oid >= 16384
    union all
    select
        'pg_opclass'::regclass, pg_opclass.oid, opcnamespace, opcowner,
        'operator class', format('%I.%I', opcnamespace::regnamespace, opcname)
    from pg_opclass
    where oid >= 16384
    union all
    -- One of the same name comes with a class.
    select
        'pg_opfamily'::regclass, pg_opfamily.oid, opfnamespace, opfowner,
        'operator family', format('%I.%I', opfnamespace::regnamespace, opfname)
    from pg_opfamily
    where oid >= 16384 and not exists (
        select from pg_opclass where opcfamily = pg_opfamily.oid and opcname = opfname
    )
    union all
    select
        'pg_statistic_ext'::regclass, oid, stxnamespace, stxowner,
        'statistics', format('%I.%I', stxnamespace::regnamespace, stxname)
    from pg_statistic_ext
    where stxnamespace in (select oid from schema where not is_ours)
)
select kind, name, name as stored
from object
join schema on schema.oid = place
where not is_ours and not (is_platform and owner in (select oid from service))
    and (class, object.oid) not in (select classid, objid from extension)
union all
select kind, name, name
from rare
join schema on schema.oid = place
where not (is_platform and owner in (select oid from service))
    and (class, rare.oid) not in (select classid, objid from extension)
union all
select 'schema', format('%I', nspname), nspname
from schema
where not is_ours and not is_platform and nspname <> 'ottavino_members' and not exists (
    select from object where place = schema.oid
)
union all
-- Policies and triggers on the tables of Supabase's services.
select
    'policy',
    format('%s.%I', polrelid::regclass, polname),
    format('%s.%s', polrelid::regclass, polname)
from pg_policy
join pg_class on pg_class.oid = polrelid
join schema on schema.oid = relnamespace and is_platform and not is_ours
where ('pg_class'::regclass, polrelid) not in (select classid, objid from extension)
union all
select
    'trigger',
    format('%s.%I', tgrelid::regclass, tgname),
    format('%s.%s', tgrelid::regclass, tgname)
from pg_trigger
join pg_class on pg_class.oid = tgrelid
join schema on schema.oid = relnamespace and schema.is_platform and not schema.is_ours
join pg_proc on pg_proc.oid = tgfoid
join schema as calls on calls.oid = pronamespace
where not tgisinternal and tgparentid = 0 and not calls.is_ours
    and not (calls.is_platform and proowner in (select oid from service))
union all
-- What is in no schema. Supabase's Realtime has publications of its own.
select 'publication', format('%I', pubname), pubname
from pg_publication
where pubname !~ '^supabase_realtime'
union all
select
    'published',
    format('%s.%I', prrelid::regclass, pubname),
    format('%s.%s', prrelid::regclass, pubname)
from pg_publication_rel
join pg_publication on pg_publication.oid = prpubid
join pg_class on pg_class.oid = prrelid
join schema on schema.oid = relnamespace and not is_platform
where pubname ~ '^supabase_realtime'
union all
select 'event trigger', evtname, evtname
from pg_event_trigger
join pg_proc on pg_proc.oid = evtfoid
join schema on schema.oid = pronamespace and not is_ours
where not (is_platform and evtowner in (select oid from service))
    and ('pg_event_trigger'::regclass, pg_event_trigger.oid)
        not in (select classid, objid from extension)
union all
select
    'cast',
    format('(%s as %s)', castsource::regtype, casttarget::regtype),
    format('(%s as %s)', castsource::regtype, casttarget::regtype)
from pg_cast
where oid >= 16384
    and ('pg_cast'::regclass, oid) not in (select classid, objid from extension)
union all
select 'extension', format('%I', extname), extname
from pg_extension
where extname <> all($4::text[])
union all
select 'language', format('%I', lanname), lanname
from pg_language
where oid >= 16384
    and ('pg_language'::regclass, oid) not in (select classid, objid from extension)
union all
-- It writes what another server sends into tables.
select 'subscription', format('%I', subname), subname
from pg_subscription
where subdbid = (select oid from pg_database where datname = current_database())
union all
select 'server', format('%I', srvname), srvname
from pg_foreign_server
where ('pg_foreign_server'::regclass, oid) not in (select classid, objid from extension)
union all
select 'foreign data wrapper', format('%I', fdwname), fdwname
from pg_foreign_data_wrapper
where ('pg_foreign_data_wrapper'::regclass, oid) not in (select classid, objid from extension)
union all
select 'access method', format('%I', amname), amname
from pg_am
where oid >= 16384
    and ('pg_am'::regclass, oid) not in (select classid, objid from extension)
union all
select
    'transform',
    format('for %s language %I', trftype::regtype, lanname),
    format('for %s language %s', trftype::regtype, lanname)
from pg_transform
join pg_language on pg_language.oid = trflang
where ('pg_transform'::regclass, pg_transform.oid)
    not in (select classid, objid from extension)
union all
-- A slot keeps what is written, and sends it to the client that reads it.
select 'replication slot', slot_name, slot_name
from pg_replication_slots
where database = current_database() and slot_name !~ '^supabase_' and not temporary
order by 1, 2
