-- Functions and procedures: what they do, and with whose privileges.
select
    noun as kind,
    routine.name,
    null as part_of,
    -- Everyone may execute a new one, and default privileges may add roles.
    definition || format(
        E';\nrevoke all on routine %s from public, %s', routine.name, callers.roles
    ) as creation,
    format('drop routine %s', routine.name) as removal,
    facet, value, change
from callers
cross join routine
join pg_language on pg_language.oid = prolang,
lateral (
    select case when noun <> 'aggregate' then
        rtrim(pg_get_functiondef(routine.oid), E'\n')
    end as definition
    offset 0
) as deparsed,
lateral (values
    ('arguments', pg_get_function_arguments(routine.oid), null),
    ('returns', pg_get_function_result(routine.oid), null),
    ('language', lanname::text, definition),
    ('body', coalesce(pg_get_function_sqlbody(routine.oid), prosrc), definition),
    ('security', case when prosecdef then 'definer' else 'invoker' end, definition),
    (
        'volatility',
        case provolatile when 'i' then 'immutable' when 's' then 'stable' else 'volatile' end,
        definition
    ),
    ('settings', array_to_string(proconfig, ', '), definition),
    ('null arguments', case when proisstrict then 'give null' end, definition),
    ('leakproof', case when proleakproof then 'yes' end, definition),
    (
        'parallel',
        case proparallel when 's' then 'safe' when 'r' then 'restricted' end,
        definition
    ),
    ('cost', procost::text, definition),
    ('rows', nullif(prorows, 0)::text, definition),
    (
        'owner',
        pg_get_userbyid(owner)::text,
        format('alter routine %s owner to %I', routine.name, pg_get_userbyid(owner))
    ),
    ('comment', comment, format('comment on routine %s is %L', routine.name, comment))
) as facets (facet, value, change)
