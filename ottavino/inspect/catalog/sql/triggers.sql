-- Triggers on our tables, and those on tables of others that call one of our functions.
select
    'trigger' as kind,
    format('%s.%I', tgrelid::regclass, tgname) as name,
    relation.noun || ' ' || relation.name as part_of,
    definition as creation,
    format('drop trigger %I on %s', tgname, tgrelid::regclass) as removal,
    facet, value, change
from pg_trigger
left join relation on relation.oid = tgrelid
left join routine on routine.oid = tgfoid
left join pg_description
    on objoid = pg_trigger.oid and classoid = 'pg_trigger'::regclass and objsubid = 0,
lateral (select pg_get_triggerdef(pg_trigger.oid) as definition offset 0) as deparsed,
lateral (
    -- A trigger of a partitioned table has a copy on each partition, which may fire otherwise.
    select
        string_agg(format('%s %s', place, state), ', ' order by place) as others,
        string_agg(
            format('alter table %s %s trigger %I', place, state, tgname), E';\n' order by place
        ) as differing,
        string_agg(
            format('alter table %s %s trigger %I', place, usual, tgname), E';\n' order by place
        ) as as_usual
    from (
        select
            clone.tgrelid::regclass::text as place,
            clone.tgname,
            states ->> clone.tgenabled::text as state,
            states ->> pg_trigger.tgenabled::text as usual
        from pg_partition_tree(pg_trigger.tgrelid) as tree
        join pg_trigger as clone
            on clone.tgrelid = tree.relid and clone.tgname = pg_trigger.tgname,
        lateral (
            select jsonb_build_object(
                'O', 'enable', 'D', 'disable', 'R', 'enable replica', 'A', 'enable always'
            ) as states
        ) as words
        where clone.tgparentid <> 0 and clone.tgenabled <> pg_trigger.tgenabled
            and relation.relkind = 'p'
    ) as clones
) as on_partitions,
lateral (values
    ('definition', definition, null),
    ('partitions', others, differing),
    ('without partitions', null, as_usual),
    (
        'fires',
        case tgenabled
            when 'D' then 'never'
            when 'R' then 'on replicas only'
            when 'A' then 'on replicas too'
        end,
        format(
            'alter table %s %s trigger %I',
            tgrelid::regclass,
            case tgenabled
                when 'D' then 'disable'
                when 'R' then 'enable replica'
                when 'A' then 'enable always'
                else 'enable'
            end,
            tgname
        )
    ), (
        'comment',
        description,
        format(
            'comment on trigger %I on %s is %L',
            tgname, tgrelid::regclass, description
        )
    )
) as facets (facet, value, change)
where not tgisinternal and tgparentid = 0
    and (relation.oid is not null or routine.oid is not null)
    and ('pg_trigger'::regclass, pg_trigger.oid) not in (select classid, objid from extension)
union all
-- Event triggers, which run when a statement changes the schema.
select
    'event trigger',
    evtname,
    null,
    format(
        'create event trigger %I on %s execute function %s()',
        evtname, evtevent, routine.oid::regproc
    ),
    format('drop event trigger %I', evtname),
    'definition',
    format('on %s execute %s, enabled %s', evtevent, routine.name, evtenabled),
    null
from pg_event_trigger
join routine on routine.oid = evtfoid
