-- Views. They read with the privileges of their owner, unless `security_invoker` is set.
select
    noun as kind,
    relation.name,
    null as part_of,
    concat(
        format('create %s %s', noun, relation.name),
        ' with (' || storage.options || ')',
        E' as\n', rtrim(definition, ';'),
        format(E';\nrevoke all on %s from public, %s', relation.name, callers.roles)
    ) as creation,
    format('drop %s %s', noun, relation.name) as removal,
    facet, value, change
from callers
cross join relation,
lateral (select pg_get_viewdef(relation.oid) as definition) as deparsed,
lateral (
    select
        string_agg(format('%s=%s', option_name, option_value), ', ' order by option_name)
            as options,
        string_agg(option_name, ', ' order by option_name) as names
    from pg_options_to_table(reloptions)
) as storage,
lateral (
    select
        string_agg(format('%I %L', attname, description), ', ' order by attnum)
            filter (where description is not null) as comments,
        string_agg(commenting || format('%L', description), E';\n' order by attnum)
            filter (where description is not null) as commented,
        string_agg(commenting || 'null', E';\n' order by attnum)
            filter (where description is not null) as uncommented,
        string_agg(format('%I %s', attname, preset), ', ' order by attnum)
            filter (where preset is not null) as defaults,
        string_agg(altering || ' set default ' || preset, E';\n' order by attnum) as presetting,
        string_agg(altering || ' drop default', E';\n' order by attnum)
            filter (where preset is not null) as dropping
    from pg_attribute
    left join pg_description
        on objoid = attrelid and classoid = 'pg_class'::regclass and objsubid = attnum
    left join pg_attrdef on adrelid = attrelid and adnum = attnum,
    lateral (
        select
            pg_get_expr(adbin, adrelid) as preset,
            format('comment on column %s.%I is ', relation.name, attname) as commenting,
            format('alter %s %s alter column %I', noun, relation.name, attname) as altering
        offset 0
    ) as written
    where attrelid = relation.oid and attnum > 0 and not attisdropped
) as of_columns,
lateral (values
    ('definition', definition, null),
    (
        'options',
        storage.options,
        format('alter %s %s set (', noun, relation.name) || storage.options || ')'
    ), (
        'without options',
        null,
        format('alter %s %s reset (', noun, relation.name) || storage.names || ')'
    ),
    (
        'owner',
        pg_get_userbyid(owner)::text,
        format('alter %s %s owner to %I', noun, relation.name, pg_get_userbyid(owner))
    ),
    ('column comments', comments, commented),
    ('without column comments', null, uncommented),
    ('column defaults', defaults, presetting),
    ('without column defaults', null, dropping),
    ('comment', comment, format('comment on %s %s is %L', noun, relation.name, comment))
) as facets (facet, value, change)
where noun in ('view', 'materialized view')
union all
-- Rules, which turn one statement into another.
select
    'rule',
    format('%s.%I', relation.name, rulename),
    format('%s %s', noun, relation.name),
    pg_get_ruledef(pg_rewrite.oid),
    format('drop rule %I on %s', rulename, relation.name),
    facet, value, change
from relation
join pg_rewrite on ev_class = relation.oid and rulename <> '_RETURN'
left join pg_description
    on objoid = pg_rewrite.oid and classoid = 'pg_rewrite'::regclass and objsubid = 0,
lateral (values
    ('definition', pg_get_ruledef(pg_rewrite.oid), null),
    (
        'fires',
        case ev_enabled
            when 'D' then 'never'
            when 'R' then 'on replicas only'
            when 'A' then 'on replicas too'
        end,
        format(
            'alter table %s %s rule %I',
            relation.name,
            case ev_enabled
                when 'D' then 'disable'
                when 'R' then 'enable replica'
                when 'A' then 'enable always'
                else 'enable'
            end,
            rulename
        )
    ), (
        'comment',
        description,
        format('comment on rule %I on %s is %L', rulename, relation.name, description)
    )
) as facets (facet, value, change)
