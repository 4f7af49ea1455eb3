"""Organisations, projects, tasks.

Hazards where tables have rows:

- Builds the index public.task_counts_organisation_id_idx: it fails where two rows are alike,
  and nobody can write to public.task_counts meanwhile. Where that is large, declare it with
  concurrently=True.
"""

from ottavino.migrate import Migration, ColumnSpec

ID = "2026-11-28T10:40:28:450400"
DESCRIPTION = "Organisations, projects, tasks"


def migration() -> Migration:
    """The steps, in the order in which they are taken."""
    migration = Migration(ID, DESCRIPTION)
    migration.create(
        "enum public.member_role",
        """
        create type public.member_role as enum (
            'owner', 'editor', 'viewer'
        )
        """,
        drop="drop type public.member_role",
        uses={},
        values=("owner", "editor", "viewer"),
    )
    migration.create(
        "enum public.task_status",
        """
        create type public.task_status as enum (
            'open', 'in work', 'done'
        )
        """,
        drop="drop type public.task_status",
        uses={},
        values=("open", "in work", "done"),
    )
    migration.create(
        "function ottavino_members.memberships(roles text[])",
        """
        create or replace function ottavino_members.memberships(
            roles text[] default null
        ) returns setof uuid
        language sql stable rows 10 security definer set search_path = pg_temp
        as $function$
        select organisation_id
        from public.memberships
        where user_id = (select ottavino.uid())
            and ($1 is null or role::text = any ($1))
        $function$;
        revoke all on function ottavino_members.memberships(roles text[]) from public, anon, authenticated, service_role;
        grant execute on function ottavino_members.memberships(roles text[]) to authenticated
        """,
        drop="drop function ottavino_members.memberships(roles text[])",
        uses={"public.memberships": ()},
        interface="(roles text[] default null) returns setof uuid",
    )
    migration.create(
        "function public.add_founder()",
        """
        create or replace function public.add_founder() returns trigger
        language plpgsql security definer set search_path = pg_temp
        as $function$
        begin
            insert into public.memberships (organisation_id, user_id, role)
            values (new.id, new.founder, 'owner');
            return new;
        end
        $function$;
        revoke all on function public.add_founder() from public, anon, authenticated, service_role
        """,
        drop="drop function public.add_founder()",
        uses={"public.memberships": ()},
        interface="() returns trigger",
    )
    migration.create(
        "function public.write_audit_log()",
        """
        create or replace function public.write_audit_log() returns trigger
        language plpgsql security definer set search_path = pg_temp
        as $function$
        begin
            insert into public.audit_log (actor, action, organisation_id, address, details)
            values (
                auth.uid(),
                tg_op,
                coalesce(new.organisation_id, old.organisation_id),
                inet_client_addr(),
                jsonb_build_object('title', coalesce(new.title, old.title))
            );
            return null;
        end
        $function$;
        revoke all on function public.write_audit_log() from public, anon, authenticated, service_role
        """,
        drop="drop function public.write_audit_log()",
        uses={"public.audit_log": ()},
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
        "function public.refresh_task_counts()",
        """
        create or replace function public.refresh_task_counts() returns void
        language plpgsql security definer set search_path = pg_temp
        as $function$
        begin
            refresh materialized view public.task_counts;
        end
        $function$;
        revoke all on function public.refresh_task_counts() from public, anon, authenticated, service_role;
        grant execute on function public.refresh_task_counts() to service_role
        """,
        drop="drop function public.refresh_task_counts()",
        uses={},
        interface="() returns void",
    )
    migration.create_table(
        "public.audit_log",
        {
            "id": ColumnSpec("bigint", identity="always"),
            "at": ColumnSpec("timestamptz", default="now()"),
            "actor": ColumnSpec("uuid", null=True),
            "action": ColumnSpec("text"),
            "organisation_id": ColumnSpec("uuid"),
            "address": ColumnSpec("inet", null=True),
            "details": ColumnSpec("jsonb"),
        },
    )
    migration.create_table(
        "public.comments",
        {
            "id": ColumnSpec("uuid", default="gen_random_uuid()"),
            "organisation_id": ColumnSpec("uuid"),
            "task_id": ColumnSpec("uuid"),
            "author": ColumnSpec("uuid", default="auth.uid()"),
            "body": ColumnSpec("text"),
            "created_at": ColumnSpec("timestamptz", default="now()"),
            "hidden_at": ColumnSpec("timestamptz", null=True),
        },
    )
    migration.create_table(
        "public.countries",
        {
            "code": ColumnSpec("text"),
            "name": ColumnSpec("text"),
        },
    )
    migration.create_table(
        "public.memberships",
        {
            "organisation_id": ColumnSpec("uuid"),
            "user_id": ColumnSpec("uuid"),
            "role": ColumnSpec("public.member_role"),
        },
    )
    migration.create_table(
        "public.organisations",
        {
            "id": ColumnSpec("uuid", default="gen_random_uuid()"),
            "founder": ColumnSpec("uuid", default="auth.uid()"),
            "name": ColumnSpec("text"),
            "country": ColumnSpec("text", null=True),
        },
    )
    migration.create_table(
        "public.projects",
        {
            "id": ColumnSpec("uuid", default="gen_random_uuid()"),
            "organisation_id": ColumnSpec("uuid"),
            "title": ColumnSpec("text"),
            "due": ColumnSpec("date", null=True),
        },
    )
    migration.create_table(
        "public.tasks",
        {
            "id": ColumnSpec("uuid", default="gen_random_uuid()"),
            "organisation_id": ColumnSpec("uuid"),
            "project_id": ColumnSpec("uuid"),
            "part_of": ColumnSpec("uuid", null=True),
            "title": ColumnSpec("text"),
            "status": ColumnSpec("public.task_status", default="'open'"),
            "created_at": ColumnSpec("timestamptz", default="now()"),
            "updated_at": ColumnSpec("timestamptz", default="now()"),
        },
    )
    migration.create(
        "view public.open_tasks",
        """
        create view public.open_tasks with (security_invoker = true, security_barrier = true) as
        select id, project_id, title from public.tasks where status <> 'done'
        """,
        drop="drop view public.open_tasks",
        uses={"public.tasks": ("id", "project_id", "title", "status")},
    )
    migration.create(
        "materialized-view public.task_counts",
        """
        create materialized view public.task_counts as
        select organisation_id, count(*) as tasks
        from public.tasks
        group by organisation_id
        """,
        drop="drop materialized view public.task_counts",
        uses={"public.tasks": ("organisation_id",)},
    )
    migration.create(
        "row-security public.audit_log",
        """
        alter table public.audit_log enable row level security;
        alter table public.audit_log force row level security
        """,
        drop="""
        alter table public.audit_log no force row level security;
        alter table public.audit_log disable row level security
        """,
        uses={},
    )
    migration.create(
        "privileges public.audit_log",
        """
        revoke all on public.audit_log from public, anon, authenticated, service_role;
        grant select
            on public.audit_log to authenticated;
        grant select
            on public.audit_log to service_role
        """,
        drop="revoke all on public.audit_log from public, anon, authenticated, service_role",
        uses={},
    )
    migration.create(
        "primary-key public.audit_log.audit_log_pkey",
        """
        alter table public.audit_log
            add constraint audit_log_pkey primary key (id)
        """,
        drop="alter table public.audit_log drop constraint audit_log_pkey",
        uses={"public.audit_log": ("id",)},
    )
    migration.create(
        "sequence-privileges public.audit_log.id",
        """
        do $$
        begin
            execute format(
                'revoke all on sequence %s from public, anon, authenticated, service_role',
                pg_get_serial_sequence(
                    'public.audit_log'::regclass::text, 'id'
                )
            );
        end
        $$
        """,
        drop="",
        uses={"public.audit_log": ("id",)},
    )
    migration.create(
        "check public.audit_log.audit_log_action_length",
        """
        alter table public.audit_log
            add constraint audit_log_action_length check (char_length(action) <= 20)
        """,
        drop="alter table public.audit_log drop constraint audit_log_action_length",
        uses={"public.audit_log": ("action",)},
    )
    migration.create(
        "policy public.audit_log.member_select",
        """
        create policy member_select on public.audit_log
            for select to authenticated
            using (organisation_id = any (array(select ottavino_members.memberships(array['owner']))))
        """,
        drop="drop policy member_select on public.audit_log",
        uses={"public.audit_log": ("organisation_id",)},
        calls=("ottavino_members.memberships",),
    )
    migration.create(
        "index public.audit_log_organisation_id_at_idx",
        """
        create index audit_log_organisation_id_at_idx
            on public.audit_log using btree (organisation_id, at desc)
        """,
        drop="drop index public.audit_log_organisation_id_at_idx",
        uses={"public.audit_log": ("organisation_id", "at")},
        over="public.audit_log",
    )
    migration.create(
        "row-security public.comments",
        """
        alter table public.comments enable row level security;
        alter table public.comments force row level security
        """,
        drop="""
        alter table public.comments no force row level security;
        alter table public.comments disable row level security
        """,
        uses={},
    )
    migration.create(
        "privileges public.comments",
        """
        revoke all on public.comments from public, anon, authenticated, service_role;
        grant select, insert (organisation_id, task_id, body), update (body, hidden_at)
            on public.comments to authenticated;
        grant select, insert, update, delete
            on public.comments to service_role
        """,
        drop="revoke all on public.comments from public, anon, authenticated, service_role",
        uses={"public.comments": ("organisation_id", "task_id", "body", "hidden_at")},
    )
    migration.create(
        "primary-key public.comments.comments_pkey",
        """
        alter table public.comments
            add constraint comments_pkey primary key (id)
        """,
        drop="alter table public.comments drop constraint comments_pkey",
        uses={"public.comments": ("id",)},
    )
    migration.create(
        "index public.comments_organisation_id_idx",
        """
        create index comments_organisation_id_idx
            on public.comments using btree (organisation_id)
        """,
        drop="drop index public.comments_organisation_id_idx",
        uses={"public.comments": ("organisation_id",)},
        over="public.comments",
    )
    migration.create(
        "check public.comments.comments_body_length",
        """
        alter table public.comments
            add constraint comments_body_length check (char_length(body) between 1 and 10000)
        """,
        drop="alter table public.comments drop constraint comments_body_length",
        uses={"public.comments": ("body",)},
    )
    migration.create(
        "index public.comments_task_id_organisation_id_idx",
        """
        create index comments_task_id_organisation_id_idx
            on public.comments using btree (task_id, organisation_id)
        """,
        drop="drop index public.comments_task_id_organisation_id_idx",
        uses={"public.comments": ("task_id", "organisation_id")},
        over="public.comments",
    )
    migration.create(
        "index public.comments_author_idx",
        """
        create index comments_author_idx
            on public.comments using btree (author)
        """,
        drop="drop index public.comments_author_idx",
        uses={"public.comments": ("author",)},
        over="public.comments",
    )
    migration.create(
        "policy public.comments.member_select",
        """
        create policy member_select on public.comments
            for select to authenticated
            using (organisation_id = any (array(select ottavino_members.memberships())))
        """,
        drop="drop policy member_select on public.comments",
        uses={"public.comments": ("organisation_id",)},
        calls=("ottavino_members.memberships",),
    )
    migration.create(
        "policy public.comments.member_insert",
        """
        create policy member_insert on public.comments
            for insert to authenticated
            with check (organisation_id = any (array(select ottavino_members.memberships())))
        """,
        drop="drop policy member_insert on public.comments",
        uses={"public.comments": ("organisation_id",)},
        calls=("ottavino_members.memberships",),
    )
    migration.create(
        "policy public.comments.own",
        """
        create policy own on public.comments
            as restrictive
            for insert to authenticated
            with check ((select ottavino.verified()) and (
                author = (select ottavino.uid())
            ))
        """,
        drop="drop policy own on public.comments",
        uses={"public.comments": ("author",)},
    )
    migration.create(
        "policy public.comments.shown",
        """
        create policy shown on public.comments
            as restrictive
            for select to authenticated
            using ((select ottavino.verified()) and (
                hidden_at is null or author = (select ottavino.uid())
            ))
        """,
        drop="drop policy shown on public.comments",
        uses={"public.comments": ("author", "hidden_at")},
    )
    migration.create(
        "policy public.comments.for_a_while",
        """
        create policy for_a_while on public.comments
            for update to authenticated
            using ((select ottavino.verified()) and (
                author = (select ottavino.uid()) and created_at > now() - interval '15 minutes'
            ))
            with check ((select ottavino.verified()) and (
                author = (select ottavino.uid())
            ))
        """,
        drop="drop policy for_a_while on public.comments",
        uses={"public.comments": ("author", "created_at")},
    )
    migration.create(
        "row-security public.countries",
        """
        alter table public.countries enable row level security;
        alter table public.countries force row level security
        """,
        drop="""
        alter table public.countries no force row level security;
        alter table public.countries disable row level security
        """,
        uses={},
    )
    migration.create(
        "privileges public.countries",
        """
        revoke all on public.countries from public, anon, authenticated, service_role;
        grant select
            on public.countries to anon;
        grant select
            on public.countries to authenticated;
        grant select, insert, update, delete
            on public.countries to service_role
        """,
        drop="revoke all on public.countries from public, anon, authenticated, service_role",
        uses={},
    )
    migration.create(
        "primary-key public.countries.countries_pkey",
        """
        alter table public.countries
            add constraint countries_pkey primary key (code)
        """,
        drop="alter table public.countries drop constraint countries_pkey",
        uses={"public.countries": ("code",)},
    )
    migration.create(
        "check public.countries.countries_code_length",
        """
        alter table public.countries
            add constraint countries_code_length check (char_length(code) between 2 and 2)
        """,
        drop="alter table public.countries drop constraint countries_code_length",
        uses={"public.countries": ("code",)},
    )
    migration.create(
        "check public.countries.countries_name_length",
        """
        alter table public.countries
            add constraint countries_name_length check (char_length(name) <= 100)
        """,
        drop="alter table public.countries drop constraint countries_name_length",
        uses={"public.countries": ("name",)},
    )
    migration.create(
        "policy public.countries.public_read",
        """
        create policy public_read on public.countries
            for select to anon, authenticated
            using ((select ottavino.verified()) and (
                true
            ))
        """,
        drop="drop policy public_read on public.countries",
        uses={},
    )
    migration.create(
        "row-security public.memberships",
        """
        alter table public.memberships enable row level security;
        alter table public.memberships force row level security
        """,
        drop="""
        alter table public.memberships no force row level security;
        alter table public.memberships disable row level security
        """,
        uses={},
    )
    migration.create(
        "privileges public.memberships",
        """
        revoke all on public.memberships from public, anon, authenticated, service_role;
        grant select, insert, delete
            on public.memberships to authenticated;
        grant select, insert, update, delete
            on public.memberships to service_role
        """,
        drop="revoke all on public.memberships from public, anon, authenticated, service_role",
        uses={},
    )
    migration.create(
        "primary-key public.memberships.memberships_pkey",
        """
        alter table public.memberships
            add constraint memberships_pkey primary key (organisation_id, user_id)
        """,
        drop="alter table public.memberships drop constraint memberships_pkey",
        uses={"public.memberships": ("organisation_id", "user_id")},
    )
    migration.create(
        "index public.memberships_members_idx",
        """
        create index memberships_members_idx
            on public.memberships using btree (user_id, organisation_id, role)
        """,
        drop="drop index public.memberships_members_idx",
        uses={"public.memberships": ("user_id", "organisation_id", "role")},
        over="public.memberships",
    )
    migration.create(
        "policy public.memberships.member_select",
        """
        create policy member_select on public.memberships
            for select to authenticated
            using (organisation_id = any (array(select ottavino_members.memberships())))
        """,
        drop="drop policy member_select on public.memberships",
        uses={"public.memberships": ("organisation_id",)},
        calls=("ottavino_members.memberships",),
    )
    migration.create(
        "policy public.memberships.member_insert",
        """
        create policy member_insert on public.memberships
            for insert to authenticated
            with check (organisation_id = any (array(select ottavino_members.memberships(array['owner']))))
        """,
        drop="drop policy member_insert on public.memberships",
        uses={"public.memberships": ("organisation_id",)},
        calls=("ottavino_members.memberships",),
    )
    migration.create(
        "policy public.memberships.member_delete",
        """
        create policy member_delete on public.memberships
            for delete to authenticated
            using (organisation_id = any (array(select ottavino_members.memberships(array['owner']))))
        """,
        drop="drop policy member_delete on public.memberships",
        uses={"public.memberships": ("organisation_id",)},
        calls=("ottavino_members.memberships",),
    )
    migration.create(
        "privileges public.open_tasks",
        """
        revoke all on public.open_tasks from public, anon, authenticated, service_role;
        grant select
            on public.open_tasks to authenticated
        """,
        drop="revoke all on public.open_tasks from public, anon, authenticated, service_role",
        uses={},
        calls=("public.open_tasks",),
    )
    migration.create(
        "row-security public.organisations",
        """
        alter table public.organisations enable row level security;
        alter table public.organisations force row level security
        """,
        drop="""
        alter table public.organisations no force row level security;
        alter table public.organisations disable row level security
        """,
        uses={},
    )
    migration.create(
        "privileges public.organisations",
        """
        revoke all on public.organisations from public, anon, authenticated, service_role;
        grant select, insert (name, country), update (name, country)
            on public.organisations to authenticated;
        grant select, insert, update, delete
            on public.organisations to service_role
        """,
        drop="revoke all on public.organisations from public, anon, authenticated, service_role",
        uses={"public.organisations": ("name", "country")},
    )
    migration.create(
        "primary-key public.organisations.organisations_pkey",
        """
        alter table public.organisations
            add constraint organisations_pkey primary key (id)
        """,
        drop="alter table public.organisations drop constraint organisations_pkey",
        uses={"public.organisations": ("id",)},
    )
    migration.create(
        "check public.organisations.organisations_name_length",
        """
        alter table public.organisations
            add constraint organisations_name_length check (char_length(name) between 1 and 100)
        """,
        drop="alter table public.organisations drop constraint organisations_name_length",
        uses={"public.organisations": ("name",)},
    )
    migration.create(
        "index public.organisations_country_idx",
        """
        create index organisations_country_idx
            on public.organisations using btree (country)
        """,
        drop="drop index public.organisations_country_idx",
        uses={"public.organisations": ("country",)},
        over="public.organisations",
    )
    migration.create(
        "policy public.organisations.owner_insert",
        """
        create policy owner_insert on public.organisations
            for insert to authenticated
            with check (founder = (select ottavino.uid()))
        """,
        drop="drop policy owner_insert on public.organisations",
        uses={"public.organisations": ("founder",)},
    )
    migration.create(
        "policy public.organisations.owner_select",
        """
        create policy owner_select on public.organisations
            for select to authenticated
            using (founder = (select ottavino.uid()))
        """,
        drop="drop policy owner_select on public.organisations",
        uses={"public.organisations": ("founder",)},
    )
    migration.create(
        "policy public.organisations.member_select",
        """
        create policy member_select on public.organisations
            for select to authenticated
            using (id = any (array(select ottavino_members.memberships())))
        """,
        drop="drop policy member_select on public.organisations",
        uses={"public.organisations": ("id",)},
        calls=("ottavino_members.memberships",),
    )
    migration.create(
        "policy public.organisations.member_update",
        """
        create policy member_update on public.organisations
            for update to authenticated
            using (id = any (array(select ottavino_members.memberships(array['owner']))))
            with check (id = any (array(select ottavino_members.memberships(array['owner']))))
        """,
        drop="drop policy member_update on public.organisations",
        uses={"public.organisations": ("id",)},
        calls=("ottavino_members.memberships",),
    )
    migration.create(
        "index public.organisations_founder_idx",
        """
        create index organisations_founder_idx
            on public.organisations using btree (founder)
        """,
        drop="drop index public.organisations_founder_idx",
        uses={"public.organisations": ("founder",)},
        over="public.organisations",
    )
    migration.create(
        "trigger public.organisations.founder",
        """
        create trigger founder
            after insert on public.organisations
            for each row execute function public.add_founder()
        """,
        drop="drop trigger founder on public.organisations",
        uses={},
        calls=("public.add_founder",),
    )
    migration.create(
        "row-security public.projects",
        """
        alter table public.projects enable row level security;
        alter table public.projects force row level security
        """,
        drop="""
        alter table public.projects no force row level security;
        alter table public.projects disable row level security
        """,
        uses={},
    )
    migration.create(
        "privileges public.projects",
        """
        revoke all on public.projects from public, anon, authenticated, service_role;
        grant select, insert (organisation_id, title, due), update (title, due), delete
            on public.projects to authenticated;
        grant select, insert, update, delete
            on public.projects to service_role
        """,
        drop="revoke all on public.projects from public, anon, authenticated, service_role",
        uses={"public.projects": ("organisation_id", "title", "due")},
    )
    migration.create(
        "primary-key public.projects.projects_pkey",
        """
        alter table public.projects
            add constraint projects_pkey primary key (id)
        """,
        drop="alter table public.projects drop constraint projects_pkey",
        uses={"public.projects": ("id",)},
    )
    migration.create(
        "index public.projects_organisation_id_idx",
        """
        create index projects_organisation_id_idx
            on public.projects using btree (organisation_id)
        """,
        drop="drop index public.projects_organisation_id_idx",
        uses={"public.projects": ("organisation_id",)},
        over="public.projects",
    )
    migration.create(
        "check public.projects.projects_title_length",
        """
        alter table public.projects
            add constraint projects_title_length check (char_length(title) between 1 and 200)
        """,
        drop="alter table public.projects drop constraint projects_title_length",
        uses={"public.projects": ("title",)},
    )
    migration.create(
        "policy public.projects.member_select",
        """
        create policy member_select on public.projects
            for select to authenticated
            using (organisation_id = any (array(select ottavino_members.memberships())))
        """,
        drop="drop policy member_select on public.projects",
        uses={"public.projects": ("organisation_id",)},
        calls=("ottavino_members.memberships",),
    )
    migration.create(
        "policy public.projects.member_insert",
        """
        create policy member_insert on public.projects
            for insert to authenticated
            with check (organisation_id = any (array(select ottavino_members.memberships(array['owner', 'editor']))))
        """,
        drop="drop policy member_insert on public.projects",
        uses={"public.projects": ("organisation_id",)},
        calls=("ottavino_members.memberships",),
    )
    migration.create(
        "policy public.projects.member_update",
        """
        create policy member_update on public.projects
            for update to authenticated
            using (organisation_id = any (array(select ottavino_members.memberships(array['owner', 'editor']))))
            with check (organisation_id = any (array(select ottavino_members.memberships(array['owner', 'editor']))))
        """,
        drop="drop policy member_update on public.projects",
        uses={"public.projects": ("organisation_id",)},
        calls=("ottavino_members.memberships",),
    )
    migration.create(
        "policy public.projects.member_delete",
        """
        create policy member_delete on public.projects
            for delete to authenticated
            using (organisation_id = any (array(select ottavino_members.memberships(array['owner']))))
        """,
        drop="drop policy member_delete on public.projects",
        uses={"public.projects": ("organisation_id",)},
        calls=("ottavino_members.memberships",),
    )
    migration.create(
        "unique public.projects.projects_id_organisation_id_key",
        """
        alter table public.projects
            add constraint projects_id_organisation_id_key unique (id, organisation_id)
        """,
        drop="alter table public.projects drop constraint projects_id_organisation_id_key",
        uses={"public.projects": ("id", "organisation_id")},
    )
    migration.create(
        "trigger public.projects.audited",
        """
        create trigger audited
            after insert or update or delete on public.projects
            for each row execute function public.write_audit_log()
        """,
        drop="drop trigger audited on public.projects",
        uses={},
        calls=("public.write_audit_log",),
    )
    migration.create(
        "row-security public.tasks",
        """
        alter table public.tasks enable row level security;
        alter table public.tasks force row level security
        """,
        drop="""
        alter table public.tasks no force row level security;
        alter table public.tasks disable row level security
        """,
        uses={},
    )
    migration.create(
        "privileges public.tasks",
        """
        revoke all on public.tasks from public, anon, authenticated, service_role;
        grant select, insert (organisation_id, project_id, part_of, title), update (part_of, title, status)
            on public.tasks to authenticated;
        grant select, insert, update, delete
            on public.tasks to service_role
        """,
        drop="revoke all on public.tasks from public, anon, authenticated, service_role",
        uses={
            "public.tasks": ("organisation_id", "project_id", "part_of", "title", "status"),
        },
    )
    migration.create(
        "primary-key public.tasks.tasks_pkey",
        """
        alter table public.tasks
            add constraint tasks_pkey primary key (id)
        """,
        drop="alter table public.tasks drop constraint tasks_pkey",
        uses={"public.tasks": ("id",)},
    )
    migration.create(
        "index public.tasks_organisation_id_idx",
        """
        create index tasks_organisation_id_idx
            on public.tasks using btree (organisation_id)
        """,
        drop="drop index public.tasks_organisation_id_idx",
        uses={"public.tasks": ("organisation_id",)},
        over="public.tasks",
    )
    migration.create(
        "index public.tasks_part_of_idx",
        """
        create index tasks_part_of_idx
            on public.tasks using btree (part_of)
        """,
        drop="drop index public.tasks_part_of_idx",
        uses={"public.tasks": ("part_of",)},
        over="public.tasks",
    )
    migration.create(
        "check public.tasks.tasks_title_length",
        """
        alter table public.tasks
            add constraint tasks_title_length check (char_length(title) between 1 and 200)
        """,
        drop="alter table public.tasks drop constraint tasks_title_length",
        uses={"public.tasks": ("title",)},
    )
    migration.create(
        "trigger public.tasks.set_updated_at",
        """
        create trigger set_updated_at
            before update on public.tasks
            for each row execute function public.ottavino_set_updated_at()
        """,
        drop="drop trigger set_updated_at on public.tasks",
        uses={},
        calls=("public.ottavino_set_updated_at",),
    )
    migration.create(
        "index public.tasks_project_id_organisation_id_idx",
        """
        create index tasks_project_id_organisation_id_idx
            on public.tasks using btree (project_id, organisation_id)
        """,
        drop="drop index public.tasks_project_id_organisation_id_idx",
        uses={"public.tasks": ("project_id", "organisation_id")},
        over="public.tasks",
    )
    migration.create(
        "check public.tasks.tasks_not_part_of_itself",
        """
        alter table public.tasks
            add constraint tasks_not_part_of_itself check (part_of <> id)
        """,
        drop="alter table public.tasks drop constraint tasks_not_part_of_itself",
        uses={"public.tasks": ("id", "part_of")},
    )
    migration.create(
        "policy public.tasks.member_select",
        """
        create policy member_select on public.tasks
            for select to authenticated
            using (organisation_id = any (array(select ottavino_members.memberships())))
        """,
        drop="drop policy member_select on public.tasks",
        uses={"public.tasks": ("organisation_id",)},
        calls=("ottavino_members.memberships",),
    )
    migration.create(
        "policy public.tasks.member_insert",
        """
        create policy member_insert on public.tasks
            for insert to authenticated
            with check (organisation_id = any (array(select ottavino_members.memberships(array['owner', 'editor']))))
        """,
        drop="drop policy member_insert on public.tasks",
        uses={"public.tasks": ("organisation_id",)},
        calls=("ottavino_members.memberships",),
    )
    migration.create(
        "policy public.tasks.member_update",
        """
        create policy member_update on public.tasks
            for update to authenticated
            using (organisation_id = any (array(select ottavino_members.memberships(array['owner', 'editor']))))
            with check (organisation_id = any (array(select ottavino_members.memberships(array['owner', 'editor']))))
        """,
        drop="drop policy member_update on public.tasks",
        uses={"public.tasks": ("organisation_id",)},
        calls=("ottavino_members.memberships",),
    )
    migration.create(
        "unique public.tasks.tasks_id_organisation_id_key",
        """
        alter table public.tasks
            add constraint tasks_id_organisation_id_key unique (id, organisation_id)
        """,
        drop="alter table public.tasks drop constraint tasks_id_organisation_id_key",
        uses={"public.tasks": ("id", "organisation_id")},
    )
    migration.create(
        "privileges public.task_counts",
        """
        revoke all on public.task_counts from public, anon, authenticated, service_role;
        grant select
            on public.task_counts to service_role
        """,
        drop="revoke all on public.task_counts from public, anon, authenticated, service_role",
        uses={},
        calls=("public.task_counts",),
    )
    migration.create(
        "index public.task_counts_organisation_id_idx",
        """
        create unique index task_counts_organisation_id_idx
            on public.task_counts using btree (organisation_id)
        """,
        drop="drop index public.task_counts_organisation_id_idx",
        uses={"public.task_counts": ("organisation_id",)},
        calls=("public.task_counts",),
        over="public.task_counts",
        unique=True,
    )
    migration.create(
        "foreign-key public.comments.comments_organisation_id_fkey",
        """
        alter table public.comments
            add constraint comments_organisation_id_fkey foreign key (organisation_id)
                references public.organisations (id)
                on delete cascade
        """,
        drop="alter table public.comments drop constraint comments_organisation_id_fkey",
        uses={"public.comments": ("organisation_id",)},
        references={"public.organisations": ("id",)},
    )
    migration.create(
        "foreign-key public.comments.comments_author_fkey",
        """
        alter table public.comments
            add constraint comments_author_fkey foreign key (author)
                references auth.users (id)
                on delete cascade
        """,
        drop="alter table public.comments drop constraint comments_author_fkey",
        uses={"public.comments": ("author",)},
        references={"auth.users": ("id",)},
    )
    migration.create(
        "foreign-key public.comments.comments_task_id_organisation_id_fkey",
        """
        alter table public.comments
            add constraint comments_task_id_organisation_id_fkey foreign key (task_id, organisation_id)
                references public.tasks (id, organisation_id)
                on delete cascade
        """,
        drop="alter table public.comments drop constraint comments_task_id_organisation_id_fkey",
        uses={"public.comments": ("task_id", "organisation_id")},
        references={"public.tasks": ("id", "organisation_id")},
    )
    migration.create(
        "foreign-key public.memberships.memberships_organisation_id_fkey",
        """
        alter table public.memberships
            add constraint memberships_organisation_id_fkey foreign key (organisation_id)
                references public.organisations (id)
                on delete cascade
        """,
        drop="alter table public.memberships drop constraint memberships_organisation_id_fkey",
        uses={"public.memberships": ("organisation_id",)},
        references={"public.organisations": ("id",)},
    )
    migration.create(
        "foreign-key public.memberships.memberships_user_id_fkey",
        """
        alter table public.memberships
            add constraint memberships_user_id_fkey foreign key (user_id)
                references auth.users (id)
                on delete cascade
        """,
        drop="alter table public.memberships drop constraint memberships_user_id_fkey",
        uses={"public.memberships": ("user_id",)},
        references={"auth.users": ("id",)},
    )
    migration.create(
        "foreign-key public.organisations.organisations_founder_fkey",
        """
        alter table public.organisations
            add constraint organisations_founder_fkey foreign key (founder)
                references auth.users (id)
                on delete cascade
        """,
        drop="alter table public.organisations drop constraint organisations_founder_fkey",
        uses={"public.organisations": ("founder",)},
        references={"auth.users": ("id",)},
    )
    migration.create(
        "foreign-key public.organisations.organisations_country_fkey",
        """
        alter table public.organisations
            add constraint organisations_country_fkey foreign key (country)
                references public.countries (code)
                on delete no action
                on update cascade
        """,
        drop="alter table public.organisations drop constraint organisations_country_fkey",
        uses={"public.organisations": ("country",)},
        references={"public.countries": ("code",)},
    )
    migration.create(
        "foreign-key public.projects.projects_organisation_id_fkey",
        """
        alter table public.projects
            add constraint projects_organisation_id_fkey foreign key (organisation_id)
                references public.organisations (id)
                on delete cascade
        """,
        drop="alter table public.projects drop constraint projects_organisation_id_fkey",
        uses={"public.projects": ("organisation_id",)},
        references={"public.organisations": ("id",)},
    )
    migration.create(
        "foreign-key public.tasks.tasks_organisation_id_fkey",
        """
        alter table public.tasks
            add constraint tasks_organisation_id_fkey foreign key (organisation_id)
                references public.organisations (id)
                on delete cascade
        """,
        drop="alter table public.tasks drop constraint tasks_organisation_id_fkey",
        uses={"public.tasks": ("organisation_id",)},
        references={"public.organisations": ("id",)},
    )
    migration.create(
        "foreign-key public.tasks.tasks_part_of_fkey",
        """
        alter table public.tasks
            add constraint tasks_part_of_fkey foreign key (part_of)
                references public.tasks (id)
                on delete cascade
        """,
        drop="alter table public.tasks drop constraint tasks_part_of_fkey",
        uses={"public.tasks": ("part_of",)},
        references={"public.tasks": ("id",)},
    )
    migration.create(
        "foreign-key public.tasks.tasks_project_id_organisation_id_fkey",
        """
        alter table public.tasks
            add constraint tasks_project_id_organisation_id_fkey foreign key (project_id, organisation_id)
                references public.projects (id, organisation_id)
                on delete cascade
        """,
        drop="alter table public.tasks drop constraint tasks_project_id_organisation_id_fkey",
        uses={"public.tasks": ("project_id", "organisation_id")},
        references={"public.projects": ("id", "organisation_id")},
    )
    migration.create(
        "comment public.open_tasks",
        "comment on view public.open_tasks is 'Tasks that are not done.'",
        drop="comment on view public.open_tasks is null",
        uses={},
        calls=("public.open_tasks",),
    )
    migration.create(
        "comment on check public.tasks.tasks_not_part_of_itself",
        "comment on constraint tasks_not_part_of_itself on public.tasks is 'Longer circles are left to the program.'",
        drop="comment on constraint tasks_not_part_of_itself on public.tasks is null",
        uses={},
        calls=("check public.tasks.tasks_not_part_of_itself",),
    )
    migration.create(
        "cron-job count tasks",
        """
        do $job$
        begin
            if exists (select from pg_extension where extname = 'pg_cron') then
                perform cron.unschedule(jobid) from cron.job
                    where jobname = 'count tasks' and username = current_user;
                perform cron.schedule('count tasks', '*/10 * * * *', 'select public.refresh_task_counts()');
            end if;
        end
        $job$
        """,
        drop="""
        do $job$
        begin
            if exists (select from pg_extension where extname = 'pg_cron') then
                perform cron.unschedule(jobid) from cron.job
                    where jobname = 'count tasks' and username = current_user;
            end if;
        end
        $job$
        """,
        uses={},
        read="""
        select concat_ws(' ', schedule, command, active, nullif(database, current_database()))
        from cron.job
        where jobname = 'count tasks' and username = current_user
        """,
    )
    return migration
