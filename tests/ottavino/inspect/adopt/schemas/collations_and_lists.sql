-- Domains, types and columns with collations, and lists that PostgreSQL writes with casts.
create collation ci from "C";
create domain email as text collate ci check (value ~ '@');
create domain code as varchar(10) collate "C" default 'x';
create type pair as (a text collate "C", b int);
create table users (
    id int primary key,
    mail email,
    c code,
    p pair,
    plain text collate ci,
    tags text[] collate "C"
);
create view mails as select id, mail from users;
create materialized view mail_counts as select mail, count(*) n from users group by mail;
create function f(e email) returns int language sql as 'select 1';
create table n (
    id int primary key,
    k numeric check (k = any (array[1, 2])),
    s smallint check (s in (1,2)),
    r real check (r = any(array[1.5,2])),
    k2 numeric(5,2) check (k2 in (1, 2.5)),
    v varchar(5) check (v in ('a','b')),
    b bigint check (b in (1,2)),
    d date check (d in ('2020-01-01','2021-01-01'))
);
create domain kind as text check (value in ('a','b'));
create table pol (id int primary key, k kind, ks kind[], m int, amount numeric);
alter table pol enable row level security;
create policy p1 on pol using (k = any (array['a'::kind, 'b'::kind]));
create policy p2 on pol using (k in ('a','b'));
create policy p3 on pol using (ks && array['a']::kind[]);
create policy p4 on pol using (amount = any (array[1, 2]));
create policy p5 on pol using (k = any ('{a,b}'::kind[]));
create index pi on pol (m) where amount = any (array[1,2]);
create view pv as select * from pol where k = any (array['a'::kind, 'b'::kind]) and amount in (1,2);
create domain price as numeric(10,2);
create domain slug as varchar(20) check (value in ('a','b'));
create domain address as extensions.citext check (value ~ '@');
create type st as enum ('x','y','z');
create domain dst as st check (value in ('x','y'));
create table t (
    id int primary key,
    p price check (p = any (array[1, 2])),
    s slug check (s in ('a', 'c')),
    ss slug[],
    e address check (e in ('a@b', 'c@d')),
    n numeric(12, 4),
    n2 numeric,
    st st check (st in ('x', 'y')),
    d dst,
    ds dst[],
    i int,
    big bigint,
    txt text,
    v varchar(9),
    arr numeric[],
    tt text[],
    check (n = any (array[1, 2])),
    check (n2 = any (array[i, big])),
    check (p <> all (array[1, 2, 3])),
    check (arr <@ array[1, 2]::numeric[]),
    check (big = any (array[1, 2, i])),
    check (v = any (array['a', txt])),
    check (n = any ('{1,2}'::int[])),
    check (i = any (array[1.5, 2])),
    check (n in (1, 2.5) and n not in (3, 4)),
    check (tt <@ array['a'::varchar, 'b'::varchar]::text[])
);
alter table t enable row level security;
create policy a1 on t using (s = any (ss));
create policy a2 on t using (ss @> array['a','b']::slug[]);
create policy a3 on t using (s = any (array['a','b']::slug[]));
create policy a4 on t using (ds && array['x']::dst[]);
create policy a5 on t using (array[s] <@ ss);
create policy a6 on t using (p = any (array[1, 2]));
create policy a7 on t using (s = any (array[txt, v]));
create policy a8 on t using (p = any (array[1, 2]::price[]));
create policy a9 on t using (p in (select unnest(array[1,2]::price[])));
create policy b1 on t using ((select array_agg(x) from unnest(array['a','b']::slug[]) x) @> array[s]);
create policy b2 on t using (s in ('a','b') or e in ('a@b', 'x@y'));
create policy b3 on t using (e = any (array['a@b','c@d']::address[]));
create policy b4 on t using (v = any (string_to_array(txt, ',')));
create policy b5 on t using (s::text = any (array['a','b']::varchar[]));
create policy b6 on t using (ss && array[v, txt]::slug[]);
create policy b7 on t using (ds && array[st]::dst[]);
create policy b8 on t using (i = any (array[1,2]::bigint[]) and n = any (array[big, i]));
