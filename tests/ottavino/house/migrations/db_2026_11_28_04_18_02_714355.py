"""The tables of the framework's tests."""

from ottavino.migrate import Migration, ColumnSpec

ID = "2026-11-28T04:18:02:714355"
DESCRIPTION = "The tables of the framework's tests"


def migration() -> Migration:
    """The steps, in the order in which they are taken."""
    migration = Migration(ID, DESCRIPTION)
    migration.create(
        "function public.ottavino_set_updated_at()",
        """
        create or replace function public.ottavino_set_updated_at() returns trigger
        language plpgsql security invoker set search_path = pg_temp
        as $function$
        begin
            new.updated_at := now();
            return new;
        end
        $function$;
        revoke all on function public.ottavino_set_updated_at() from public, anon, authenticated, service_role
        """,
        drop="drop function public.ottavino_set_updated_at()",
        uses={},
        interface="() returns trigger",
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
    migration.create_table(
        "public.agent_requests",
        {
            "id": ColumnSpec("uuid", default="gen_random_uuid()"),
            "user_id": ColumnSpec("uuid", default="auth.uid()"),
            "session_id": ColumnSpec("uuid", null=True),
            "request_type": ColumnSpec("text"),
            "content": ColumnSpec("text"),
            "status": ColumnSpec("text", default="'pending'"),
            "progress": ColumnSpec("integer", default="0"),
            "results": ColumnSpec("jsonb", null=True),
            "tokens_used": ColumnSpec("integer", default="0"),
            "cost": ColumnSpec("numeric(14, 6)", default="0"),
            "created_at": ColumnSpec("timestamptz", default="now()"),
            "updated_at": ColumnSpec("timestamptz", default="now()"),
        },
    )
    migration.create_table(
        "public.agent_sessions",
        {
            "id": ColumnSpec("uuid", default="gen_random_uuid()"),
            "user_id": ColumnSpec("uuid", default="auth.uid()"),
            "request_chain": ColumnSpec("jsonb", default="'[]'"),
            "context_state": ColumnSpec("jsonb", default="'{}'"),
            "created_at": ColumnSpec("timestamptz", default="now()"),
            "updated_at": ColumnSpec("timestamptz", default="now()"),
        },
    )
    migration.create_table(
        "public.documents",
        {
            "id": ColumnSpec("uuid", default="gen_random_uuid()"),
            "user_id": ColumnSpec("uuid", default="auth.uid()"),
            "filename": ColumnSpec("text"),
            "file_type": ColumnSpec("text"),
            "file_size": ColumnSpec("bigint"),
            "status": ColumnSpec("text", default="'pending'"),
            "content": ColumnSpec("text", null=True),
            "created_at": ColumnSpec("timestamptz", default="now()"),
            "updated_at": ColumnSpec("timestamptz", default="now()"),
        },
    )
    migration.create_table(
        "public.document_chunks",
        {
            "id": ColumnSpec("uuid", default="gen_random_uuid()"),
            "user_id": ColumnSpec("uuid", default="auth.uid()"),
            "document_id": ColumnSpec("uuid"),
            "chunk_index": ColumnSpec("integer"),
            "section_title": ColumnSpec("text", null=True),
            "content": ColumnSpec("text"),
            "created_at": ColumnSpec("timestamptz", default="now()"),
            "updated_at": ColumnSpec("timestamptz", default="now()"),
        },
    )
    migration.create_table(
        "public.usage_events",
        {
            "id": ColumnSpec("uuid", default="gen_random_uuid()"),
            "user_id": ColumnSpec("uuid", default="auth.uid()"),
            "request_type": ColumnSpec("text"),
            "tokens_used": ColumnSpec("integer"),
            "cost": ColumnSpec("numeric(14, 6)"),
            "occurred_at": ColumnSpec("timestamptz", default="now()"),
            "created_at": ColumnSpec("timestamptz", default="now()"),
            "updated_at": ColumnSpec("timestamptz", default="now()"),
        },
    )
    migration.create_table(
        "public.user_profiles",
        {
            "id": ColumnSpec("uuid"),
            "full_name": ColumnSpec("text", default="''"),
            "plan_type": ColumnSpec("text", default="'free'"),
            "usage_count": ColumnSpec("integer", default="0"),
            "subscription_status": ColumnSpec("text", default="'inactive'"),
            "created_at": ColumnSpec("timestamptz", default="now()"),
            "updated_at": ColumnSpec("timestamptz", default="now()"),
        },
    )
    migration.create(
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
        drop="drop function public.search_documents(query text, most integer, moment timestamptz, key uuid)",
        uses={"public.documents": ()},
        interface="(query text, most integer, moment timestamptz, key uuid) returns setof public.documents",
    )
    migration.create(
        "generated public.documents.search_vector",
        """
        alter table public.documents
            add column search_vector tsvector generated always as (
                setweight(to_tsvector('english', left(translate(coalesce(filename, ''), '._-/', '    '), 200000)), 'A') ||
                setweight(to_tsvector('english', left(translate(coalesce(content, ''), '._-/', '    '), 200000)), 'B')
            ) stored
        """,
        drop="alter table public.documents drop column search_vector",
        uses={"public.documents": ("filename", "content")},
    )
    migration.create(
        "row-security public.agent_requests",
        """
        alter table public.agent_requests enable row level security;
        alter table public.agent_requests force row level security
        """,
        drop="""
        alter table public.agent_requests no force row level security;
        alter table public.agent_requests disable row level security
        """,
        uses={},
    )
    migration.create(
        "privileges public.agent_requests",
        """
        revoke all on public.agent_requests from public, anon, authenticated, service_role;
        grant select, insert (user_id, session_id, request_type, content), update (status)
            on public.agent_requests to authenticated;
        grant select, insert, update, delete
            on public.agent_requests to service_role
        """,
        drop="revoke all on public.agent_requests from public, anon, authenticated, service_role",
        uses={
            "public.agent_requests": ("user_id", "session_id", "request_type", "content", "status"),
        },
    )
    migration.create(
        "primary-key public.agent_requests.agent_requests_pkey",
        """
        alter table public.agent_requests
            add constraint agent_requests_pkey primary key (id)
        """,
        drop="alter table public.agent_requests drop constraint agent_requests_pkey",
        uses={"public.agent_requests": ("id",)},
    )
    migration.create(
        "check public.agent_requests.agent_requests_request_type_values",
        """
        alter table public.agent_requests
            add constraint agent_requests_request_type_values check (request_type in ('chat', 'summarize', 'analyze', 'extract'))
        """,
        drop="alter table public.agent_requests drop constraint agent_requests_request_type_values",
        uses={"public.agent_requests": ("request_type",)},
    )
    migration.create(
        "check public.agent_requests.agent_requests_content_length",
        """
        alter table public.agent_requests
            add constraint agent_requests_content_length check (char_length(content) between 1 and 100000)
        """,
        drop="alter table public.agent_requests drop constraint agent_requests_content_length",
        uses={"public.agent_requests": ("content",)},
    )
    migration.create(
        "check public.agent_requests.agent_requests_status_values",
        """
        alter table public.agent_requests
            add constraint agent_requests_status_values check (status in ('pending', 'processing', 'completed', 'failed', 'cancelled'))
        """,
        drop="alter table public.agent_requests drop constraint agent_requests_status_values",
        uses={"public.agent_requests": ("status",)},
    )
    migration.create(
        "check public.agent_requests.agent_requests_progress_range",
        """
        alter table public.agent_requests
            add constraint agent_requests_progress_range check (progress between 0 and 100)
        """,
        drop="alter table public.agent_requests drop constraint agent_requests_progress_range",
        uses={"public.agent_requests": ("progress",)},
    )
    migration.create(
        "check public.agent_requests.agent_requests_results_shape",
        """
        alter table public.agent_requests
            add constraint agent_requests_results_shape check (jsonb_typeof(results) = 'object')
        """,
        drop="alter table public.agent_requests drop constraint agent_requests_results_shape",
        uses={"public.agent_requests": ("results",)},
    )
    migration.create(
        "check public.agent_requests.agent_requests_results_size",
        """
        alter table public.agent_requests
            add constraint agent_requests_results_size check (octet_length(results::text) <= 1000000)
        """,
        drop="alter table public.agent_requests drop constraint agent_requests_results_size",
        uses={"public.agent_requests": ("results",)},
    )
    migration.create(
        "check public.agent_requests.agent_requests_tokens_used_range",
        """
        alter table public.agent_requests
            add constraint agent_requests_tokens_used_range check (tokens_used >= 0)
        """,
        drop="alter table public.agent_requests drop constraint agent_requests_tokens_used_range",
        uses={"public.agent_requests": ("tokens_used",)},
    )
    migration.create(
        "check public.agent_requests.agent_requests_cost_range",
        """
        alter table public.agent_requests
            add constraint agent_requests_cost_range check (cost between 0 and 99999999)
        """,
        drop="alter table public.agent_requests drop constraint agent_requests_cost_range",
        uses={"public.agent_requests": ("cost",)},
    )
    migration.create(
        "trigger public.agent_requests.set_updated_at",
        """
        create trigger set_updated_at
            before update on public.agent_requests
            for each row execute function public.ottavino_set_updated_at()
        """,
        drop="drop trigger set_updated_at on public.agent_requests",
        uses={},
        calls=("public.ottavino_set_updated_at",),
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
        "index public.agent_requests_user_id_created_at_id_idx",
        """
        create index agent_requests_user_id_created_at_id_idx
            on public.agent_requests using btree (user_id, created_at desc, id desc)
        """,
        drop="drop index public.agent_requests_user_id_created_at_id_idx",
        uses={"public.agent_requests": ("user_id", "created_at", "id")},
        over="public.agent_requests",
    )
    migration.create(
        "index public.agent_requests_session_id_user_id_idx",
        """
        create index agent_requests_session_id_user_id_idx
            on public.agent_requests using btree (session_id, user_id)
        """,
        drop="drop index public.agent_requests_session_id_user_id_idx",
        uses={"public.agent_requests": ("session_id", "user_id")},
        over="public.agent_requests",
    )
    migration.create(
        "index public.agent_requests_status_idx",
        """
        create index agent_requests_status_idx
            on public.agent_requests using btree (status)
        """,
        drop="drop index public.agent_requests_status_idx",
        uses={"public.agent_requests": ("status",)},
        over="public.agent_requests",
    )
    migration.create(
        "statistics public.agent_requests",
        """
        alter table public.agent_requests
            alter column content set statistics 0;
        do $$
        begin
            if current_setting('server_version_num')::integer >= 180000 then
                perform pg_clear_attribute_stats(nspname, relname, attname, false)
                from pg_attribute
                join pg_class on pg_class.oid = attrelid
                join pg_namespace on pg_namespace.oid = relnamespace
                where attrelid = 'public.agent_requests'::regclass and attstattarget = 0;
            end if;
        end
        $$
        """,
        drop="""
        alter table public.agent_requests
            alter column content set statistics -1
        """,
        uses={"public.agent_requests": ("content",)},
    )
    migration.create(
        "row-security public.agent_sessions",
        """
        alter table public.agent_sessions enable row level security;
        alter table public.agent_sessions force row level security
        """,
        drop="""
        alter table public.agent_sessions no force row level security;
        alter table public.agent_sessions disable row level security
        """,
        uses={},
    )
    migration.create(
        "privileges public.agent_sessions",
        """
        revoke all on public.agent_sessions from public, anon, authenticated, service_role;
        grant select, insert (user_id, request_chain, context_state), update (request_chain, context_state), delete
            on public.agent_sessions to authenticated;
        grant select, insert, update, delete
            on public.agent_sessions to service_role
        """,
        drop="revoke all on public.agent_sessions from public, anon, authenticated, service_role",
        uses={"public.agent_sessions": ("user_id", "request_chain", "context_state")},
    )
    migration.create(
        "primary-key public.agent_sessions.agent_sessions_pkey",
        """
        alter table public.agent_sessions
            add constraint agent_sessions_pkey primary key (id)
        """,
        drop="alter table public.agent_sessions drop constraint agent_sessions_pkey",
        uses={"public.agent_sessions": ("id",)},
    )
    migration.create(
        "check public.agent_sessions.agent_sessions_request_chain_shape",
        """
        alter table public.agent_sessions
            add constraint agent_sessions_request_chain_shape check (jsonb_typeof(request_chain) = 'array')
        """,
        drop="alter table public.agent_sessions drop constraint agent_sessions_request_chain_shape",
        uses={"public.agent_sessions": ("request_chain",)},
    )
    migration.create(
        "check public.agent_sessions.agent_sessions_request_chain_size",
        """
        alter table public.agent_sessions
            add constraint agent_sessions_request_chain_size check (octet_length(request_chain::text) <= 100000)
        """,
        drop="alter table public.agent_sessions drop constraint agent_sessions_request_chain_size",
        uses={"public.agent_sessions": ("request_chain",)},
    )
    migration.create(
        "check public.agent_sessions.agent_sessions_context_state_shape",
        """
        alter table public.agent_sessions
            add constraint agent_sessions_context_state_shape check (jsonb_typeof(context_state) = 'object')
        """,
        drop="alter table public.agent_sessions drop constraint agent_sessions_context_state_shape",
        uses={"public.agent_sessions": ("context_state",)},
    )
    migration.create(
        "check public.agent_sessions.agent_sessions_context_state_size",
        """
        alter table public.agent_sessions
            add constraint agent_sessions_context_state_size check (octet_length(context_state::text) <= 1000000)
        """,
        drop="alter table public.agent_sessions drop constraint agent_sessions_context_state_size",
        uses={"public.agent_sessions": ("context_state",)},
    )
    migration.create(
        "trigger public.agent_sessions.set_updated_at",
        """
        create trigger set_updated_at
            before update on public.agent_sessions
            for each row execute function public.ottavino_set_updated_at()
        """,
        drop="drop trigger set_updated_at on public.agent_sessions",
        uses={},
        calls=("public.ottavino_set_updated_at",),
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
        "unique public.agent_sessions.agent_sessions_id_user_id_key",
        """
        alter table public.agent_sessions
            add constraint agent_sessions_id_user_id_key unique (id, user_id)
        """,
        drop="alter table public.agent_sessions drop constraint agent_sessions_id_user_id_key",
        uses={"public.agent_sessions": ("id", "user_id")},
    )
    migration.create(
        "index public.agent_sessions_user_id_created_at_id_idx",
        """
        create index agent_sessions_user_id_created_at_id_idx
            on public.agent_sessions using btree (user_id, created_at desc, id desc)
        """,
        drop="drop index public.agent_sessions_user_id_created_at_id_idx",
        uses={"public.agent_sessions": ("user_id", "created_at", "id")},
        over="public.agent_sessions",
    )
    migration.create(
        "statistics public.agent_sessions",
        """
        alter table public.agent_sessions
            alter column request_chain set statistics 0,
            alter column context_state set statistics 0;
        do $$
        begin
            if current_setting('server_version_num')::integer >= 180000 then
                perform pg_clear_attribute_stats(nspname, relname, attname, false)
                from pg_attribute
                join pg_class on pg_class.oid = attrelid
                join pg_namespace on pg_namespace.oid = relnamespace
                where attrelid = 'public.agent_sessions'::regclass and attstattarget = 0;
            end if;
        end
        $$
        """,
        drop="""
        alter table public.agent_sessions
            alter column request_chain set statistics -1,
            alter column context_state set statistics -1
        """,
        uses={"public.agent_sessions": ("request_chain", "context_state")},
    )
    migration.create(
        "row-security public.documents",
        """
        alter table public.documents enable row level security;
        alter table public.documents force row level security
        """,
        drop="""
        alter table public.documents no force row level security;
        alter table public.documents disable row level security
        """,
        uses={},
    )
    migration.create(
        "privileges public.documents",
        """
        revoke all on public.documents from public, anon, authenticated, service_role;
        grant select, insert (user_id, filename, file_type, file_size, content), update (filename), delete
            on public.documents to authenticated;
        grant select, insert, update, delete
            on public.documents to service_role
        """,
        drop="revoke all on public.documents from public, anon, authenticated, service_role",
        uses={
            "public.documents": ("user_id", "filename", "file_type", "file_size", "content"),
        },
    )
    migration.create(
        "primary-key public.documents.documents_pkey",
        """
        alter table public.documents
            add constraint documents_pkey primary key (id)
        """,
        drop="alter table public.documents drop constraint documents_pkey",
        uses={"public.documents": ("id",)},
    )
    migration.create(
        "check public.documents.documents_filename_length",
        """
        alter table public.documents
            add constraint documents_filename_length check (char_length(filename) between 1 and 255)
        """,
        drop="alter table public.documents drop constraint documents_filename_length",
        uses={"public.documents": ("filename",)},
    )
    migration.create(
        "check public.documents.documents_file_type_length",
        """
        alter table public.documents
            add constraint documents_file_type_length check (char_length(file_type) between 1 and 127)
        """,
        drop="alter table public.documents drop constraint documents_file_type_length",
        uses={"public.documents": ("file_type",)},
    )
    migration.create(
        "check public.documents.documents_file_size_range",
        """
        alter table public.documents
            add constraint documents_file_size_range check (file_size >= 0)
        """,
        drop="alter table public.documents drop constraint documents_file_size_range",
        uses={"public.documents": ("file_size",)},
    )
    migration.create(
        "check public.documents.documents_status_values",
        """
        alter table public.documents
            add constraint documents_status_values check (status in ('pending', 'processing', 'ready', 'failed'))
        """,
        drop="alter table public.documents drop constraint documents_status_values",
        uses={"public.documents": ("status",)},
    )
    migration.create(
        "check public.documents.documents_content_length",
        """
        alter table public.documents
            add constraint documents_content_length check (char_length(content) <= 1000000)
        """,
        drop="alter table public.documents drop constraint documents_content_length",
        uses={"public.documents": ("content",)},
    )
    migration.create(
        "trigger public.documents.set_updated_at",
        """
        create trigger set_updated_at
            before update on public.documents
            for each row execute function public.ottavino_set_updated_at()
        """,
        drop="drop trigger set_updated_at on public.documents",
        uses={},
        calls=("public.ottavino_set_updated_at",),
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
        "unique public.documents.documents_id_user_id_key",
        """
        alter table public.documents
            add constraint documents_id_user_id_key unique (id, user_id)
        """,
        drop="alter table public.documents drop constraint documents_id_user_id_key",
        uses={"public.documents": ("id", "user_id")},
    )
    migration.create(
        "index public.documents_user_id_created_at_id_idx",
        """
        create index documents_user_id_created_at_id_idx
            on public.documents using btree (user_id, created_at desc, id desc)
        """,
        drop="drop index public.documents_user_id_created_at_id_idx",
        uses={"public.documents": ("user_id", "created_at", "id")},
        over="public.documents",
    )
    migration.create(
        "index public.documents_status_idx",
        """
        create index documents_status_idx
            on public.documents using btree (status)
        """,
        drop="drop index public.documents_status_idx",
        uses={"public.documents": ("status",)},
        over="public.documents",
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
        "statistics public.documents",
        """
        alter table public.documents
            alter column filename set statistics 0,
            alter column content set statistics 0,
            alter column search_vector set statistics 0;
        do $$
        begin
            if current_setting('server_version_num')::integer >= 180000 then
                perform pg_clear_attribute_stats(nspname, relname, attname, false)
                from pg_attribute
                join pg_class on pg_class.oid = attrelid
                join pg_namespace on pg_namespace.oid = relnamespace
                where attrelid = 'public.documents'::regclass and attstattarget = 0;
            end if;
        end
        $$
        """,
        drop="""
        alter table public.documents
            alter column filename set statistics -1,
            alter column content set statistics -1,
            alter column search_vector set statistics -1
        """,
        uses={"public.documents": ("filename", "content", "search_vector")},
    )
    migration.create(
        "row-security public.document_chunks",
        """
        alter table public.document_chunks enable row level security;
        alter table public.document_chunks force row level security
        """,
        drop="""
        alter table public.document_chunks no force row level security;
        alter table public.document_chunks disable row level security
        """,
        uses={},
    )
    migration.create(
        "privileges public.document_chunks",
        """
        revoke all on public.document_chunks from public, anon, authenticated, service_role;
        grant select
            on public.document_chunks to authenticated;
        grant select, insert, update, delete
            on public.document_chunks to service_role
        """,
        drop="revoke all on public.document_chunks from public, anon, authenticated, service_role",
        uses={},
    )
    migration.create(
        "primary-key public.document_chunks.document_chunks_pkey",
        """
        alter table public.document_chunks
            add constraint document_chunks_pkey primary key (id)
        """,
        drop="alter table public.document_chunks drop constraint document_chunks_pkey",
        uses={"public.document_chunks": ("id",)},
    )
    migration.create(
        "check public.document_chunks.document_chunks_chunk_index_range",
        """
        alter table public.document_chunks
            add constraint document_chunks_chunk_index_range check (chunk_index >= 0)
        """,
        drop="alter table public.document_chunks drop constraint document_chunks_chunk_index_range",
        uses={"public.document_chunks": ("chunk_index",)},
    )
    migration.create(
        "check public.document_chunks.document_chunks_section_title_length",
        """
        alter table public.document_chunks
            add constraint document_chunks_section_title_length check (char_length(section_title) <= 500)
        """,
        drop="alter table public.document_chunks drop constraint document_chunks_section_title_length",
        uses={"public.document_chunks": ("section_title",)},
    )
    migration.create(
        "check public.document_chunks.document_chunks_content_length",
        """
        alter table public.document_chunks
            add constraint document_chunks_content_length check (char_length(content) <= 100000)
        """,
        drop="alter table public.document_chunks drop constraint document_chunks_content_length",
        uses={"public.document_chunks": ("content",)},
    )
    migration.create(
        "trigger public.document_chunks.set_updated_at",
        """
        create trigger set_updated_at
            before update on public.document_chunks
            for each row execute function public.ottavino_set_updated_at()
        """,
        drop="drop trigger set_updated_at on public.document_chunks",
        uses={},
        calls=("public.ottavino_set_updated_at",),
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
        "unique public.document_chunks.document_chunks_document_id_chunk_index_key",
        """
        alter table public.document_chunks
            add constraint document_chunks_document_id_chunk_index_key unique (document_id, chunk_index)
        """,
        drop="alter table public.document_chunks drop constraint document_chunks_document_id_chunk_index_key",
        uses={"public.document_chunks": ("document_id", "chunk_index")},
    )
    migration.create(
        "index public.document_chunks_user_id_created_at_idx",
        """
        create index document_chunks_user_id_created_at_idx
            on public.document_chunks using btree (user_id, created_at desc)
        """,
        drop="drop index public.document_chunks_user_id_created_at_idx",
        uses={"public.document_chunks": ("user_id", "created_at")},
        over="public.document_chunks",
    )
    migration.create(
        "statistics public.document_chunks",
        """
        alter table public.document_chunks
            alter column section_title set statistics 0,
            alter column content set statistics 0;
        do $$
        begin
            if current_setting('server_version_num')::integer >= 180000 then
                perform pg_clear_attribute_stats(nspname, relname, attname, false)
                from pg_attribute
                join pg_class on pg_class.oid = attrelid
                join pg_namespace on pg_namespace.oid = relnamespace
                where attrelid = 'public.document_chunks'::regclass and attstattarget = 0;
            end if;
        end
        $$
        """,
        drop="""
        alter table public.document_chunks
            alter column section_title set statistics -1,
            alter column content set statistics -1
        """,
        uses={"public.document_chunks": ("section_title", "content")},
    )
    migration.create(
        "row-security public.usage_events",
        """
        alter table public.usage_events enable row level security;
        alter table public.usage_events force row level security
        """,
        drop="""
        alter table public.usage_events no force row level security;
        alter table public.usage_events disable row level security
        """,
        uses={},
    )
    migration.create(
        "privileges public.usage_events",
        """
        revoke all on public.usage_events from public, anon, authenticated, service_role;
        grant select
            on public.usage_events to authenticated;
        grant select, insert, update, delete
            on public.usage_events to service_role
        """,
        drop="revoke all on public.usage_events from public, anon, authenticated, service_role",
        uses={},
    )
    migration.create(
        "primary-key public.usage_events.usage_events_pkey",
        """
        alter table public.usage_events
            add constraint usage_events_pkey primary key (id)
        """,
        drop="alter table public.usage_events drop constraint usage_events_pkey",
        uses={"public.usage_events": ("id",)},
    )
    migration.create(
        "check public.usage_events.usage_events_request_type_values",
        """
        alter table public.usage_events
            add constraint usage_events_request_type_values check (request_type in ('chat', 'summarize', 'analyze', 'extract'))
        """,
        drop="alter table public.usage_events drop constraint usage_events_request_type_values",
        uses={"public.usage_events": ("request_type",)},
    )
    migration.create(
        "check public.usage_events.usage_events_tokens_used_range",
        """
        alter table public.usage_events
            add constraint usage_events_tokens_used_range check (tokens_used >= 0)
        """,
        drop="alter table public.usage_events drop constraint usage_events_tokens_used_range",
        uses={"public.usage_events": ("tokens_used",)},
    )
    migration.create(
        "check public.usage_events.usage_events_cost_range",
        """
        alter table public.usage_events
            add constraint usage_events_cost_range check (cost between 0 and 99999999)
        """,
        drop="alter table public.usage_events drop constraint usage_events_cost_range",
        uses={"public.usage_events": ("cost",)},
    )
    migration.create(
        "trigger public.usage_events.set_updated_at",
        """
        create trigger set_updated_at
            before update on public.usage_events
            for each row execute function public.ottavino_set_updated_at()
        """,
        drop="drop trigger set_updated_at on public.usage_events",
        uses={},
        calls=("public.ottavino_set_updated_at",),
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
        "index public.usage_events_user_id_occurred_at_idx",
        """
        create index usage_events_user_id_occurred_at_idx
            on public.usage_events using btree (user_id, occurred_at desc)
        """,
        drop="drop index public.usage_events_user_id_occurred_at_idx",
        uses={"public.usage_events": ("user_id", "occurred_at")},
        over="public.usage_events",
    )
    migration.create(
        "index public.usage_events_created_at_idx",
        """
        create index usage_events_created_at_idx
            on public.usage_events using btree (created_at)
        """,
        drop="drop index public.usage_events_created_at_idx",
        uses={"public.usage_events": ("created_at",)},
        over="public.usage_events",
    )
    migration.create(
        "row-security public.user_profiles",
        """
        alter table public.user_profiles enable row level security;
        alter table public.user_profiles force row level security
        """,
        drop="""
        alter table public.user_profiles no force row level security;
        alter table public.user_profiles disable row level security
        """,
        uses={},
    )
    migration.create(
        "privileges public.user_profiles",
        """
        revoke all on public.user_profiles from public, anon, authenticated, service_role;
        grant select, update (full_name)
            on public.user_profiles to authenticated;
        grant select, insert, update, delete
            on public.user_profiles to service_role
        """,
        drop="revoke all on public.user_profiles from public, anon, authenticated, service_role",
        uses={"public.user_profiles": ("full_name",)},
    )
    migration.create(
        "primary-key public.user_profiles.user_profiles_pkey",
        """
        alter table public.user_profiles
            add constraint user_profiles_pkey primary key (id)
        """,
        drop="alter table public.user_profiles drop constraint user_profiles_pkey",
        uses={"public.user_profiles": ("id",)},
    )
    migration.create(
        "check public.user_profiles.user_profiles_full_name_length",
        """
        alter table public.user_profiles
            add constraint user_profiles_full_name_length check (char_length(full_name) <= 200)
        """,
        drop="alter table public.user_profiles drop constraint user_profiles_full_name_length",
        uses={"public.user_profiles": ("full_name",)},
    )
    migration.create(
        "check public.user_profiles.user_profiles_plan_type_values",
        """
        alter table public.user_profiles
            add constraint user_profiles_plan_type_values check (plan_type in ('free', 'pro', 'enterprise'))
        """,
        drop="alter table public.user_profiles drop constraint user_profiles_plan_type_values",
        uses={"public.user_profiles": ("plan_type",)},
    )
    migration.create(
        "check public.user_profiles.user_profiles_usage_count_range",
        """
        alter table public.user_profiles
            add constraint user_profiles_usage_count_range check (usage_count >= 0)
        """,
        drop="alter table public.user_profiles drop constraint user_profiles_usage_count_range",
        uses={"public.user_profiles": ("usage_count",)},
    )
    migration.create(
        "check public.user_profiles.user_profiles_subscription_status_values",
        """
        alter table public.user_profiles
            add constraint user_profiles_subscription_status_values check (subscription_status in ('inactive', 'trialing', 'active', 'past_due', 'canceled'))
        """,
        drop="alter table public.user_profiles drop constraint user_profiles_subscription_status_values",
        uses={"public.user_profiles": ("subscription_status",)},
    )
    migration.create(
        "trigger public.user_profiles.set_updated_at",
        """
        create trigger set_updated_at
            before update on public.user_profiles
            for each row execute function public.ottavino_set_updated_at()
        """,
        drop="drop trigger set_updated_at on public.user_profiles",
        uses={},
        calls=("public.ottavino_set_updated_at",),
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
    migration.create(
        "index public.user_profiles_subscription_status_idx",
        """
        create index user_profiles_subscription_status_idx
            on public.user_profiles using btree (subscription_status)
        """,
        drop="drop index public.user_profiles_subscription_status_idx",
        uses={"public.user_profiles": ("subscription_status",)},
        over="public.user_profiles",
    )
    migration.create(
        "index public.user_profiles_created_at_idx",
        """
        create index user_profiles_created_at_idx
            on public.user_profiles using btree (created_at)
        """,
        drop="drop index public.user_profiles_created_at_idx",
        uses={"public.user_profiles": ("created_at",)},
        over="public.user_profiles",
    )
    migration.create(
        "statistics public.user_profiles",
        """
        alter table public.user_profiles
            alter column full_name set statistics 0;
        do $$
        begin
            if current_setting('server_version_num')::integer >= 180000 then
                perform pg_clear_attribute_stats(nspname, relname, attname, false)
                from pg_attribute
                join pg_class on pg_class.oid = attrelid
                join pg_namespace on pg_namespace.oid = relnamespace
                where attrelid = 'public.user_profiles'::regclass and attstattarget = 0;
            end if;
        end
        $$
        """,
        drop="""
        alter table public.user_profiles
            alter column full_name set statistics -1
        """,
        uses={"public.user_profiles": ("full_name",)},
    )
    migration.create(
        "trigger auth.users.create_user_profile",
        """
        create or replace function public.create_user_profile() returns trigger
        language plpgsql security definer set search_path = pg_temp
        as $function$
        begin
            insert into public.user_profiles (id, full_name)
            values (
                new.id,
                left(
                    trim(coalesce(
                        new.raw_user_meta_data ->> 'full_name',
                        -- Some providers of logins call it so.
                        new.raw_user_meta_data ->> 'name',
                        ''
                    )),
                    200
                )
            )
            on conflict (id) do nothing;
            return new;
        exception when others then
            -- A sign-up is worth more than its profile.
            raise warning 'No profile was made for user %: %', new.id, sqlerrm;
            return new;
        end
        $function$;
        revoke all on function public.create_user_profile() from public, anon, authenticated, service_role;
        create trigger create_user_profile
            after insert on auth.users
            for each row execute function public.create_user_profile()
        """,
        drop="drop function public.create_user_profile() cascade",
        uses={"public.user_profiles": ()},
        function="public.create_user_profile()",
    )
    migration.create(
        "foreign-key public.agent_requests.agent_requests_user_id_fkey",
        """
        alter table public.agent_requests
            add constraint agent_requests_user_id_fkey foreign key (user_id)
                references auth.users (id)
                on delete cascade
        """,
        drop="alter table public.agent_requests drop constraint agent_requests_user_id_fkey",
        uses={"public.agent_requests": ("user_id",)},
        references={"auth.users": ("id",)},
    )
    migration.create(
        "foreign-key public.agent_requests.agent_requests_session_id_user_id_fkey",
        """
        alter table public.agent_requests
            add constraint agent_requests_session_id_user_id_fkey foreign key (session_id, user_id)
                references public.agent_sessions (id, user_id)
                on delete set null (session_id)
        """,
        drop="alter table public.agent_requests drop constraint agent_requests_session_id_user_id_fkey",
        uses={"public.agent_requests": ("session_id", "user_id")},
        references={"public.agent_sessions": ("id", "user_id")},
    )
    migration.create(
        "foreign-key public.agent_sessions.agent_sessions_user_id_fkey",
        """
        alter table public.agent_sessions
            add constraint agent_sessions_user_id_fkey foreign key (user_id)
                references auth.users (id)
                on delete cascade
        """,
        drop="alter table public.agent_sessions drop constraint agent_sessions_user_id_fkey",
        uses={"public.agent_sessions": ("user_id",)},
        references={"auth.users": ("id",)},
    )
    migration.create(
        "foreign-key public.documents.documents_user_id_fkey",
        """
        alter table public.documents
            add constraint documents_user_id_fkey foreign key (user_id)
                references auth.users (id)
                on delete cascade
        """,
        drop="alter table public.documents drop constraint documents_user_id_fkey",
        uses={"public.documents": ("user_id",)},
        references={"auth.users": ("id",)},
    )
    migration.create(
        "foreign-key public.document_chunks.document_chunks_user_id_fkey",
        """
        alter table public.document_chunks
            add constraint document_chunks_user_id_fkey foreign key (user_id)
                references auth.users (id)
                on delete cascade
        """,
        drop="alter table public.document_chunks drop constraint document_chunks_user_id_fkey",
        uses={"public.document_chunks": ("user_id",)},
        references={"auth.users": ("id",)},
    )
    migration.create(
        "foreign-key public.document_chunks.document_chunks_document_id_user_id_fkey",
        """
        alter table public.document_chunks
            add constraint document_chunks_document_id_user_id_fkey foreign key (document_id, user_id)
                references public.documents (id, user_id)
                on delete cascade
        """,
        drop="alter table public.document_chunks drop constraint document_chunks_document_id_user_id_fkey",
        uses={"public.document_chunks": ("document_id", "user_id")},
        references={"public.documents": ("id", "user_id")},
    )
    migration.create(
        "foreign-key public.usage_events.usage_events_user_id_fkey",
        """
        alter table public.usage_events
            add constraint usage_events_user_id_fkey foreign key (user_id)
                references auth.users (id)
                on delete cascade
        """,
        drop="alter table public.usage_events drop constraint usage_events_user_id_fkey",
        uses={"public.usage_events": ("user_id",)},
        references={"auth.users": ("id",)},
    )
    migration.create(
        "foreign-key public.user_profiles.user_profiles_id_fkey",
        """
        alter table public.user_profiles
            add constraint user_profiles_id_fkey foreign key (id)
                references auth.users (id)
                on delete cascade
        """,
        drop="alter table public.user_profiles drop constraint user_profiles_id_fkey",
        uses={"public.user_profiles": ("id",)},
        references={"auth.users": ("id",)},
    )
    return migration
