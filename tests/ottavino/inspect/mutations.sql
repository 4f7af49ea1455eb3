-- What people do to a database by hand. Above each statement stands what is to be found out:
-- every object that differs, and what of it does. `by hand` where a person has to decide, and no
-- SQL is given. `unknown` is not ours, and is never removed; `opens` if it lets somebody reach rows
-- of ours, which is an error. Backwards the statement is declared and was not made, and the fix has to
-- make it: `backwards by hand` stands for what a person has to create then, and `never declared` for
-- what no declaration can say. `also to the last` lets the fix lead from this statement to the one above.

--- Tables

-- table public.usage_events: missing
-- foreign key public.usage_events.usage_events_user_id_fkey: missing
drop table public.usage_events;

-- table public.extra: unknown
create table public.extra (id int primary key);

-- table public.extra: unknown
create unlogged table public.extra as table public.documents;

-- table public.extra: unknown, opens
create table public.extra () inherits (public.documents);
grant select on public.extra to anon;

-- table public.extra: unknown, opens
create table public.extra as table public.documents;
grant select on public.extra to anon;

-- table public.documents: row security
alter table public.documents disable row level security;

-- table public.documents: row security of its owner
alter table public.documents no force row level security;

-- table public.documents: owner
alter table public.documents owner to supabase_admin;

-- table public.usage_events: persistence
alter table public.usage_events set unlogged;

-- table public.documents: replica identity
alter table public.documents replica identity full;

-- table public.documents: replica identity
alter table public.documents replica identity nothing;

-- table public.documents: replica identity
alter table public.documents replica identity using index documents_pkey;

-- table public.documents: options
alter table public.documents set (fillfactor = 50);

-- table public.documents: options
alter table public.documents set (autovacuum_enabled = off, fillfactor = 70);

-- table public.documents: toast options
alter table public.documents set (toast.autovacuum_enabled = off);

-- table public.documents: options, toast options
alter table public.documents set (
    toast.autovacuum_enabled = on, toast.vacuum_truncate = off, parallel_workers = 2
);

-- table public.extra: unknown
create table public.extra (id text) with (fillfactor = 50, toast.autovacuum_enabled = off);

-- table public.documents: parents
create schema other;
create table other.parent ();
alter table public.documents inherit other.parent;

-- table public.usage_events: parents, bounds
-- table public.parent: unknown
-- backwards by hand: table public.parent; table public.usage_events
create table public.parent (like public.usage_events) partition by list (request_type);
alter table public.parent attach partition public.usage_events default;

-- table public.usage_events: parents, bounds
-- index public.usage_events_cost_idx: unknown
-- check constraint public.usage_events.extra: unknown
-- table public.parent: unknown
-- backwards by hand: check constraint public.usage_events.extra; table public.usage_events
-- backwards by hand: table public.parent
create table public.parent (like public.usage_events, constraint extra check (cost < 9))
    partition by list (request_type);
create index on public.parent (cost);
create trigger extra after insert on public.parent
    for each row execute function public.ottavino_set_updated_at();
alter table public.usage_events add constraint extra check (cost < 9);
alter table public.parent attach partition public.usage_events default;

-- table public.usage_events: renamed
-- never declared
create schema other;
alter table public.usage_events set schema other;

-- table public.documents: comment
comment on table public.documents is 'It''s mine.';

-- table public.migration: row security
alter table public.migration disable row level security;

--- Columns

-- column public.document_chunks.section_title: missing
-- check constraint public.document_chunks.document_chunks_section_title_length: missing
alter table public.document_chunks drop column section_title;

-- column public.documents.extra: unknown
alter table public.documents add extra text;

-- column public.documents.extra: unknown
alter table public.documents add extra text;
alter table public.documents alter extra set (n_distinct = 5), alter extra set statistics 7;

-- column public.documents."Odd name": unknown
alter table public.documents add "Odd name" text collate "C" default 'x';

-- column public.usage_events.tokens_used: type
alter table public.usage_events alter tokens_used type bigint;

-- column public.documents.file_size: type
-- check constraint public.documents.documents_file_size_range: definition
alter table public.documents alter file_size type numeric;

-- column public.usage_events.cost: type
alter table public.usage_events alter cost type numeric(14, 2);

