-- Pages in a tree, several languages, search, and views on views.
create extension ltree with schema extensions;
create extension unaccent with schema extensions;
create extension pg_trgm with schema extensions;
create extension citext with schema extensions;
create schema cms;
grant usage on schema cms to anon, authenticated;
comment on schema cms is 'Pages and their blocks.';
create schema internal;
create collation cms.nocase (provider = icu, locale = 'und-u-ks-level2', deterministic = false);
create text search configuration cms.plain (copy = pg_catalog.english);
alter text search configuration cms.plain alter mapping for hword, hword_part, word with extensions.unaccent, english_stem;
create function internal.slugify(value text) returns text language sql immutable strict parallel safe
    set search_path to 'extensions', 'pg_catalog' as $function$
    select trim(both '-' from regexp_replace(lower(unaccent(value)), '[^a-z0-9]+', '-', 'g'));
$function$;
create type cms.state as enum ('draft', 'in review', 'published', 'archived');
create type cms.block as (kind text, body jsonb);
create domain cms.locale as varchar(5) default 'en' check (value ~ '^[a-z]{2}(-[A-Z]{2})?$');
create table cms.authors (
    id int generated always as identity primary key,
    user_id uuid unique references auth.users on delete set null,
    name text collate cms.nocase not null,
    email extensions.citext not null,
    bio text,
    constraint authors_email_key unique (email)
);
create table cms.pages (
    id uuid primary key default gen_random_uuid(),
    title text not null,
    slug text generated always as (internal.slugify(title)) stored,
    path extensions.ltree not null,
    parent uuid references cms.pages on delete restrict,
    locale cms.locale not null,
    state cms.state not null default 'draft',
    author_id int references cms.authors,
    blocks cms.block[] not null default '{}',
    tags extensions.citext[] default '{}',
    body text not null default '',
    search tsvector generated always as (
        setweight(to_tsvector('cms.plain', coalesce(title, '')), 'A') || setweight(to_tsvector('cms.plain'::regconfig, body), 'B')
    ) stored,
    depth int generated always as (extensions.nlevel(path)) stored,
    published_at timestamptz,
    created_at timestamptz default now() not null,
    updated_at timestamptz default now() not null,
    constraint "published pages have a date" check (state <> 'published' or published_at is not null),
    unique (locale, path)
);
create unique index pages_slug_key on cms.pages (parent, slug, locale) where state <> 'archived';
create index pages_path on cms.pages using gist (path extensions.gist_ltree_ops);
create index pages_search on cms.pages using gin (search);
create index pages_title_trgm on cms.pages using gin (title extensions.gin_trgm_ops);
create table cms.redirects (from_path text primary key, to_page uuid not null references cms.pages on delete cascade, permanent boolean default true not null, hits bigint default 0);
create table cms.revisions (
    page_id uuid not null references cms.pages on delete cascade, number int not null, content jsonb not null,
    saved_by uuid default auth.uid(), saved_at timestamptz not null default statement_timestamp(),
    primary key (page_id, number)
);
create table cms.menus (id serial primary key, name text not null unique, items jsonb check (jsonb_typeof(items) = 'array'));
create function internal.touch() returns trigger language plpgsql as $$ begin new.updated_at := now(); return new; end $$;
create trigger touch before update on cms.pages for each row execute function internal.touch();
create function internal.keep_revision() returns trigger language plpgsql security definer set search_path = '' as $$
begin
    insert into cms.revisions (page_id, number, content)
    select old.id, coalesce(max(number), 0) + 1, to_jsonb(old) from cms.revisions where page_id = old.id;
    return null;
end $$;
create trigger keep_revision after update of title, body, blocks on cms.pages for each row
    when (old.body is distinct from new.body or old.title <> new.title) execute function internal.keep_revision();
create function internal.move() returns trigger language plpgsql as $$
begin
    update cms.pages set path = new.path operator(extensions.||) extensions.subpath(path, extensions.nlevel(old.path))
    where path operator(extensions.<@) old.path and id <> new.id;
    return new;
end $$;
create trigger move after update of path on cms.pages for each row when (old.path is distinct from new.path) execute function internal.move();
create function internal.is_editor() returns boolean language sql stable security definer
    return exists (select 1 from cms.authors a where a.user_id = auth.uid());
alter table cms.pages enable row level security;
alter table cms.authors enable row level security;
alter table cms.revisions enable row level security;
alter table cms.menus enable row level security;
alter table cms.redirects enable row level security;
create policy "published is public" on cms.pages for select using (state = 'published' and published_at <= now());
create policy editors on cms.pages to authenticated using (internal.is_editor()) with check (internal.is_editor());
create policy read on cms.authors for select using (true);
create policy own on cms.authors for update to authenticated using (user_id = auth.uid());
create policy editors on cms.revisions for select to authenticated using (internal.is_editor());
create policy read on cms.menus for select to anon, authenticated using (true);
create policy all_editors on cms.menus to authenticated using (internal.is_editor());
grant select on all tables in schema cms to anon;
grant select, insert, update, delete on cms.pages, cms.menus to authenticated;
grant select, update (bio, name) on cms.authors to authenticated;
grant usage on sequence cms.menus_id_seq to authenticated;
create view cms.published as
    select p.id, p.title, p.slug, p.path, p.locale, p.search, p.published_at, a.name as author
    from cms.pages p left join cms.authors a on a.id = p.author_id
    where p.state = 'published' and p.published_at <= now();
create view cms.sections with (security_invoker = true) as
    select subpath as section, count(*) as pages, max(published_at) as newest
    from (select extensions.subpath(path, 0, 1) as subpath, published_at from cms.published) s
    group by subpath having count(*) > 0;
create view cms.sitemap as
    select '/' || replace(p.path::text, '.', '/') as loc, p.published_at::date as lastmod,
        row_number() over (order by p.path) as position, s.pages
    from cms.published p join cms.sections s on s.section = extensions.subpath(p.path, 0, 1);
create materialized view cms.search_terms as
    select word, ndoc from ts_stat('select search from cms.pages where state = ''published''') where nentry > 1;
create unique index on cms.search_terms (word);
create view cms.popular_terms as select word from cms.search_terms order by ndoc desc limit 10;
create function cms.search(query text, lang cms.locale default 'en') returns setof cms.published language sql stable as $$
    select p from cms.published p where p.search @@ websearch_to_tsquery('cms.plain', query) and p.locale = lang
$$;
create function cms.children(page cms.pages) returns setof cms.pages rows 10 language sql stable as $$
    select * from cms.pages where parent = page.id
$$;
create function cms.redirect_hit() returns trigger language plpgsql as $$ begin
    update cms.redirects set hits = hits + 1 where from_path = new.from_path; return new; end $$;
create view cms.redirect_targets as select r.from_path, r.permanent, p.path, p.slug from cms.redirects r join cms.pages p on p.id = r.to_page;
create trigger hit instead of update on cms.redirect_targets for each row execute function cms.redirect_hit();
create rule no_delete as on delete to cms.redirect_targets do instead nothing;
create policy "page images" on storage.objects for insert to authenticated with check (bucket_id = 'pages' and internal.is_editor());
