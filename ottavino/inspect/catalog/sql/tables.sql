-- Tables: their owners, their row level security, their options.
select
    noun as kind,
    name,
    null as part_of,
    -- The default privileges of a schema may grant rights on a new table. A partitioned or a
    -- foreign table cannot be created without its columns, which are objects of their own.
    case when relkind = 'r' then format(
        E'create %stable %s ();\n'
        'revoke all on %2$s from public, anon, authenticated, service_role',
        case relpersistence when 'u' then 'unlogged ' else '' end,
        name
    ) end as creation,
    format('drop %s %s', noun, name) as removal,
    facet, value, change
from relation,
lateral (select pg_get_expr(relpartbound, relation.oid) as bounds offset 0) as deparsed,
lateral (
    -- What makes it a partition or another child of its parents, and what ends that.
    select
        string_agg(parent, ', ' order by inhseqno) as parents,
        string_agg(
            case when relispartition
                then format('alter table %s attach partition %s %s', parent, name, bounds)
                else format('alter table %s inherit %s', name, parent)
            end,
            E';\n' order by inhseqno
        ) as joining,
        string_agg(
            case when relispartition
                then format('alter table %s detach partition %s', parent, name)
                else format('alter table %s no inherit %s', name, parent)
            end,
            E';\n' order by inhseqno
        ) as leaving
    from pg_inherits, lateral (select inhparent::regclass::text as parent offset 0) as named
    where inhrelid = relation.oid
) as descent,
lateral (values
    (
        'partitioned',
        case relkind when 'p' then 'by ' || pg_get_partkeydef(relation.oid) end,
        null
    ), (
        'row security',
        case when relrowsecurity then 'enabled' end,
        format(
            'alter table %s %s row level security',
            name, case when relrowsecurity then 'enable' else 'disable' end
        )
    ), (
        'row security of its owner',
        case when relforcerowsecurity then 'forced' end,
        format(
            'alter table %s %s row level security',
            name, case when relforcerowsecurity then 'force' else 'no force' end
        )
    ), (
        'owner',
        pg_get_userbyid(owner)::text,
        format('alter table %s owner to %I', name, pg_get_userbyid(owner))
    ), (
        'persistence',
        case relpersistence when 'u' then 'unlogged' end,
        format(
            'alter table %s set %s',
            name, case relpersistence when 'u' then 'unlogged' else 'logged' end
        )
    ), (
        'parents',
        descent.parents,
        descent.joining
    ), (
        'bounds',
        bounds,
        descent.joining
    ), (
        'descent',
        null,
        descent.leaving
    ), (
        'options',
        array_to_string(reloptions, ', '),
        (
            select format('alter table %s reset (%s)', name, string_agg(option_name, ', '))
            from pg_options_to_table(reloptions) having count(*) > 0
        )
    ), (
        'replica identity',
        case relreplident
            when 'n' then 'nothing'
            when 'f' then 'full'
            when 'i' then 'an index'
        end,
        case when relreplident = 'd' then
            format('alter table %s replica identity default', name)
        end
    ), (
        'comment',
        comment,
        format('comment on %s %s is %L', noun, name, comment)
    )
) as facets (facet, value, change)
where noun in ('table', 'foreign table')
