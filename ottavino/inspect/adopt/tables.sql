-- The tables and views of the schemas $1, each as one JSON object: what a class is written from.
-- Partitions and what extensions have made are left out.
select jsonb_build_object(
    'schema', nspname,
    'name', relname,
    'kind', relkind,
    'query', case when relkind in ('v', 'm') then pg_get_viewdef(pg_class.oid) end,
    'row_security', relrowsecurity,
    'forced', relforcerowsecurity,
    'replica_identity', relreplident,
    'replica_index', (
        select relname from pg_index join pg_class as own on own.oid = indexrelid
        where indrelid = pg_class.oid and indisreplident
    ),
    'of_type', case when reloftype <> 0 then reloftype::regtype::text end,
    'parents', (
        select string_agg(inhparent::regclass::text, ', ' order by inhseqno)
        from pg_inherits where inhrelid = pg_class.oid
    ),
    'persistence', relpersistence,
    'options', reloptions,
    'comment', obj_description(pg_class.oid, 'pg_class'),
    'partition_by', regexp_replace(pg_get_partkeydef(pg_class.oid), '^[A-Z]+', lower(
        substring(pg_get_partkeydef(pg_class.oid) from '^[A-Z]+')
    )),
    'partitions', (
        select coalesce(jsonb_agg(
            jsonb_build_object(
                'name', part.oid::regclass::text,
                'parent', parentrelid::regclass::text,
                'values', pg_get_expr(part.relpartbound, part.oid),
                'partition_by', pg_get_partkeydef(part.oid),
                'row_security', part.relrowsecurity,
                'forced', part.relforcerowsecurity,
                'persistence', part.relpersistence,
                'options', part.reloptions,
                'comment', obj_description(part.oid, 'pg_class'),
                'privileges', (
                    select coalesce(jsonb_agg(jsonb_build_object(
                        'role', case grantee when 0 then 'public' else grantee::regrole::text end,
                        'privilege', lower(privilege_type),
                        'with_option', is_grantable
                    ) order by grantee::regrole::text, privilege_type), '[]')
                    from aclexplode(part.relacl) where grantee <> part.relowner
                ),
                'inherited', (
                    select coalesce(jsonb_agg(made.name), '[]')
                    from (
                        select inhrelid::regclass::text as name
                        from pg_inherits join pg_index on indexrelid = inhrelid
                        where indrelid = part.oid
                        union all
                        select conname from pg_constraint
                        where conrelid = part.oid and (conparentid <> 0 or not conislocal)
                        union all
                        select tgname from pg_trigger where tgrelid = part.oid and tgparentid <> 0
                    ) as made
                )
            ) order by level, part.oid::regclass::text
        ), '[]')
        from pg_partition_tree(case relkind when 'p' then pg_class.oid end::regclass)
        join pg_class as part on part.oid = relid
        where level > 0
    ),
    'publications', (
        select coalesce(
            jsonb_agg(
                jsonb_build_object(
                    'name', pubname,
                    'columns', sent.columns,
                    'where', pg_get_expr(prqual, prrelid),
                    'comment', obj_description(pg_publication.oid, 'pg_publication'),
                    'options', nullif(concat_ws(
                        ', ',
                        case when not (pubinsert and pubupdate and pubdelete and pubtruncate)
                            then format('publish = %L', concat_ws(
                                ', ',
                                case when pubinsert then 'insert' end,
                                case when pubupdate then 'update' end,
                                case when pubdelete then 'delete' end,
                                case when pubtruncate then 'truncate' end
                            ))
                        end,
                        case when pubviaroot then 'publish_via_partition_root = true' end
                    ), '')
                ) order by pubname
            ),
            '[]'
        )
        from pg_publication_rel
        join pg_publication on pg_publication.oid = prpubid,
        lateral (
            select jsonb_agg(attname order by attnum) as columns
            from pg_attribute where attrelid = prrelid and attnum = any(prattrs::int2[])
        ) as sent
        where prrelid = pg_class.oid
    ),
    -- What there is to grant, which depends on the version.
    'grantable', (
        select jsonb_agg(lower(privilege_type))
        from aclexplode(acldefault('r', relowner)) where grantee = relowner
    ),
    'privileges', (
        select coalesce(jsonb_agg(
            jsonb_build_object(
                'role', case grantee when 0 then 'public' else grantee::regrole::text end,
                'privilege', lower(privilege_type),
                'column', attname,
                'with_option', is_grantable
            ) order by grantee::regrole::text, privilege_type, attname
        ), '[]')
        from (
            select null as attname, entry.* from aclexplode(relacl) as entry
            union all
            select attname::text, entry.*
            from pg_attribute, aclexplode(attacl) as entry
            where attrelid = pg_class.oid and attnum > 0 and not attisdropped
        ) as granted
        where grantee <> relowner
    ),
    'columns', (
        select coalesce(jsonb_agg(
            jsonb_build_object(
                'name', attname,
                'type', format_type(atttypid, atttypmod),
                'collation', (
                    select attcollation::regcollation::text from pg_type
                    where pg_type.oid = atttypid and attcollation <> typcollation
                ),
                'null', not attnotnull,
                'default', pg_get_expr(adbin, adrelid),
                'identity', attidentity,
                'generated', attgenerated,
                'comment', col_description(attrelid, attnum),
                'domain', (
                    select jsonb_build_object(
                        'name', pg_type.oid::regtype::text,
                        'of', format_type(typbasetype, typtypmod),
                        'collation', (
                            select pg_type.typcollation::regcollation::text
                            from pg_type as base
                            where base.oid = pg_type.typbasetype
                                and pg_type.typcollation <> base.typcollation
                        ),
                        'default', pg_get_expr(typdefaultbin, 0),
                        'required', typnotnull,
                        'of_extension', exists (
                            select from pg_depend
                            where classid = 'pg_type'::regclass and objid = pg_type.oid
                                and deptype = 'e'
                        ),
                        'checks', (
                            select coalesce(jsonb_object_agg(
                                conname, pg_get_constraintdef(pg_constraint.oid)
                            ), '{}')
                            from pg_constraint where contypid = pg_type.oid and contype = 'c'
                        )
                    )
                    from pg_type where pg_type.oid = atttypid and typtype = 'd'
                ),
                'sequence', pg_get_serial_sequence(attrelid::regclass::text, attname),
                'sequence_comment', obj_description(
                    pg_get_serial_sequence(attrelid::regclass::text, attname)::regclass,
                    'pg_class'
                ),
                'sequence_uses', (
                    select count(*) from pg_depend
                    where classid = 'pg_attrdef'::regclass and refclassid = 'pg_class'::regclass
                        and refobjid = pg_get_serial_sequence(
                            attrelid::regclass::text, attname
                        )::regclass
                ),
                -- What of its sequence is not as PostgreSQL makes it by itself, in the words that
                -- change it.
                'counts', (
                    select concat_ws(
                        ' ',
                        case when attidentity = '' and seqtypid <> atttypid
                            then 'as ' || seqtypid::regtype end,
                        case when seqstart <> 1 then 'set start ' || seqstart end,
                        case when seqincrement <> 1 then 'set increment ' || seqincrement end,
                        case when seqmin <> 1 then 'set minvalue ' || seqmin end,
                        case when seqmax <> case seqtypid
                            when 'smallint'::regtype then 32767
                            when 'integer'::regtype then 2147483647
                            else 9223372036854775807
                        end then 'set maxvalue ' || seqmax end,
                        case when seqcache <> 1 then 'set cache ' || seqcache end,
                        case when seqcycle then 'set cycle' end
                    )
                    from pg_sequence
                    where seqrelid = pg_get_serial_sequence(
                            attrelid::regclass::text, attname
                        )::regclass
                ),
                'sequence_privileges', (
                    select jsonb_agg(jsonb_build_object(
                        'role', case grantee when 0 then 'public' else grantee::regrole::text end,
                        'privilege', lower(privilege_type)
                    ) order by grantee::regrole::text, privilege_type)
                    from pg_class as counter, aclexplode(counter.relacl) as entry
                    where counter.oid = pg_get_serial_sequence(
                            attrelid::regclass::text, attname
                        )::regclass
                        and grantee <> counter.relowner
                ),
                'labels', (
                    select jsonb_agg(enumlabel order by enumsortorder)
                    from pg_enum
                    join pg_type on pg_type.oid = atttypid
                    where enumtypid = case typelem when 0 then atttypid else typelem end
                )
            ) order by attnum
        ), '[]')
        from pg_attribute
        left join pg_attrdef on adrelid = attrelid and adnum = attnum
        where attrelid = pg_class.oid and attnum > 0 and not attisdropped
    ),
    'constraints', (
        select coalesce(jsonb_agg(
            jsonb_build_object(
                'name', conname,
                'type', contype,
                'columns', named.columns,
                'parent', case when confrelid <> 0 then confrelid::regclass::text end,
                'parent_columns', parent.columns,
                'on_delete', confdeltype,
                'on_update', confupdtype,
                'match', confmatchtype,
                'clears', to_jsonb(pg_constraint) ->> 'confdelsetcols',
                'deferrable', condeferrable,
                'deferred', condeferred,
                -- The options of an index on a partitioned table have to be given with it.
                'definition', case
                    when pg_class.relkind <> 'p' or storage.options is null
                        then pg_get_constraintdef(pg_constraint.oid)
                    else regexp_replace(
                        pg_get_constraintdef(pg_constraint.oid),
                        '(?= DEFERRABLE)|$', format(' WITH (%s)', storage.options)
                    )
                end
            ) order by contype, conname
        ), '[]')
        from pg_constraint,
        lateral (
            select (
                select string_agg(option_name || '=' || option_value, ', ' order by option_name)
                from pg_class as index, pg_options_to_table(index.reloptions)
                where index.oid = conindid and contype in ('p', 'u', 'x')
            ) as options
        ) as storage,
        lateral (
            select jsonb_agg(attname order by place) as columns
            from unnest(conkey) with ordinality as key (number, place)
            join pg_attribute on attrelid = conrelid and attnum = number
        ) as named,
        lateral (
            select jsonb_agg(attname order by place) as columns
            from unnest(confkey) with ordinality as key (number, place)
            join pg_attribute on attrelid = confrelid and attnum = number
        ) as parent
        -- A foreign key to a partitioned table has a copy for each of its partitions.
        where conrelid = pg_class.oid and contype in ('p', 'u', 'c', 'f', 'x')
            and conparentid = 0
    ),
    'indexes', (
        select coalesce(jsonb_agg(
            jsonb_build_object(
                'name', own.relname,
                'method', amname,
                'unique', indisunique,
                'columns', keys.columns,
                'descending', keys.descending,
                -- Whether a helper declares it: columns in their default order and operator class.
                'is_plain', keys.is_plain and indnatts = indnkeyatts and own.reloptions is null
                    and indexprs is null and not coalesce(
                        (to_jsonb(pg_index) ->> 'indnullsnotdistinct')::boolean, false
                    ),
                'where', pg_get_expr(indpred, indrelid)
            ) order by own.relname
        ), '[]')
        from pg_index
        join pg_class as own on own.oid = indexrelid
        join pg_am on pg_am.oid = own.relam,
        lateral (
            select
                jsonb_agg(attname order by place) as columns,
                jsonb_agg(coalesce(options & 1 = 1, false) order by place) as descending,
                -- The order of null follows the direction.
                bool_and(
                    opcdefault and options in (0, 3) and collated in (0, attcollation)
                ) as is_plain
            from unnest(indkey::int2[], indoption::int2[], indclass::oid[], indcollation::oid[])
                with ordinality as key (number, options, operators, collated, place)
            left join pg_attribute on attrelid = indrelid and attnum = number
            left join pg_opclass on pg_opclass.oid = operators
        ) as keys
        where indrelid = pg_class.oid
            and not exists (
                select from pg_constraint
                where conindid = indexrelid and contype in ('p', 'u', 'x')
            )
    )
)
from pg_class
join pg_namespace on pg_namespace.oid = relnamespace
where nspname = any($1::text[]) and relkind in ('r', 'p', 'v', 'm') and not relispartition
    and relname <> 'migration'
    and not exists (
        select from pg_depend
        where classid = 'pg_class'::regclass and objid = pg_class.oid and deptype = 'e'
    )
order by nspname, relname
