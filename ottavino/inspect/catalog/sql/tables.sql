-- Tables: their owners, their row level security, their options.
select
    noun as kind,
    name,
    null as part_of,
    -- The default privileges of a schema may grant rights on a new table.
    format(
        E'create %stable %s ();\n'
        'revoke all on %2$s from public, anon, authenticated, service_role',
        case relpersistence when 'u' then 'unlogged ' else '' end,
        name
    ) as creation,
    format('drop %s %s', noun, name) as removal,
    facet, value, change
from relation, lateral (values
    (
        'kind',
        case relkind when 'p' then 'partitioned' end,
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
        (
            select string_agg(inhparent::regclass::text, ', ' order by inhseqno)
            from pg_inherits where inhrelid = relation.oid
        ),
        -- The statement that removes it. It is null where there is none.
        (
            select string_agg(
                case
                    when relispartition
                        then format('alter table %s detach partition %s', inhparent::regclass, name)
                    else format('alter table %s no inherit %s', name, inhparent::regclass)
                end,
                E';\n'
            )
            from pg_inherits where inhrelid = relation.oid
        )
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
        format('comment on table %s is %L', name, comment)
    )
) as facets (facet, value, change)
where noun in ('table', 'foreign table')