-- column public.documents.file_type: collation
alter table public.documents alter file_type type text collate "C";

-- column public.documents.status: default
alter table public.documents alter status drop default;

-- column public.documents.status: default
alter table public.documents alter status set default 'ready';

-- column public.documents.user_id: default
alter table public.documents alter user_id drop default;

-- column public.documents.file_type: default
alter table public.documents alter file_type set default '';

-- column public.documents.user_id: null
alter table public.documents alter user_id drop not null;

-- column public.document_chunks.section_title: null
alter table public.document_chunks alter section_title set not null;

-- column public.usage_events.tokens_used: identity
alter table public.usage_events alter tokens_used add generated always as identity;

-- column public.usage_events.tokens_used: identity, identity options
alter table public.usage_events alter tokens_used
    add generated by default as identity (start 100 increment 5 cycle);

-- column public.usage_events.tokens_used: identity
alter table public.usage_events alter tokens_used add generated by default as identity;

-- column public.documents.search_vector: generated
alter table public.documents alter search_vector drop expression;

-- column public.documents.search_vector: generated, statistics
-- index public.documents_own_search_vector_idx: missing
-- backwards by hand: column public.documents.search_vector
alter table public.documents drop search_vector;
alter table public.documents add search_vector tsvector
    generated always as (to_tsvector('english', filename)) stored;

-- column public.documents.content: statistics
alter table public.documents alter content set statistics -1;

-- column public.documents.search_vector: statistics
alter table public.documents alter search_vector set statistics 500;

-- column public.documents.filename: estimates
alter table public.documents alter filename set (n_distinct = 5);

-- column public.documents.filename: estimates
alter table public.documents alter filename set (n_distinct_inherited = 7);

-- column public.documents.filename: storage
alter table public.documents alter filename set storage external;

-- column public.documents.filename: compression
alter table public.documents alter filename set compression pglz;

-- column public.documents.status: statistics
alter table public.documents alter status set statistics 0;

-- column public.documents.status: comment
comment on column public.documents.status is 'How far it is.';

--- Constraints

-- check constraint public.documents.documents_status_values: missing
alter table public.documents drop constraint documents_status_values;

-- check constraint public.documents.documents_status_values: definition
alter table public.documents drop constraint documents_status_values;
alter table public.documents add constraint documents_status_values
    check (status in ('pending', 'processing', 'ready', 'failed', 'lost'));

-- check constraint public.documents.documents_status_values: definition
alter table public.documents drop constraint documents_status_values;
alter table public.documents add constraint documents_status_values
    check (status in ('pending', 'processing', 'ready', 'failed')) not valid;

-- check constraint public.documents.extra: unknown
alter table public.documents add constraint extra check (file_size < 1000);

-- unique constraint public.document_chunks.document_chunks_document_id_chunk_index_key: missing
alter table public.document_chunks
    drop constraint document_chunks_document_id_chunk_index_key;

-- unique constraint public.document_chunks.document_chunks_document_id_chunk_index_key: definition
alter table public.document_chunks
    drop constraint document_chunks_document_id_chunk_index_key;
alter table public.document_chunks
    add constraint document_chunks_document_id_chunk_index_key
    unique (document_id, chunk_index) deferrable initially deferred;

-- unique constraint public.user_profiles.extra: unknown
alter table public.user_profiles add constraint extra unique (full_name);

-- unique constraint public.document_chunks.document_chunks_document_id_chunk_index_key: index options
alter index public.document_chunks_document_id_chunk_index_key set (fillfactor = 70);

-- unique constraint public.document_chunks.document_chunks_document_id_chunk_index_key: index options
alter index public.document_chunks_document_id_chunk_index_key
    set (deduplicate_items = off, fillfactor = 80);

-- unique constraint public.user_profiles.extra: unknown
alter table public.user_profiles add constraint extra unique (full_name) with (fillfactor = 50);

-- primary key public.usage_events.usage_events_pkey: clustered
alter table public.usage_events cluster on usage_events_pkey;

-- primary key public.usage_events.usage_events_pkey: index options
alter index public.usage_events_pkey set (fillfactor = 60);

-- primary key public.usage_events.usage_events_pkey: missing
alter table public.usage_events drop constraint usage_events_pkey;

