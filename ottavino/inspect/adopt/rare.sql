-- The objects in the schemas $1 that no helper declares and a statement creates: its SQL, a
-- query for the object's state, and what has to be there before it. Only those of the role that
-- migrates, and none that an extension brings.
with
extension as (
    select classid, objid from pg_depend where deptype = 'e'
),
schema as (
    select oid from pg_namespace where nspname = any($1::text[])
),
aggregate as (
    select
        1 as place,
        'aggregate' as kind,
        pg_proc.oid::regprocedure::text as name,
        format(
            E'create aggregate %I.%I(%s) (\n    %s\n)',
            pronamespace::regnamespace, proname,
            coalesce(nullif(pg_get_function_identity_arguments(pg_proc.oid), ''), '*'),
            concat_ws(
                E',\n    ',
                'sfunc = ' || aggtransfn,
                'stype = ' || format_type(aggtranstype, null),
                'sspace = ' || nullif(aggtransspace, 0),
                'finalfunc = ' || nullif(aggfinalfn::oid, 0)::regproc,
                case when aggfinalextra then 'finalfunc_extra' end,
                'finalfunc_modify = ' || case
                    when aggfinalmodify = case aggkind when 'n' then 'r' else 'w' end then null
                    when aggfinalmodify = 'r' then 'read_only'
                    when aggfinalmodify = 's' then 'shareable'
                    else 'read_write'
                end,
                'combinefunc = ' || nullif(aggcombinefn::oid, 0)::regproc,
                'serialfunc = ' || nullif(aggserialfn::oid, 0)::regproc,
                'deserialfunc = ' || nullif(aggdeserialfn::oid, 0)::regproc,
                'initcond = ' || quote_literal(agginitval),
                'msfunc = ' || nullif(aggmtransfn::oid, 0)::regproc,
                'minvfunc = ' || nullif(aggminvtransfn::oid, 0)::regproc,
                'mstype = ' || format_type(nullif(aggmtranstype, 0), null),
                'msspace = ' || nullif(aggmtransspace, 0),
                'mfinalfunc = ' || nullif(aggmfinalfn::oid, 0)::regproc,
                case when aggmfinalextra then 'mfinalfunc_extra' end,
                'mfinalfunc_modify = ' || case
                    when aggmtransfn = 0::oid
                        or aggmfinalmodify = case aggkind when 'n' then 'r' else 'w' end then null
                    when aggmfinalmodify = 'r' then 'read_only'
                    when aggmfinalmodify = 's' then 'shareable'
                    else 'read_write'
                end,
                'minitcond = ' || quote_literal(aggminitval),
                (
                    select format(
                        'sortop = operator(%I.%s)', oprnamespace::regnamespace, oprname
                    )
                    from pg_operator where pg_operator.oid = aggsortop
                ),
                'parallel = ' || case proparallel
                    when 's' then 'safe' when 'r' then 'restricted'
                end,
                case when aggkind = 'h' then 'hypothetical' end
            )
        ) as creation,
        'drop routine ' || pg_proc.oid::regprocedure as removal,
        format(
            'select concat_ws('' '', to_jsonb(pg_aggregate) - array[''aggtranstype'', '
            '''aggmtranstype'', ''aggsortop''], format_type(aggtranstype, null), '
            'format_type(nullif(aggmtranstype, 0), null), aggsortop::regoperator) '
            'from pg_aggregate where aggfnoid = %L::regprocedure',
            pg_proc.oid::regprocedure
        ) as read,
        array[aggtransfn::text, aggfinalfn::text, aggcombinefn::text, aggmtransfn::text,
            aggminvtransfn::text, aggmfinalfn::text] as needs,
        'pg_proc'::regclass as class, pg_proc.oid, pronamespace as within, proowner as owner
    from pg_aggregate join pg_proc on pg_proc.oid = aggfnoid
),
own_operator as (
    select
        2, 'operator', oid::regoperator::text,
        format(
            E'create operator %I.%s (\n    %s\n)', oprnamespace::regnamespace, oprname,
            concat_ws(
                E',\n    ',
                'function = ' || oprcode,
                'leftarg = ' || format_type(nullif(oprleft, 0), null),
                'rightarg = ' || format_type(oprright, null),
                (
                    select format(
                        'commutator = operator(%I.%s)', oprnamespace::regnamespace, oprname
                    )
                    from pg_operator as other where other.oid = pg_operator.oprcom
                ),
                (
                    select format(
                        'negator = operator(%I.%s)', oprnamespace::regnamespace, oprname
                    )
                    from pg_operator as other where other.oid = pg_operator.oprnegate
                ),
                'restrict = ' || nullif(oprrest::oid, 0)::regproc,
                'join = ' || nullif(oprjoin::oid, 0)::regproc,
                case when oprcanhash then 'hashes' end,
                case when oprcanmerge then 'merges' end
            )
        ),
        format(
            'drop operator %I.%s (%s, %s)', oprnamespace::regnamespace, oprname,
            coalesce(format_type(nullif(oprleft, 0), null), 'none'),
            format_type(oprright, null)
        ),
        format(
            'select concat_ws('' '', oprcode, oprcom::regoperator, oprnegate::regoperator, '
            'oprrest, oprjoin, oprcanhash, oprcanmerge) from pg_operator '
            'where oid = %L::regoperator',
            oid::regoperator
        ),
        array[oprcode::text],
        'pg_operator'::regclass, oid, oprnamespace, oprowner
    from pg_operator
    where oprcode <> 0::oid
),
own_collation as (
    select
        0, 'collation', oid::regcollation::text,
        format(
            'create collation %s (%s)', oid::regcollation,
            concat_ws(
                ', ',
                'provider = ' || case collprovider
                    when 'i' then 'icu' when 'b' then 'builtin' else 'libc'
                end,
                'locale = ' || quote_literal(coalesce(
                    to_jsonb(pg_collation) ->> 'colllocale',
                    to_jsonb(pg_collation) ->> 'colliculocale',
                    case when collcollate = collctype then collcollate end
                )),
                case when collcollate <> collctype then format(
                    'lc_collate = %L, lc_ctype = %L', collcollate, collctype
                ) end,
                case when not collisdeterministic then 'deterministic = false' end,
                'rules = ' || quote_literal(to_jsonb(pg_collation) ->> 'collicurules')
            )
        ),
        'drop collation ' || oid::regcollation,
        format(
            -- The encoding is the one of the database, or none, which is the same here.
            'select (to_jsonb(pg_collation) - array[''oid'', ''collnamespace'', ''collowner'', '
            '''collencoding'', ''collversion''])::text from pg_collation where oid = %L::regcollation',
            oid::regcollation
        ),
        array[]::text[],
        'pg_collation'::regclass, oid, collnamespace, collowner
    from pg_collation
),
dictionary as (
    select
        0, 'text search dictionary', pg_ts_dict.oid::regdictionary::text,
        format(
            'create text search dictionary %s (template = %I.%I%s)',
            pg_ts_dict.oid::regdictionary, tmplnamespace::regnamespace, tmplname,
            ', ' || dictinitoption
        ),
        'drop text search dictionary ' || pg_ts_dict.oid::regdictionary,
        format(
            'select concat_ws('' '', dicttemplate::text, dictinitoption) from pg_ts_dict '
            'where oid = %L::regdictionary',
            pg_ts_dict.oid::regdictionary
        ),
        array[]::text[],
        'pg_ts_dict'::regclass, pg_ts_dict.oid, dictnamespace, dictowner
    from pg_ts_dict join pg_ts_template on pg_ts_template.oid = dicttemplate
),
configuration as (
    select
        3, 'text search configuration', pg_ts_config.oid::regconfig::text,
        concat_ws(
            E';\n',
            format(
                'create text search configuration %s (parser = %I.%I)', pg_ts_config.oid::regconfig,
                prsnamespace::regnamespace, prsname
            ),
            mappings
        ),
        'drop text search configuration ' || pg_ts_config.oid::regconfig,
        format(
            'select string_agg(concat_ws('' '', maptokentype, mapseqno, mapdict::regdictionary), '
            '''; '' order by maptokentype, mapseqno) from pg_ts_config_map '
            'where mapcfg = %L::regconfig',
            pg_ts_config.oid::regconfig
        ),
        dictionaries,
        'pg_ts_config'::regclass, pg_ts_config.oid, cfgnamespace, cfgowner
    from pg_ts_config
    join pg_ts_parser on pg_ts_parser.oid = cfgparser,
    lateral (
        select
            string_agg(
                format(
                    'alter text search configuration %s add mapping for %s with %s',
                    pg_ts_config.oid::regconfig, alias, used
                ),
                E';\n' order by tokid
            ) as mappings
        from (
            select maptokentype,
                string_agg(mapdict::regdictionary::text, ', ' order by mapseqno) as used
            from pg_ts_config_map where mapcfg = pg_ts_config.oid
            group by maptokentype
        ) as mapped
        join ts_token_type(cfgparser) on tokid = maptokentype
    ) as mapping,
    lateral (
        select array_agg(distinct 'raw text search dictionary ' || mapdict::regdictionary)
            as dictionaries
        from pg_ts_config_map where mapcfg = pg_ts_config.oid
    ) as needed
),
made as (
    select * from aggregate
    union all select * from own_operator
    union all select * from own_collation
    union all select * from dictionary
    union all select * from configuration
)
select kind, name, creation, removal, read, needs,
    obj_description(made.oid, made.class::regclass::name) as comment
from made
where within in (select oid from schema) and pg_has_role(owner, 'usage') and oid >= 16384
    and (class, oid) not in (select classid, objid from extension)
union all
-- A cast belongs to no schema: those that no extension brings, and that need no superuser.
select
    'cast',
    format('(%s as %s)', format_type(castsource, null), format_type(casttarget, null)),
    format(
        'create cast (%s as %s) %s%s',
        format_type(castsource, null), format_type(casttarget, null),
        case castmethod
            when 'f' then 'with function ' || castfunc::regprocedure
            when 'i' then 'with inout' else 'without function'
        end,
        case castcontext when 'a' then ' as assignment' when 'i' then ' as implicit' else '' end
    ),
    format('drop cast (%s as %s)', format_type(castsource, null), format_type(casttarget, null)),
    format(
        'select concat_ws('' '', castfunc::regprocedure, castcontext, castmethod) from pg_cast '
        'where castsource = %L::regtype and casttarget = %L::regtype',
        format_type(castsource, null), format_type(casttarget, null)
    ),
    array[castfunc::regproc::text, format_type(castsource, null), format_type(casttarget, null)],
    obj_description(pg_cast.oid, 'pg_cast')
from pg_cast
join pg_type as source on source.oid = castsource
join pg_type as target on target.oid = casttarget
where pg_cast.oid >= 16384
    and ('pg_cast'::regclass, pg_cast.oid) not in (
        select classid, objid from pg_depend where deptype in ('e', 'i')
    )
    and (
        source.typnamespace in (select oid from schema)
        or target.typnamespace in (select oid from schema)
    )
    and (pg_has_role(source.typowner, 'usage') or pg_has_role(target.typowner, 'usage'))
