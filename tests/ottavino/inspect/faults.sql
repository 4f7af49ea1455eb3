-- What undermines policies without touching them. Above the statements stands every finding:
-- its rule, what it is about, and words of its sentence.

-- OTT102 authenticated: member of pg_read_all_data, which has rights of PostgreSQL's own
-- OTT105 auth.users: authenticated has privileges on it
grant pg_read_all_data to authenticated;

-- OTT102 anon: member of pg_write_all_data
-- OTT105 auth.users: anon has privileges on it
grant pg_write_all_data to anon;

-- OTT102 authenticated: member of pg_signal_backend
grant pg_signal_backend to authenticated;

-- OTT102 service_role: member of pg_execute_server_program
grant pg_execute_server_program to service_role;

-- OTT102 authenticator: member of pg_read_all_stats
grant pg_read_all_stats to authenticator;

-- OTT102 authenticated: member of pg_monitor, which
-- OTT102 authenticated: member of pg_read_all_settings, through pg_monitor, which
-- OTT102 authenticated: member of pg_read_all_stats, through pg_monitor, which
-- OTT102 authenticated: member of pg_stat_scan_tables, through pg_monitor, which
grant pg_monitor to authenticated;

-- OTT102 authenticated: member of service_role, which is not bound by row level security
grant service_role to authenticated;

-- OTT102 anon: member of service_role, through planted_a and planted_b, which is not bound
create role planted_a;
create role planted_b;
grant service_role to planted_b;
grant planted_b to planted_a;
grant planted_a to anon;

-- OTT102 authenticated: which is not bound by row level security and may create and change roles and
create role planted bypassrls createrole createdb replication;
grant planted to authenticated;

-- OTT102 ottavino: member of service_role, which is not bound by row level security
grant service_role to ottavino;

-- OTT101 ottavino: role ottavino may create and change roles
alter role ottavino createrole;

-- OTT102 authenticator: member of supabase_admin, which is a superuser
grant supabase_admin to authenticator;

-- OTT102 anon: member of planted, which owns tables
create role planted;
grant create on schema public to planted;
alter table public.documents owner to planted;
grant planted to anon;

-- OTT102 anon: member of supabase_auth_admin, which owns tables
-- OTT105 auth.users: anon has privileges on it
grant supabase_auth_admin to anon;

-- OTT101 authenticated: role authenticated is not bound by row level security
alter role authenticated bypassrls;

-- OTT101 anon: role anon is a superuser
alter role anon superuser;

-- OTT101 service_role: role service_role may create and change roles
alter role service_role createrole;

-- OTT101 authenticated: role authenticated may create databases
alter role authenticated createdb;

-- OTT101 anon: role anon may copy the server by replication
alter role anon replication;

-- OTT101 authenticated: role authenticated may log in
alter role authenticated login;

-- OTT101 authenticator: role authenticator is not bound by row level security
alter role authenticator bypassrls;

-- OTT101 authenticated: role authenticated owns tables
grant create on schema public to authenticated;
alter table public.documents owner to authenticated;

-- OTT103 role authenticated: default_transaction_read_only: what a statement does
alter role authenticated set default_transaction_read_only = on;

-- OTT103 role authenticated: role: who a caller is
alter role authenticated set role = 'service_role';

-- OTT103 role authenticator: session_preload_libraries: what a statement does
alter role authenticator set session_preload_libraries = 'safeupdate, planted';

-- OTT103 role anon: search_path: differs from the database that the tests run on
alter role anon in database DATABASE set search_path = 'planted';

-- OTT103 database DATABASE: row_security: what a statement does
alter database DATABASE set row_security = off;

-- OTT103 database DATABASE: request.jwt.claims: who a caller is
alter database DATABASE set request.jwt.claims = '{}';

-- OTT103 database DATABASE: app.jwt_secret: every caller can read
alter database DATABASE set app.jwt_secret = 'planted';

-- OTT103 server: session_replication_role: what a statement does
alter role all set session_replication_role = 'replica';