-- primary key public.usage_events.usage_events_pkey: definition
alter table public.usage_events drop constraint usage_events_pkey;
alter table public.usage_events
    add constraint usage_events_pkey primary key (id, user_id);

-- foreign key public.documents.documents_user_id_fkey: missing
alter table public.documents drop constraint documents_user_id_fkey;

-- foreign key public.documents.documents_user_id_fkey: definition
alter table public.documents drop constraint documents_user_id_fkey;
alter table public.documents
    add constraint documents_user_id_fkey
    foreign key (user_id) references auth.users (id);

-- foreign key public.documents.documents_user_id_fkey: definition
alter table public.documents drop constraint documents_user_id_fkey;
alter table public.documents
    add constraint documents_user_id_fkey
    foreign key (user_id) references auth.users (id) on delete cascade on update cascade;

-- foreign key public.document_chunks.extra: unknown
alter table public.document_chunks
    add constraint extra foreign key (document_id, user_id)
    references public.documents (id, user_id);

-- foreign key public.document_chunks.document_chunks_document_id_user_id_fkey: not enforced on
-- foreign key public.documents.documents_user_id_fkey: not enforced on
-- trigger public.documents.set_updated_at: fires
-- never declared
alter table public.documents disable trigger all;

-- check constraint public.documents.documents_status_values: comment
comment on constraint documents_status_values on public.documents is 'Four of them.';

--- Indexes

-- index public.documents_status_idx: missing
drop index public.documents_status_idx;

-- index public.extra: unknown
create unique index extra on public.documents (filename);

-- index public.documents_status_idx: definition
drop index public.documents_status_idx;
create index documents_status_idx on public.documents (status desc);

-- index public.documents_status_idx: definition
drop index public.documents_status_idx;
create index documents_status_idx on public.documents (status) where status <> 'ready';

-- index public.documents_status_idx: definition
drop index public.documents_status_idx;
create index documents_status_idx on public.documents (status) include (filename);

-- index public.documents_own_search_vector_idx: options
alter index public.documents_own_search_vector_idx set (fastupdate = on);

-- index public.documents_own_search_vector_idx: options
-- also to the last
alter index public.documents_own_search_vector_idx set (fastupdate = on, gin_pending_list_limit = 64);

-- index public.documents_status_idx: options
alter index public.documents_status_idx set (fillfactor = 50, deduplicate_items = off);

-- index public.documents_own_search_vector_idx: statistics
alter index public.documents_own_search_vector_idx alter column 1 set statistics 50;

-- index public.documents_status_idx: state
-- never declared
update pg_index set indisvalid = false
where indexrelid = 'public.documents_status_idx'::regclass;

-- index public.documents_status_idx: clustered
alter table public.documents cluster on documents_status_idx;

-- index public.documents_status_idx: comment
comment on index public.documents_status_idx is 'For the list.';

--- Policies

-- policy public.documents.owner: missing
drop policy owner on public.documents;

-- policy public.documents.extra: unknown, opens
create policy extra on public.documents using (true);

-- policy public.migration.extra: unknown, opens
create policy extra on public.migration for select to anon using (true);

-- policy public.documents.owner: roles
alter policy owner on public.documents to authenticated, anon;

-- policy public.documents.owner: roles
alter policy owner on public.documents to public;

-- policy public.documents.owner: using
alter policy owner on public.documents using (true);

-- policy public.documents.owner: using
alter policy owner on public.documents using (user_id = auth.uid());

-- policy public.documents.owner: with check
alter policy owner on public.documents with check (user_id is not null);

-- policy public.documents.owner: with check
alter policy owner on public.documents with check (true);

-- policy public.documents.owner: roles, with check
alter policy owner on public.documents to anon, authenticated, service_role with check (true);

-- policy public.documents.owner: command, with check
drop policy owner on public.documents;
create policy owner on public.documents for select to authenticated
    using (user_id = (select ottavino.uid()));

-- policy public.documents.owner: mode
drop policy owner on public.documents;
create policy owner on public.documents as restrictive to authenticated
    using (user_id = (select ottavino.uid()))
    with check (user_id = (select ottavino.uid()));

-- policy public.documents.owner: comment
comment on policy owner on public.documents is 'Mine.';

--- Privileges

-- privilege select on public.documents to public: unknown, opens
grant select on public.documents to public;

