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
lateral (values
    ('definition', definition, null),
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