-- OTT104 auth.uid(): its body differs
create or replace function auth.uid() returns uuid language sql stable as
    'select ''a11ce000-0000-4000-8000-000000000000''::uuid';

-- OTT104 auth.jwt(): its body differs
create or replace function auth.jwt() returns jsonb language sql stable as
    'select nullif(current_setting(''request.jwt.claims'', true), '''')::jsonb';

-- OTT104 auth.role(): its body differs
create or replace function auth.role() returns text language sql stable as
    'select ''service_role''::text';

-- OTT104 auth.email(): its body differs
create or replace function auth.email() returns text language sql stable as
    'select nullif(current_setting(''request.jwt.claim.role'', true), '''')::text';

-- OTT104 auth.uid(): it is volatile, in sql
alter function auth.uid() volatile;

-- OTT104 auth.uid(): it is immutable, in sql
alter function auth.uid() immutable;

-- OTT104 auth.uid(): its body differs, it is stable, in plpgsql
create or replace function auth.uid() returns uuid language plpgsql stable as
    'begin return nullif(current_setting(''request.jwt.claim.sub'', true), '''')::uuid; end';

-- OTT104 auth.uid(): it runs with the privileges of its owner
alter function auth.uid() security definer;

-- OTT104 auth.uid(): it is strict
alter function auth.uid() strict;

-- OTT104 auth.uid(): it sets search_path=planted
alter function auth.uid() set search_path = planted;

-- OTT104 auth.jwt(): postgres owns it
alter function auth.jwt() owner to postgres;

-- OTT104 auth.email(): it is missing
drop function auth.email();

-- OTT104 auth.role(): it returns character varying
drop function auth.role();
create function auth.role() returns varchar language sql stable as $$
    select nullif(current_setting('request.jwt.claim.role', true), '')::text
$$;
alter function auth.role() owner to supabase_auth_admin;

-- OTT105 auth.users: its row level security is disabled
alter table auth.users disable row level security;

-- OTT105 auth.users: it has policies (planted)
create policy planted on auth.users using (true);

-- OTT105 auth.users: authenticated has privileges on it
grant select (email) on auth.users to authenticated;

-- OTT105 auth.users: anon has privileges on it, authenticated has privileges on it, service_role has
grant delete on auth.users to public;

-- OTT105 auth.users: authenticated has privileges on it
grant create on schema auth to authenticated;

-- OTT105 auth.users: it has no column raw_user_meta_data jsonb
alter table auth.users alter raw_user_meta_data type text;

-- OTT105 auth.users: postgres owns it
alter table auth.users owner to postgres;

-- OTT105 auth.users: postgres owns its schema
alter schema auth owner to postgres;

-- OTT106 public.documents: in the publication planted
create publication planted for table public.documents;

-- OTT106 public.documents: in the publication supabase_realtime
create publication supabase_realtime;
alter publication supabase_realtime add table public.documents;

-- OTT107 public.documents.filename: still has samples of public.documents.filename
alter table public.documents alter filename set statistics 9;
insert into auth.users (id) values (gen_random_uuid());
insert into public.documents (user_id, filename, file_type, file_size)
select id, 'sell acme', 'text/plain', 1 from auth.users;
analyze public.documents;
alter table public.documents alter filename set statistics 0;

-- OTT107 public.planted: The extended statistics public.planted keep samples of public.documents
create statistics public.planted on filename, file_type from public.documents;

-- OTT107 public.planted: over an expression keeps samples of public.documents.filename
create index planted on public.documents (file_type, lower(filename));

-- OTT102 anon: member of authenticated, and may do what that may
grant authenticated to anon;

-- OTT102 planted: may become service_role, which is not bound by row level security
create role planted login;
grant service_role to planted;

-- OTT106 auth.users: in the publication planted
create publication planted for table auth.users;

-- OTT108 view planted.titles: which anon may use, reaches public.documents with the rights
create schema planted;
grant usage on schema planted to anon;
create view planted.titles as select filename from public.documents;
grant select on planted.titles to anon;

-- OTT108 view planted.titles: which no API role may use
create schema planted;
create view planted.titles as select filename from public.documents;

-- OTT108 function planted.count(): which anon, authenticated, service_role may use, reaches public.documents
create schema planted;
grant usage on schema planted to anon, authenticated, service_role;
create function planted.count() returns bigint language sql security definer
    as 'select count(*) from public.documents';

-- OTT109 tables that postgres makes in public: gets privileges for anon
alter default privileges for role postgres in schema public grant select, insert on tables to anon;

-- OTT109 functions that postgres makes in public: gets privileges for public
alter default privileges for role postgres in schema public grant execute on functions to public;

-- OTT110 database DATABASE: anon may create schemas in
grant create on database DATABASE to anon;

-- OTT110 schema planted: authenticated owns the schema planted
create schema planted authorization authenticated;

-- OTT110 database DATABASE: authenticated owns the database
alter database DATABASE owner to authenticated;

-- OTT111 event trigger planted: runs at an event of the whole database
create function public.planted() returns event_trigger language plpgsql as 'begin end';
create event trigger planted on ddl_command_end execute function public.planted();
create role planted superuser;
alter event trigger planted owner to planted;

-- OTT115 function ottavino.uid(): is not as it was installed (body)
create or replace function ottavino.uid() returns uuid language sql stable security definer
    as 'select null::uuid';

-- OTT115 function ottavino.verified(): is not as it was installed (body, security)
create or replace function ottavino.verified() returns boolean language sql stable
    return true;

-- OTT115 function ottavino.uid(): is not as it was installed (volatility)
alter function ottavino.uid() volatile;

-- OTT115 function ottavino.unsigned_uid(): is not as it was installed (settings)
alter function ottavino.unsigned_uid() reset all;

-- OTT115 function ottavino.uid(): is not as it was installed (owner)
alter function ottavino.uid() owner to supabase_auth_admin;

-- OTT115 privilege execute on ottavino.signed(bytea,bytea) to public: is not Ottavino's
grant execute on function ottavino.signed(bytea, bytea) to public;

-- OTT115 privilege select on ottavino.logins to authenticated: is not Ottavino's
grant select on ottavino.logins to authenticated;

-- OTT115 privilege create on schema ottavino to authenticated: is not Ottavino's
grant create on schema ottavino to authenticated;

-- OTT115 schema ottavino_members: is open to anon, authenticated
grant usage on schema ottavino_members to anon, authenticated;
grant create on schema ottavino_members to anon;

-- OTT115 table ottavino.logins: is not as it was installed (row security)
alter table ottavino.logins disable row level security;

-- OTT115 policy ottavino.logins.planted: is not Ottavino's
create policy planted on ottavino.logins using (true);

-- OTT115 function ottavino.planted(): is not Ottavino's
create function ottavino.planted() returns int language sql as 'select 1';
alter function ottavino.planted() owner to postgres;
revoke all on function ottavino.planted() from public, postgres;

-- OTT108 view planted.titles: which anon may use, reaches public.documents with the rights
-- OTT108 view planted.inner_titles: which no API role may use
create schema planted;
grant usage on schema planted to anon;
create view planted.inner_titles as table public.documents;
create view planted.titles as select filename from planted.inner_titles;
grant select on planted.titles to anon;

-- OTT108 view planted.people: which anon may use, reaches auth.users with the rights
create schema planted;
grant usage on schema planted to anon;
create view planted.people as select email from auth.users;
grant select on planted.people to anon;

-- OTT108 function planted.count(): reaches public.documents with the rights
create schema planted;
grant usage on schema planted to anon, authenticated, service_role;
create function planted.count() returns bigint language plpgsql security definer
    set search_path = public
    as $$ declare n bigint; begin execute 'select count(*) from documents' into n; return n; end $$;

-- OTT108 function planted.count(): which anon, authenticated, service_role may use, reaches public.documents
create schema planted;
grant usage on schema planted to anon, authenticated, service_role;
create function planted.inner_count() returns bigint language sql
    as 'select count(*) from public.documents';
create function planted.outer_count() returns bigint language plpgsql
    as 'begin return planted.inner_count(); end';
create function planted.count() returns bigint language sql security definer
    as 'select planted.outer_count()';

-- OTT114 trigger public.documents.planted: runs planted.copied() with the rights of that function
create schema planted;
create function planted.copied() returns trigger language plpgsql security definer
    as 'begin return new; end';
create trigger planted after insert on public.documents
    for each row execute function planted.copied();

-- OTT114 table planted.child: child of public.documents, its row level security is disabled
create schema planted;
grant usage on schema planted to anon;
create table planted.child () inherits (public.documents);
grant select on planted.child to anon;

-- OTT110 schema public: owns the schema public, and may put anything into it
create role planted;
alter schema public owner to planted;

-- OTT110 database DATABASE: owns the database
create role planted;
alter database DATABASE owner to planted;

-- OTT101 authenticated: set session_replication_role
grant set on parameter session_replication_role to authenticated;

-- OTT102 planted: may become authenticated, and then call itself any user
create role planted login;
grant authenticated to planted;

-- OTT105 auth.users: it has rules (planted)
create rule planted as on delete to auth.users do instead nothing;

-- OTT108 function auth.planted(): reaches public.documents with the rights
create function auth.planted() returns bigint language sql security definer
    as 'select count(*) from public.documents';

-- OTT106 public.documents: sent every row where (file_size > 0)
create publication planted for table public.documents (id, file_size) where (file_size > 0);

-- OTT108 materialized view planted."All Titles": revoke all on planted."All Titles" from public, anon
create schema planted;
grant usage on schema planted to anon;
create materialized view planted."All Titles" as select filename from public.documents;
grant select on planted."All Titles" to public;
revoke select on planted."All Titles" from public;
grant select (filename) on planted."All Titles" to anon;

-- OTT108 materialized view planted.titles: which no API role may use
create schema planted;
create materialized view planted.titles as select filename from public.documents;

-- OTT108 procedure planted."Tidy"(integer,text[]): alter procedure planted."Tidy"(integer,text[])
create schema planted;
create procedure planted."Tidy"("of" int, text[]) language sql security definer
    as 'delete from public.documents';

-- OTT102 "Planted One": revoke authenticated from "Planted One"
create role "Planted One" login;
grant authenticated to "Planted One";

-- OTT101 planted: login planted is a superuser
create role planted login superuser in role service_role;

-- OTT101 planted: login planted is not bound by row level security
-- OTT101 planted: may copy the server by replication
create role planted login bypassrls replication;

-- OTT102 planted: may become exempt, which is not bound by row level security
create role exempt bypassrls;
create role between in role exempt;
create role planted login in role between;

-- OTT102 planted: may become postgres, which is not bound by row level security and
create role planted login in role postgres;

-- OTT102 planted: may become supabase_admin, which is a superuser
create role planted login in role supabase_admin;

-- OTT102 planted: may become pg_execute_server_program, which reaches the files of the server
create role planted login in role pg_execute_server_program;

-- OTT102 planted: may become pg_read_all_data, which may use every table and view
-- OTT102 planted: may become authenticated, and then call itself any user
create role planted login in role pg_read_all_data, authenticated;

-- OTT102 ottavino: member of planted, and may do what that may
create role planted;
grant planted to ottavino;

-- OTT103 role postgres: session_replication_role: what a statement does
alter role postgres set session_replication_role = 'replica';
alter role postgres set search_path = 'planted';

-- OTT103 role supabase_auth_admin: row_security: what a statement does
alter role supabase_auth_admin set row_security = off;

-- OTT103 database DATABASE: lo_compat_privileges: what a statement does
alter database DATABASE set lo_compat_privileges = on;

-- OTT114 table planted.copied: columns of public.documents, its row level security is disabled, and anon may
create schema planted;
grant usage on schema planted to anon;
create table planted.copied as table public.documents;
grant select on planted.copied to anon;
create table planted.closed as table public.documents;
create table planted.guarded as table public.documents;
alter table planted.guarded enable row level security;
grant select on planted.guarded to anon;
create table planted.another (id uuid, user_id uuid);
grant select on planted.another to anon;
