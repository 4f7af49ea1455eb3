-- What a team has beside the declared tables: in `public`, in two schemas of its own, on the tables
-- of Supabase's services, and on ours, where it opens nothing.
create schema billing authorization postgres;
create schema analytics authorization postgres;

create type public.plan as enum ('free', 'paid');
create type billing.state as enum ('open', 'paid', 'void');
create type billing.address as (street text, city text);
create domain public.email as text check (value like '%@%');
create domain billing.amount as numeric(12, 2) check (value >= 0);
create type analytics.period as range (subtype = date);

create table public.teams (id serial primary key, name text, user_id uuid, plan plan);
create table public.members (id serial primary key, team int references teams, mail email);
create table public.invites (id bigint generated always as identity primary key, mail email);
create table public.flags (name text primary key, is_on boolean not null default false);
create table public.settings (id serial primary key, of text, value jsonb);
create table billing.customers (id serial primary key, user_id uuid, address billing.address);
create table billing.invoices (
    id serial primary key, customer int references billing.customers, state billing.state
);
create table billing.lines (id serial primary key, invoice int references billing.invoices);
create table billing.payments (id serial primary key, amount numeric, user_id uuid);
create table billing.refunds (like billing.payments including all);
create table billing.prices (id serial primary key, document uuid references public.documents);
create table analytics.visits (at timestamptz not null, path text) partition by range (at);
create table analytics.visits_2026 partition of analytics.visits
    for values from ('2026-01-01') to ('2027-01-01');
create table analytics.daily (day date primary key, visits int);
alter table public.teams enable row level security;
alter table public.invites enable row level security;
alter table billing.customers enable row level security;
alter table billing.payments enable row level security;
create policy own on public.teams using (auth.uid() = user_id);
create policy "everybody reads" on public.invites for select using (true);
create policy own on billing.customers using (auth.uid() = user_id);
create policy own on billing.payments for select to authenticated using (auth.uid() = user_id);
grant all on public.teams, public.invites to anon, authenticated, service_role;
grant usage on schema billing to authenticated;
grant select on billing.customers, billing.payments to authenticated;
create index on public.members (mail);
create index on billing.invoices (state);
create sequence public.tickets;
create sequence billing.numbers start 1000;

create view public.team_names as select name from teams;
create view billing.open_invoices with (security_invoker) as
    select * from billing.invoices where state = 'open';
create view analytics.plans as select plan, count(*) from public.teams group by plan;
create materialized view analytics.monthly as select path from analytics.visits;

create function public.slug(name text) returns text language sql immutable as 'select lower(name)';
create function billing.total(invoice int) returns numeric language sql as 'select 1.0';
create function billing.total(customer uuid) returns numeric language sql as 'select 1.0';
create procedure billing.close_month() language sql as 'select 1';
create function analytics.tracked() returns trigger language plpgsql as 'begin return new; end';
create function public.touched() returns trigger language plpgsql as 'begin return new; end';
create aggregate analytics.total(int) (sfunc = int4pl, stype = int);
create function public.seen() returns event_trigger language plpgsql as 'begin end';
create function analytics.seen() returns event_trigger language plpgsql as 'begin end';
create default conversion public.latin for 'LATIN1' to 'UTF8' from iso8859_1_to_utf8;
create operator public.=== (leftarg = int, rightarg = int, function = int4eq);
create text search configuration public.plain (copy = simple);
create cast (public.plan as int) with function pg_catalog.hashenum(anyenum);

create trigger touched before update on public.teams
    for each row execute function public.touched();
create trigger tracked after update on billing.invoices
    for each row execute function analytics.tracked();
create event trigger seen on ddl_command_end execute function public.seen();
create event trigger watched on ddl_command_end execute function analytics.seen();
create publication analytics for table analytics.daily, billing.payments (id, amount)
    where (id > 10);
create publication supabase_realtime for table public.teams;
alter default privileges for role postgres in schema billing grant select on tables to authenticated;
create trigger signed_up after insert on auth.users
    for each row execute function analytics.tracked();
create schema storage;
grant usage on schema storage to postgres, anon, authenticated;
create table storage.objects (id uuid primary key, bucket text, owner uuid);
alter table storage.objects enable row level security;
create policy "avatars are public" on storage.objects for select using (bucket = 'avatars');
create function storage.search() returns int language sql as 'select 1';
create function storage.of_the_team() returns int language sql as 'select 1';
alter function storage.of_the_team() owner to postgres;

-- On the declared tables.
create index by_a_stranger on public.documents (filename, file_type);
alter table public.documents add column by_a_stranger text;
alter table public.documents add constraint by_a_stranger check (file_size < 100000000);
alter table public.user_profiles add constraint unique_by_a_stranger unique (full_name);
alter table public.documents add constraint key_by_a_stranger
    foreign key (by_a_stranger) references public.flags;
create trigger by_a_stranger after update on public.documents
    for each row execute function analytics.tracked();
create policy by_a_stranger on public.documents as restrictive using (file_size > 0);
create statistics public.by_a_stranger on file_size, status from public.documents;
