-- What a grid has to know of one table or view: its columns, and what refers to others.
select
    column_.attname as name,
    -- A value of the column's type that the database makes by itself, if it makes one.
    column_.attnotnull and not column_.atthasdef and column_.attidentity = '' as is_required,
    format_type(column_.atttypid, null) as type,
    type_.typtype = 'e' as is_enum,
    coalesce(column_.attnum = any(key.conkey), false) as is_key,
    reference.parent,
    reference.parent_column
from pg_attribute as column_
join pg_type as type_ on type_.oid = column_.atttypid
left join pg_constraint as key on key.conrelid = column_.attrelid and key.contype = 'p'
left join lateral (
    select
        format('%I.%I', parent_schema.nspname, parent.relname) as parent,
        parent_column.attname as parent_column
    from pg_constraint as foreign_key
    join lateral unnest(foreign_key.conkey, foreign_key.confkey) as pair (child, parent) on true
    join pg_class as parent on parent.oid = foreign_key.confrelid
    join pg_namespace as parent_schema on parent_schema.oid = parent.relnamespace
    join pg_attribute as parent_column
        on parent_column.attrelid = parent.oid and parent_column.attnum = pair.parent
    where foreign_key.conrelid = column_.attrelid and foreign_key.contype = 'f'
        and pair.child = column_.attnum
    -- A user first: an owner's column is part of the key of a parent, too.
    order by format('%I.%I', parent_schema.nspname, parent.relname) <> 'auth.users'
    limit 1
) as reference on true
where column_.attrelid = $1::text::regclass and column_.attnum > 0 and not column_.attisdropped
order by column_.attnum
