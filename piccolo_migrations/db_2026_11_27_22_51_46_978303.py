"""Hold callers to the claims that were signed, and search their own words.

Hazards where tables have rows:

- Builds the index public.documents_own_search_vector_idx: nobody can write to public.documents
  meanwhile. Where that is large, declare it with concurrently=True.
"""

from ottavino.migrate import Migration

ID = "2026-11-27T22:51:46:978303"
DESCRIPTION = "Hold callers to the claims that were signed, and search their own words"


def migration() -> Migration:
    """The steps, in the order in which they are taken."""
    migration = Migration(ID, DESCRIPTION)
    migration.drop(
        "policy public.user_profiles.owner_update",
        "drop policy owner_update on public.user_profiles",
        create="""
        create policy owner_update on public.user_profiles
            for update to authenticated
            using (id = (select auth.uid()))
            with check (id = (select auth.uid()))
        """,
        uses={"public.user_profiles": ("id",)},
    )
    migration.drop(
        "policy public.user_profiles.owner_select",
        "drop policy owner_select on public.user_profiles",
        create="""
        create policy owner_select on public.user_profiles
            for select to authenticated
            using (id = (select auth.uid()))
        """,
        uses={"public.user_profiles": ("id",)},
    )
    migration.drop(
        "policy public.usage_events.owner_select",
        "drop policy owner_select on public.usage_events",
        create="""
        create policy owner_select on public.usage_events
            for select to authenticated
            using (user_id = (select auth.uid()))
        """,
        uses={"public.usage_events": ("user_id",)},
    )
    migration.drop(
        "policy public.document_chunks.owner_select",
        "drop policy owner_select on public.document_chunks",
        create="""
        create policy owner_select on public.document_chunks
            for select to authenticated
            using (user_id = (select auth.uid()))
        """,
        uses={"public.document_chunks": ("user_id",)},
    )
    migration.drop(
        "index public.documents_search_vector_idx",
        "drop index public.documents_search_vector_idx",
        create="""
        create index documents_search_vector_idx
            on public.documents using gin (search_vector)
        """,
        uses={"public.documents": ("search_vector",)},
        over="public.documents",
    )
    migration.drop(
        "policy public.documents.owner",
        "drop policy owner on public.documents",
        create="""
        create policy owner on public.documents
            for all to authenticated
            using (user_id = (select auth.uid()))
            with check (user_id = (select auth.uid()))
        """,
        uses={"public.documents": ("user_id",)},
    )
    migration.drop(
        "policy public.agent_sessions.owner",
        "drop policy owner on public.agent_sessions",
        create="""
        create policy owner on public.agent_sessions
            for all to authenticated
            using (user_id = (select auth.uid()))
            with check (user_id = (select auth.uid()))
        """,
        uses={"public.agent_sessions": ("user_id",)},
    )
    migration.drop(
        "policy public.agent_requests.owner_cancel",
        "drop policy owner_cancel on public.agent_requests",
        create="""
        create policy owner_cancel on public.agent_requests
            for update to authenticated
            using (user_id = (select auth.uid()) and status in ('pending', 'processing'))
            with check (user_id = (select auth.uid()) and status = 'cancelled')
        """,
        uses={"public.agent_requests": ("user_id", "status")},
    )
    migration.drop(
        "policy public.agent_requests.owner_insert",
        "drop policy owner_insert on public.agent_requests",
        create="""
        create policy owner_insert on public.agent_requests
            for insert to authenticated
            with check (user_id = (select auth.uid()))
        """,
        uses={"public.agent_requests": ("user_id",)},
    )
    migration.drop(
        "policy public.agent_requests.owner_select",
        "drop policy owner_select on public.agent_requests",
        create="""
        create policy owner_select on public.agent_requests
            for select to authenticated
            using (user_id = (select auth.uid()))
        """,
        uses={"public.agent_requests": ("user_id",)},
    )
    migration.create(
        "function public.own_words(owner uuid, vector tsvector)",
        """
        create or replace function public.own_words(
            owner uuid, vector tsvector
        ) returns bytea[]
        language sql immutable security invoker set search_path = pg_temp
        as $function$
        select array(
            select uuid_send(owner) || convert_to(word, 'UTF8')
            from unnest(tsvector_to_array(vector)) as word
        )
        $function$;
        revoke all on function public.own_words(owner uuid, vector tsvector) from public, anon, authenticated, service_role;
        grant execute on function public.own_words(owner uuid, vector tsvector) to authenticated, service_role
        """,
        drop="drop function public.own_words(owner uuid, vector tsvector)",
        uses={},
        interface="(owner uuid, vector tsvector) returns bytea[]",
    )
    migration.replace(
        "function public.search_documents(query text, most integer, moment timestamptz, key uuid)",
        """
        create or replace function public.search_documents(
            query text, most integer, moment timestamptz, key uuid
        ) returns setof public.documents
        language plpgsql stable rows 20 security definer set search_path = pg_temp set plan_cache_mode = force_custom_plan set enable_seqscan = off set enable_sort = off set max_parallel_workers_per_gather = 0 set jit = off set work_mem = '64MB'
        as $function$
        #variable_conflict use_variable
        declare
            caller constant uuid := (select ottavino.uid());
            sees_all constant boolean := current_setting('role') = 'service_role';
            words constant tsquery :=
                websearch_to_tsquery('english', query);
            page constant integer := least(most, 1000);
            -- What the query asks for, without what it excludes: words in quotes.
            asked constant text := querytree(words);
            -- Alternatives of words, which an index can find; else it is of no use.
            indexed constant boolean := asked ~
                '^''[^''|]+''( ([&|]|<[-0-9]+>) ''[^''|]+'')*$';
            -- Whether the index says all: not where words stand, nor what is excluded.
            exact constant boolean := words::text !~ '[<!]';
            alternative text;
            candidates tid[] := '{}';
        begin
            if sees_all then
                return query
                select searched.* from public.documents as searched
                where searched.search_vector @@ words
                    and (moment is null or (searched.created_at, searched.id) < (moment, key))
                order by searched.created_at desc, searched.id desc
                limit page;
                return;
            end if;
            if indexed then
                foreach alternative in array string_to_array(asked, '|') loop
                    exit when cardinality(candidates) > 1000;
                    candidates := candidates || array(
                        select searched.ctid
                        from public.documents as searched
                        where public.own_words(searched.user_id, searched.search_vector) @> public.own_words(
                            caller,
                            -- What stands between the words goes.
                            regexp_replace(
                                alternative, '(''[^'']+'')[^'']*', '\\1 ', 'g'
                            )::tsvector
                        )
                        limit 1000 + 1
                    );
                end loop;
            end if;
            -- `offset 0` has rows found and put in order before their words are looked
            -- at: no index of everyone's words is read, and few rows are taken apart.
            if indexed and cardinality(candidates) <= 1000 then
                return query
                select searched.* from (
                    select searched.* from public.documents as searched
                    where searched.ctid = any(candidates)
                        and (moment is null or (searched.created_at, searched.id) < (moment, key))
                    order by searched.created_at desc, searched.id desc
                    offset 0
                ) as searched
                where exact or searched.search_vector @@ words
                limit page;
            elsif numnode(words) > 0 then
                return query
                select searched.* from (
                    select searched.* from public.documents as searched
                    where searched.user_id = caller
                        and (moment is null or (searched.created_at, searched.id) < (moment, key))
                    order by searched.created_at desc, searched.id desc
                    offset 0
                ) as searched
                where searched.search_vector @@ words
                limit page;
            end if;
        end
        $function$;
        revoke all on function public.search_documents(query text, most integer, moment timestamptz, key uuid) from public, anon, authenticated, service_role;
        grant execute on function public.search_documents(query text, most integer, moment timestamptz, key uuid) to authenticated, service_role
        """,
        old="""
        create or replace function public.search_documents(
            query text, most integer, moment timestamptz, key uuid
        ) returns setof public.documents
        language plpgsql stable rows 20 security definer set search_path = pg_temp set plan_cache_mode = force_custom_plan
        as $function$
        declare
            caller constant uuid := auth.uid();
            sees_all constant boolean := current_setting('role') = 'service_role';
            words constant tsquery := websearch_to_tsquery('english', query);
        begin
            return query
            select searched.* from public.documents as searched
            where (searched.user_id = caller or sees_all)
                and searched.search_vector @@ words
                and (
                    moment is null
                    or (searched.created_at, searched.id) < (moment, key)
                )
            order by searched.created_at desc, searched.id desc
            limit most;
        end
        $function$;
        revoke all on function public.search_documents(query text, most integer, moment timestamptz, key uuid) from public, anon, authenticated, service_role;
        grant execute on function public.search_documents(query text, most integer, moment timestamptz, key uuid) to authenticated, service_role
        """,
        drop="drop function public.search_documents(query text, most integer, moment timestamptz, key uuid)",
        uses={"public.documents": ()},
        interface="(query text, most integer, moment timestamptz, key uuid) returns setof public.documents",
    )
    migration.create(
        "policy public.agent_requests.owner_select",
        """
        create policy owner_select on public.agent_requests
            for select to authenticated
            using (user_id = (select ottavino.uid()))
        """,
        drop="drop policy owner_select on public.agent_requests",
        uses={"public.agent_requests": ("user_id",)},
    )
    migration.create(
        "policy public.agent_requests.owner_insert",
        """
        create policy owner_insert on public.agent_requests
            for insert to authenticated
            with check (user_id = (select ottavino.uid()))
        """,
        drop="drop policy owner_insert on public.agent_requests",
        uses={"public.agent_requests": ("user_id",)},
    )
    migration.create(
        "policy public.agent_requests.owner_cancel",
        """
        create policy owner_cancel on public.agent_requests
            for update to authenticated
            using ((select ottavino.verified()) and (
                user_id = (select ottavino.uid()) and status in ('pending', 'processing')
            ))
            with check ((select ottavino.verified()) and (
                user_id = (select ottavino.uid()) and status = 'cancelled'
            ))
        """,
        drop="drop policy owner_cancel on public.agent_requests",
        uses={"public.agent_requests": ("user_id", "status")},
    )
    migration.create(
        "policy public.agent_sessions.owner",
        """
        create policy owner on public.agent_sessions
            for all to authenticated
            using (user_id = (select ottavino.uid()))
            with check (user_id = (select ottavino.uid()))
        """,
        drop="drop policy owner on public.agent_sessions",
        uses={"public.agent_sessions": ("user_id",)},
    )
    migration.create(
        "policy public.documents.owner",
        """
        create policy owner on public.documents
            for all to authenticated
            using (user_id = (select ottavino.uid()))
            with check (user_id = (select ottavino.uid()))
        """,
        drop="drop policy owner on public.documents",
        uses={"public.documents": ("user_id",)},
    )
    migration.create(
        "index public.documents_own_search_vector_idx",
        """
        create index documents_own_search_vector_idx
            on public.documents using gin ((public.own_words(user_id, search_vector)))
            with (fastupdate = off);
        alter index public.documents_own_search_vector_idx alter column 1 set statistics 0
        """,
        drop="drop index public.documents_own_search_vector_idx",
        uses={"public.documents": ("user_id", "search_vector")},
        calls=("public.own_words",),
        over="public.documents",
    )
    migration.create(
        "policy public.document_chunks.owner_select",
        """
        create policy owner_select on public.document_chunks
            for select to authenticated
            using (user_id = (select ottavino.uid()))
        """,
        drop="drop policy owner_select on public.document_chunks",
        uses={"public.document_chunks": ("user_id",)},
    )
    migration.create(
        "policy public.usage_events.owner_select",
        """
        create policy owner_select on public.usage_events
            for select to authenticated
            using (user_id = (select ottavino.uid()))
        """,
        drop="drop policy owner_select on public.usage_events",
        uses={"public.usage_events": ("user_id",)},
    )
    migration.create(
        "policy public.user_profiles.owner_select",
        """
        create policy owner_select on public.user_profiles
            for select to authenticated
            using (id = (select ottavino.uid()))
        """,
        drop="drop policy owner_select on public.user_profiles",
        uses={"public.user_profiles": ("id",)},
    )
    migration.create(
        "policy public.user_profiles.owner_update",
        """
        create policy owner_update on public.user_profiles
            for update to authenticated
            using (id = (select ottavino.uid()))
            with check (id = (select ottavino.uid()))
        """,
        drop="drop policy owner_update on public.user_profiles",
        uses={"public.user_profiles": ("id",)},
    )
    return migration
