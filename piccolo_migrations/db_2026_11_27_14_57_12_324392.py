"""Give the rows that a search finds, and look for what callers make last."""

from ottavino.migrate import Migration

ID = "2026-11-27T14:57:12:324392"
DESCRIPTION = "Give the rows that a search finds, and look for what callers make last"


def migration() -> Migration:
    """The steps, in the order in which they are taken."""
    migration = Migration(ID, DESCRIPTION)
    migration.drop(
        "trigger auth.users.create_user_profile",
        "drop function public.create_user_profile() cascade",
        create="""
        create or replace function public.create_user_profile() returns trigger
        language plpgsql security definer set search_path = ''
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
        uses={"public.user_profiles": ()},
        function="public.create_user_profile()",
    )
    migration.drop(
        "function public.search_documents(query text, most integer, moment timestamptz, key uuid)",
        "drop function public.search_documents(query text, most integer, moment timestamptz, key uuid)",
        create="""
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
        uses={"public.documents": ()},
        interface="(query text, most integer, moment timestamptz, key uuid) returns setof uuid",
    )
    migration.replace(
        "function public.set_updated_at()",
        """
        create or replace function public.set_updated_at() returns trigger
        language plpgsql security invoker set search_path = pg_temp
        as $function$
        begin
            new.updated_at := now();
            return new;
        end
        $function$;
        revoke all on function public.set_updated_at() from public, anon, authenticated, service_role
        """,
        old="""
        create or replace function public.set_updated_at() returns trigger
        language plpgsql security invoker set search_path = ''
        as $function$
        begin
            new.updated_at := now();
            return new;
        end
        $function$;
        revoke all on function public.set_updated_at() from public, anon, authenticated, service_role
        """,
        drop="drop function public.set_updated_at()",
        uses={},
        interface="() returns trigger",
    )
    migration.create(
        "function public.search_documents(query text, most integer, moment timestamptz, key uuid)",
        """
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
    return migration
