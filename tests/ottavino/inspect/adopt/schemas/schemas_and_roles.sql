-- Schemas with comments, and with privileges of several roles.
do $$ begin create role analyst nologin; exception when duplicate_object then null; end $$;
create schema shop;
comment on schema shop is 'Orders and their lines.';
grant usage on schema shop to public, authenticated;
grant usage on schema shop to analyst;
grant create, usage on schema shop to service_role with grant option;
create table shop.orders (id int primary key);
create view shop.open_orders as select id from shop.orders;
create schema commented;
comment on schema commented is '	A tab first,
  and lines
  indented alike.';
create table commented.notes (id int primary key, text text);
comment on table commented.notes is '	a tab';
comment on column commented.notes.text is ' a space';