-- privilege select on public.documents to anon: unknown, opens
grant select on public.documents to anon;

-- privilege truncate on public.documents to authenticated: unknown, opens
grant truncate on public.documents to authenticated;

-- privilege select on public.documents to authenticator: unknown, opens
grant select on public.documents to authenticator;

-- privilege delete on public.documents to authenticated: missing
revoke delete on public.documents from authenticated;

-- privilege update on public.documents.status to authenticated: unknown, opens
grant update (status) on public.documents to authenticated;

-- privilege update on public.documents.filename to authenticated: missing
revoke update (filename) on public.documents from authenticated;

-- privilege select on public.documents to authenticated: grant option
grant select on public.documents to authenticated with grant option;

-- privilege select on public.documents to authenticated: grant option, passed on to, by hand
-- privilege select on public.documents to anon: unknown, opens
-- never declared
grant select on public.documents to authenticated with grant option;
set local role authenticated;
grant select on public.documents to anon;
reset role;

-- privilege update on public.documents.filename to authenticated: grant option
grant update (filename) on public.documents to authenticated with grant option;

-- privilege insert on public.user_profiles to its owner: missing
revoke insert on public.user_profiles from postgres;

-- privilege usage on public.migration_id_seq to anon: unknown, opens
grant usage on sequence public.migration_id_seq to anon;

-- privilege execute on public.create_user_profile() to public: unknown, opens
grant execute on function public.create_user_profile() to public;

-- privilege execute on public.ottavino_set_updated_at() to anon: unknown, opens
grant execute on function public.ottavino_set_updated_at() to anon;

-- privilege create on schema public to anon: unknown, opens
grant create on schema public to anon;

-- privilege create on schema public to public: unknown, opens
grant all on schema public to public;

--- Functions

-- function public.ottavino_set_updated_at(): missing
-- trigger public.agent_requests.set_updated_at: missing
-- trigger public.agent_sessions.set_updated_at: missing
-- trigger public.document_chunks.set_updated_at: missing
-- trigger public.documents.set_updated_at: missing
-- trigger public.usage_events.set_updated_at: missing
-- trigger public.user_profiles.set_updated_at: missing
drop function public.ottavino_set_updated_at() cascade;

-- function public.extra(integer): unknown
create function public.extra(number int) returns int language sql as 'select number';

-- function public.ottavino_set_updated_at(integer): unknown
create function public.ottavino_set_updated_at(number int) returns int language sql as 'select 1';

-- procedure public.extra(): unknown
create procedure public.extra() language sql as 'select 1';

-- aggregate public.extra(integer): unknown
-- backwards by hand: aggregate public.extra(integer)
create aggregate public.extra(int) (sfunc = int4pl, stype = int);

-- function public.ottavino_set_updated_at(): body
create or replace function public.ottavino_set_updated_at() returns trigger
    language plpgsql security invoker set search_path = pg_temp
    as 'begin return new; end';

-- function public.ottavino_set_updated_at(): language, body, cost
create or replace function public.ottavino_set_updated_at() returns trigger
    language internal set search_path = pg_temp
    as 'suppress_redundant_updates_trigger';

-- function public.ottavino_set_updated_at(): returns, body
-- trigger public.agent_requests.set_updated_at: missing
-- trigger public.agent_sessions.set_updated_at: missing
-- trigger public.document_chunks.set_updated_at: missing
-- trigger public.documents.set_updated_at: missing
-- trigger public.usage_events.set_updated_at: missing
-- trigger public.user_profiles.set_updated_at: missing
-- backwards by hand: function public.ottavino_set_updated_at()
drop function public.ottavino_set_updated_at() cascade;
create function public.ottavino_set_updated_at() returns event_trigger
    language plpgsql set search_path = pg_temp
    as 'begin end';
alter function public.ottavino_set_updated_at() owner to postgres;
revoke all on function public.ottavino_set_updated_at() from public;

-- function public.ottavino_set_updated_at(): security
alter function public.ottavino_set_updated_at() security definer;

-- function public.create_user_profile(): security
alter function public.create_user_profile() security invoker;

-- function public.ottavino_set_updated_at(): volatility
alter function public.ottavino_set_updated_at() stable;

-- function public.create_user_profile(): settings
alter function public.create_user_profile() reset search_path;

