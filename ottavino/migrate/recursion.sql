-- What policies, views and functions read: a row for each of them. What policies do not bind is
-- left out: functions of owners who bypass row level security, and the tables of their views.
with
bound as (
    select oid, rolname::text as name from pg_roles where not (rolsuper or rolbypassrls)
),
relation as (
    select
        pg_class.oid,
        relkind,
        nspname || '.' || relname as name,
        bound.name as owner,
        relforcerowsecurity as is_forced,
        relkind = 'v' and coalesce(
            array_to_string(reloptions, ',') ~* 'security_invoker=(true|on|yes|1)', false
        ) as is_invoker
    from pg_class
    join pg_namespace on pg_namespace.oid = relnamespace
    left join bound on bound.oid = relowner
    where relkind in ('r', 'p', 'v')
        and nspname not in ('pg_catalog', 'information_schema', 'ottavino')
),
routine as (
    select
        pg_proc.oid,
        nspname || '.' || proname as name,
        lanname as language,
        prosrc as body,
        case when prosecdef then bound.name end as owner
    from pg_proc
    join pg_namespace on pg_namespace.oid = pronamespace
    join pg_language on pg_language.oid = prolang
    left join bound on bound.oid = proowner
    where (not prosecdef or bound.oid is not null) and prokind = 'f'
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
        case when not is_forced then owner end as owner,
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
    'policy' as kind, policy.name, policy.owner, policy.relation, command, roles,
    condition like '%{SUBLINK %' as has_subselect, null as language, null as body,
    array(
        select distinct relation.name from edge join relation on relation.oid = refobjid
        where classid = 'pg_policy'::regclass and objid = policy.oid
            and refclassid = 'pg_class'::regclass
            -- It depends on its own table whether it reads that or not.
            and (refobjid <> polrelid or condition like '%:relid ' || polrelid || ' %')
    ) as reads,
    array(
        select distinct routine.name from edge join routine on routine.oid = refobjid
        where classid = 'pg_policy'::regclass and objid = policy.oid
            and refclassid = 'pg_proc'::regclass
    ) as calls
from policy
union all
select
    'view', relation.name, case when not is_invoker then owner end,
    null, null, null, null, null, null,
    array(
        select distinct other.name
        from pg_rewrite
        join edge on classid = 'pg_rewrite'::regclass and objid = pg_rewrite.oid
            and refclassid = 'pg_class'::regclass
        join relation as other on other.oid = refobjid and other.oid <> relation.oid
        where ev_class = relation.oid
            -- A view has the rights that it declares, also in a view with its owner's rights.
            and (other.relkind = 'v' or relation.is_invoker or relation.owner is not null)
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
where relkind = 'v'
union all
select
    'function', routine.name, routine.owner,
    null, null, null, null, routine.language, routine.body,
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
union all
select
    'role', bound.name, null, null, null,
    array(
        select rolname::text from pg_roles
        where pg_has_role(bound.oid, pg_roles.oid, 'usage') and rolname <> bound.name
    ),
    null, null, null, null, null
from bound
where exists (select from routine where routine.owner = bound.name)
    or exists (
        select from relation
        where relkind = 'v' and not is_invoker and relation.owner = bound.name
    )
