-- Views. They read with the privileges of their owner, unless `security_invoker` is set.
select
    noun as kind,
    relation.name,
    null as part_of,
    concat(
        format('create %s %s', noun, relation.name),
        ' with (' || nullif(array_to_string(reloptions, ', '), '') || ')',
        E' as\n', rtrim(definition, ';'),
        format(
            E';\nrevoke all on %s from public, anon, authenticated, service_role',
            relation.name
        )
    ) as creation,
    format('drop %s %s', noun, relation.name) as removal,
    facet, value, change
from relation,
lateral (select pg_get_viewdef(relation.oid) as definition) as deparsed,
lateral (values
    ('definition', definition, null),
    ('options', array_to_string(reloptions, ', '), null),
    (
        'owner',
        pg_get_userbyid(owner)::text,
        format('alter %s %s owner to %I', noun, relation.name, pg_get_userbyid(owner))
    ),
    ('comment', comment, format('comment on %s %s is %L', noun, relation.name, comment))
) as facets (facet, value, change)
where noun in ('view', 'materialized view')
union all
-- Rules, which turn one statement into another.
select
    'rule',
    format('%s.%I', relation.name, rulename),
    format('%s %s', noun, relation.name),
    pg_get_ruledef(pg_rewrite.oid),
    format('drop rule %I on %s', rulename, relation.name),
    facet, value, null
from relation
join pg_rewrite on ev_class = relation.oid and rulename <> '_RETURN',
lateral (values
    ('definition', pg_get_ruledef(pg_rewrite.oid)),
    ('enabled', nullif(ev_enabled, 'O')::text)
) as facets (facet, value)
