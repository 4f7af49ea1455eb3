-- Samples of columns of which ANALYZE is told to keep none, in the schemas $1: the object that
-- keeps them, the column, and the statement that removes them.
with
column_of as (
    select
        attrelid,
        attnum,
        attname,
        format('%I.%I', nspname, relname) as relation,
        format('%I.%I.%I', nspname, relname, attname) as name,
        format_type(atttypid, atttypmod) as type,
        attstattarget = 0 as unsampled,
        relname,
        nspname,
        relkind
    from pg_attribute
    join pg_class on pg_class.oid = attrelid
    join pg_namespace on pg_namespace.oid = relnamespace
    where nspname = any($1::text[]) and relkind in ('r', 'p', 'f', 'i', 'I')
        and attnum > 0 and not attisdropped
),
-- Objects that would have to be created again if a column was given its type anew.
held as (
    select refobjid as attrelid, refobjsubid as attnum
    from pg_depend
    left join pg_attrdef on classid = 'pg_attrdef'::regclass and pg_attrdef.oid = objid
    where refclassid = 'pg_class'::regclass
        and classid not in (
            'pg_class'::regclass, 'pg_constraint'::regclass, 'pg_statistic_ext'::regclass
        )
        and (adrelid, adnum) is distinct from (refobjid, refobjsubid)
)
select
    'kept' as what,
    name as keeper,
    name as column,
    case
        when current_setting('server_version_num')::integer >= 180000 then format(
            'select pg_clear_attribute_stats(%L, %L, %L, %L)',
            nspname, relname, column_of.attname, inherited
        )
        when relkind in ('i', 'I') then format(
            'drop index %s; %s', relation, pg_get_indexdef(attrelid)
        )
        when (attrelid, attnum) not in (select * from held) then format(
            'alter table %s alter column %I type %s', relation, column_of.attname, type
        )
    end as fix
from column_of
join pg_stats
    on schemaname = nspname and tablename = relname and pg_stats.attname = column_of.attname
where unsampled
union all
select distinct
    'statistics', statistic.name, column_of.name, format('drop statistics %s', statistic.name)
from pg_statistic_ext
join pg_depend
    on classid = 'pg_statistic_ext'::regclass and objid = pg_statistic_ext.oid
    and refclassid = 'pg_class'::regclass
join column_of on attrelid = refobjid and attnum = refobjsubid and unsampled,
lateral (
    select format('%s.%I', stxnamespace::regnamespace, stxname) as name
) as statistic
union all
select distinct
    'index', key.relation, column_of.name,
    format('alter index %s alter column %s set statistics 0', key.relation, key.attnum)
from pg_index
join column_of as key on key.attrelid = indexrelid and indkey[key.attnum - 1] = 0
join pg_depend
    on classid = 'pg_class'::regclass and objid = indexrelid
    and refclassid = 'pg_class'::regclass
join column_of on column_of.attrelid = refobjid and column_of.attnum = refobjsubid
where column_of.unsampled and key.unsampled is distinct from true
order by keeper, "column"
