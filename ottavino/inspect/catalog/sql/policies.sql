-- Policies: for which command, roles and rows.
select
    'policy' as kind,
    format('%s.%I', relation.name, polname) as name,
    format('%s %s', noun, relation.name) as part_of,
    format(
        E'create policy %I on %s\n    as %s for %s to %s%s%s',
        polname, relation.name, mode, command, roles, E'\n    using (' || condition || ')',
        E'\n    with check (' || row_check || ')'
    ) as creation,
    format('drop policy %I on %s', polname, relation.name) as removal,
    facet, value, change
from relation
join pg_policy on polrelid = relation.oid
left join pg_description
    on objoid = pg_policy.oid and classoid = 'pg_policy'::regclass and objsubid = 0,
lateral (
    select
        case when polpermissive then 'permissive' else 'restrictive' end as mode,
        case polcmd
            when 'r' then 'select'
            when 'a' then 'insert'
            when 'w' then 'update'
            when 'd' then 'delete'
            else 'all'
        end as command,
        (
            select string_agg(name, ', ' order by name)
            from unnest(polroles) as role (oid),
                lateral (
                    select case oid when 0 then 'public' else oid::regrole::text end as name
                ) as named
        ) as roles,
        pg_get_expr(polqual, polrelid) as condition,
        pg_get_expr(polwithcheck, polrelid) as row_check
    offset 0
) as deparsed,
lateral (values
    ('mode', mode, null),
    ('command', command, null),
    ('roles', roles, format('alter policy %I on %s to %s', polname, relation.name, roles)),
    (
        'using',
        condition,
        -- A condition of a policy can be changed, but not removed.
        case when condition is not null then
            format('alter policy %I on %s using (%s)', polname, relation.name, condition)
        end
    ), (
        'with check',
        row_check,
        case when row_check is not null then
            format('alter policy %I on %s with check (%s)', polname, relation.name, row_check)
        end
    ), (
        'comment',
        description,
        format(
            'comment on policy %I on %s is %L',
            polname, relation.name, description
        )
    )
) as facets (facet, value, change)
