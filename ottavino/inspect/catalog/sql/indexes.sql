-- Indexes, except those of constraints.
select
    'index' as kind,
    deparsed.name,
    format('%s %s', noun, relation.name) as part_of,
    -- It may have been created along with a column already.
    regexp_replace(definition, 'INDEX', 'INDEX IF NOT EXISTS') as creation,
    format('drop index %s', deparsed.name) as removal,
    facet, value, change
from everywhere
cross join relation
join pg_index on indrelid = relation.oid
left join pg_description
    on objoid = indexrelid and classoid = 'pg_class'::regclass and objsubid = 0,
lateral (
    select
        indexrelid::regclass::text as name,
        relname as index_name,
        spcname as place,
        -- That of a partitioned table has to get one on each partition, to be valid.
        case when relkind = 'I' and indisvalid
            then regexp_replace(pg_get_indexdef(indexrelid), ' ON ONLY ', ' ON ')
            else pg_get_indexdef(indexrelid)
        end as definition
    from pg_class
    left join pg_tablespace on pg_tablespace.oid = reltablespace
    where pg_class.oid = indexrelid
    offset 0
) as deparsed,
lateral (
    -- As PostgreSQL writes them in the definition. It can change those of a partitioned table's
    -- index only by making it again.
    select
        ' WITH (' || string_agg(
            quote_ident(option_name) || '=' || case quote_ident(option_value)
                when option_value then option_value else quote_literal(option_value)
            end,
            ', ' order by place
        ) || ')' as written,
        string_agg(option_name || '=' || option_value, ', ' order by option_name) as options,
        string_agg(option_name, ', ' order by option_name) as option_names
    from pg_class as index,
    pg_options_to_table(index.reloptions)
        with ordinality as listed (option_name, option_value, place)
    where index.oid = indexrelid and index.relkind = 'i'
) as storage,
lateral (
    -- How many samples ANALYZE keeps of each key that is an expression.
    select
        string_agg(format('key %s: %s', attnum, attstattarget), ', ' order by attnum)
            filter (where attstattarget >= 0) as targets,
        string_agg(
            format(
                'alter index %s alter column %s set statistics %s',
                deparsed.name, attnum, coalesce(attstattarget, -1)
            ),
            E';\n' order by attnum
        ) as setting
    from pg_attribute
    where attrelid = indexrelid and indkey[attnum - 1] = 0
) as kept,
lateral (values
    ('definition', coalesce(replace(definition, storage.written, ''), definition), null),
    ('whole', null, definition),
    (
        'options',
        storage.options,
        format('alter index %s set (', deparsed.name) || storage.options || ')'
    ), (
        'without options',
        null,
        format('alter index %s reset (', deparsed.name) || storage.option_names || ')'
    ),
    (
        'made for',
        (
            select format('index %s', inhparent::regclass)
            from pg_inherits where inhrelid = indexrelid
        ),
        null
    ),
    -- An interrupted concurrent build leaves an invalid index.
    ('state', case when not (indisvalid and indisready and indislive) then 'invalid' end, null),
    (
        'clustered',
        case when indisclustered then 'on it' end,
        case when indisclustered then
            format('alter table %s cluster on %I', relation.name, index_name)
        end
    ), (
        'without clustered',
        null,
        format('alter table %s set without cluster', relation.name)
    ), (
        'again replica identity',
        null,
        case when indisreplident then
            format('alter table %s replica identity using index %I', relation.name, index_name)
        end
    ), (
        'tablespace',
        place,
        format('alter index %s set tablespace ', deparsed.name) || quote_ident(place)
    ), (
        'without tablespace',
        null,
        format('alter index %s set tablespace %I', deparsed.name, usual_place)
    ), (
        'statistics',
        kept.targets,
        kept.setting
    ), (
        'comment',
        description,
        format('comment on index %s is %L', deparsed.name, description)
    )
) as facets (facet, value, change)
where not exists (
    select from pg_constraint
    where conrelid = indrelid and conindid = indexrelid and contype in ('p', 'u', 'x')
)
