-- Partitions in a schema of their own.
create schema archive;
grant usage on schema archive to service_role;
create table events (
    id bigint generated always as identity, at date not null, what text, primary key (id, at)
) partition by range (at);
create index events_what on events (what);
create table archive.events_2024 partition of events
    for values from ('2024-01-01') to ('2025-01-01');
create table archive."Of 2025" partition of events
    for values from ('2025-01-01') to ('2026-01-01') partition by hash (id);
create table archive.events_2025_0 partition of archive."Of 2025"
    for values with (modulus 1, remainder 0);
create table events_now partition of events default;
comment on table archive.events_2024 is 'Closed.';
revoke all on archive.events_2024 from authenticated;
create index events_2024_at on archive.events_2024 using brin (at);
alter table archive.events_2024 enable row level security;
create view old_events as select id, what from archive.events_2024;
create table notes (id int primary key, event bigint, at date,
    foreign key (event, at) references events);
