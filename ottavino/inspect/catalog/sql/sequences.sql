-- Sequences: what they count, and the column that each of them belongs to.
select
    'sequence' as kind,
    relation.name,
    null as part_of,
    format(
        E'create %4$ssequence %1$s %2$s;\nrevoke all on sequence %1$s from public, %3$s',
        relation.name, counting, callers.roles,
        case relpersistence when 'u' then 'unlogged ' else '' end
    ) as creation,
    format('drop sequence %s', relation.name) as removal,
    facet, value, change
from callers
cross join relation
join pg_sequence on seqrelid = relation.oid,
lateral (
    select
        string_agg(format('%s.%I', attrelid::regclass, attname), ', ') filter (where is_owner)
            as column_name,
        -- It goes on after the last number that a row has: it is new, or may have been set back.
        string_agg(
            format(
                E';\nselect setval(seqrelid::regclass, number) from pg_sequence, lateral (select '
                    'case when seqincrement > 0 then max(%I) else min(%1$I) end as number '
                    'from %s) as there, %s as counted '
                    'where seqrelid = %3$L::regclass and number between '
                    'case when seqincrement > 0 then counted.last_value else seqmin end '
                    'and case when seqincrement > 0 then seqmax else counted.last_value end',
                attname, attrelid::regclass, relation.name
            ),
            ''
        ) filter (
            where atttypid in ('smallint'::regtype, 'integer'::regtype, 'bigint'::regtype)
        ) as going_on
    from (
        select using_it, number, bool_or(is_owner) as is_owner
        from (
            select refobjid, refobjsubid, true
            from pg_depend
            where classid = 'pg_class'::regclass and objid = relation.oid
                and refclassid = 'pg_class'::regclass and deptype = 'a'
            union all
            -- It may number the columns of several tables, and belong to none of them.
            select adrelid, adnum, false
            from pg_depend
            join pg_attrdef on classid = 'pg_attrdef'::regclass and objid = pg_attrdef.oid
            where refclassid = 'pg_class'::regclass and refobjid = relation.oid
                and pg_get_expr(adbin, adrelid) ~ '^nextval\(''[^'']*''::regclass\)$'
        ) as each (using_it, number, is_owner)
        group by using_it, number
    ) as numbered
    join pg_attribute on attrelid = using_it and attnum = number
) as owned,
lateral (
    select format(
        'as %s start %s increment %s minvalue %s maxvalue %s cache %s %scycle',
        format_type(seqtypid, null), seqstart, seqincrement, seqmin, seqmax, seqcache,
        case when seqcycle then '' else 'no ' end
    ) as counting
) as written,
lateral (
    select format(
        E'do $$\n'
        'begin\n'
        '    begin\n'
        '        if (\n'
        '            select is_called or last_value <> seqstart from %1$s\n'
        '            join pg_sequence on seqrelid = %4$L::regclass\n'
        '        ) then\n'
        '            alter sequence %1$s %2$s;\n'
        '        else\n'
        -- If no number was taken, it begins with its start.
        '            alter sequence %1$s %2$s restart;\n'
        '        end if;\n'
        -- The last number is none of those that it may give then.
        '    exception when invalid_parameter_value then\n'
        '        alter sequence %1$s %2$s restart;\n'
        '    end%3$s;\n'
        'end\n'
        '$$',
        relation.name, counting, replace(going_on, 'select setval', 'perform setval'),
        relation.name
    ) as counting
) as changed (statement),
lateral (values
    (
        'owned by',
        column_name,
        format('alter sequence %s owned by %s', relation.name, coalesce(column_name, 'none'))
            || coalesce(going_on, '')
    ), (
        'again number',
        null,
        case when column_name is null then ltrim(going_on, E';\n') end
    ), (
        'type',
        format_type(seqtypid, null),
        changed.statement
    ), (
        'counts',
        format(
            'start %s increment %s minvalue %s maxvalue %s cache %s%s',
            seqstart, seqincrement, seqmin, seqmax, seqcache,
            case when seqcycle then ' cycle' else '' end
        ),
        changed.statement
    ), (
        -- Without a log, it begins anew after a crash.
        'persistence',
        case relpersistence when 'u' then 'unlogged' end,
        format('alter sequence %s set unlogged', relation.name)
    ), (
        'without persistence',
        null,
        format('alter sequence %s set logged', relation.name)
    ), (
        'owner',
        pg_get_userbyid(owner)::text,
        format('alter sequence %s owner to %I', relation.name, pg_get_userbyid(owner))
    ), (
        'comment',
        comment,
        format('comment on sequence %s is %L', relation.name, comment)
    )
) as facets (facet, value, change)
