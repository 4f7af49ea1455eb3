-- Tenants of a service, told apart by a claim of their tokens.
create schema app_private;
grant usage on schema app_private to authenticated;
create type plan_tier as enum ('free', 'team', 'enterprise');
create type seat_role as enum ('owner', 'admin', 'billing', 'member');

create function app_private.tenant() returns uuid
    language sql stable
    set search_path to ''
return (nullif(current_setting('request.jwt.claims', true), '')::jsonb -> 'app_metadata' ->> 'tenant_id')::uuid;

create function app_private.has_role(variadic wanted text[]) returns boolean language sql stable as $$
    select coalesce((auth.jwt() -> 'app_metadata' -> 'roles') ?| wanted, false)
$$;

create table public.tenants (
    id uuid primary key default gen_random_uuid(),
    name text not null check (char_length(name) between 2 and 80),
    slug text generated always as (lower(regexp_replace("name", '[^a-zA-Z0-9]+', '-', 'g'))) stored,
    tier plan_tier not null default 'free',
    seats smallint not null default 5 check (seats > 0),
    settings jsonb not null default '{"locale": "en", "flags": []}',
    trial_ends timestamptz default (now() + interval '14 days'),
    created_at timestamptz not null default current_timestamp
);
create unique index tenants_slug on tenants (slug);
comment on column tenants.settings is E'Keys:\n\t- locale\n\t- flags';

create table public.seats (
    tenant_id uuid not null references tenants on delete cascade,
    user_id uuid not null references auth.users (id) on delete cascade,
    role seat_role not null default 'member',
    invited_by uuid references auth.users on delete set null,
    joined_at timestamptz,
    primary key (tenant_id, user_id)
);
create index seats_by_user on seats using btree (user_id) include (role);
create unique index one_owner on seats (tenant_id) where role = 'owner';

create table public.api_keys (
    id bigint generated always as identity (start with 1000 increment by 7) primary key,
    tenant_id uuid not null default app_private.tenant() references tenants on delete cascade,
    created_by uuid not null,
    prefix char(8) not null,
    hashed bytea not null,
    scopes text[] not null default array['read']::text[],
    last_used inet,
    foreign key (tenant_id, created_by) references seats (tenant_id, user_id) on delete cascade
        deferrable initially deferred,
    constraint known_scopes check (scopes <@ array['read', 'write', 'admin'])
);
create table public.projects (
    tenant_id uuid not null default app_private.tenant() references tenants,
    number int not null,
    title varchar(120) not null,
    key text not null generated always as (upper(left(title, 3)) || '-' || number::text) stored,
    archived boolean not null default false,
    budget numeric(12,2) check (budget >= 0),
    during daterange,
    primary key (tenant_id, number),
    unique nulls not distinct (tenant_id, title, archived)
);
create function app_private.next_project_number() returns trigger
    language plpgsql security definer set search_path = '' as $body$
begin
    select coalesce(max(number), 0) + 1 into new.number
    from public.projects where tenant_id = new.tenant_id;
    return new;
end;
$body$;
create trigger number before insert on projects for each row when (new.number is null)
    execute function app_private.next_project_number();

create table public.audit (
    at timestamptz not null default clock_timestamp(),
    tenant_id uuid,
    actor uuid default auth.uid(),
    action text not null,
    "table" text not null,
    "old" jsonb, "new" jsonb
);
alter table audit replica identity full;
create index audit_recent on audit using brin (at) with (pages_per_range = 32);
create function app_private.audit() returns trigger language plpgsql security definer as $$
begin
    insert into public.audit (tenant_id, action, "table", old, new)
    values (app_private.tenant(), tg_op, tg_table_name, to_jsonb(old), to_jsonb(new));
    return coalesce(new, old);
end $$;
create trigger audit after insert or update or delete on projects
    for each row execute function app_private.audit();
create constraint trigger audit_keys after insert or delete on api_keys deferrable initially deferred
    for each row execute function app_private.audit();

alter table tenants enable row level security;
alter table seats enable row level security;
alter table api_keys enable row level security;
alter table projects enable row level security;
alter table projects force row level security;
alter table audit enable row level security;
create policy "own tenant" on tenants for select to authenticated using (id = (select app_private.tenant()));
create policy "billing changes the plan" on tenants for update to authenticated
    using (id = app_private.tenant() and app_private.has_role('owner', 'billing'))
    with check (id = app_private.tenant());
create policy isolation on projects as restrictive to authenticated
    using (tenant_id = (select app_private.tenant()))
    with check (tenant_id = (select app_private.tenant()));
create policy "members work" on projects to authenticated using (true) with check (not archived);
create policy isolation on seats as restrictive using (tenant_id = (select app_private.tenant()));
create policy mates on seats for select to authenticated using (true);
create policy admins on seats to authenticated
    using ((((auth.jwt() -> 'app_metadata'::text) ->> 'role'::text) = any (array['owner', 'admin'])));
create policy keys on api_keys to authenticated
    using (tenant_id = app_private.tenant() and 'admin' = any (scopes));
create policy "nobody writes" on audit for insert with check (false);
create policy mfa on audit as restrictive for select to authenticated
    using ((select auth.jwt() ->> 'aal') = 'aal2');
create policy readers on audit for select to authenticated using (tenant_id = app_private.tenant());
revoke all on all tables in schema public from anon;
revoke insert, update, delete on audit from authenticated;
revoke update on tenants from authenticated;
grant update (name, settings) on tenants to authenticated;
grant all on audit to service_role with grant option;

create view public.my_seats with (security_invoker = on, security_barrier) as
    select s.tenant_id, t.name as tenant, s.role, t.tier = 'enterprise' as enterprise
    from seats s join tenants t on t.id = s.tenant_id where s.user_id = auth.uid();
create view public.open_projects with (security_invoker = true, check_option = cascaded) as
    select tenant_id, number, title, archived from projects where not archived;
create view public.open_named with (check_option = local) as
    select tenant_id, number, title from open_projects where title <> '';
create function public.invite(email text, role seat_role default 'member', out seat seats) language plpgsql
    security definer set search_path = public, pg_temp as $$
begin
    insert into seats (tenant_id, user_id, role, invited_by)
    select app_private.tenant(), u.id, invite.role, auth.uid() from auth.users u where u.email = invite.email
    returning * into seat;
end $$;
revoke execute on function invite(text, seat_role) from public, anon;
create procedure public.close_trials(before timestamptz default now()) language sql
begin atomic
    update tenants set tier = 'free' where trial_ends < before and tier <> 'free';
end;
