-- What is set on keys, indexes, columns of views, and triggers of partitions.

create table notes (
    id int,
    extra text,
    title text,
    primary key (id) include (extra) with (fillfactor = 70)
);
create table tags (
    id int primary key with (fillfactor = 60),
    label text unique with (fillfactor = 50),
    span int4range,
    constraint tags_span exclude using gist (span with &&) with (fillfactor = 55)
);
create table lines (a int, b int, constraint lines_key primary key (b, a) with (fillfactor = 80));
create index notes_title on notes (title) with (fillfactor = 40);
alter index notes_title set (deduplicate_items = off);
create unique index tags_once on tags (label) include (id);
alter index tags_once set (fillfactor = 45);
create view titles as select id, title from notes;
alter view titles alter title set default 'None';
comment on column titles.title is 'What it''s called';
create materialized view counts as select count(*) as notes from notes;
comment on column counts.notes is 'How many';
create function quiet() returns trigger language plpgsql as 'begin return new; end';
create table months (at date not null, n int, primary key (at) with (fillfactor = 90))
    partition by range (at);
create table month_a partition of months for values from ('2024-01-01') to ('2024-02-01');
create table month_b partition of months for values from ('2024-02-01') to ('2024-03-01');
create trigger "Be quiet" before insert on months for each row execute function quiet();
alter table month_a disable trigger "Be quiet";
create index months_n on months (n) with (fillfactor = 35);
