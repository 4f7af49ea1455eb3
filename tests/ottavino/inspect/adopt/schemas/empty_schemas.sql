-- Schemas that hold nothing yet.
create schema later;
comment on schema later is 'For reports.';
grant usage on schema later to authenticated;
create schema not_yet;
create schema plain;
revoke all on schema plain from public;
create table notes (id int primary key);
