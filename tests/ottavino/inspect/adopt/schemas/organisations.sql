-- Teams that share rows through memberships.
create table organizations (
    id uuid primary key default gen_random_uuid(),
    name text not null,
    slug text not null unique,
    created_at timestamptz default now()
);
create table memberships (
    organization_id uuid not null references organizations (id) on delete cascade,
    user_id uuid not null references auth.users (id) on delete cascade,
    role text not null default 'member' check (role in ('owner', 'admin', 'member')),
    joined_at timestamptz default now(),
    primary key (organization_id, user_id)
);
create index memberships_user_id_idx on memberships (user_id);
create function is_member(organization uuid) returns boolean
language sql stable security definer set search_path = '' as $$
    select exists (
        select 1 from public.memberships
        where organization_id = organization and user_id = (select auth.uid())
    )
$$;
revoke execute on function is_member(uuid) from public, anon;
create table projects (
    id uuid primary key default gen_random_uuid(),
    organization_id uuid not null references organizations (id) on delete cascade,
    name text not null,
    settings jsonb not null default '{}'::jsonb,
    due date,
    budget numeric(12, 2),
    archived boolean not null default false
);
create table tasks (
    id bigint generated always as identity primary key,
    project_id uuid not null references projects (id) on delete cascade,
    parent_id bigint references tasks (id) on delete cascade deferrable initially deferred,
    assignee uuid references auth.users (id) on delete set null,
    title text not null,
    labels text[] not null default array[]::text[],
    estimate interval,
    done_at timestamptz
);
alter table organizations enable row level security;
alter table memberships enable row level security;
alter table projects enable row level security;
alter table tasks enable row level security;
create policy members_read on organizations for select to authenticated using (is_member(id));
create policy own_membership on memberships for select to authenticated
    using (user_id = (select auth.uid()));
create policy members_all on projects to authenticated
    using (is_member(organization_id)) with check (is_member(organization_id));
create policy members_all on tasks to authenticated
    using (exists (
        select 1 from projects where projects.id = tasks.project_id
            and is_member(projects.organization_id)
    ));
create table audit_log (
    id bigint generated always as identity primary key,
    at timestamptz not null default clock_timestamp(),
    actor uuid,
    action text not null,
    address inet,
    payload jsonb
);
revoke all on audit_log from anon, authenticated;
create function log_change() returns trigger language plpgsql security definer
set search_path = '' as $$
begin
    insert into public.audit_log (actor, action, payload)
    values (auth.uid(), tg_op, to_jsonb(coalesce(new, old)));
    return coalesce(new, old);
end
$$;
create trigger log_change after insert or update or delete on tasks
    for each row execute function log_change();
