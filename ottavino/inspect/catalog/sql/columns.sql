-- Columns of tables. Their order is not compared.
select
    'column' as kind,
    format('%s.%I', relation.name, attname) as name,
    format('%s %s', noun, relation.name) as part_of,
    format(
        'alter table %s add column %I %s%s%s%s%s',
        relation.name, attname, type, collation_clause, origin,
        case when attnotnull and generates is null then ' not null' else '' end,
        case when generates is not null then E';\n' || closing end
    ) as creation,
    format('alter table %s drop column %I', relation.name, attname) as removal,
    facet, value, change
from callers
cross join relation
join pg_attribute on attrelid = relation.oid and attnum > 0 and not attisdropped
left join pg_attrdef on adrelid = attrelid and adnum = attnum
left join pg_description
    on objoid = attrelid and classoid = 'pg_class'::regclass and objsubid = attnum,
lateral (
    select
        format_type(atttypid, atttypmod) as type,
        pg_get_expr(adbin, adrelid) as expression,
        (
            select attcollation::regcollation::text from pg_type
            where pg_type.oid = atttypid and attcollation <> typcollation
        ) as collated
    offset 0
) as deparsed,
lateral (
    -- How the sequence of an identity counts, where it is not as PostgreSQL counts by itself.
    select
        max(options) as options,
        coalesce(max(format(' (%s)', options)), '') as creation,
        coalesce(max(changed), 'set start 1 set increment 1 set no minvalue set no maxvalue '
            'set cache 1 set no cycle') as changed
    from (
        select
            format(
                'start %s increment %s minvalue %s maxvalue %s cache %s%s',
                seqstart, seqincrement, seqmin, seqmax, seqcache,
                case when seqcycle then ' cycle' else '' end
            ) as options,
            format(
                'set start %s set increment %s set minvalue %s set maxvalue %s set cache %s '
                'set %scycle',
                seqstart, seqincrement, seqmin, seqmax, seqcache,
                case when seqcycle then '' else 'no ' end
            ) as changed
        from pg_depend
        join pg_sequence on seqrelid = objid
        where attidentity <> '' and classid = 'pg_class'::regclass and deptype = 'i'
            and refclassid = 'pg_class'::regclass
            and refobjid = attrelid and refobjsubid = attnum
            and (seqstart, seqincrement, seqmin, seqcache, seqcycle, seqmax) <> (
                1, 1, 1, 1, false,
                case seqtypid
                    when 'smallint'::regtype then 32767
                    when 'integer'::regtype then 2147483647
                    else 9223372036854775807
                end
            )
    ) as counted
) as counting,
lateral (
    select
        coalesce(' collate ' || collated, '') as collation_clause,
        generates,
        case
            when attgenerated = 's' then format(' generated always as (%s) stored', expression)
            when attgenerated <> '' then format(' generated always as (%s) virtual', expression)
            when generates is not null then
                format(' generated %s as identity%s', generates, counting.creation)
            when expression is not null then format(' default %s', expression)
            else ''
        end as origin
    from (
        -- A partition has the identity of its table, which gives it by being attached.
        select case when not relispartition then
            case attidentity when 'a' then 'always' when 'd' then 'by default' end
        end as generates
    ) as identities
    offset 0
) as clauses,
lateral (
    select case when attgenerated <> '' then format(
        E'alter table %s drop column %I;\n'
        'alter table %1$s add column %2$I %3$s%4$s%5$s%6$s%7$s%8$s',
        relation.name, attname, type, collation_clause, origin,
        case when attnotnull then ' not null' end,
        case when description is not null then format(
            E';\ncomment on column %s.%I is %L', relation.name, attname, description
        ) end,
        case when attstattarget >= 0 then format(
            E';\nalter table %s alter column %I set statistics %s',
            relation.name, attname, attstattarget
        ) end
    ) end as computing
) as computed,
lateral (
    -- A new sequence goes on after the last number that a row has.
    select format(
        'select setval(seqrelid::regclass, number) from pg_sequence '
            'join pg_depend on objid = seqrelid and classid = ''pg_class''::regclass '
            -- Another sequence may belong to the column, too.
            'and deptype = ''i'' '
            'join pg_attribute on attrelid = refobjid and attnum = refobjsubid, '
            'lateral (select case when seqincrement > 0 then max(%I) else min(%1$I) end as number '
            'from %s) as there '
            'where attrelid = %2$L::regclass and attname = %1$L and number between '
            'case when seqincrement > 0 then seqstart else seqmin end '
            'and case when seqincrement > 0 then seqmax else seqstart end',
        attname, relation.name
    ) as going_on
) as numbering,
lateral (
    -- Default privileges may grant rights on the sequence of a new identity.
    select format(
        E'do $$\n'
        'begin\n'
        '    execute format(\n'
        '        ''revoke all on sequence %%s from public, %s'',\n'
        '        pg_get_serial_sequence(%L, %L)\n'
        '    );\n'
        'end\n'
        '$$',
        callers.roles, relation.name, attname
    ) as closing
) as closed,
lateral (
    -- One enumeration cannot be cast to another.
    select case when exists (
        select from pg_type
        join pg_type as member on member.oid in (pg_type.oid, pg_type.typelem, pg_type.typbasetype)
        where pg_type.oid = atttypid and member.typtype = 'e'
    ) then 'text::' else '' end || type as cast_type
) as casting,
lateral (
    -- A partition may have another one than its table. A sequence that lost its last number
    -- along with the default goes on after that of the rows.
    select
        case when attgenerated = '' then changing || 'set default ' || expression || going_on
        end as given,
        changing || 'drop default' as taken
    from (
        select format(
            'alter table %s%s alter column %I ',
            case relkind when 'p' then 'only ' end, relation.name, attname
        ) as changing,
        case when sequence is null then '' else format(
            E';\nselect setval(seqrelid::regclass, number) from pg_sequence, lateral (select '
                'case when seqincrement > 0 then max(%I) else min(%1$I) end as number '
                'from %s) as there, pg_sequence_last_value(seqrelid) as last_value '
                'where seqrelid = %s and number between '
                'case when seqincrement > 0 then coalesce(last_value, seqstart) else seqmin end '
                'and case when seqincrement > 0 then seqmax else coalesce(last_value, seqstart) end',
            attname, relation.name, sequence
        ) end as going_on
        from (
            select case when atttypid in ('smallint'::regtype, 'integer'::regtype, 'bigint'::regtype)
                then substring(expression from '^nextval\((''[^'']*''::regclass)\)$')
            end as sequence
        ) as named
    ) as begun
) as defaulting,
lateral (
    -- Without the number that PostgreSQL 15.20 gives each column.
    select string_agg(option, ', ') as estimates
    from unnest(attoptions) as option where option !~ '^pg_attver='
) as estimated,
lateral (
    -- Where its values are kept, if not where those of its type usually are.
    select
        case when attstorage <> typstorage then names ->> attstorage::text end as named,
        names ->> typstorage::text as usual
    from pg_type, lateral (
        select '{"p": "plain", "e": "external", "m": "main", "x": "extended"}'::jsonb as names
    ) as known
    where pg_type.oid = atttypid
) as stored,
lateral (values
    (
        'type',
        type,
        format(
            case when attgenerated = '' then 'alter table %s alter column %I type %s using %2$I::%4$s'
                -- PostgreSQL computes the values again.
                else 'alter table %s alter column %I type %s'
            end,
            relation.name, attname, type, cast_type
        )
    ), (
        'collation',
        collated,
        format(
            'alter table %s alter column %I type %s%s',
            relation.name, attname, type, collation_clause
        )
    ), (
        'default',
        case when attgenerated = '' then expression end,
        coalesce(defaulting.given, defaulting.taken)
    ), (
        'changed default',
        null,
        defaulting.given
    ), (
        'without default',
        null,
        defaulting.taken
    ), (
        'generated',
        case attgenerated
            when '' then null
            when 's' then expression || ' stored'
            else expression || ' virtual'
        end,
        computing
    ), (
        'changed generated',
        null,
        computing
    ), (
        'without generated',
        null,
        case attgenerated when 's' then
            format('alter table %s alter column %I drop expression', relation.name, attname)
        end
    ), (
        'identity',
        generates,
        case when attidentity <> '' then format(
            'alter table %s alter column %I add generated %s as identity%s',
            relation.name, attname, generates, counting.creation
        ) || E';\n' || closing || E';\n' || going_on end
    ), (
        'changed identity',
        null,
        case when attidentity <> '' then format(
            'alter table %s alter column %I set generated %s',
            relation.name, attname, generates
        ) end
    ), (
        'without identity',
        null,
        format('alter table %s alter column %I drop identity', relation.name, attname)
    ), (
        'identity options',
        counting.options,
        case attidentity
            when '' then
                format('alter table %s alter column %I drop identity if exists', relation.name, attname)
            else format(
                E'do $$\n'
                'declare\n'
                '    sequence regclass := (\n'
                '        select objid\n'
                '        from pg_depend\n'
                '        join pg_attribute on attrelid = refobjid and attnum = refobjsubid\n'
                '        where classid = ''pg_class''::regclass and deptype = ''i''\n'
                '            and attrelid = %2$L::regclass and attname = %3$L\n'
                '    );\n'
                '    is_used bool;\n'
                '    last_number bigint;\n'
                'begin\n'
                '    execute format(\n'
                '        ''select is_called or last_value <> seqstart ''\n'
                '        ''from %%s join pg_sequence on seqrelid = %%L'', sequence, sequence::oid\n'
                '    ) into is_used;\n'
                '    begin\n'
                '        if is_used then\n'
                '            %1$s;\n'
                '        else\n'
                -- If no number was taken, it begins with its start.
                '            %1$s restart;\n'
                '        end if;\n'
                -- The last number is none of those that it may give then.
                '    exception when invalid_parameter_value then\n'
                '        %1$s restart;\n'
                '    end;\n'
                -- It may have been set back to a number that a row has.
                '    execute format(''select last_value from %%s'', sequence) into last_number;\n'
                '    perform setval(sequence, number)\n'
                '    from pg_sequence, lateral (\n'
                '        select case when seqincrement > 0 then max(%3$I) else min(%3$I) end as number\n'
                '        from %2$s\n'
                '    ) as there\n'
                '    where seqrelid = sequence and number\n'
                '        between case when seqincrement > 0 then last_number else seqmin end\n'
                '        and case when seqincrement > 0 then seqmax else last_number end;\n'
                'end\n'
                '$$',
                format('alter table %s alter column %I %s', relation.name, attname, counting.changed),
                relation.name, attname
            )
        end
    ), (
        'null',
        case when attnotnull then 'refused' else 'allowed' end,
        format(
            'alter table %s alter column %I %s not null',
            relation.name, attname, case when attnotnull then 'set' else 'drop' end
        )
    ), (
        -- What the planner takes for the number of its values.
        'estimates',
        estimates,
        format('alter table %s alter column %I set (', relation.name, attname)
            || estimates || ')'
    ), (
        'without estimates',
        null,
        format('alter table %s alter column %I reset (', relation.name, attname)
            || (
                select string_agg(option_name, ', ') from pg_options_to_table(attoptions)
                where option_name <> 'pg_attver'
            ) || ')'
    ), (
        -- How many samples of its values ANALYZE keeps.
        'statistics',
        nullif(attstattarget, -1)::text,
        format(
            'alter table %s%s alter column %I set statistics %s',
            case relkind when 'p' then 'only ' end,
            relation.name, attname, coalesce(attstattarget, -1)
        )
    ), (
        'storage',
        stored.named,
        format(
            'alter table %s%s alter column %I set storage ',
            case relkind when 'p' then 'only ' end, relation.name, attname
        )
            || stored.named
    ), (
        'without storage',
        null,
        format(
            'alter table %s%s alter column %I set storage %s',
            case relkind when 'p' then 'only ' end, relation.name, attname, stored.usual
        )
    ), (
        'compression',
        case attcompression when 'p' then 'pglz' when 'l' then 'lz4' end,
        format(
            'alter table %s alter column %I set compression %s', relation.name, attname,
            case attcompression when 'p' then 'pglz' when 'l' then 'lz4' else 'default' end
        )
    ), (
        'without compression',
        null,
        format('alter table %s alter column %I set compression default', relation.name, attname)
    ), (
        'comment',
        description,
        format('comment on column %s.%I is %L', relation.name, attname, description)
    )
) as facets (facet, value, change)
where noun in ('table', 'foreign table')
