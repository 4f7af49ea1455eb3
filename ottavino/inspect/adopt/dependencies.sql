-- What the objects in the schemas $1 need of others, as PostgreSQL has recorded it: a relation, an
-- extension, or a routine. An object is named with its kind if it is a routine or a type.
with recursive
    member as (
        select classid, objid, refobjid as extension
        from pg_depend
        where refclassid = 'pg_extension'::regclass and deptype = 'e'
    ),
    -- The type of a column is an array, or the row type of a table.
    type as (
        select pg_type.oid, coalesce(nullif(pg_type.typrelid, 0), nullif(item.typrelid, 0)) as row,
            coalesce(own.extension, of_item.extension) as extension
        from pg_type
        left join pg_type as item on item.oid = pg_type.typelem
        left join member as own
            on own.classid = 'pg_type'::regclass and own.objid = pg_type.oid
        left join member as of_item
            on of_item.classid = 'pg_type'::regclass and of_item.objid = item.oid
    ),
    needed as (
        select pg_depend.classid, pg_depend.objid,
            case refclassid
                when 'pg_class'::regclass then refobjid when 'pg_type'::regclass then type.row
            end as relation,
            coalesce(member.extension, type.extension) as extension,
            case refclassid when 'pg_proc'::regclass then refobjid end as called
        from pg_depend
        left join member on member.classid = refclassid and member.objid = refobjid
        left join type on refclassid = 'pg_type'::regclass and type.oid = refobjid
        where deptype in ('n', 'a', 'x')
    ),
    owned as (
        select
            relation, extension, called,
            case needed.classid
                when 'pg_class'::regclass then coalesce(indrelid, needed.objid)
                when 'pg_attrdef'::regclass then adrelid
                when 'pg_constraint'::regclass then nullif(conrelid, 0)
                when 'pg_policy'::regclass then polrelid
                when 'pg_rewrite'::regclass then ev_class
                when 'pg_trigger'::regclass then tgrelid
            end as table_id,
            pg_proc.oid as routine,
            case needed.classid
                when 'pg_type'::regclass then needed.objid
                when 'pg_constraint'::regclass then nullif(contypid, 0)
            end as type_id
        from needed
        left join pg_index on needed.classid = 'pg_class'::regclass and indexrelid = needed.objid
        left join pg_attrdef on needed.classid = 'pg_attrdef'::regclass
            and pg_attrdef.oid = needed.objid
        left join pg_constraint on needed.classid = 'pg_constraint'::regclass
            and pg_constraint.oid = needed.objid
        left join pg_policy on needed.classid = 'pg_policy'::regclass
            and pg_policy.oid = needed.objid
        left join pg_rewrite on needed.classid = 'pg_rewrite'::regclass
            and pg_rewrite.oid = needed.objid
        left join pg_trigger on needed.classid = 'pg_trigger'::regclass
            and pg_trigger.oid = needed.objid
        left join pg_proc on needed.classid = 'pg_proc'::regclass
            and pg_proc.oid = needed.objid
        -- A foreign key is made after the table that it refers to.
        where (relation is not null and contype is distinct from 'f') or extension is not null
            or called is not null
    ),
    named as (
        select
            relation, extension, called,
            coalesce(relnamespace, pronamespace, typnamespace) as schema,
            case
                when relkind = 'c' then format('type %s', table_id::regclass)
                when table_id is not null then table_id::regclass::text
                when routine is not null then format(
                    '%s %s',
                    case prokind when 'p' then 'procedure' when 'a' then 'aggregate'
                        else 'function' end,
                    routine::regprocedure
                )
                else format(
                    '%s %s', case typtype when 'd' then 'domain' else 'type' end, type_id::regtype
                )
            end as name,
            table_id
        from owned
        left join pg_class on pg_class.oid = table_id
        left join pg_proc on pg_proc.oid = routine
        left join pg_type on pg_type.oid = type_id
    )
select distinct
    name,
    case when of_relation.relkind in ('r', 'p', 'v', 'm') then relation::regclass::text end,
    extname,
    called::regprocedure::text
from named
left join pg_class as of_relation on of_relation.oid = relation and relation <> coalesce(table_id, 0)
left join pg_extension on pg_extension.oid = extension
where schema::regnamespace::text = any($1::text[])
    and (
        of_relation.relkind in ('r', 'p', 'v', 'm') or extname is not null or called is not null
    )
order by 1, 2, 3, 4