-- function public.create_user_profile(): settings
alter function public.create_user_profile() set search_path = public, pg_temp;

-- function public.ottavino_set_updated_at(): null arguments
alter function public.ottavino_set_updated_at() strict;

-- function public.ottavino_set_updated_at(): leakproof
alter function public.ottavino_set_updated_at() leakproof;

-- function public.ottavino_set_updated_at(): parallel
alter function public.ottavino_set_updated_at() parallel safe;

-- function public.ottavino_set_updated_at(): cost
alter function public.ottavino_set_updated_at() cost 1;

-- function public.create_user_profile(): owner
alter function public.create_user_profile() owner to supabase_auth_admin;

-- function public.ottavino_set_updated_at(): comment
comment on function public.ottavino_set_updated_at() is 'Keeps it honest.';

--- Triggers

-- trigger public.documents.set_updated_at: missing
drop trigger set_updated_at on public.documents;

-- trigger auth.users.create_user_profile: missing
drop trigger create_user_profile on auth.users;

-- trigger public.documents.extra: unknown
create trigger extra before insert on public.documents
    for each row execute function public.ottavino_set_updated_at();

-- trigger auth.users.extra: unknown
create trigger extra before update on auth.users
    for each row execute function public.ottavino_set_updated_at();

-- trigger public.documents.extra: unknown
create trigger extra before update on public.documents
    for each row execute function suppress_redundant_updates_trigger();

-- trigger public.documents.set_updated_at: fires
alter table public.documents disable trigger set_updated_at;

-- trigger public.documents.set_updated_at: fires
alter table public.documents enable replica trigger set_updated_at;

-- trigger public.documents.set_updated_at: fires
alter table public.documents enable always trigger set_updated_at;

-- trigger auth.users.create_user_profile: fires
alter table auth.users disable trigger create_user_profile;

-- trigger public.documents.set_updated_at: definition
create or replace trigger set_updated_at after update on public.documents
    for each row execute function public.ottavino_set_updated_at();

-- trigger public.documents.set_updated_at: definition
create or replace trigger set_updated_at before update of filename on public.documents
    for each row execute function public.ottavino_set_updated_at();

-- trigger public.documents.set_updated_at: definition
create or replace trigger set_updated_at before update on public.documents
    for each row when (new.status = 'ready') execute function public.ottavino_set_updated_at();

-- trigger public.documents.set_updated_at: comment
comment on trigger set_updated_at on public.documents is 'Keeps it honest.';

-- event trigger extra: unknown
-- function public.extra(): unknown
create function public.extra() returns event_trigger language plpgsql as 'begin end';
create event trigger extra on ddl_command_end execute function public.extra();

--- Views and the rest

-- view public.extra: unknown
create view public.extra as select filename from public.documents;

-- view public.extra: unknown
create view public.extra with (security_invoker = true) as table public.documents;

-- view public.extra: unknown
-- view public.above: unknown
create view public.extra as select filename, id from public.documents;
create view public.above as select filename from public.extra;

-- view public.extra: unknown
-- also to the last
create view public.extra with (security_barrier, security_invoker) as table public.documents;

-- materialized view public.extra: unknown
create materialized view public.extra as table public.documents;

-- rule public.documents.extra: unknown, opens
create rule extra as on delete to public.documents do instead nothing;

-- rule public.documents.extra: unknown, opens
-- also to the last
create rule extra as on delete to public.documents do instead nothing;
alter table public.documents disable rule extra;

-- rule public.documents.extra: unknown, opens
-- also to the last
create rule extra as on delete to public.documents do instead nothing;
alter table public.documents enable always rule extra;

-- sequence public.extra: unknown
create sequence public.extra;

-- sequence public.migration_id_seq: owned by
alter sequence public.migration_id_seq owned by none;

-- sequence public.migration_id_seq: counts
alter sequence public.migration_id_seq increment by 10;

-- sequence public.migration_id_seq: type, counts
alter sequence public.migration_id_seq as bigint;

-- type public.extra: unknown
create type public.extra as enum ('zero', 'one', 'between', 'two', 'three');

-- type public.extra: unknown
-- also to the last
create type public.extra as enum ('one', 'two');

-- type public.extra: unknown
create type public.extra as (number int);

