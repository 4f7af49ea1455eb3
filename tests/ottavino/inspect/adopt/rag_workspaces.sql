-- Workspaces whose members search documents by meaning and by words; helpers in a private schema,
-- files in folders of workspaces.
create schema private;
revoke all on schema private from public;
grant usage on schema private to authenticated;
create type member_role as enum ('owner', 'editor', 'viewer');
create type public.source_kind as enum ('upload', 'url', 'note');
create domain slug as text check (value ~ '^[a-z0-9-]{3,40}$');
create table workspaces (
    id uuid primary key default gen_random_uuid(),
    slug slug not null unique,
    name text not null,
    allowed source_kind[] not null default '{upload,note}',
    settings jsonb not null default '{"theme": "dark"}'::jsonb,
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now()
);
comment on table workspaces is 'A place to work in.';
comment on column workspaces.slug is e'@name handle\nIts address.';
create table workspace_members (
    workspace_id uuid not null references workspaces on delete cascade,
    user_id uuid not null references auth.users on delete cascade,
    role member_role not null default 'viewer',
    invited_by uuid references auth.users on delete set null,
    primary key (workspace_id, user_id)
);
create index on workspace_members (user_id) include (role);
create table profiles (
    id uuid primary key references auth.users on delete cascade,
    username text unique,
    full_name text,
    avatar_url text,
    constraint username_length check (char_length(username) >= 3)
);
create table documents (
    id bigint generated always as identity primary key,
    workspace_id uuid not null references workspaces on delete cascade,
    author uuid default auth.uid(),
    kind source_kind not null default 'note'::source_kind,
    title text not null,
    body text not null default '',
    tags text[] not null default array[]::text[],
    fts tsvector generated always as (
        setweight(to_tsvector('english', coalesce(title, '')), 'A')
            || setweight(to_tsvector('english', coalesce(body, '')), 'B')
    ) stored,
    updated_at timestamptz default now(),
    foreign key (workspace_id, author) references workspace_members (workspace_id, user_id)
        on delete set null (author)
);
create index documents_fts on documents using gin (fts);
create index documents_tags on documents using gin (tags);
create index documents_recent on documents (workspace_id, updated_at desc nulls last);
create table sections (
    document_id bigint not null references documents on delete cascade,
    position int not null,
    content text not null,
    token_count smallint,
    embedding extensions.vector(384),
    primary key (document_id, position)
);
create index sections_embedding on sections
    using hnsw (embedding extensions.vector_cosine_ops) with (m = 12, ef_construction = 40);

create function private.role_in(workspace uuid) returns member_role
    language sql stable security definer set search_path = '' as $$
    select role from public.workspace_members
    where workspace_id = workspace and user_id = (select auth.uid())
$$;
create function private.is_member(workspace uuid) returns boolean
    language sql stable security definer set search_path = '' as $$
    select private.role_in(workspace) is not null
$$;
create function handle_new_user() returns trigger
    language plpgsql security definer set search_path = '' as $$
begin
    insert into public.profiles (id, full_name, avatar_url)
    values (
        new.id, new.raw_user_meta_data ->> 'full_name', new.raw_user_meta_data ->> 'avatar_url'
    );
    return new;
end;
$$;
create trigger on_auth_user_created
    after insert on auth.users for each row execute procedure public.handle_new_user();
create function handle_times() returns trigger language plpgsql as $$
begin
    new.updated_at = now();
    return new;
end $$;
create trigger handle_updated_at before update on workspaces
    for each row execute procedure handle_times();
create trigger handle_updated_at before update of title, body on documents
    for each row when (old.body is distinct from new.body) execute procedure handle_times();
create function add_owner() returns trigger language plpgsql security definer as $$
begin
    insert into public.workspace_members (workspace_id, user_id, role)
    values (new.id, auth.uid(), 'owner');
    return null;
end $$;
create trigger add_owner after insert on workspaces for each row execute function add_owner();
create function match_sections(
    query_embedding extensions.vector(384),
    match_threshold float default 0.7,
    match_count int default 10
) returns table (document_id bigint, content text, similarity float)
    language plpgsql stable as $$
#variable_conflict use_column
begin
    return query
    select document_id, content, 1 - (sections.embedding operator(extensions.<=>) query_embedding)
    from public.sections
    where 1 - (sections.embedding operator(extensions.<=>) query_embedding) > match_threshold
    order by sections.embedding operator(extensions.<=>) query_embedding
    limit match_count;
end $$;
create function search(words text) returns setof documents language sql stable as $$
    select * from public.documents where fts @@ websearch_to_tsquery('english', words)
$$;
create function document_count(w workspaces) returns bigint language sql stable as $$
    select count(*) from public.documents where workspace_id = w.id
$$;
create function custom_access_token(event jsonb) returns jsonb language plpgsql stable as $$
begin return jsonb_set(event, '{claims,plan}', '"free"'); end $$;
revoke execute on function custom_access_token from public, anon, authenticated;

create view my_documents with (security_invoker = true) as
    select d.id, d.title, w.slug, private.role_in(d.workspace_id) as role
    from documents d join workspaces w on w.id = d.workspace_id;
create view workspace_stats with (security_invoker = on) as
    select workspace_id, count(*) as documents, max(updated_at) as latest
    from documents group by workspace_id;

alter table workspaces enable row level security;
alter table workspace_members enable row level security;
alter table profiles enable row level security;
alter table documents enable row level security;
alter table sections enable row level security;
create policy "Members can view workspaces" on workspaces for select to authenticated
    using (private.is_member(id));
create policy "Anyone signed in can create" on workspaces for insert to authenticated
    with check (true);
create policy "Owners can change" on workspaces for update to authenticated
    using (private.role_in(id) = 'owner') with check (private.role_in(id) = 'owner');
create policy "See fellow members" on workspace_members for select to authenticated
    using (private.is_member(workspace_id));
create policy "Public profiles are viewable by everyone." on profiles for select using (true);
create policy "Users can update own profile." on profiles for update
    using ((select auth.uid()) = id);
create policy "Read documents" on documents for select to authenticated
    using (private.is_member(workspace_id));
create policy "Write documents" on documents for all to authenticated
    using (private.role_in(workspace_id) in ('owner', 'editor'))
    with check (private.role_in(workspace_id) = any (array['owner', 'editor']::member_role[]));
create policy "Read sections" on sections for select to authenticated using (
    exists (
        select 1 from documents
        where documents.id = sections.document_id and private.is_member(documents.workspace_id)
    )
);
create policy "No deletes without a second factor" on documents as restrictive
    for delete to authenticated using ((select auth.jwt() ->> 'aal') = 'aal2');
create policy "Workspace folders" on storage.objects for select to authenticated using (
    bucket_id = 'workspaces' and private.is_member(((storage.foldername(name))[1])::uuid)
);
create policy "Own avatars" on storage.objects for insert to authenticated with check (
    bucket_id = 'avatars' and (select auth.uid()::text) = (storage.foldername(name))[1]
);
alter publication supabase_realtime add table documents, workspace_members;
alter table workspace_members replica identity full;
