-- Posts, comments and tags, with functions that policies call, and a view for the front page.
create table authors (
    id uuid primary key references auth.users (id) on delete cascade,
    handle text not null unique check (handle ~ '^[a-z0-9_]{3,20}$'),
    bio text not null default '',
    created_at timestamptz not null default now()
);
create function is_author() returns boolean language sql stable security definer
set search_path = '' as $$
    select exists (select 1 from public.authors where id = (select auth.uid()))
$$;
create table posts (
    id uuid primary key default gen_random_uuid(),
    author_id uuid not null references authors (id) on delete cascade,
    slug text not null,
    title text not null,
    body text,
    published_at timestamptz,
    search tsvector generated always as (
        to_tsvector('english', coalesce(title, '') || ' ' || coalesce(body, ''))
    ) stored,
    likes integer not null default 0,
    unique (author_id, slug)
);
create index posts_search_idx on posts using gin (search);
create index posts_published_at_idx on posts (published_at desc) where published_at is not null;
create table tags (name text primary key, description text);
create table post_tags (
    post_id uuid references posts (id) on delete cascade,
    tag text references tags (name) on update cascade,
    primary key (post_id, tag)
);
create table comments (
    id bigint generated always as identity primary key,
    post_id uuid not null references posts (id) on delete cascade,
    reply_to bigint references comments (id) on delete cascade,
    author_id uuid default auth.uid() references authors (id) on delete set null,
    body text not null check (length(body) between 1 and 2000),
    created_at timestamptz not null default now(),
    edited_at timestamptz
);
create index on comments (post_id, created_at);
alter table authors enable row level security;
alter table posts enable row level security;
alter table comments enable row level security;
alter table comments force row level security;
create policy read on posts for select to anon, authenticated
    using (published_at is not null or author_id = (select auth.uid()));
create policy write on posts to authenticated using (author_id = (select auth.uid()))
    with check (is_author() and author_id = (select auth.uid()));
create policy never_delete on posts as restrictive for delete to authenticated using (likes = 0);
create policy edit on comments for update to authenticated
    using (author_id = auth.uid() and created_at > now() - interval '15 minutes');
comment on policy edit on comments is 'For a quarter of an hour.';
comment on column posts.slug is 'The end of its address: it''s "unique" for each author.';
comment on table posts is E'Two \\ lines, "quoted":\n    as they are.';
create function slugify(value text) returns text language sql immutable strict
    as $$ select lower(regexp_replace(value, '\W+', '-', 'g')) $$;
create function set_slug() returns trigger language plpgsql as $$
begin
	new.slug := public.slugify(new.title);  -- a tab, and trailing blanks   
	return new;
end $$;
create trigger set_slug before insert or update of title on posts
    for each row when (new.title is not null) execute function set_slug();
create view front_page with (security_invoker = true) as
    select posts.id, title, handle as author, published_at from posts
    join authors on authors.id = author_id where published_at is not null;
create view popular as select id, title from front_page where id in (select id from posts where likes > 10);
revoke all on popular from anon;
comment on view popular is 'What many like.';
comment on column popular.title is 'Of the post.';
create materialized view posts_by_tag as
    select tag, count(*) as posts from post_tags group by tag;
create unique index posts_by_tag_tag_idx on posts_by_tag (tag);
revoke all on posts_by_tag from anon, authenticated;