-- type public.extra: unknown
create type public.extra as range (subtype = int);

-- domain public.extra: unknown
create domain public.extra as text check (value <> '');

-- domain public.extra: unknown
create domain public.extra as text collate "C" not null default 'b'
    constraint b check (value <> 'b');

-- domain public.extra: unknown
-- also to the last
create domain public.extra as text collate "C" default 'c' constraint b check (value <> 'c')
    constraint c check (value <> 'd');

-- statistics public.extra: unknown
create statistics public.extra on user_id, status from public.documents;

--- Other names

-- table public.documents: renamed
alter table public.documents rename to papers;

-- table public.documents: renamed, row security
-- policy public.documents.owner: using
-- privilege select on public.documents to anon: unknown, opens
alter table public.documents rename to papers;
alter table public.papers disable row level security;
alter policy owner on public.papers using (true);
grant select on public.papers to anon;

-- table public.usage_events: renamed
-- table public.two: unknown
-- backwards by hand: foreign key public.one.usage_events_user_id_fkey
-- backwards by hand: table public.one; table public.two
alter table public.usage_events rename to one;
create table public.two (like public.one including all);

-- table public.usage_events: missing, by hand
-- foreign key public.usage_events.usage_events_user_id_fkey: missing, by hand
-- table public.one: unknown
-- backwards by hand: foreign key public.one.usage_events_user_id_fkey; table public.one
alter table public.usage_events rename to one;
alter table public.one drop column cost;

-- table public.usage_events: missing, by hand
-- foreign key public.usage_events.usage_events_user_id_fkey: missing, by hand
-- table public.one: unknown
-- backwards by hand: foreign key public.one.usage_events_user_id_fkey; table public.one
alter table public.usage_events rename to one;
alter table public.one drop column cost, drop column tokens_used, drop column request_type,
    drop column occurred_at, drop column created_at, drop column updated_at;

-- table public.documents: missing, by hand
-- foreign key public.documents.documents_user_id_fkey: missing, by hand
-- foreign key public.document_chunks.document_chunks_document_id_user_id_fkey: definition, by hand
-- function public.search_documents(text,integer,timestamp with time zone,uuid): returns, by hand
-- table public.papers: unknown
-- backwards by hand: foreign key public.papers.documents_user_id_fkey; table public.papers
-- backwards by hand: foreign key public.document_chunks.document_chunks_document_id_user_id_fkey
-- backwards by hand: function public.search_documents(text,integer,timestamp with time zone,uuid)
alter table public.documents rename to papers;
alter table public.papers rename filename to title;

-- column public.documents.filename: renamed
alter table public.documents rename filename to title;

-- column public.documents.filename: renamed
-- column public.documents.status: renamed
alter table public.documents rename filename to title;
alter table public.documents rename status to owner;

-- column public.documents.status: renamed
alter table public.documents rename status to ready;

-- column public.usage_events.cost: renamed
-- privilege select on public.usage_events to anon: unknown, opens
alter table public.usage_events rename cost to price;
grant select on public.usage_events to anon;

-- column public.usage_events.cost: renamed
-- column public.usage_events.paid: unknown
-- backwards by hand: check constraint public.usage_events.usage_events_cost_range
-- backwards by hand: column public.usage_events.paid; column public.usage_events.price
alter table public.usage_events rename cost to price;
alter table public.usage_events add paid numeric(14, 6) not null;

-- column public.usage_events.created_at: missing, by hand
-- column public.usage_events.updated_at: missing, by hand
-- column public.usage_events.moment: unknown
-- index public.usage_events_created_at_idx: definition, by hand
alter table public.usage_events rename created_at to moment;
alter table public.usage_events drop updated_at;

-- sequence public.migration_id_seq: renamed
alter sequence public.migration_id_seq rename to migrations;

-- function public.uid(): unknown
-- policy public.documents.owner: using, with check
create function public.uid() returns uuid language sql as 'select null::uuid';
alter policy owner on public.documents
    using (user_id = public.uid()) with check (user_id = public.uid());

--- What an extension brings

create function public.extra() returns int language sql as 'select 1';
alter extension plpgsql add function public.extra();

create table public.extra (id int generated always as identity primary key);
grant select on public.extra to anon;
alter extension plpgsql add table public.extra;
