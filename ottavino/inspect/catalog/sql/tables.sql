-- Tables: their owners, their row level security, their options.
select
    noun as kind,
    name,
    null as part_of,
    -- The default privileges of a schema may grant rights on a new table. A partitioned or a
    -- foreign table cannot be created without its columns, which are objects of their own.
    case when relkind = 'r' then format(
        E'create %stable %s ()%s;\n'
        'revoke all on %2$s from public, %4$s',
        case relpersistence when 'u' then 'unlogged ' else '' end,
        name,
        ' with (' || storage.options || ')',
        callers.roles
    ) end as creation,
    format('drop %s %s', noun, name) as removal,
    facet, value, change
from everywhere
cross join callers
cross join relation
left join (select oid as space, spcname as place from pg_tablespace) as spaces
    on space = reltablespace,
lateral (select pg_get_expr(relpartbound, relation.oid) as bounds offset 0) as deparsed,
lateral (
    -- What makes it a partition or another child of its parents, and what ends that.
    select
        string_agg(parent, ', ' order by inhseqno) as parents,
        string_agg(
            case when relispartition
                then guard || format('alter table %s attach partition %s %s', parent, name, bounds)
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
    from pg_inherits,
    lateral (
        select
            inhparent::regclass::text as parent,
            (
                select partdefid::regclass::text from pg_partitioned_table
                where partrelid = inhparent and partdefid not in (0, relation.oid)
            ) as default_partition,
            pg_get_partition_constraintdef(relation.oid) as condition,
            (
                select string_agg(quote_ident(attname), ', ' order by attnum)
                from pg_attribute
                where attrelid = relation.oid
                    and attnum > 0 and not attisdropped and attgenerated = ''
            ) as columns
        offset 0
    ) as named,
    lateral (
        -- Rows that came while it was detached are where PostgreSQL refuses them.
        select coalesce(
            string_agg(
                format(
                    E'do $guard$\n'
                    'begin\n'
                    '    if exists (select from %s where %s) then\n'
                    '        raise exception using message = %L;\n'
                    '    end if;\n'
                    'end\n'
                    '$guard$;\n',
                    place, belonging,
                    format(
                        'Rows of %s belong to %s. Run this first: with moved as (delete from %1$s '
                        'where %3$s returning *) insert into %2$s (%4$s) overriding system value '
                        'select %4$s from moved',
                        place, other, belonging, columns
                    )
                ),
                ''
            ),
            ''
        ) as guard
        from (
            values
                (default_partition, name, condition),
                (name, parent, format('not (%s)', condition))
        ) as misplaced (place, other, belonging)
        -- The condition of a partition by hash names its table by number.
        where relispartition and place is not null and condition !~ 'satisfies_hash_partition'
    ) as guarded
    where inhrelid = relation.oid
) as descent,
lateral (
    -- A table that is created without columns has no TOAST table yet, whose options these are.
    select
        string_agg(setting, ', ' order by setting) filter (where place = '') as options,
        string_agg(option_name, ', ' order by option_name) filter (where place = '') as names,
        string_agg('toast.' || setting, ', ' order by setting)
            filter (where place <> '') as toast_options,
        string_agg('toast.' || option_name, ', ' order by option_name)
            filter (where place <> '') as toast_names
    from (
        select '' as place, * from pg_options_to_table(reloptions)
        union all
        select 'toast', options.*
        from pg_class as toast, pg_options_to_table(toast.reloptions) as options
        where toast.oid = relation.reltoastrelid
    ) as listed,
    lateral (select format('%s=%s', option_name, option_value) as setting) as written
) as storage,
lateral (
    select case relreplident
        when 'd' then 'default'
        when 'n' then 'nothing'
        when 'f' then 'full'
        else coalesce(
            (
                select 'using index ' || quote_ident(relname)
                from pg_index
                join pg_class as index on index.oid = indexrelid
                where indrelid = relation.oid and indisreplident
            ),
            -- That index was dropped.
            'nothing'
        )
    end as identified
    offset 0
) as replication,
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
        'without parents',
        null,
        descent.leaving
    ), (
        'bounds',
        bounds,
        descent.joining
    ), (
        'without bounds',
        null,
        descent.leaving
    ), (
        'options',
        storage.options,
        format('alter table %s set (', name) || storage.options || ')'
    ), (
        'without options',
        null,
        format('alter table %s reset (', name) || storage.names || ')'
    ), (
        'tablespace',
        place,
        format('alter %s %s set tablespace ', noun, name) || quote_ident(place)
    ), (
        'without tablespace',
        null,
        format('alter %s %s set tablespace %I', noun, name, usual_place)
    ), (
        'toast options',
        storage.toast_options,
        format('alter table %s set (', name) || storage.toast_options || ')'
    ), (
        'without toast options',
        null,
        format('alter table %s reset (', name) || storage.toast_names || ')'
    ), (
        'replica identity',
        nullif(identified, 'default'),
        format('alter table %s replica identity %s', name, identified)
    ), (
        'comment',
        comment,
        format('comment on %s %s is %L', noun, name, comment)
    )
) as facets (facet, value, change)
where noun in ('table', 'foreign table')
