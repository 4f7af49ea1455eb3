-- What a Supabase database has before its first migration, for a database that lacks it.
-- Every statement may run again. :"migrator" is the role that owns the tables: `postgres`
-- on Supabase, the developer's own role elsewhere. The file is one transaction.

-- Roles belong to the whole server, so the lock must too: an advisory lock binds the users
-- of one database, and `auth` may be installed in two databases at once.
lock table pg_catalog.pg_authid in share row exclusive mode;

-- `create role` has no `if not exists`.
create or replace function pg_temp.ensure_role(name text, options text) returns void
language plpgsql as $$
begin
    if not exists (select from pg_catalog.pg_roles where rolname = name) then
        execute format('create role %I %s', name, options);
    end if;
end
$$;

-- The API roles: a verified caller becomes one of them for the length of a transaction.
select pg_temp.ensure_role('anon', 'nologin');
select pg_temp.ensure_role('authenticated', 'nologin');
select pg_temp.ensure_role('service_role', 'nologin bypassrls');

-- The server's login. It owns nothing and inherits nothing: it is nobody until it becomes.
select pg_temp.ensure_role('authenticator', 'login noinherit');
grant anon, authenticated, service_role to authenticator;

-- The auth service's login, which owns `auth`.
select pg_temp.ensure_role('supabase_auth_admin', 'login noinherit');

-- The migrating role is no superuser: what works here works on Supabase.
select pg_temp.ensure_role(:'migrator', 'login createdb createrole replication bypassrls');
grant anon, authenticated, service_role to :"migrator" with admin option;

-- The session goes on, and has no use for it.
drop function pg_temp.ensure_role(text, text);

-- A role's settings bind at login and not on `set role`: of these only the authenticator's
-- reach a query, the others are what Supabase's own API reads.
alter role anon set statement_timeout = '3s';
alter role authenticated set statement_timeout = '8s';
alter role authenticator set statement_timeout = '8s';
alter role authenticator set lock_timeout = '8s';

-- Sign-up runs with this search path: a trigger function that forgets a schema name breaks it.
alter role supabase_auth_admin set search_path = auth;

-- The API roles may name what is in `public`; each table's own grants say what they may do.
grant usage on schema public to anon, authenticated, service_role;

-- Since 30 October 2026 Supabase grants the API roles nothing of its own accord on what the
-- migrating role makes; before, it granted everything. PostgreSQL itself lets every role
-- execute a new function.
alter default privileges for role :"migrator" in schema public
    revoke all on tables from anon, authenticated, service_role;
alter default privileges for role :"migrator" in schema public
    revoke all on sequences from anon, authenticated, service_role;
alter default privileges for role :"migrator" in schema public
    revoke all on functions from anon, authenticated, service_role;

-- Nobody but the auth service may make anything in `auth`.
create schema if not exists auth authorization supabase_auth_admin;

-- The columns of Supabase's table that sign-up fills or policies read. No defaults where it
-- has none: an insert that leaves out `id` fails there too.
create table if not exists auth.users (
    id uuid not null primary key,
    aud character varying(255),
    role character varying(255),
    email character varying(255),
    encrypted_password character varying(255),
    email_confirmed_at timestamp with time zone,
    last_sign_in_at timestamp with time zone,
    raw_app_meta_data jsonb,
    raw_user_meta_data jsonb,
    created_at timestamp with time zone,
    updated_at timestamp with time zone,
    phone text unique,
    is_sso_user boolean not null default false,
    deleted_at timestamp with time zone,
    is_anonymous boolean not null default false
);

-- One address, one user; single sign-on may bring the same address from elsewhere.
create unique index if not exists users_email_partial_key
    on auth.users (email) where not is_sso_user;

-- Without policies: nobody but the owner and who bypasses RLS sees a user.
alter table auth.users enable row level security;

-- Who calls: the claim as a setting of its own, else from the claims of the token. Outside
-- a transaction that set them, settings read back as '' and not as null.
create or replace function auth.uid() returns uuid
language sql stable as $$
    select coalesce(
        nullif(current_setting('request.jwt.claim.sub', true), ''),
        nullif(current_setting('request.jwt.claims', true), '')::jsonb ->> 'sub'
    )::uuid
$$;

-- As which role.
create or replace function auth.role() returns text
language sql stable as $$
    select coalesce(
        nullif(current_setting('request.jwt.claim.role', true), ''),
        nullif(current_setting('request.jwt.claims', true), '')::jsonb ->> 'role'
    )
$$;

-- With which address.
create or replace function auth.email() returns text
language sql stable as $$
    select coalesce(
        nullif(current_setting('request.jwt.claim.email', true), ''),
        nullif(current_setting('request.jwt.claims', true), '')::jsonb ->> 'email'
    )
$$;

-- All claims of the token.
create or replace function auth.jwt() returns jsonb
language sql stable as $$
    select coalesce(
        nullif(current_setting('request.jwt.claim', true), ''),
        nullif(current_setting('request.jwt.claims', true), '')
    )::jsonb
$$;

-- All of it belongs to the auth service.
alter table auth.users owner to supabase_auth_admin;
alter function auth.uid() owner to supabase_auth_admin;
alter function auth.role() owner to supabase_auth_admin;
alter function auth.email() owner to supabase_auth_admin;
alter function auth.jwt() owner to supabase_auth_admin;

-- Policies call auth.uid() as the caller.
grant usage on schema auth to anon, authenticated, service_role, :"migrator";

-- Migrations tie tables to users and hang a trigger on sign-up. Supabase's may also write
-- here; what needs that is not ours.
grant select, references, trigger on auth.users to :"migrator";
