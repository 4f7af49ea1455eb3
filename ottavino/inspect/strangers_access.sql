-- Access that objects of others give to the roles $1, and what they do to the tables $2: a row for
-- each, with its kind, its name and a sentence.
with
api as (
    select oid, quote_ident(rolname) as name from pg_roles
    where rolname = any($1::text[]) and not rolsuper
)
-- A policy without a condition opens a service's table: that of the files, for example.
select
    'policy' as kind,
    format('%s.%I', polrelid::regclass, polname) as name,
    format(
        'It gives %s access (%s) to all rows of %s, those of every user.',
        case when 0 = any(polroles) then 'every role' else (
            select string_agg(api.name, ', ' order by api.name) from api
            where api.oid = any(polroles)
        ) end,
        case polcmd
            when 'r' then 'select' when 'a' then 'insert' when 'w' then 'update'
            when 'd' then 'delete' else 'select, insert, update and delete'
        end,
        polrelid::regclass
    ) as opens
from pg_policy
where polpermissive
    and (polroles && array[0::oid] or polroles && array(select oid from api))
    and coalesce(pg_get_expr(polqual, polrelid), pg_get_expr(polwithcheck, polrelid)) = 'true'
union all
-- What SQL a function puts together cannot be read from its text.
select
    case prokind when 'p' then 'procedure' else 'function' end,
    pg_proc.oid::regprocedure::text,
    format(
        'It executes SQL that it puts together, with the rights of its owner, and %s may call '
        'it. Whether it reaches rows of other users cannot be judged: read it.',
        callers.names
    )
from pg_proc
join pg_language on pg_language.oid = prolang and lanname not in ('sql', 'internal', 'c'),
lateral (
    select string_agg(api.name, ', ' order by api.name) as names from api
    where has_schema_privilege(api.oid, pronamespace, 'usage')
        and has_function_privilege(api.oid, pg_proc.oid, 'execute')
) as callers
where prosecdef and callers.names is not null
    and prorettype not in ('trigger'::regtype, 'event_trigger'::regtype)
    and (lanname <> 'plpgsql' or prosrc ~* '\mexecute\M')
union all
-- Such a function sees rows before the policies have left out those of other users.
select
    case prokind when 'p' then 'procedure' else 'function' end,
    pg_proc.oid::regprocedure::text,
    'It is declared as leakproof, so a query may call it with rows that policies keep from the '
    'caller.'
from pg_proc
join pg_language on pg_language.oid = prolang and lanname not in ('internal', 'c')
where proleakproof
union all
-- A trigger runs with the rights of each writer, and may do what that role may.
select
    'trigger',
    format('%s.%I', tgrelid::regclass, tgname),
    format(
        'It runs %s at each write to %s, with the rights of %s. Read what that does with the row.',
        tgfoid::regprocedure, tgrelid::regclass,
        case when prosecdef then 'the owner of the function' else 'the writer' end
    )
from pg_trigger
join pg_proc on pg_proc.oid = tgfoid
join pg_language on pg_language.oid = prolang and lanname not in ('internal', 'c')
where not tgisinternal and tgparentid = 0
    and (tgrelid = any($2::text[]::regclass[]) or tgrelid = to_regclass('auth.users'))
union all
-- A cast between types of PostgreSQL is used by statements that do not name it.
select
    'cast',
    format('(%s as %s)', castsource::regtype, casttarget::regtype),
    format(
        'Statements that do not name it turn %s into %s by it: those of policies too.',
        castsource::regtype, casttarget::regtype
    )
from pg_cast
where castcontext <> 'e' and castsource < 16384 and casttarget < 16384
order by 1, 2
