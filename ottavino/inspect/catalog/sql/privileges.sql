-- Privileges, an object for each and each role, so that a single one can be unexpected. Where
-- the catalog has null, the defaults apply. An owner's own privileges follow the owner.
select
    'privilege' as kind,
    format('%s on %s to %s', privilege, target, receiver) as name,
    part_of,
    format('grant %s to %s%s', what, role, option) as creation,
    format('revoke %s from %s', what, role) as removal,
    facet, value, change
from (
    select
        noun || ' ' || name as part_of,
        name as target,
        name as target_name,
        case noun when 'sequence' then 'sequence ' else '' end as keyword,
        '' as columns,
        owner,
        coalesce(
            relacl,
            acldefault(case noun when 'sequence' then 's' else 'r' end::"char", relowner)
        ) as acl
    from relation
    union all
    select
        noun || ' ' || name,
        format('%s.%I', name, attname),
        name,
        '',
        format(' (%I)', attname),
        owner,
        attacl
    from relation
    join pg_attribute on attrelid = relation.oid and attnum > 0 and not attisdropped
    where attacl is not null
    union all
    -- The sequence of an identity column. It is no object of its own, but can be granted.
    select
        'table ' || attrelid::regclass,
        format('the sequence of %s.%I', attrelid::regclass, attname),
        sequence.oid::regclass::text,
        'sequence ',
        '',
        case sequence.relowner when $2 then $3 else sequence.relowner end,
        coalesce(sequence.relacl, acldefault('s', sequence.relowner))
    from pg_depend
    join pg_class as sequence on sequence.oid = objid and sequence.relkind = 'S'
    join schema on schema.oid = sequence.relnamespace
    join pg_attribute on attrelid = refobjid and attnum = refobjsubid
    where classid = 'pg_class'::regclass and refclassid = 'pg_class'::regclass
        and deptype = 'i'
    union all
    select
        noun || ' ' || name,
        name,
        name,
        'routine ',
        '',
        owner,
        coalesce(proacl, acldefault('f', proowner))
    from routine
    union all
    select
        null, 'schema ' || quote_ident(nspname), quote_ident(nspname), 'schema ', '',
        case nspowner when $2 then $3 else nspowner end,
        coalesce(nspacl, acldefault('n', nspowner))
    from pg_namespace
    where oid in (select oid from schema)
) as guarded,
lateral (
    select
        grantee,
        lower(privilege_type) as privilege,
        bool_or(is_grantable and grantee <> owner) as grantable,
        string_agg(passed_on, ', ' order by passed_on) filter (where grantee <> owner)
            as passed_on,
        case grantee when 0 then 'public' else grantee::regrole::text end as role,
        case grantee
            when 0 then 'public'
            when owner then 'its owner'
            else grantee::regrole::text
        end as receiver
    from (
        select
            case entry.grantee when $2 then $3 else entry.grantee end as grantee,
            privilege_type,
            is_grantable,
            (
                select string_agg(
                    case other.grantee when 0 then 'public' else other.grantee::regrole::text end,
                    ', ' order by other.grantee
                )
                from aclexplode(acl) as other
                where entry.is_grantable
                    and other.grantor = entry.grantee and other.grantee <> entry.grantee
                    and other.privilege_type = entry.privilege_type
            ) as passed_on
        from aclexplode(acl) as entry
    ) as entries
    group by privilege_type, grantee
) as granted,
lateral (
    select
        format('%s%s on %s%s', privilege, columns, keyword, target_name) as what,
        case when grantable then ' with grant option' else '' end as option
) as worded,
lateral (values
    (
        'grant option',
        case when grantable then 'yes' end,
        case
            when grantable then format('grant %s to %s%s', what, role, option)
            else format('revoke grant option for %s from %s', what, role)
        end
    ),
    -- Those would lose it together with the option.
    ('passed on to', passed_on, null)
) as facets (facet, value, change)
-- `usage` of a schema is not compared. `create` is: an object that is put into a schema can be
-- found in place of another whose name is written without its schema.
where case keyword
    when 'schema ' then
        privilege = 'create' and (grantee = 0 or not pg_has_role(grantee, owner, 'usage'))
    when 'sequence ' then
        part_of like 'sequence %' or grantee <> owner
    else true
end
