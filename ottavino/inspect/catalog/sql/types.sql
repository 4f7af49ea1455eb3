-- Types: enumerations, domains, ranges, and composite types that no table has.
select
    case typtype when 'd' then 'domain' else 'type' end as kind,
    pg_type.oid::regtype::text as name,
    null as part_of,
    case typtype
        when 'e' then format('create type %s as enum (%s)', pg_type.oid::regtype, labels)
        when 'c' then format('create type %s as (%s)', pg_type.oid::regtype, attributes)
        when 'd' then format('create domain %s as %s', pg_type.oid::regtype, definition)
        when 'r' then format('create type %s as range (%s)', pg_type.oid::regtype, bounds)
    end || format(
        E';\nrevoke all on type %s from %s', pg_type.oid::regtype, callers.roles
    ) as creation,
    format(
        'drop %s %s',
        case typtype when 'd' then 'domain' else 'type' end, pg_type.oid::regtype
    ) as removal,
    facet, value, change
from callers
cross join pg_type
join schema on schema.oid = typnamespace
left join pg_class on pg_class.oid = typrelid
left join pg_description
    on pg_description.objoid = pg_type.oid and pg_description.classoid = 'pg_type'::regclass
    and pg_description.objsubid = 0,
lateral (select case typowner when $2 then $3 else typowner end as owner offset 0) as owned,
lateral (
    select string_agg(quote_literal(enumlabel), ', ' order by enumsortorder) as labels
    from pg_enum where enumtypid = pg_type.oid
) as enumeration,
lateral (
    select concat_ws(
        ' ',
        format_type(typbasetype, typtypmod),
        'collate ' || collated,
        'default ' || pg_get_expr(typdefaultbin, 0),
        case when typnotnull then 'not null' end,
        checks
    ) as definition, *
    from (
        select
            (
                select pg_type.typcollation::regcollation::text from pg_type as base
                where base.oid = pg_type.typbasetype and pg_type.typcollation <> base.typcollation
            ) as collated,
            string_agg(
                format('constraint %I %s', conname, pg_get_constraintdef(pg_constraint.oid)),
                ' ' order by conname
            ) as checks,
            string_agg(
                format(
                    'alter domain %s add constraint %I %s',
                    pg_type.oid::regtype, conname, pg_get_constraintdef(pg_constraint.oid)
                ),
                E';\n' order by conname
            ) as adding,
            string_agg(
                format('alter domain %s drop constraint %I', pg_type.oid::regtype, conname),
                E';\n' order by conname
            ) as dropping
        from pg_constraint where contypid = pg_type.oid and contype = 'c'
    ) as parts
) as deparsed,
lateral (
    select
        string_agg(
            concat_ws(
                ' collate ',
                format('%I %s', attname, format_type(atttypid, atttypmod)),
                (
                    select attcollation::regcollation::text from pg_type as of_field
                    where of_field.oid = atttypid and attcollation <> typcollation
                )
            ),
            ', ' order by attnum
        ) as attributes,
        string_agg(
            format('%I %L', attname, of_field.description), ', ' order by attnum
        ) filter (where of_field.description is not null) as comments,
        string_agg(
            format(
                'comment on column %s.%I is %L', typrelid::regclass, attname,
                of_field.description
            ),
            E';\n' order by attnum
        ) as commenting
    from pg_attribute
    left join pg_description as of_field
        on of_field.objoid = typrelid and of_field.classoid = 'pg_class'::regclass
        and of_field.objsubid = attnum
    where attrelid = typrelid and attnum > 0 and not attisdropped
) as composite,
lateral (
    select concat_ws(
        ', ',
        max('subtype = ' || format_type(rngsubtype, null)),
        max(case when not opcdefault then format('subtype_opclass = %I.%I', nspname, opcname) end),
        max(case when rngcollation <> bound.typcollation
            then 'collation = ' || rngcollation::regcollation end),
        max(case when rngcanonical <> 0 then 'canonical = ' || rngcanonical::regproc end),
        max(case when rngsubdiff <> 0 then 'subtype_diff = ' || rngsubdiff::regproc end),
        max('multirange_type_name = ' || rngmultitypid::regtype)
    ) as bounds
    from pg_range
    join pg_opclass on pg_opclass.oid = rngsubopc
    join pg_namespace on pg_namespace.oid = opcnamespace
    join pg_type as bound on bound.oid = rngsubtype
    where rngtypid = pg_type.oid
) as range,
lateral (values
    (
        'definition',
        case typtype
            when 'e' then 'enumeration'
            when 'd' then null
            when 'r' then bounds
            else attributes
        end,
        null
    ), (
        'labels',
        labels,
        null
    ), (
        'type',
        case typtype when 'd' then
            concat_ws(' collate ', format_type(typbasetype, typtypmod), collated)
        end,
        null
    ), (
        'default',
        case typtype when 'd' then pg_get_expr(typdefaultbin, 0) end,
        case typtype when 'd' then format(
            'alter domain %s %s',
            pg_type.oid::regtype,
            coalesce('set default ' || pg_get_expr(typdefaultbin, 0), 'drop default')
        ) end
    ), (
        'null',
        case when typtype = 'd' and typnotnull then 'refused' end,
        case typtype when 'd' then format(
            'alter domain %s %s not null',
            pg_type.oid::regtype, case when typnotnull then 'set' else 'drop' end
        ) end
    ), (
        'checks',
        checks,
        adding
    ), (
        'without checks',
        null,
        dropping
    ), (
        'owner',
        pg_get_userbyid(owner)::text,
        format('alter type %s owner to %I', pg_type.oid::regtype, pg_get_userbyid(owner))
    ), (
        'comment',
        pg_description.description,
        format('comment on type %s is %L', pg_type.oid::regtype, pg_description.description)
    ), (
        'field comments',
        comments,
        commenting
    )
) as facets (facet, value, change)
-- Without the row types of tables, array types and multiranges, which come with others.
where (typtype in ('e', 'd', 'r') or (typtype = 'c' and relkind = 'c'))
    and ('pg_type'::regclass, pg_type.oid) not in (select classid, objid from extension)
union all
-- Extended statistics, over several columns.
select
    'statistics',
    format('%I.%I', nspname, stxname),
    format('table %s', stxrelid::regclass),
    pg_get_statisticsobjdef(pg_statistic_ext.oid),
    format('drop statistics %I.%I', nspname, stxname),
    facet, value, change
from pg_statistic_ext
join schema on schema.oid = stxnamespace
left join pg_description
    on objoid = pg_statistic_ext.oid and classoid = 'pg_statistic_ext'::regclass,
lateral (values
    ('definition', pg_get_statisticsobjdef(pg_statistic_ext.oid), null),
    (
        'statistics',
        nullif(stxstattarget, -1)::text,
        format(
            'alter statistics %I.%I set statistics %s',
            nspname, stxname, coalesce(stxstattarget, -1)
        )
    ), (
        'without statistics',
        null,
        format('alter statistics %I.%I set statistics -1', nspname, stxname)
    ), (
        'comment',
        description,
        format('comment on statistics %I.%I is %L', nspname, stxname, description)
    )
) as facets (facet, value, change)
