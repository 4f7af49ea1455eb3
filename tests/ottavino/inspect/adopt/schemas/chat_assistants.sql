-- Workspaces, assistants, chats and files, with joins between them and a search of vectors.
create function update_updated_at_column() returns trigger as $$
begin
    new.updated_at = now();
    return new;
end;
$$ language 'plpgsql';

create table workspaces (
    id uuid primary key default gen_random_uuid(),
    user_id uuid not null references auth.users (id) on delete cascade,
    created_at timestamptz not null default current_timestamp,
    updated_at timestamptz,
    sharing text not null default 'private',
    default_context_length int not null,
    default_temperature real not null,
    description text not null check (char_length(description) <= 500),
    include_profile_context boolean not null,
    instructions text not null check (char_length(instructions) <= 1500),
    is_home boolean not null default false,
    name text not null check (char_length(name) <= 100)
);
create index idx_workspaces_user_id on workspaces (user_id);
alter table workspaces enable row level security;
create policy "Allow full access to own workspaces" on workspaces
    using (user_id = auth.uid()) with check (user_id = auth.uid());
create policy "Allow view access to non-private workspaces" on workspaces
    for select using (sharing <> 'private');
create trigger update_workspaces_updated_at before update on workspaces
    for each row execute procedure update_updated_at_column();
create unique index idx_unique_home_workspace_per_user on workspaces (user_id) where is_home;

create function prevent_home_field_update() returns trigger as $$
begin
    if new.is_home is distinct from old.is_home then
        raise exception 'Updating the home field of workspace is not allowed.';
    end if;
    return new;
end;
$$ language plpgsql;
create trigger prevent_update_of_home_field before update on workspaces
    for each row execute procedure prevent_home_field_update();

create table files (
    id uuid primary key default gen_random_uuid(),
    user_id uuid not null references auth.users (id) on delete cascade,
    created_at timestamptz not null default current_timestamp,
    updated_at timestamptz,
    sharing text not null default 'private',
    file_path text not null check (char_length(file_path) <= 1000),
    name text not null check (char_length(name) <= 100),
    size int not null,
    tokens int not null,
    type text not null check (char_length(type) <= 100)
);
create index files_user_id_idx on files (user_id);
alter table files enable row level security;
create policy "Allow full access to own files" on files
    using (user_id = auth.uid()) with check (user_id = auth.uid());
create trigger update_files_updated_at before update on files
    for each row execute procedure update_updated_at_column();

create table file_workspaces (
    user_id uuid not null references auth.users (id) on delete cascade,
    file_id uuid not null references files (id) on delete cascade,
    workspace_id uuid not null references workspaces (id) on delete cascade,
    primary key (file_id, workspace_id),
    created_at timestamptz not null default current_timestamp,
    updated_at timestamptz
);
create index file_workspaces_user_id_idx on file_workspaces (user_id);
alter table file_workspaces enable row level security;
create policy "Allow full access to own file_workspaces" on file_workspaces
    using (user_id = auth.uid()) with check (user_id = auth.uid());

create table file_items (
    id uuid primary key default gen_random_uuid(),
    file_id uuid not null references files (id) on delete cascade,
    user_id uuid not null references auth.users (id) on delete cascade,
    content text not null,
    tokens int not null,
    embedding real[],
    tags text[] default '{}'::text[]
);
create index file_items_tags_idx on file_items using gin (tags);
alter table file_items enable row level security;
create policy "Allow view access to non-private files" on file_items for select
    using (file_id in (select id from files where sharing <> 'private'));

create function match_file_items(query text, match_count int default null, file_ids uuid[] default null)
returns table (id uuid, file_id uuid, content text, tokens int)
language plpgsql as $$
#variable_conflict use_column
begin
    return query
    select id, file_id, content, tokens from file_items
    where file_id = any(file_ids) limit match_count;
end;
$$;

create function create_profile_and_workspace() returns trigger
security definer set search_path = public as $$
begin
    insert into public.workspaces (
        user_id, is_home, name, default_context_length, default_temperature, description,
        include_profile_context, instructions
    ) values (new.id, true, 'Home', 4000, 0.5, 'My home workspace.', true, '');
    return new;
end;
$$ language 'plpgsql';
create trigger create_profile_and_workspace_trigger after insert on auth.users
    for each row execute procedure public.create_profile_and_workspace();
