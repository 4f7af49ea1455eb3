-- Lists of values of varchar, which PostgreSQL writes with a cast of the whole list.
create domain public.size as varchar(10) constraint size_known check (value in ('small', 'large'));
create table public.staff (
    user_id uuid primary key references auth.users on delete cascade,
    role varchar(20) not null default 'clerk' check (role in ('clerk', 'manager', 'it''s ]')),
    code char(2) check (code in ('aa', 'bb')),
    grade varchar not null,
    is_senior boolean generated always as (grade in ('a', 'b')) stored,
    constraint not_both check (role not in ('clerk', 'nobody') or grade not in ('a'))
);
create table public.products (
    id int generated always as identity primary key,
    size public.size,
    state varchar(20) not null
);
alter table public.staff enable row level security;
alter table public.products enable row level security;
create index products_open on public.products (id) where state in ('new', 'open');
create policy managers on public.products as restrictive for update to authenticated
    using (exists (
        select 1 from public.staff s
        where s.user_id = auth.uid() and s.role in ('manager', 'owner')
    ));
create policy open_only on public.products for select to anon using (state in ('new', 'open'));
create view public.managed with (security_invoker = on) as
    select s.user_id, s.role from public.staff s where s.role in ('manager', 'owner');
create function public.noticed() returns trigger language plpgsql as $$ begin return new; end $$;
create trigger noticed before update on public.products
    for each row when (new.state in ('sold', 'lost')) execute function public.noticed();
