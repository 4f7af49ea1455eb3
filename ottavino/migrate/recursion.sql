-- What the policies of our schemas read, and what views and functions read for them: an edge
-- each. Views and functions with the rights of their owner are left out: no policy binds those.
with
relation as (
    select
        pg_class.oid,
        relkind,
        nspname || '.' || relname as name,
        relkind = 'v' and coalesce(
            array_to_string(reloptions, ',') ~* 'security_invoker=(true|on|yes|1)', false
        ) as asks_as_caller
    from pg_class
    join pg_namespace on pg_namespace.oid = relnamespace
    where relkind in ('r', 'p', 'v')
),
routine as (
    select pg_proc.oid, nspname || '.' || proname as name, lanname as language, prosrc as body
    from pg_proc
    join pg_namespace on pg_namespace.oid = pronamespace
    join pg_language on pg_language.oid = prolang
    where not prosecdef and prokind = 'f'
        and nspname not in ('pg_catalog', 'information_schema', 'ottavino')
        and not exists (
            select from pg_depend
            where classid = 'pg_proc'::regclass and objid = pg_proc.oid and deptype = 'e'
        )
),
policy as (
    select
        pg_policy.oid,
        polrelid,
        name as relation,
        name || '.' || polname as name,
        case polcmd
            when 'r' then 'select' when 'a' then 'insert' when 'w' then 'update'
            when 'd' then 'delete' else 'all'
        end as command,
        array(
            select case member when 0 then 'public' else pg_get_userbyid(member)::text end
            from unnest(polroles) as member
        ) as roles,
        -- The conditions as PostgreSQL keeps them: a sub-select has the oids of its tables.
        concat(polqual, polwithcheck) as condition
    from pg_policy
    join relation on relation.oid = polrelid
),
edge as (
    select classid, objid, refclassid, refobjid from pg_depend
    where refclassid in ('pg_class'::regclass, 'pg_proc'::regclass)
)
select
    'policy' as kind, policy.name, policy.relation, command, roles,
    condition like '%{SUBLINK %' as has_subselect, null as language, null as body,
    array(
        select distinct relation.name from edge join relation on relation.oid = refobjid
        where classid = 'pg_policy'::regclass and objid = policy.oid
            and refclassid = 'pg_class'::regclass
            -- It depends on its own table whether it reads that or not.
            and (refobjid <> polrelid or condition like '%:relid ' || polrelid || ' %')
            and (relkind <> 'v' or asks_as_caller)
    ) as reads,
    array(
        select distinct routine.name from edge join routine on routine.oid = refobjid
        where classid = 'pg_policy'::regclass and objid = policy.oid
            and refclassid = 'pg_proc'::regclass
    ) as calls
from policy
union all
select
    'view', relation.name, null, null, null, null, null, null,
    array(
        select distinct other.name
        from pg_rewrite
        join edge on classid = 'pg_rewrite'::regclass and objid = pg_rewrite.oid
            and refclassid = 'pg_class'::regclass
        join relation as other on other.oid = refobjid and other.oid <> relation.oid
        where ev_class = relation.oid and (other.relkind <> 'v' or other.asks_as_caller)
    ),
    array(
        select distinct routine.name
        from pg_rewrite
        join edge on classid = 'pg_rewrite'::regclass and objid = pg_rewrite.oid
            and refclassid = 'pg_proc'::regclass
        join routine on routine.oid = refobjid
        where ev_class = relation.oid
    )
from relation
where asks_as_caller
union all
select
    'function', routine.name, null, null, null, null, routine.language, routine.body,
    array(
        select distinct relation.name from edge join relation on relation.oid = refobjid
        where classid = 'pg_proc'::regclass and objid = routine.oid
            and refclassid = 'pg_class'::regclass
    ),
    array(
        select distinct other.name from edge join routine as other on other.oid = refobjid
        where classid = 'pg_proc'::regclass and objid = routine.oid
            and refclassid = 'pg_proc'::regclass
    )
from routine
