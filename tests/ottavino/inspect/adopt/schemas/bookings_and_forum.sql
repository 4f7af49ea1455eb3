-- Bookings of ranges of time; a forum with a closure table, votes, and a composite type.
create table rooms (id int primary key generated always as identity (minvalue 10 start 10 cache 5), name text not null, capacity smallint default 1, opening timetz, open_days int[] default '{1,2,3,4,5}');
create table bookings (
    id uuid default gen_random_uuid() primary key,
    room_id int not null references rooms (id),
    during tstzrange not null,
    booked_by uuid not null default auth.uid() references auth.users (id),
    notes text collate "C",
    remind interval default '00:15:00',
    constraint no_overlap exclude using gist (during with &&) where (room_id > 0),
    constraint bookings_not_empty check (not isempty(during))
);
create table recurrences (
    booking_id uuid not null references bookings (id) on delete cascade,
    rule text not null,
    until date,
    exceptions date[] not null default '{}',
    at time not null default '09:00',
    zone text default current_setting('TimeZone')
);
create table attendees (
    booking_id uuid not null references bookings (id) on delete cascade,
    email text not null,
    answer text,
    unique (booking_id, email)
);
create index bookings_during on bookings using gist (during);
create index bookings_brin on bookings using brin (during) with (pages_per_range = 32);
alter table bookings enable row level security;
create policy "see" on bookings for select using (true);
create policy "own" on bookings for insert with check (booked_by = auth.uid());
create function overlapping(room int, span tstzrange) returns setof bookings stable language sql begin atomic
    select * from bookings where room_id = room and during && span;
end;
create type moderation as (state text, reason text, at timestamptz);
create table members (id uuid primary key references auth.users on delete cascade, name text not null unique, reputation int not null default 0, banned_until timestamptz, settings jsonb default '{"mail": true}' not null);
create table boards (id int generated always as identity primary key, path text not null, title text not null);
create index boards_path on boards (path);
create table threads (id bigint generated always as identity primary key, board_id int references boards not null, title text not null, opened_by uuid references members, locked bool default false, views bigint default 0, last_moderation moderation, deleted_at timestamptz);
create index threads_title_trgm on threads (title);
create table posts (id bigint generated always as identity primary key, thread_id bigint not null references threads on delete cascade, author uuid references members, body text, score int not null default 0, deleted_at timestamptz);
create table post_tree (ancestor bigint not null references posts on delete cascade, descendant bigint not null references posts on delete cascade, depth int not null, primary key (ancestor, descendant));
create table votes (post_id bigint references posts on delete cascade, voter uuid references members default auth.uid(), value smallint not null check (value in (-1, 1)), primary key (post_id, voter));
create function count_votes() returns trigger language plpgsql security definer as $$
begin
    if tg_op = 'DELETE' then
        update posts set score = score - old.value where id = old.post_id;
        return old;
    end if;
    update posts set score = score + new.value - coalesce(old.value, 0) where id = new.post_id;
    return new;
end $$;
create trigger count_votes after insert or delete or update of value on votes for each row execute function count_votes();
create function grow_tree() returns trigger language plpgsql as $$
begin
    insert into post_tree select id, id, 0 from inserted;
    return null;
end $$;
create trigger grow_tree after insert on posts referencing new table as inserted for each statement execute function grow_tree();
create constraint trigger checked after insert on threads deferrable initially deferred for each row execute function grow_tree();
alter table threads disable trigger checked;
alter table members enable row level security; alter table posts enable row level security; alter table votes enable row level security;
create policy "public" on members for select using (true);
create policy "self" on members for update using (auth.uid() = id) with check (auth.uid() = id);
create policy "not deleted" on posts for select using (deleted_at is null or author = auth.uid());
create policy "write" on posts for insert to authenticated with check (author = auth.uid() and not exists (select 1 from members where id = auth.uid() and banned_until > now()));
create policy "edit 15 minutes" on posts for update to authenticated using (author = auth.uid());
create policy "vote" on votes to authenticated using (voter = auth.uid()) with check (voter = auth.uid());
revoke update on members from authenticated, anon;
grant update (settings) on members to authenticated;
