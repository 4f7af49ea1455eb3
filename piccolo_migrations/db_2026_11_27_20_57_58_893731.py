"""Call the function that keeps updated_at by a name that no project has."""

from ottavino.migrate import Migration

ID = "2026-11-27T20:57:58:893731"
DESCRIPTION = "Call the function that keeps updated_at by a name that no project has"


def migration() -> Migration:
    """The steps, in the order in which they are taken."""
    migration = Migration(ID, DESCRIPTION)
    migration.drop(
        "trigger public.user_profiles.set_updated_at",
        "drop trigger set_updated_at on public.user_profiles",
        create="""
        create trigger set_updated_at
            before update on public.user_profiles
            for each row execute function public.set_updated_at()
        """,
        uses={},
        calls=("public.set_updated_at",),
    )
    migration.drop(
        "trigger public.usage_events.set_updated_at",
        "drop trigger set_updated_at on public.usage_events",
        create="""
        create trigger set_updated_at
            before update on public.usage_events
            for each row execute function public.set_updated_at()
        """,
        uses={},
        calls=("public.set_updated_at",),
    )
    migration.drop(
        "trigger public.document_chunks.set_updated_at",
        "drop trigger set_updated_at on public.document_chunks",
        create="""
        create trigger set_updated_at
            before update on public.document_chunks
            for each row execute function public.set_updated_at()
        """,
        uses={},
        calls=("public.set_updated_at",),
    )
    migration.drop(
        "trigger public.documents.set_updated_at",
        "drop trigger set_updated_at on public.documents",
        create="""
        create trigger set_updated_at
            before update on public.documents
            for each row execute function public.set_updated_at()
        """,
        uses={},
        calls=("public.set_updated_at",),
    )
    migration.drop(
        "trigger public.agent_sessions.set_updated_at",
        "drop trigger set_updated_at on public.agent_sessions",
        create="""
        create trigger set_updated_at
            before update on public.agent_sessions
            for each row execute function public.set_updated_at()
        """,
        uses={},
        calls=("public.set_updated_at",),
    )
    migration.drop(
        "trigger public.agent_requests.set_updated_at",
        "drop trigger set_updated_at on public.agent_requests",
        create="""
        create trigger set_updated_at
            before update on public.agent_requests
            for each row execute function public.set_updated_at()
        """,
        uses={},
        calls=("public.set_updated_at",),
    )
    migration.drop(
        "function public.set_updated_at()",
        "drop function public.set_updated_at()",
        create="""
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
        uses={},
        interface="() returns trigger",
    )
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
    return migration
