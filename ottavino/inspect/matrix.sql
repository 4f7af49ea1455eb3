-- Who may do what with the relations of the schemas $1, and what the API roles $2 may do with
-- those of any other schema. A row for each role and command, with the columns that it may name (null for
-- all), and which rows it may reach.
with
relation as (
    select
        pg_class.*,
        pg_class.oid::regclass::text as name,
        nspname = any($1::text[]) as is_ours
    from pg_class
    join pg_namespace on pg_namespace.oid = relnamespace
    where relkind in ('r', 'p', 'v', 'm', 'f', 'S')
        and nspname <> 'information_schema' and nspname !~ '^pg_'
        and (
            nspname = any($1::text[])
            or not exists (
                select from pg_depend
                where classid = 'pg_class'::regclass and objid = pg_class.oid
                    and deptype = 'e'
            )
        )
),
privilege as (
    select relation.oid as relid, grantee
    from relation, aclexplode(relacl)
    where is_ours
    union
    select relation.oid, grantee
    from relation
    join pg_attribute on attrelid = relation.oid, aclexplode(attacl)
    where is_ours
),
role as (
    -- The API roles, and all other roles that were granted something. What is granted to
    -- everyone counts for each. Superusers may do everything, and are left out.
    select oid, rolname as name, rolbypassrls as exempt
    from pg_roles
    where not rolsuper
        and (rolname = any($2::text[]) or oid in (select grantee from privilege))
        and oid not in (select relowner from relation where is_ours)
),
command (name, letter, place, has_columns) as (
    values
        ('select', 'r', 1, true),
        ('insert', 'a', 2, true),
        ('update', 'w', 3, true),
        ('delete', 'd', 4, false),
        ('truncate', null, 5, false),
        ('references', null, 6, true),
        ('trigger', null, 7, false),
        -- Of a sequence.
        ('usage', null, 8, false)
)
select
    relation.name as relation,
    role.name as role,
    command.name as command,
    case when not whole then columns end as columns,
    case
        when relkind = 'S' then case command.name
            when 'select' then 'the number that everyone''s rows have come to'
            when 'update' then 'any number may become the next'
            else 'the next number'
        end
        when invoker then 'the rows that the caller may read'
        when relkind = 'v' then 'the rows that the owner of the view may read'
        when role.exempt then 'every row'
        when relkind in ('m', 'f') then 'every row: it has no policies'
        when not relrowsecurity then 'every row: row level security is disabled'
        when command.name in ('truncate', 'trigger') then 'every row: no policy applies'
        when command.name = 'references' then 'the key of every row'
        when policies is null then 'no row: no policy allows it'
        else 'rows of ' || policies
    end as rows,
    -- Whether no policy bounds it, for a role that is bound by policies.
    not role.exempt and not invoker and (
        relkind in ('v', 'm', 'f')
        or relkind = 'S' and command.name <> 'usage'
        or relkind <> 'S' and not relrowsecurity
        or command.name in ('truncate', 'trigger')
    ) as unbounded
from relation
cross join role
join command on case
    when relkind = 'S' then command.name in ('select', 'update', 'usage')
    else command.name <> 'usage'
end,
lateral (
    select case
        when relkind = 'S' then has_sequence_privilege(role.oid, relation.oid, command.name)
        else has_table_privilege(role.oid, relation.oid, command.name)
    end as whole
) as granted,
lateral (
    select relkind = 'v' and coalesce(
        array_to_string(reloptions, ',') ~* 'security_invoker=(true|on|yes|1)', false
    ) as invoker
) as reading,
lateral (
    select array_agg(attname::text order by attnum) as columns
    from pg_attribute
    where attrelid = relation.oid and attnum > 0 and not attisdropped
        and command.has_columns and relkind <> 'S'
        and has_column_privilege(role.oid, relation.oid, attnum, command.name)
) as named,
lateral (
    select string_agg(polname, ', ' order by polname) as policies
    from pg_policy
    where polrelid = relation.oid and polpermissive
        and polcmd in ('*', command.letter::"char")
        and (
            0 = any(polroles)
            or exists (
                select from unnest(polroles) as member
                where pg_has_role(role.oid, member, 'usage')
            )
        )
) as admitted
where (whole or columns is not null)
    and (
        is_ours
        or role.name = any($2::text[])
            and has_schema_privilege(role.oid, relnamespace, 'usage')
    )
order by relation.name, role.name, command.place
