"""Keep no samples of what people write.

Hazards where tables have rows:

- Keeps no samples of columns of public.agent_requests any more. Those of before go along from
  PostgreSQL 18 on; on an older one they stay, and `piccolo db drift` says how they go.
- Keeps no samples of columns of public.agent_sessions any more. Those of before go along from
  PostgreSQL 18 on; on an older one they stay, and `piccolo db drift` says how they go.
- Keeps no samples of columns of public.documents any more. Those of before go along from
  PostgreSQL 18 on; on an older one they stay, and `piccolo db drift` says how they go.
- Keeps no samples of columns of public.document_chunks any more. Those of before go along from
  PostgreSQL 18 on; on an older one they stay, and `piccolo db drift` says how they go.
- Keeps no samples of columns of public.user_profiles any more. Those of before go along from
  PostgreSQL 18 on; on an older one they stay, and `piccolo db drift` says how they go.
"""

from ottavino.migrate import Migration

ID = "2026-11-28T00:06:57:765546"
DESCRIPTION = "Keep no samples of what people write"


def migration() -> Migration:
    """The steps, in the order in which they are taken."""
    migration = Migration(ID, DESCRIPTION)
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
    return migration
