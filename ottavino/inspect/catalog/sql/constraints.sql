-- Constraints of tables, as PostgreSQL writes them. `not null`, which is one since version 18,
-- is a facet of the column.
select
    case contype
        when 'p' then 'primary key'
        when 'u' then 'unique constraint'
        when 'c' then 'check constraint'
        when 'f' then 'foreign key'
        when 'x' then 'exclusion constraint'
    end as kind,
    format('%s.%I', relation.name, conname) as name,
    format('%s %s', noun, relation.name) as part_of,
    format(
        'alter table %s add constraint %I %s',
        relation.name, conname,
        case when is_alterable or options is null then definition
            else regexp_replace(definition, '(?= DEFERRABLE)|$', format(' WITH (%s)', options))
        end
    ) as creation,
    format('alter table %s drop constraint %I', relation.name, conname) as removal,
    facet, value, change
from everywhere
cross join relation
join pg_constraint on conrelid = relation.oid
left join pg_description
    on objoid = pg_constraint.oid and classoid = 'pg_constraint'::regclass and objsubid = 0
left join (
    -- A foreign key is enforced by internal triggers on both tables, and on their partitions.
    select enforced, string_agg(distinct tgrelid::regclass::text, ', ') as tables
    from pg_trigger
    join pg_constraint as own on own.oid = tgconstraint,
    lateral (values (own.oid), (own.conparentid)) as keys (enforced)
    where tgisinternal and tgenabled <> 'O'
    group by enforced
) as disabled on enforced = pg_constraint.oid,
lateral (select pg_get_constraintdef(pg_constraint.oid) as definition offset 0) as deparsed,
-- PostgreSQL cannot change the options of an index on a partitioned table, nor its place.
lateral (select relation.relkind = 'r' as is_alterable) as changing,
lateral (
    -- The index of a key. That of a foreign key is the one of the key that it refers to.
    select
        max(index.oid::regclass::text) as index_name,
        string_agg(option_name || '=' || option_value, ', ' order by option_name) as options,
        string_agg(option_name, ', ' order by option_name) as option_names,
        max(spcname) as place,
        bool_or(indisclustered) as is_clustered,
        bool_or(indisreplident) as is_identity
    from pg_class as index
    join pg_index on indexrelid = index.oid
    left join pg_tablespace on pg_tablespace.oid = index.reltablespace
    left join pg_options_to_table(index.reloptions) on true
    where index.oid = conindid and contype in ('p', 'u', 'x')
) as indexed,
lateral (values
    ('definition', definition, null),
    ('not enforced on', tables, null),
    (
        'index options',
        options,
        case when is_alterable then
            format('alter index %s set (', index_name) || options || ')'
        end
    ), (
        'without index options',
        null,
        case when is_alterable then
            format('alter index %s reset (', index_name) || option_names || ')'
        end
    ), (
        'index tablespace',
        place,
        'alter index ' || index_name || ' set tablespace ' || quote_ident(place)
    ), (
        'without index tablespace',
        null,
        'alter index ' || index_name || ' set tablespace ' || quote_ident(usual_place)
    ), (
        'clustered',
        case when is_clustered then 'on it' end,
        case when is_clustered then
            format('alter table %s cluster on %I', relation.name, conname)
        end
    ), (
        'without clustered',
        null,
        format('alter table %s set without cluster', relation.name)
    ), (
        'again replica identity',
        null,
        case when is_identity then
            format('alter table %s replica identity using index %I', relation.name, conname)
        end
    ), (
        'made for',
        (
            select format(
                '%s %s.%I',
                case whole.contype
                    when 'p' then 'primary key'
                    when 'u' then 'unique constraint'
                    when 'c' then 'check constraint'
                    when 'f' then 'foreign key'
                    when 'x' then 'exclusion constraint'
                end,
                whole.conrelid::regclass, whole.conname
            )
            from pg_constraint as whole where whole.oid = pg_constraint.conparentid
        ),
        null
    ), (
        'comment',
        description,
        format(
            'comment on constraint %I on %s is %L',
            conname, relation.name, description
        )
    )
) as facets (facet, value, change)
where contype in ('p', 'u', 'c', 'f', 'x')
    -- A foreign key to a partitioned table has a copy for each of its partitions.
    and not exists (
        select from pg_constraint as whole
        where whole.oid = pg_constraint.conparentid and whole.conrelid = pg_constraint.conrelid
    )
