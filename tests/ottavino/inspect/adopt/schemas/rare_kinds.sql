-- Aggregates, operators, casts, collations, configurations of text search, rules, statistics, and how
-- columns are stored.
create function addup(numeric, numeric) returns numeric language sql immutable
    as 'select $1 + $2';
create aggregate total_of(numeric) (
    sfunc = addup, stype = numeric, initcond = '0', combinefunc = addup, parallel = safe
);
revoke execute on function total_of(numeric) from public, anon;
comment on aggregate total_of(numeric) is 'A sum of zero for no rows.';
create aggregate every_one(*) (sfunc = int8inc, stype = int8, initcond = '0');
create type stretch as (low int, high int);
create function widen(stretch, int) returns stretch language sql immutable
    as 'select least($1.low, $2), greatest($1.high, $2)';
create aggregate stretch_of(int) (sfunc = widen, stype = stretch);
create function same(text, text) returns boolean language sql immutable
    as 'select lower($1) = lower($2)';
create operator === (leftarg = text, rightarg = text, function = same, commutator = ===);
comment on operator === (text, text) is 'Without regard to case.';
create collation plain (provider = libc, locale = 'C');
create text search dictionary names (template = pg_catalog.simple, stopwords = english);
create text search configuration names (copy = english);
alter text search configuration names alter mapping for asciiword, word with names, simple;
create type mark as enum ('low', 'high');
create function mark_of(int) returns mark language sql immutable
    as 'select case when $1 < 5 then ''low''::mark else ''high'' end';
create cast (int as mark) with function mark_of(int) as assignment;
create cast (text as mark) with inout;
create table prices (
    id int primary key,
    name text collate plain check (name === lower(name)),
    words tsvector generated always as (to_tsvector('names', name)) stored,
    amount numeric,
    mark mark default 3::mark
);
create index prices_words on prices using gin (to_tsvector('public.names'::regconfig, name));
create view totals as
    select name, total_of(amount), every_one(*) as number, stretch_of(id) from prices group by name;
create rule gone as on delete to prices do instead update prices set amount = 0 where id = old.id;
create rule never as on insert to totals do instead nothing;
comment on rule gone on prices is 'They stay for old orders.';
alter table prices disable rule gone;
create statistics offers (dependencies) on name, amount from prices;
alter statistics offers set statistics 77;
comment on statistics offers is 'For the list of offers.';
alter table prices alter name set storage external, alter words set storage main;
alter table prices alter words set compression pglz;
comment on column stretch.low is 'The least.';
comment on type stretch is 'From one to the other.';
