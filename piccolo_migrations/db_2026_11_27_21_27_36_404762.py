"""Let no claims be exchanged within a transaction."""

from db.schema.migration import Migration

ID = "2026-11-27T21:27:36:404762"
DESCRIPTION = "Let no claims be exchanged within a transaction"


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
    )
    migration.drop(
        "policy public.user_profiles.owner_select",
        "drop policy owner_select on public.user_profiles",
        create="""
        create policy owner_select on public.user_profiles
            for select to authenticated
            using (id = (select auth.uid()))
        """,
    )
    migration.drop(
        "policy public.usage_events.owner_select",
        "drop policy owner_select on public.usage_events",
        create="""
        create policy owner_select on public.usage_events
            for select to authenticated
            using (user_id = (select auth.uid()))
        """,
    )
    migration.drop(
        "policy public.document_chunks.owner_select",
        "drop policy owner_select on public.document_chunks",
        create="""
        create policy owner_select on public.document_chunks
            for select to authenticated
            using (user_id = (select auth.uid()))
        """,
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
    )
    migration.drop(
        "policy public.agent_requests.owner_insert",
        "drop policy owner_insert on public.agent_requests",
        create="""
        create policy owner_insert on public.agent_requests
            for insert to authenticated
            with check (user_id = (select auth.uid()))
        """,
    )
    migration.drop(
        "policy public.agent_requests.owner_select",
        "drop policy owner_select on public.agent_requests",
        create="""
        create policy owner_select on public.agent_requests
            for select to authenticated
            using (user_id = (select auth.uid()))
        """,
    )
    migration.replace(
        "function public.search_documents(query text, most integer, moment timestamptz, key uuid)",
        """
        create or replace function public.search_documents(
            query text, most integer, moment timestamptz, key uuid
        ) returns setof public.documents
        language plpgsql stable rows 20 security definer set search_path = pg_temp set plan_cache_mode = force_custom_plan
        as $function$
        declare
            caller constant uuid := (select auth.uid() where ottavino.verified());
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
    )
    migration.create(
        "policy public.agent_requests.verified_claims",
        """
        create policy verified_claims on public.agent_requests
            as restrictive
            for all to public
            using ((select ottavino.verified()))
        """,
        drop="drop policy verified_claims on public.agent_requests",
    )
    migration.create(
        "policy public.agent_requests.owner_select",
        """
        create policy owner_select on public.agent_requests
            for select to authenticated
            using (user_id = (select auth.uid() where ottavino.verified()))
        """,
        drop="drop policy owner_select on public.agent_requests",
    )
    migration.create(
        "policy public.agent_requests.owner_insert",
        """
        create policy owner_insert on public.agent_requests
            for insert to authenticated
            with check (user_id = (select auth.uid() where ottavino.verified()))
        """,
        drop="drop policy owner_insert on public.agent_requests",
    )
    migration.create(
        "policy public.agent_requests.owner_cancel",
        """
        create policy owner_cancel on public.agent_requests
            for update to authenticated
            using (user_id = (select auth.uid() where ottavino.verified()) and status in ('pending', 'processing'))
            with check (user_id = (select auth.uid() where ottavino.verified()) and status = 'cancelled')
        """,
        drop="drop policy owner_cancel on public.agent_requests",
    )
    migration.create(
        "policy public.agent_sessions.verified_claims",
        """
        create policy verified_claims on public.agent_sessions
            as restrictive
            for all to public
            using ((select ottavino.verified()))
        """,
        drop="drop policy verified_claims on public.agent_sessions",
    )
    migration.create(
        "policy public.agent_sessions.owner",
        """
        create policy owner on public.agent_sessions
            for all to authenticated
            using (user_id = (select auth.uid() where ottavino.verified()))
            with check (user_id = (select auth.uid() where ottavino.verified()))
        """,
        drop="drop policy owner on public.agent_sessions",
    )
    migration.create(
        "policy public.documents.verified_claims",
        """
        create policy verified_claims on public.documents
            as restrictive
            for all to public
            using ((select ottavino.verified()))
        """,
        drop="drop policy verified_claims on public.documents",
    )
    migration.create(
        "policy public.documents.owner",
        """
        create policy owner on public.documents
            for all to authenticated
            using (user_id = (select auth.uid() where ottavino.verified()))
            with check (user_id = (select auth.uid() where ottavino.verified()))
        """,
        drop="drop policy owner on public.documents",
    )
    migration.create(
        "policy public.document_chunks.verified_claims",
        """
        create policy verified_claims on public.document_chunks
            as restrictive
            for all to public
            using ((select ottavino.verified()))
        """,
        drop="drop policy verified_claims on public.document_chunks",
    )
    migration.create(
        "policy public.document_chunks.owner_select",
        """
        create policy owner_select on public.document_chunks
            for select to authenticated
            using (user_id = (select auth.uid() where ottavino.verified()))
        """,
        drop="drop policy owner_select on public.document_chunks",
    )
    migration.create(
        "policy public.usage_events.verified_claims",
        """
        create policy verified_claims on public.usage_events
            as restrictive
            for all to public
            using ((select ottavino.verified()))
        """,
        drop="drop policy verified_claims on public.usage_events",
    )
    migration.create(
        "policy public.usage_events.owner_select",
        """
        create policy owner_select on public.usage_events
            for select to authenticated
            using (user_id = (select auth.uid() where ottavino.verified()))
        """,
        drop="drop policy owner_select on public.usage_events",
    )
    migration.create(
        "policy public.user_profiles.verified_claims",
        """
        create policy verified_claims on public.user_profiles
            as restrictive
            for all to public
            using ((select ottavino.verified()))
        """,
        drop="drop policy verified_claims on public.user_profiles",
    )
    migration.create(
        "policy public.user_profiles.owner_select",
        """
        create policy owner_select on public.user_profiles
            for select to authenticated
            using (id = (select auth.uid() where ottavino.verified()))
        """,
        drop="drop policy owner_select on public.user_profiles",
    )
    migration.create(
        "policy public.user_profiles.owner_update",
        """
        create policy owner_update on public.user_profiles
            for update to authenticated
            using (id = (select auth.uid() where ottavino.verified()))
            with check (id = (select auth.uid() where ottavino.verified()))
        """,
        drop="drop policy owner_update on public.user_profiles",
    )
    return migration
