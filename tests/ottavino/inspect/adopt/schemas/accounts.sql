-- Accounts with roles and invitations, and helpers, in a schema of their own.
create schema tenancy;
grant usage on schema tenancy to authenticated, service_role;
create type tenancy.account_role as enum ('owner', 'member');
create table tenancy.accounts (
    id uuid unique not null default gen_random_uuid(),
    primary_owner_user_id uuid references auth.users not null default auth.uid(),
    name text,
    slug text unique,
    personal_account boolean default false not null,
    public_metadata jsonb default '{}'::jsonb,
    created_at timestamptz,
    updated_at timestamptz,
    primary key (id)
);
alter table tenancy.accounts add constraint slug_null_if_personal
    check ((personal_account = true and slug is null) or (personal_account = false and slug is not null));
create table tenancy.account_user (
    user_id uuid references auth.users on delete cascade not null,
    account_id uuid references tenancy.accounts on delete cascade not null,
    account_role tenancy.account_role not null,
    constraint account_user_pkey primary key (user_id, account_id)
);
create table tenancy.invitations (
    id uuid unique not null default gen_random_uuid() primary key,
    account_role tenancy.account_role not null,
    account_id uuid references tenancy.accounts (id) on delete cascade not null,
    token text unique not null default encode(sha256(gen_random_uuid()::text::bytea), 'hex'),
    invited_by_user_id uuid references auth.users not null,
    expires_at timestamptz not null default now() + interval '24 hours',
    accepted_at timestamptz
);
create function tenancy.has_role_on_account(account_id uuid, account_role tenancy.account_role default null)
returns boolean language sql security definer set search_path = public as $$
    select exists (
        select 1 from tenancy.account_user wu
        where wu.user_id = auth.uid() and wu.account_id = has_role_on_account.account_id
            and (wu.account_role = has_role_on_account.account_role or has_role_on_account.account_role is null)
    )
$$;
grant execute on function tenancy.has_role_on_account(uuid, tenancy.account_role) to authenticated, anon;
create function tenancy.get_accounts_with_role(passed_in_role tenancy.account_role default null)
returns setof uuid language sql security definer set search_path = public as $$
    select account_id from tenancy.account_user wu
    where wu.user_id = auth.uid() and (wu.account_role = passed_in_role or passed_in_role is null)
$$;
create function tenancy.slugify() returns trigger language plpgsql as $$
begin
    if new.slug is not null then
        new.slug = lower(regexp_replace(new.slug, '[^a-zA-Z0-9-]+', '-', 'g'));
    end if;
    return new;
end
$$;
create trigger tenancy_slugify_account_slug before insert or update on tenancy.accounts
    for each row execute function tenancy.slugify();
create function tenancy.protect_account_fields() returns trigger as $$
begin
    if current_user in ('authenticated', 'anon') then
        if new.id <> old.id or new.personal_account <> old.personal_account then
            raise exception 'You do not have permission to update this field';
        end if;
    end if;
    return new;
end
$$ language plpgsql;
create trigger protect before update on tenancy.accounts for each row
    when (old.* is distinct from new.*) execute function tenancy.protect_account_fields();
alter table tenancy.accounts enable row level security;
alter table tenancy.account_user enable row level security;
alter table tenancy.invitations enable row level security;
grant select, insert, update, delete on tenancy.accounts, tenancy.account_user, tenancy.invitations to authenticated, service_role;
create policy "users see own accounts" on tenancy.accounts for select to authenticated
    using (tenancy.has_role_on_account(id));
create policy "owners update" on tenancy.accounts for update to authenticated
    using (tenancy.has_role_on_account(id, 'owner'));
create policy "team" on tenancy.account_user for select to authenticated
    using (account_id in (select tenancy.get_accounts_with_role()));
create policy "invitations by owners" on tenancy.invitations for all to authenticated
    using (tenancy.has_role_on_account(account_id, 'owner') = true)
    with check (tenancy.has_role_on_account(account_id, 'owner') = true);
create table public.projects (
    id uuid primary key default gen_random_uuid(),
    account_id uuid not null references tenancy.accounts (id) on delete cascade,
    name text not null
);
alter table public.projects enable row level security;
create policy "members" on public.projects for all to authenticated
    using (account_id in (select tenancy.get_accounts_with_role()))
    with check (account_id in (select tenancy.get_accounts_with_role('owner')));
create function public.create_project(account uuid, name text) returns uuid language plpgsql as $$
declare made uuid;
begin
    insert into public.projects (account_id, name) values (account, create_project.name) returning id into made;
    return made;
end
$$;
