-- What a Supabase project has before its team makes anything: buckets and their files, messages
-- of Realtime, a publication, and a type of an extension. On Supabase the role that migrates
-- owns none of it, and may still make policies on these tables: here it owns them.
create schema storage;
create table storage.buckets (
    id text not null primary key,
    name text not null,
    owner uuid,
    created_at timestamptz default now(),
    updated_at timestamptz default now(),
    public boolean default false
);
create table storage.objects (
    id uuid not null default gen_random_uuid() primary key,
    bucket_id text references storage.buckets,
    name text,
    owner uuid,
    created_at timestamptz default now(),
    metadata jsonb,
    path_tokens text[] generated always as (string_to_array(name, '/')) stored
);
create function storage.foldername(name text) returns text[] language sql immutable as $$
    select (string_to_array(name, '/'))[1:array_length(string_to_array(name, '/'), 1) - 1]
$$;
alter table storage.objects enable row level security;
alter table storage.buckets enable row level security;
grant usage on schema storage to postgres, anon, authenticated, service_role;
grant all on all tables in schema storage to anon, authenticated, service_role;
alter table storage.buckets owner to postgres;
alter table storage.objects owner to postgres;

create schema realtime;
grant usage on schema realtime to postgres, authenticated;
create table realtime.messages (topic text, extension text);
alter table realtime.messages enable row level security;
alter table realtime.messages owner to postgres;

create publication supabase_realtime;
alter publication supabase_realtime owner to postgres;

create schema if not exists extensions;
grant usage on schema extensions to public;
create type extensions.citext;
create function extensions.citextin(cstring) returns extensions.citext
    language internal immutable strict as 'textin';
create function extensions.citextout(extensions.citext) returns cstring
    language internal immutable strict as 'textout';
create type extensions.citext (
    input = extensions.citextin, output = extensions.citextout, like = text, category = 'S',
    collatable = true
);
create cast (extensions.citext as text) without function as implicit;
create cast (text as extensions.citext) without function as assignment;
