-- The objects that the other queries read: all in the schemas $1 that no extension has created, nor
-- a type, as the functions of a range.
-- What belongs to the role $2 is reported as if it belonged to the role $3. To the roles $4 callers
-- are admitted.
with
schema as (
    select oid, nspname from pg_namespace where nspname = any($1::text[])
),
-- Where tables and indexes are that were put nowhere else.
everywhere as (
    select spcname as usual_place
    from pg_database
    join pg_tablespace on pg_tablespace.oid = dattablespace
    where datname = current_database()
),
-- Default privileges may open a new object to them, and to public.
callers as (
    select string_agg(quote_ident(rolname), ', ' order by rolname) as roles
    from pg_roles where rolname = any($4::text[])
),
extension as (
    select classid, objid from pg_depend
    where deptype = 'e' or deptype = 'i' and classid = 'pg_proc'::regclass
),
relation as (
    select
        c.*,
        c.oid::regclass::text as name,
        -- What the connected role builds for a comparison stands for what the owner would build.
        case c.relowner when $2 then $3 else c.relowner end as owner,
        case c.relkind
            when 'v' then 'view'
            when 'm' then 'materialized view'
            when 'f' then 'foreign table'
            when 'S' then 'sequence'
            else 'table'
        end as noun,
        description as comment
    from pg_class c
    join schema on schema.oid = c.relnamespace
    left join pg_description
        on objoid = c.oid and classoid = 'pg_class'::regclass and objsubid = 0
    where c.relkind in ('r', 'p', 'v', 'm', 'f', 'S')
        and ('pg_class'::regclass, c.oid) not in (select classid, objid from extension)
        -- The sequence of an identity belongs to its column, and needs no privileges.
        and not exists (
            select from pg_depend
            where classid = 'pg_class'::regclass and objid = c.oid
                and c.relkind = 'S' and deptype = 'i'
        )
),
routine as (
    select
        p.*,
        p.oid::regprocedure::text as name,
        case p.proowner when $2 then $3 else p.proowner end as owner,
        case p.prokind
            when 'p' then 'procedure'
            when 'a' then 'aggregate'
            else 'function'
        end as noun,
        (
            select description from pg_description
            where objoid = p.oid and classoid = 'pg_proc'::regclass and objsubid = 0
        ) as comment
    from pg_proc p
    -- No join: `pg_proc` has thousands of others, and all of them would be described.
    where p.pronamespace = any(array(select oid from schema))
        and ('pg_proc'::regclass, p.oid) not in (select classid, objid from extension)
        -- The constructors of a range type come with it.
        and not exists (
            select from pg_depend
            where classid = 'pg_proc'::regclass and objid = p.oid
                and refclassid = 'pg_type'::regclass and deptype = 'i'
        )
)
