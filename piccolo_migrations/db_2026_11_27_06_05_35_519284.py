"""Search documents by index."""

from ottavino.migrate import Migration

ID = "2026-11-27T06:05:35:519284"
DESCRIPTION = "Search documents by index"


def migration() -> Migration:
    """The steps, in the order in which they are taken."""
    migration = Migration(ID, DESCRIPTION)
    migration.create(
        "function public.search_documents(query text, most integer, moment timestamptz, key uuid)",
        """
        create or replace function public.search_documents(
            query text, most integer, moment timestamptz, key uuid
        ) returns setof uuid
        language plpgsql stable rows 20 security definer set search_path = '' set plan_cache_mode = force_custom_plan
        as $function$
        declare
            caller constant uuid := auth.uid();
            sees_all constant boolean := current_setting('role') = 'service_role';
            words constant tsquery := websearch_to_tsquery('english', query);
        begin
            return query
            select searched.id from public.documents as searched
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
        interface="(query text, most integer, moment timestamptz, key uuid) returns setof uuid",
    )
    return migration
