"""The body of the function for a search in the rows of one user, in PL/pgSQL."""

# ruff: noqa: S608  # the SQL is put together from names of the schema

from ottavino.declare.ownership import CALLER_ID
from ottavino.identity import Role
from ottavino.postgres.quoting import literal

SEES_ALL = f"current_setting('role') = {literal(Role.SERVICE_ROLE)}"
"""The SQL condition that no policy applies to the caller."""

MOST_ROWS = 1000
"""The largest number of rows that one search returns."""

MOST_CANDIDATES = 1000
"""The number of index entries after which the search scans the newest rows instead. With more
matches, some are soon found among the newest rows; with fewer, the scan could read all rows.
"""

BODY = f"""
#variable_conflict use_variable
declare
    caller constant uuid := {CALLER_ID};
    sees_all constant boolean := {SEES_ALL};
    words constant tsquery :=
        websearch_to_tsquery({{language}}, query);
    page constant integer := least(most, {MOST_ROWS});
    -- What the query asks for, without what it excludes: words in quotes.
    asked constant text := querytree(words);
    -- Alternatives of words, which an index can find; else it is of no use.
    indexed constant boolean := asked ~
        '^''[^''|]+''( ([&|]|<[-0-9]+>) ''[^''|]+'')*$';
    -- Whether the index says all: not where words stand, nor what is excluded.
    exact constant boolean := words::text !~ '[<!]';
    alternative text;
    candidates tid[] := '{{{{}}}}';
begin
    if sees_all then
        return query
        select searched.* from {{table}} as searched
        where {{vector}} @@ words
            and {{older}}
        {{newest}}
        limit page;
        return;
    end if;
    if indexed then
        foreach alternative in array string_to_array(asked, '|') loop
            exit when cardinality(candidates) > {MOST_CANDIDATES};
            candidates := candidates || array(
                select searched.ctid
                from {{table}} as searched
                where public.own_words({{owner}}, {{vector}}) @> public.own_words(
                    caller,
                    -- What stands between the words goes.
                    regexp_replace(
                        alternative, '(''[^'']+'')[^'']*', '\\1 ', 'g'
                    )::tsvector
                )
                limit {MOST_CANDIDATES} + 1
            );
        end loop;
    end if;
    -- `offset 0` has rows found and put in order before their words are looked
    -- at: no index of everyone's words is read, and few rows are taken apart.
    if indexed and cardinality(candidates) <= {MOST_CANDIDATES} then
        return query
        select searched.* from (
            select searched.* from {{table}} as searched
            where searched.ctid = any(candidates)
                and {{older}}
            {{newest}}
            offset 0
        ) as searched
        where exact or {{vector}} @@ words
        limit page;
    elsif numnode(words) > 0 then
        return query
        select searched.* from (
            select searched.* from {{table}} as searched
            where {{owner}} = caller
                and {{older}}
            {{newest}}
            offset 0
        ) as searched
        where {{vector}} @@ words
        limit page;
    end if;
end
"""
"""A template for the names of the table and its columns, and the search's language."""
