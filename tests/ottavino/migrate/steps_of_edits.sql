-- a table
create table public.tags ( id uuid not null default gen_random_uuid(), user_id uuid not null )
alter table public.tags add constraint tags_pkey primary key (id)
alter table public.tags enable row level securit … alter table public.tags force row level security
revoke all on public.tags from public, anon, aut … , update, delete on public.tags to authenticated
create index one on public.tags using btree ((1))
alter table public.tags add constraint tags_user … id) references auth.users (id) on delete cascade
--   and back
alter table public.tags drop constraint tags_user_id_fkey
drop index public.one
revoke all on public.tags from public, anon, authenticated, service_role
alter table public.tags no force row level secur … ter table public.tags disable row level security
alter table public.tags drop constraint tags_pkey
drop table public.tags
-- all tables of a family
create table public.children ( id uuid not null  … user_id uuid not null, number integer not null )
create table public.parents ( id uuid not null d … user_id uuid not null, number integer not null )
alter table public.children add constraint children_pkey primary key (id)
alter table public.parents add constraint parents_pkey primary key (id)
alter table public.children enable row level sec … r table public.children force row level security
revoke all on public.children from public, anon, authenticated, service_role
create index children_number_idx on public.children using btree (number)
alter table public.parents enable row level secu … er table public.parents force row level security
revoke all on public.parents from public, anon, authenticated, service_role
alter table public.parents add constraint parents_number_key unique (number)
alter table public.children add constraint child … id) references auth.users (id) on delete cascade
alter table public.children add constraint child … rences public.parents (number) on delete cascade
alter table public.parents add constraint parent … id) references auth.users (id) on delete cascade
--   and back
alter table public.parents drop constraint parents_user_id_fkey
alter table public.children drop constraint children_number_fkey
alter table public.children drop constraint children_user_id_fkey
alter table public.parents drop constraint parents_number_key
revoke all on public.parents from public, anon, authenticated, service_role
alter table public.parents no force row level se …  table public.parents disable row level security
drop index public.children_number_idx
revoke all on public.children from public, anon, authenticated, service_role
alter table public.children no force row level s … table public.children disable row level security
alter table public.parents drop constraint parents_pkey
alter table public.children drop constraint children_pkey
drop table public.children
drop table public.parents
-- a column
alter table public.notes add column body text not null default 'it''s'
alter table public.notes add constraint notes_body_length check (char_length(body) <= 9)
--   and back
alter table public.notes drop constraint notes_body_length
alter table public.notes drop column body
-- a column among others
alter table public.notes add column body text
alter table public.notes add constraint notes_body_length check (char_length(body) <= 9)
--   and back
alter table public.notes drop constraint notes_body_length
alter table public.notes drop column body
-- a column that all depends on
alter table public.notes add column number integer not null
grant select (number), update (number) on public.notes to authenticated
create policy few on public.notes for select to  … ottavino.verified()) and ( number is not null ))
create index notes_number_idx on public.notes using btree (number)
create index absolute on public.notes using btree ((abs(number::bigint)))
alter table public.notes add constraint notes_number_key unique (number)
alter table public.notes add constraint notes_positive check (number::bigint > 0)
--   and back
revoke select (number), update (number) on public.notes from authenticated
alter table public.notes drop constraint notes_positive
alter table public.notes drop constraint notes_number_key
drop index public.absolute
drop index public.notes_number_idx
drop policy few on public.notes
alter table public.notes drop column number
-- null
alter table public.notes alter column body drop not null
--   and back
alter table public.notes alter column body set not null
-- a default
alter table public.notes alter column a set default 3
--   and back
alter table public.notes alter column a drop default
-- a default with quotes
alter table public.notes alter column a set default '""" \ 100% {a} {{b}} '' "'
--   and back
alter table public.notes alter column a set default 'it''s'
-- a type
alter table public.notes alter column a drop def … nt using a::bigint, alter column a set default 3
--   and back
alter table public.notes alter column a drop def … r using a::integer, alter column a set default 3
-- a type with a default that does not fit
alter table public.notes alter column a drop def …  using a::text, alter column a set default 'yes'
alter table public.notes add constraint notes_a_length check (char_length(a) <= 9)
--   and back
alter table public.notes drop constraint notes_a_length
alter table public.notes alter column a drop def … sing a::boolean, alter column a set default true
-- a type that all depends on
alter table public.notes drop constraint notes_positive
alter table public.notes drop constraint notes_number_key
drop index public.absolute
drop index public.notes_number_idx
drop policy few on public.notes
alter table public.notes alter column number type bigint using number::bigint
create policy few on public.notes for select to  … ottavino.verified()) and ( number is not null ))
create index notes_number_idx on public.notes using btree (number)
create index absolute on public.notes using btree ((abs(number::bigint)))
alter table public.notes add constraint notes_number_key unique (number)
alter table public.notes add constraint notes_positive check (number::bigint > 0)
--   and back
alter table public.notes drop constraint notes_positive
alter table public.notes drop constraint notes_number_key
drop index public.absolute
drop index public.notes_number_idx
drop policy few on public.notes
alter table public.notes alter column number type integer using number::integer
create policy few on public.notes for select to  … ottavino.verified()) and ( number is not null ))
create index notes_number_idx on public.notes using btree (number)
create index absolute on public.notes using btree ((abs(number::bigint)))
alter table public.notes add constraint notes_number_key unique (number)
alter table public.notes add constraint notes_positive check (number::bigint > 0)
-- a type that a key refers to
alter table public.children drop constraint children_number_fkey
alter table public.parents drop constraint parents_number_key
drop index public.children_number_idx
alter table public.children alter column number type bigint using number::bigint
alter table public.parents alter column number type bigint using number::bigint
create index children_number_idx on public.children using btree (number)
alter table public.parents add constraint parents_number_key unique (number)
alter table public.children add constraint child … rences public.parents (number) on delete cascade
--   and back
alter table public.children drop constraint children_number_fkey
alter table public.parents drop constraint parents_number_key
drop index public.children_number_idx
alter table public.children alter column number type integer using number::integer
alter table public.parents alter column number type integer using number::integer
create index children_number_idx on public.children using btree (number)
alter table public.parents add constraint parents_number_key unique (number)
alter table public.children add constraint child … rences public.parents (number) on delete cascade
-- a name
alter table public.notes rename column a to b
alter table public.notes rename constraint notes_a_length to notes_b_length
--   and back
alter table public.notes rename column b to a
alter table public.notes rename constraint notes_b_length to notes_a_length
-- a name that all depends on
drop policy few on public.notes
alter table public.notes rename column a to b

alter index public.notes_a_idx rename to notes_b_idx

alter table public.notes rename constraint notes_a_key to notes_b_key

create policy few on public.notes for select to  … lect ottavino.verified()) and ( b is not null ))
--   and back
drop policy few on public.notes
alter table public.notes rename column b to a

alter index public.notes_b_idx rename to notes_a_idx

alter table public.notes rename constraint notes_b_key to notes_a_key

create policy few on public.notes for select to  … lect ottavino.verified()) and ( a is not null ))
-- a name of what a column is computed from
alter table public.notes rename column a to amount



--   and back
alter table public.notes rename column amount to a



-- a name that is searched
alter table public.notes rename column a to b
alter table public.notes rename constraint notes_a_length to notes_b_length

--   and back
alter table public.notes rename column b to a
alter table public.notes rename constraint notes_b_length to notes_a_length

-- a name and a type
drop policy few on public.notes
alter table public.notes rename column a to c

alter index public.notes_a_idx rename to notes_c_idx

alter table public.notes rename constraint notes_a_key to notes_c_key

alter table public.notes alter column b type bigint using b::bigint
create policy few on public.notes for select to  … lect ottavino.verified()) and ( c is not null ))
--   and back
drop policy few on public.notes
alter table public.notes rename column c to a

alter index public.notes_c_idx rename to notes_a_idx

alter table public.notes rename constraint notes_c_key to notes_a_key

alter table public.notes alter column b type integer using b::integer
create policy few on public.notes for select to  … lect ottavino.verified()) and ( a is not null ))
-- a policy
drop policy own on public.notes
create policy own on public.notes for all to aut … rified()) and ( user_id = (select auth.uid()) ))
--   and back
drop policy own on public.notes
create policy own on public.notes for all to aut … tavino.verified()) and ( user_id = auth.uid() ))
-- a grant
do $beside_columns$ declare -- PostgreSQL also r … , update, delete on public.notes to service_role
--   and back
revoke delete on public.notes from authenticated … $; grant select on public.notes to authenticated
-- an index
drop index public."some"
create unique index "some" on public.notes using btree ((id))
--   and back
drop index public."some"
create index "some" on public.notes using btree ((id)) where id is not null
-- a check under the same name
alter table public.notes drop constraint notes_odd
alter table public.notes add constraint notes_odd check (a % 2 <> 0 and '\''{}' <> '"""')
--   and back
alter table public.notes drop constraint notes_odd
alter table public.notes add constraint notes_odd check (a % 2 = 1)
-- a key that another refers to
alter table public.children drop constraint children_number_fkey
alter table public.parents drop constraint parents_number_key
alter table public.parents add constraint parents_number_key unique nulls not distinct (number)
alter table public.children add constraint child … rences public.parents (number) on delete cascade
--   and back
alter table public.children drop constraint children_number_fkey
alter table public.parents drop constraint parents_number_key
alter table public.parents add constraint parents_number_key unique (number)
alter table public.children add constraint child … rences public.parents (number) on delete cascade
-- no key, and nothing that refers to it
alter table public.children drop constraint children_number_fkey
alter table public.parents drop constraint parents_number_key
drop index public.children_number_idx
--   and back
create index children_number_idx on public.children using btree (number)
alter table public.parents add constraint parents_number_key unique (number)
alter table public.children add constraint child … rences public.parents (number) on delete cascade
-- a trigger
drop trigger touch on public.notes
create trigger touch before insert on public.notes for each row execute function public.touch()
--   and back
drop trigger touch on public.notes
create trigger touch before update on public.notes for each row execute function public.touch()
-- a function
create or replace function public.touch() return …  \ "new", 100% {new}. return new; end $function$
--   and back
create or replace function public.touch() return … p as $function$ begin return new; end $function$
-- a type that the condition of a trigger is over
drop trigger touch on public.notes
alter table public.notes alter column number type bigint using number::bigint
create trigger touch before update on public.not … er > old.number) execute function public.touch()
--   and back
drop trigger touch on public.notes
alter table public.notes alter column number type integer using number::integer
create trigger touch before update on public.not … er > old.number) execute function public.touch()
-- a trigger on the users
create or replace function public.touch() return … ers for each row execute function public.touch()
--   and back
drop function public.touch() cascade
-- a function of a trigger on the users
create or replace function public.touch() return …  \ "new", 100% {new}. return new; end $function$
--   and back
create or replace function public.touch() return … p as $function$ begin return new; end $function$
-- a search vector
alter table public.notes add column search tsvec … ce(a, ''), '._-/', ' '), 200000)), 'A') ) stored
grant select, insert, update, delete on public.notes to authenticated
create index size on public.notes using btree ((length(search)))
create index notes_search_idx on public.notes using gin (search)
--   and back
drop index public.notes_search_idx
drop index public.size
alter table public.notes drop column search
revoke delete on public.notes from authenticated … e coalesce(on_columns, ''); end $beside_columns$
-- the language of a search vector
drop index public.notes_search_idx
drop index public.size
alter table public.notes drop column search
alter table public.notes add column search tsvec … ce(a, ''), '._-/', ' '), 200000)), 'A') ) stored
create index size on public.notes using btree ((length(search)))
create index notes_search_idx on public.notes using gin (search)
--   and back
drop index public.notes_search_idx
drop index public.size
alter table public.notes drop column search
alter table public.notes add column search tsvec … ce(a, ''), '._-/', ' '), 200000)), 'A') ) stored
create index size on public.notes using btree ((length(search)))
create index notes_search_idx on public.notes using gin (search)
-- a column of a search vector
drop index public.notes_search_idx
drop index public.size
alter table public.notes drop column search
alter table public.notes add column b text not null default ''
alter table public.notes add column search tsvec … ce(b, ''), '._-/', ' '), 200000)), 'B') ) stored
alter table public.notes add constraint notes_b_length check (char_length(b) <= 9)
create index size on public.notes using btree ((length(search)))
create index notes_search_idx on public.notes using gin (search)
--   and back
drop index public.notes_search_idx
drop index public.size
alter table public.notes drop constraint notes_b_length
alter table public.notes drop column search
alter table public.notes drop column b
alter table public.notes add column search tsvec … ce(a, ''), '._-/', ' '), 200000)), 'A') ) stored
create index size on public.notes using btree ((length(search)))
create index notes_search_idx on public.notes using gin (search)
-- a function that a default calls
create or replace function public.count() return … ) from public, anon, authenticated, service_role
create or replace function public.first( public. … ) from public, anon, authenticated, service_role
alter table public.notes add column a bigint not null default public.count()
--   and back
drop function public.first(public.notes)
alter table public.notes drop column a
drop function public.count()
-- what a function returns that a default calls
alter table public.notes alter column a drop default
drop function public.count()
create or replace function public.count() return … ) from public, anon, authenticated, service_role
alter table public.notes alter column a set default public.count()
--   and back
alter table public.notes alter column a drop default
drop function public.count()
create or replace function public.count() return … ) from public, anon, authenticated, service_role
alter table public.notes alter column a set default public.count()
-- a column among those of a function
alter table public.notes add column b integer not null
--   and back
alter table public.notes drop column b
-- a function that another calls, which goes with its default
alter table public.notes alter column a drop default
drop function public.calling()
drop function public.count()
create or replace function public.count( n bigin … ) from public, anon, authenticated, service_role
--   and back
drop function public.count(n bigint)
create or replace function public.count() return … ) from public, anon, authenticated, service_role
create or replace function public.calling() retu … uage sql begin atomic select public.count(); end
alter table public.notes alter column a set default public.calling()
-- the default that calls a function
drop function public.first(public.notes)
alter table public.notes alter column a drop default
drop function public.count()
--   and back
create or replace function public.count() return … ) from public, anon, authenticated, service_role
create or replace function public.first( public. … ) from public, anon, authenticated, service_role
alter table public.notes alter column a set default public.count()
-- the name of a table
comment on table public.notes is null
drop policy few on public.children
drop trigger touch on public.notes
drop policy few on public.notes
alter table public.notes no force row level secu … er table public.notes disable row level security
alter table public.notes rename to tags

alter table public.tags rename constraint notes_pkey to tags_pkey
alter table public.tags rename constraint notes_user_id_fkey to tags_user_id_fkey
alter table public.tags rename constraint notes_number_range to tags_number_range
alter table public.tags rename constraint notes_number_key to tags_number_key
alter index public.notes_number_idx rename to tags_number_idx

alter table public.tags enable row level securit … alter table public.tags force row level security
create policy few on public.tags for all to auth … ct ottavino.verified()) and ( tags.number > 0 ))
create trigger touch before update on public.tags for each row execute function public.touch()
create policy few on public.children for all to  … rom public.tags as n where n.number = number) ))
comment on table public.tags is 'Kept.'
--   and back
comment on table public.tags is null
drop policy few on public.children
drop trigger touch on public.tags
drop policy few on public.tags
alter table public.tags no force row level secur … ter table public.tags disable row level security
alter table public.tags rename to notes

alter table public.notes rename constraint tags_pkey to notes_pkey
alter table public.notes rename constraint tags_user_id_fkey to notes_user_id_fkey
alter table public.notes rename constraint tags_number_range to notes_number_range
alter table public.notes rename constraint tags_number_key to notes_number_key
alter index public.tags_number_idx rename to notes_number_idx

alter table public.notes enable row level securi … lter table public.notes force row level security
create policy few on public.notes for all to aut … t ottavino.verified()) and ( notes.number > 0 ))
create trigger touch before update on public.notes for each row execute function public.touch()
create policy few on public.children for all to  … om public.notes as n where n.number = number) ))
comment on table public.notes is 'Kept.'
-- the name of a table whose rows a function takes
alter table public.notes no force row level secu … er table public.notes disable row level security

alter table public.notes rename to tags

alter table public.tags rename constraint notes_pkey to tags_pkey
alter table public.tags rename constraint notes_user_id_fkey to tags_user_id_fkey
create or replace function public.first( public. …  $function$ select * from public.tags $function$
alter table public.tags enable row level securit … alter table public.tags force row level security
--   and back
alter table public.tags no force row level secur … ter table public.tags disable row level security

alter table public.tags rename to notes

alter table public.notes rename constraint tags_pkey to notes_pkey
alter table public.notes rename constraint tags_user_id_fkey to notes_user_id_fkey
create or replace function public.first( public. … $function$ select * from public.notes $function$
alter table public.notes enable row level securi … lter table public.notes force row level security
-- what becomes of what a user leaves
alter table public.notes drop constraint notes_author_fkey
alter table public.notes add constraint notes_au … r) references auth.users (id) on delete restrict
--   and back
alter table public.notes drop constraint notes_author_fkey
alter table public.notes add constraint notes_au … or) references auth.users (id) on delete cascade
-- a column that a trigger keeps
create or replace function public.ottavino_set_u … ) from public, anon, authenticated, service_role
alter table public.notes add column updated_at timestamptz not null default now()
create trigger set_updated_at before update on p … xecute function public.ottavino_set_updated_at()
--   and back
drop trigger set_updated_at on public.notes
drop function public.ottavino_set_updated_at()
alter table public.notes drop column updated_at
-- a column has another name and another type
drop policy few on public.notes
drop index public.notes_small_idx
alter table public.notes drop constraint notes_small_key
alter table public.notes drop constraint notes_even
alter table public.notes drop constraint notes_small_range
alter table public.notes rename column small to large
alter table public.notes alter column large type bigint using large::bigint
alter table public.notes add constraint notes_large_range check (large >= 0)
alter table public.notes add constraint notes_even check (large % 2 = 0)
alter table public.notes add constraint notes_large_key unique (large)
create index notes_large_idx on public.notes using btree (large desc) where large > 1
create policy few on public.notes for all to aut … ((select ottavino.verified()) and ( large > 0 ))
--   and back
drop policy few on public.notes
drop index public.notes_large_idx
alter table public.notes drop constraint notes_large_key
alter table public.notes drop constraint notes_even
alter table public.notes drop constraint notes_large_range
alter table public.notes rename column large to small
alter table public.notes alter column small type integer using small::integer
alter table public.notes add constraint notes_small_range check (small >= 0)
alter table public.notes add constraint notes_even check (small % 2 = 0)
alter table public.notes add constraint notes_small_key unique (small)
create index notes_small_idx on public.notes using btree (small desc) where small > 1
create policy few on public.notes for all to aut … ((select ottavino.verified()) and ( small > 0 ))
-- a partition has another name
alter table public.events_other rename to "Other … ecomes ) loop execute renaming; end loop; end $$
--   and back
alter table public."Other events" rename to even … ecomes ) loop execute renaming; end loop; end $$
-- a partitioned table has another name
drop policy few on public.events
alter table public.events no force row level sec … r table public.events disable row level security
alter table public.events rename to happenings;  … , sequence, 'happenings_id_seq'); end if; end $$

alter table public.happenings rename constraint events_pkey to happenings_pkey




alter table public.happenings enable row level s … table public.happenings force row level security
create policy few on public.happenings for all t … elect ottavino.verified()) and ( region <> '' ))
--   and back
drop policy few on public.happenings
alter table public.happenings no force row level … ble public.happenings disable row level security
alter table public.happenings rename to events;  …  %I', sequence, 'events_id_seq'); end if; end $$

alter table public.events rename constraint happenings_pkey to events_pkey




alter table public.events enable row level secur … ter table public.events force row level security
create policy few on public.events for all to au … elect ottavino.verified()) and ( region <> '' ))
-- a partitioned table and a partition have other names
drop policy few on public.events
alter table public.events no force row level sec … r table public.events disable row level security
alter table public.events rename to happenings;  … , sequence, 'happenings_id_seq'); end if; end $$

alter table public.happenings rename constraint events_pkey to happenings_pkey


alter table public.events_other rename to rest;  … ecomes ) loop execute renaming; end loop; end $$

alter table public.happenings enable row level s … table public.happenings force row level security
create policy few on public.happenings for all t … elect ottavino.verified()) and ( region <> '' ))
--   and back
drop policy few on public.happenings
alter table public.happenings no force row level … ble public.happenings disable row level security
alter table public.happenings rename to events;  …  %I', sequence, 'events_id_seq'); end if; end $$

alter table public.events rename constraint happenings_pkey to events_pkey


alter table public.rest rename to events_other;  … ecomes ) loop execute renaming; end loop; end $$

alter table public.events enable row level secur … ter table public.events force row level security
create policy few on public.events for all to au … elect ottavino.verified()) and ( region <> '' ))
-- a partitioned table is in another schema
drop policy few on public.events
alter table public.events no force row level sec … r table public.events disable row level security
do $schema$ begin create schema other; insert in … le; grant usage on schema other to authenticated
do $$ declare renaming text; begin for renaming  … d $$; alter table public.events set schema other



do $$ declare renaming text; begin for renaming  … $; alter table public.events_eu set schema other
do $$ declare renaming text; begin for renaming  … alter table public.events_other set schema other

alter table other.events enable row level securi … lter table other.events force row level security
create policy few on other.events for all to aut … elect ottavino.verified()) and ( region <> '' ))
--   and back
drop policy few on other.events
alter table other.events no force row level secu … er table other.events disable row level security
do $$ declare renaming text; begin for renaming  … d $$; alter table other.events set schema public



do $$ declare renaming text; begin for renaming  … $; alter table other.events_eu set schema public
do $$ declare renaming text; begin for renaming  … alter table other.events_other set schema public

revoke usage on schema other from authenticated; … und then drop schema other; end if; end $schema$
alter table public.events enable row level secur … ter table public.events force row level security
create policy few on public.events for all to au … elect ottavino.verified()) and ( region <> '' ))
-- the column that decides the partition has another name
drop policy few on public.events
alter table public.events rename column region to "Where"


create policy few on public.events for all to au … lect ottavino.verified()) and ( "Where" <> '' ))
--   and back
drop policy few on public.events
alter table public.events rename column "Where" to region


create policy few on public.events for all to au … elect ottavino.verified()) and ( region <> '' ))
-- a partitioned table, a partition and the deciding column have other names
drop policy few on public.events
alter table public.events no force row level sec … r table public.events disable row level security
alter table public.events rename to happenings;  … , sequence, 'happenings_id_seq'); end if; end $$
alter table public.happenings rename column region to area

alter table public.happenings rename constraint events_pkey to happenings_pkey


alter table public.events_other rename to rest;  … ecomes ) loop execute renaming; end loop; end $$

alter table public.happenings enable row level s … table public.happenings force row level security
create policy few on public.happenings for all t … (select ottavino.verified()) and ( area <> '' ))
--   and back
drop policy few on public.happenings
alter table public.happenings no force row level … ble public.happenings disable row level security
alter table public.happenings rename to events;  …  %I', sequence, 'events_id_seq'); end if; end $$
alter table public.events rename column area to region

alter table public.events rename constraint happenings_pkey to events_pkey


alter table public.rest rename to events_other;  … ecomes ) loop execute renaming; end loop; end $$

alter table public.events enable row level secur … ter table public.events force row level security
create policy few on public.events for all to au … elect ottavino.verified()) and ( region <> '' ))
-- a sequence has another name
alter table public.notes alter column number drop default
alter table public.notes alter column again drop default
alter sequence public.nums rename to numbers
create or replace function public.following() re … t nextval('public.numbers'::regclass) $function$
alter table public.notes alter column number set default nextval('public.numbers'::regclass)
alter table public.notes alter column again set default nextval('public.numbers')
--   and back
alter table public.notes alter column number drop default
alter table public.notes alter column again drop default
alter sequence public.numbers rename to nums
create or replace function public.following() re … lect nextval('public.nums'::regclass) $function$
alter table public.notes alter column number set default nextval('public.nums'::regclass)
alter table public.notes alter column again set default nextval('public.nums')
-- a sequence has another name and other options
alter table public.notes alter column number drop default
alter table public.notes alter column again drop default
alter sequence public.nums rename to "My numbers"
do $$ begin -- If no number was taken, it begins …  sequence public."My numbers" from authenticated
create or replace function public.following() re … tval('public."My numbers"'::regclass) $function$
alter table public.notes alter column number set … default nextval('public."My numbers"'::regclass)
alter table public.notes alter column again set default nextval('public."My numbers"')
--   and back
alter table public.notes alter column number drop default
alter table public.notes alter column again drop default
alter sequence public."My numbers" rename to nums
do $$ begin -- If no number was taken, it begins … t usage on sequence public.nums to authenticated
create or replace function public.following() re … lect nextval('public.nums'::regclass) $function$
alter table public.notes alter column number set default nextval('public.nums'::regclass)
alter table public.notes alter column again set default nextval('public.nums')
-- a table is in another schema
comment on table public.notes is null
drop policy few on public.children
drop trigger touch on public.notes
drop policy few on public.notes
alter table public.notes no force row level secu … er table public.notes disable row level security
do $schema$ begin create schema other; insert in … le; grant usage on schema other to authenticated
do $$ declare renaming text; begin for renaming  … nd $$; alter table public.notes set schema other












alter table other.notes enable row level securit … alter table other.notes force row level security
create policy few on other.notes for all to auth … t ottavino.verified()) and ( notes.number > 0 ))
create trigger touch before update on other.notes for each row execute function public.touch()
create policy few on public.children for all to  … from other.notes as n where n.number = whose) ))
comment on table other.notes is 'Kept.'
--   and back
comment on table other.notes is null
drop policy few on public.children
drop trigger touch on other.notes
drop policy few on other.notes
alter table other.notes no force row level secur … ter table other.notes disable row level security
do $$ declare renaming text; begin for renaming  … nd $$; alter table other.notes set schema public












revoke usage on schema other from authenticated; … und then drop schema other; end if; end $schema$
alter table public.notes enable row level securi … lter table public.notes force row level security
create policy few on public.notes for all to aut … t ottavino.verified()) and ( notes.number > 0 ))
create trigger touch before update on public.notes for each row execute function public.touch()
create policy few on public.children for all to  … rom public.notes as n where n.number = whose) ))
comment on table public.notes is 'Kept.'
-- a table is in another schema under another name
comment on table public.notes is null
drop policy few on public.children
drop trigger touch on public.notes
drop policy few on public.notes
alter table public.notes no force row level secu … er table public.notes disable row level security
do $schema$ begin create schema other; insert in … le; grant usage on schema other to authenticated
create schema ottavino_moving; alter table publi … gs set schema other; drop schema ottavino_moving




alter table other.tags rename constraint notes_number_range to tags_number_range

alter table other.tags rename constraint notes_even to tags_even



alter table other.tags rename constraint notes_before_fkey to tags_before_fkey

alter table other.tags enable row level security …  alter table other.tags force row level security
create policy few on other.tags for all to authe … ct ottavino.verified()) and ( tags.number > 0 ))
create trigger touch before update on other.tags for each row execute function public.touch()
create policy few on public.children for all to  …  from other.tags as n where n.number = whose) ))
comment on table other.tags is 'Kept.'
--   and back
comment on table other.tags is null
drop policy few on public.children
drop trigger touch on other.tags
drop policy few on other.tags
alter table other.tags no force row level securi … lter table other.tags disable row level security
create schema ottavino_moving; alter table other … s set schema public; drop schema ottavino_moving




alter table public.notes rename constraint tags_number_range to notes_number_range

alter table public.notes rename constraint tags_even to notes_even



alter table public.notes rename constraint tags_before_fkey to notes_before_fkey

revoke usage on schema other from authenticated; … und then drop schema other; end if; end $schema$
alter table public.notes enable row level securi … lter table public.notes force row level security
create policy few on public.notes for all to aut … t ottavino.verified()) and ( notes.number > 0 ))
create trigger touch before update on public.notes for each row execute function public.touch()
create policy few on public.children for all to  … rom public.notes as n where n.number = whose) ))
comment on table public.notes is 'Kept.'
-- a table moves to another schema, and both names are taken
comment on table public.notes is null
drop policy few on public.children
drop trigger touch on public.notes
drop policy few on public.notes
alter table public.notes no force row level secu … er table public.notes disable row level security
create schema ottavino_moving; alter table publi … gs set schema other; drop schema ottavino_moving




alter table other.tags rename constraint notes_number_range to tags_number_range

alter table other.tags rename constraint notes_even to tags_even



alter table other.tags rename constraint notes_before_fkey to tags_before_fkey

alter table other.tags enable row level security …  alter table other.tags force row level security
create policy few on other.tags for all to authe … ct ottavino.verified()) and ( tags.number > 0 ))
create trigger touch before update on other.tags for each row execute function public.touch()
create policy few on public.children for all to  …  from other.tags as n where n.number = whose) ))
comment on table other.tags is 'Kept.'
--   and back
comment on table other.tags is null
drop policy few on public.children
drop trigger touch on other.tags
drop policy few on other.tags
alter table other.tags no force row level securi … lter table other.tags disable row level security
create schema ottavino_moving; alter table other … s set schema public; drop schema ottavino_moving




alter table public.notes rename constraint tags_number_range to notes_number_range

alter table public.notes rename constraint tags_even to notes_even



alter table public.notes rename constraint tags_before_fkey to notes_before_fkey

alter table public.notes enable row level securi … lter table public.notes force row level security
create policy few on public.notes for all to aut … t ottavino.verified()) and ( notes.number > 0 ))
create trigger touch before update on public.notes for each row execute function public.touch()
create policy few on public.children for all to  … rom public.notes as n where n.number = whose) ))
comment on table public.notes is 'Kept.'
-- a table is in another schema under another name, and so is a column
comment on table public.notes is null
drop policy few on public.children
drop trigger touch on public.notes
drop policy few on public.notes
alter table public.notes no force row level secu … er table public.notes disable row level security
do $schema$ begin create schema other; insert in … le; grant usage on schema other to authenticated
create schema ottavino_moving; alter table publi … gs set schema other; drop schema ottavino_moving
alter table other.tags rename column number to amount




alter table other.tags rename constraint notes_number_range to tags_amount_range

alter table other.tags rename constraint notes_even to tags_even



alter table other.tags rename constraint notes_before_fkey to tags_before_fkey

alter table other.tags enable row level security …  alter table other.tags force row level security
create policy few on other.tags for all to authe … ct ottavino.verified()) and ( tags.amount > 0 ))
create trigger touch before update on other.tags for each row execute function public.touch()
create policy few on public.children for all to  …  from other.tags as n where n.amount = whose) ))
comment on table other.tags is 'Kept.'
--   and back
comment on table other.tags is null
drop policy few on public.children
drop trigger touch on other.tags
drop policy few on other.tags
alter table other.tags no force row level securi … lter table other.tags disable row level security
create schema ottavino_moving; alter table other … s set schema public; drop schema ottavino_moving
alter table public.notes rename column amount to number




alter table public.notes rename constraint tags_amount_range to notes_number_range

alter table public.notes rename constraint tags_even to notes_even



alter table public.notes rename constraint tags_before_fkey to notes_before_fkey

revoke usage on schema other from authenticated; … und then drop schema other; end if; end $schema$
alter table public.notes enable row level securi … lter table public.notes force row level security
create policy few on public.notes for all to aut … t ottavino.verified()) and ( notes.number > 0 ))
create trigger touch before update on public.notes for each row execute function public.touch()
create policy few on public.children for all to  … rom public.notes as n where n.number = whose) ))
comment on table public.notes is 'Kept.'
-- a partitioned table is in another schema, and a partition has another name
drop policy few on public.events
alter table public.events no force row level sec … r table public.events disable row level security
do $schema$ begin create schema other; insert in … le; grant usage on schema other to authenticated
create schema ottavino_moving; alter table publi … gs set schema other; drop schema ottavino_moving



do $$ declare renaming text; begin for renaming  … $; alter table public.events_eu set schema other
create schema ottavino_moving; alter table publi … st set schema other; drop schema ottavino_moving

alter table other.happenings enable row level se …  table other.happenings force row level security
create policy few on other.happenings for all to … elect ottavino.verified()) and ( region <> '' ))
--   and back
drop policy few on other.happenings
alter table other.happenings no force row level  … able other.happenings disable row level security
create schema ottavino_moving; alter table other … s set schema public; drop schema ottavino_moving



do $$ declare renaming text; begin for renaming  … $; alter table other.events_eu set schema public
create schema ottavino_moving; alter table other … r set schema public; drop schema ottavino_moving

revoke usage on schema other from authenticated; … und then drop schema other; end if; end $schema$
alter table public.events enable row level secur … ter table public.events force row level security
create policy few on public.events for all to au … elect ottavino.verified()) and ( region <> '' ))
-- a partitioned table with constraints has another name
alter table public.cases no force row level secu … er table public.cases disable row level security
alter table public.cases rename to matters; do $ … to %I', sequence, 'matters_counted_seq'); end $$

alter table public.matters rename constraint cases_pkey to matters_pkey



alter table public.matters rename constraint cases_known to matters_known
alter table public.matters rename constraint cases_file_region_key to matters_file_region_key
alter table public.matters rename constraint cases_file_fkey to matters_file_fkey
alter index public.cases_file_idx rename to matters_file_idx
alter table public.matters enable row level secu … er table public.matters force row level security
--   and back
alter table public.matters no force row level se …  table public.matters disable row level security
alter table public.matters rename to cases; do $ … e to %I', sequence, 'cases_counted_seq'); end $$

alter table public.cases rename constraint matters_pkey to cases_pkey



alter table public.cases rename constraint matters_known to cases_known
alter table public.cases rename constraint matters_file_region_key to cases_file_region_key
alter table public.cases rename constraint matters_file_fkey to cases_file_fkey
alter index public.matters_file_idx rename to cases_file_idx
alter table public.cases enable row level securi … lter table public.cases force row level security
-- a table gets the name of an index with its columns
drop index public.notes_x_x_idx
drop index public.notes_x_idx
alter table public.notes no force row level secu … er table public.notes disable row level security
alter table public.notes rename to notes_x; do $ … %I', sequence, 'notes_x_id_seq'); end if; end $$

alter table public.notes_x rename constraint notes_pkey to notes_x_pkey

alter index public.notes_x_x_x_idx rename to notes_x_x_x_x_idx
alter table public.notes_x enable row level secu … er table public.notes_x force row level security
create index notes_x_x_idx on public.notes_x using btree (x)
create index notes_x_x_x_idx on public.notes_x using btree (x_x)
--   and back
drop index public.notes_x_x_x_x_idx
drop index public.notes_x_x_x_idx
alter table public.notes_x no force row level se …  table public.notes_x disable row level security
alter table public.notes_x rename to notes; do $ … o %I', sequence, 'notes_id_seq'); end if; end $$

alter table public.notes rename constraint notes_x_pkey to notes_pkey

alter index public.notes_x_x_idx rename to notes_x_idx
alter table public.notes enable row level securi … lter table public.notes force row level security
create index notes_x_x_idx on public.notes using btree (x_x)
create index notes_x_x_x_idx on public.notes using btree (x_x_x)
-- the index of a key has a parameter
alter index public.notes_number_key set (fillfactor = 70)
--   and back
alter index public.notes_number_key reset (fillfactor)
-- the index of a key has other parameters, and its table another name
alter index public.notes_number_key reset (fillfactor, deduplicate_items)
alter table public.notes no force row level secu … er table public.notes disable row level security
alter table public.notes rename to tags; do $$ d … to %I', sequence, 'tags_id_seq'); end if; end $$

alter table public.tags rename constraint notes_pkey to tags_pkey

alter table public.tags rename constraint notes_number_key to tags_number_key

alter table public.tags enable row level securit … alter table public.tags force row level security
alter index public.tags_number_key set (fillfactor = 60)
--   and back
alter index public.tags_number_key reset (fillfactor)
alter table public.tags no force row level secur … ter table public.tags disable row level security
alter table public.tags rename to notes; do $$ d … o %I', sequence, 'notes_id_seq'); end if; end $$

alter table public.notes rename constraint tags_pkey to notes_pkey

alter table public.notes rename constraint tags_number_key to notes_number_key

alter table public.notes enable row level securi … lter table public.notes force row level security
alter index public.notes_number_key set (fillfactor = 70, deduplicate_items = off)
-- an enumerated type is in another schema
alter table public.notes alter column status drop default
drop policy few on public.notes
do $schema$ begin create schema other; insert in … le; grant usage on schema other to authenticated
alter type public.status set schema other



alter table public.notes alter column status set default 'open'
create policy few on public.notes for all to aut … rified()) and ( status = 'open'::other.status ))
--   and back
alter table public.notes alter column status drop default
drop policy few on public.notes
alter type other.status set schema public



alter table public.notes alter column status set default 'open'
revoke usage on schema other from authenticated; … und then drop schema other; end if; end $schema$
create policy few on public.notes for all to aut … ified()) and ( status = 'open'::public.status ))
-- a sequence is in another schema
alter table public.notes alter column number drop default
alter table public.notes alter column again drop default
do $schema$ begin create schema other; insert in … le; grant usage on schema other to authenticated
do $$ declare renaming text; begin for renaming  …  $$; alter sequence public.nums set schema other
create or replace function public.following() re … elect nextval('other.nums'::regclass) $function$
alter table public.notes alter column number set default nextval('other.nums'::regclass)
alter table public.notes alter column again set default nextval('other.nums')
--   and back
alter table public.notes alter column number drop default
alter table public.notes alter column again drop default
do $$ declare renaming text; begin for renaming  …  $$; alter sequence other.nums set schema public
create or replace function public.following() re … lect nextval('public.nums'::regclass) $function$
alter table public.notes alter column number set default nextval('public.nums'::regclass)
alter table public.notes alter column again set default nextval('public.nums')
revoke usage on schema other from authenticated; … und then drop schema other; end if; end $schema$
-- a sequence moves to another schema, and both names are taken
alter table public.notes alter column number drop default
alter table public.notes alter column again drop default
create schema ottavino_moving; alter sequence pu … s" set schema other; drop schema ottavino_moving
do $$ begin -- If no number was taken, it begins … ement 5 cache 1 no cycle restart; end if; end $$
create or replace function public.following() re … xtval('other."My numbers"'::regclass) $function$
alter table public.notes alter column number set default nextval('other."My numbers"'::regclass)
alter table public.notes alter column again set default nextval('other."My numbers"')
--   and back
alter table public.notes alter column number drop default
alter table public.notes alter column again drop default
create schema ottavino_moving; alter sequence ot … s set schema public; drop schema ottavino_moving
do $$ begin -- If no number was taken, it begins … ement 1 cache 1 no cycle restart; end if; end $$
create or replace function public.following() re … lect nextval('public.nums'::regclass) $function$
alter table public.notes alter column number set default nextval('public.nums'::regclass)
alter table public.notes alter column again set default nextval('public.nums')
-- a view moves
comment on view public.v is null
drop trigger w on public.v
drop policy few on public.notes

do $$ declare renaming text; begin for renaming  … op; end $$; alter view public.v set schema other



create policy few on public.notes for all to aut … select from other.v as v where v.a = notes.a) ))
create trigger w instead of insert on other.v for each row execute function public.write()
comment on view other.v is 'Kept.'
--   and back
comment on view other.v is null
drop trigger w on other.v
drop policy few on public.notes

do $$ declare renaming text; begin for renaming  … op; end $$; alter view other.v set schema public



create policy few on public.notes for all to aut … elect from public.v as v where v.a = notes.a) ))
create trigger w instead of insert on public.v for each row execute function public.write()
comment on view public.v is 'Kept.'
-- a view has another name
alter view public.v rename to w

--   and back
alter view public.w rename to v

-- a materialized view moves
do $$ declare renaming text; begin for renaming  … lter materialized view public.m set schema other

create or replace function public.refresh_m() re … efresh materialized view other.m; end $function$


--   and back
do $$ declare renaming text; begin for renaming  … lter materialized view other.m set schema public

create or replace function public.refresh_m() re … fresh materialized view public.m; end $function$


-- a function moves
alter table public.notes alter column b drop default
comment on function public.num(x integer) is null
drop trigger t on public.notes
drop policy few on public.notes


alter function public.num(x integer) set schema other


create or replace function public.calling( x int … emp as $function$ select other.num(1) $function$



alter table public.notes alter column b set default other.num(1)
create policy few on public.notes for all to aut … t ottavino.verified()) and ( other.num(a) = 1 ))
create trigger t before update on public.notes f … .num(new.a) > 0) execute function public.touch()
comment on function other.num(x integer) is 'K.'
--   and back
alter table public.notes alter column b drop default
comment on function other.num(x integer) is null
drop trigger t on public.notes
drop policy few on public.notes


alter function other.num(x integer) set schema public


create or replace function public.calling( x int … mp as $function$ select public.num(1) $function$



alter table public.notes alter column b set default public.num(1)
create policy few on public.notes for all to aut …  ottavino.verified()) and ( public.num(a) = 1 ))
create trigger t before update on public.notes f … .num(new.a) > 0) execute function public.touch()
comment on function public.num(x integer) is 'K.'
-- a function has another name
alter function public.num(x integer) rename to number

--   and back
alter function public.number(x integer) rename to num

-- functions of one name move

alter function public.num(x integer) set schema other
alter function public.num(x text) set schema other

--   and back

alter function other.num(x integer) set schema public
alter function other.num(x text) set schema public

-- functions of one name have another name
revoke all on public.reading from public, anon, authenticated, service_role
drop view public.reading
alter function public.num(x integer) rename to number
alter function public.num(x text) rename to number

create view public.reading with (security_invoke … s select public.number(a) as a from public.notes
revoke all on public.reading from public, anon, authenticated, service_role
--   and back
revoke all on public.reading from public, anon, authenticated, service_role
drop view public.reading
alter function public.number(x integer) rename to num
alter function public.number(x text) rename to num

create view public.reading with (security_invoke … ) as select public.num(a) as a from public.notes
revoke all on public.reading from public, anon, authenticated, service_role
-- one of two functions of one name moves
alter table public.notes drop constraint notes_c
drop function public.num(x text)
create or replace function other.num( x text ) r … ) from public, anon, authenticated, service_role
alter table public.notes add constraint notes_c  … (public.num(a) > 0 and other.num('a'::text) > 0)
--   and back
alter table public.notes drop constraint notes_c
drop function other.num(x text)
create or replace function public.num( x text )  … ) from public, anon, authenticated, service_role
alter table public.notes add constraint notes_c  … public.num(a) > 0 and public.num('a'::text) > 0)
-- a procedure moves
alter procedure public.tidy(most integer) set schema other
--   and back
alter procedure other.tidy(most integer) set schema public
-- a domain moves
alter type public.amount set schema other







--   and back
alter type other.amount set schema public







-- a domain moves and has other checks
alter domain public.amount drop constraint only_public
alter domain public.amount drop constraint fair
alter type public.amount set schema other
alter domain other.amount add constraint fair check (value <> 'other.amount')
alter domain other.amount add constraint only_other check (value <> '')
--   and back
alter domain other.amount drop constraint only_other
alter domain other.amount drop constraint fair
alter type other.amount set schema public
alter domain public.amount add constraint fair check (value <> 'public.amount')
alter domain public.amount add constraint only_public check (value <> '')
-- a type moves
alter table public.notes alter column status drop default
alter type public.status set schema other




alter table public.notes alter column status set default 'open'
--   and back
alter table public.notes alter column status drop default
alter type other.status set schema public




alter table public.notes alter column status set default 'open'
-- a whole schema moves
alter table public.notes alter column status drop default
alter table public.notes alter column id drop default
alter table public.notes alter column a drop default
alter table public.notes no force row level secu … er table public.notes disable row level security
alter type public.status set schema other
do $$ declare renaming text; begin for renaming  … ; alter sequence public.numbers set schema other

do $$ declare renaming text; begin for renaming  … d $$; alter view public.reading set schema other
do $$ declare renaming text; begin for renaming  … r materialized view public.over set schema other
alter function public.num(x integer) set schema other
alter function public.of_rows set schema other

do $$ declare renaming text; begin for renaming  … nd $$; alter table public.notes set schema other





alter table other.notes alter column id set default nextval('other.numbers'::regclass)
alter table other.notes alter column a set default other.num(1)
alter table other.notes alter column status set default 'open'
create or replace function public.of_all( one ot … emp as $function$ select other.num(1) $function$
alter table other.notes enable row level securit … alter table other.notes force row level security
--   and back
alter table other.notes alter column status drop default
alter table other.notes alter column id drop default
alter table other.notes alter column a drop default
alter table other.notes no force row level secur … ter table other.notes disable row level security
alter type other.status set schema public
do $$ declare renaming text; begin for renaming  … ; alter sequence other.numbers set schema public

do $$ declare renaming text; begin for renaming  … d $$; alter view other.reading set schema public
do $$ declare renaming text; begin for renaming  … r materialized view other.over set schema public
alter function other.num(x integer) set schema public
alter function other.of_rows set schema public

do $$ declare renaming text; begin for renaming  … nd $$; alter table other.notes set schema public





alter table public.notes alter column id set default nextval('public.numbers'::regclass)
alter table public.notes alter column a set default public.num(1)
alter table public.notes alter column status set default 'open'
create or replace function public.of_all( one pu … mp as $function$ select public.num(1) $function$
alter table public.notes enable row level securi … lter table public.notes force row level security
-- an argument has another default
create or replace function public.num( x integer … path = pg_temp as $function$ select 1 $function$
--   and back
create or replace function public.num( x integer … path = pg_temp as $function$ select 1 $function$
-- an argument has another name of its type

create or replace function public.num( x int4 )  … path = pg_temp as $function$ select 1 $function$
--   and back

create or replace function public.num( x integer … path = pg_temp as $function$ select 1 $function$
-- other roles may execute a function
revoke execute on function public.num(x integer) from random_editor
revoke execute on function public.num(x integer) …  function public.num(x integer) to authenticated
do $role$ begin if exists ( select from pg_catal … endent_objects_still_exist then null; end $role$
--   and back
do $role$ declare login name; begin if not exist … tor to %I', login); end loop; end if; end $role$
revoke all on function public.num(x integer) fro …  function public.num(x integer) to random_editor
-- one more role may execute a function
do $role$ declare login name; begin if not exist … tor to %I', login); end loop; end if; end $role$
revoke all on function public.num(x integer) fro …  function public.num(x integer) to random_editor
--   and back
revoke execute on function public.num(x integer) from random_editor

do $role$ begin if exists ( select from pg_catal … endent_objects_still_exist then null; end $role$
-- another role may execute a function with a trigger
create or replace function public.t() returns tr … nticated; comment on function public.t() is null
--   and back
create or replace function public.t() returns tr … xecute on function public.t() from authenticated
-- a partition moves
do $$ declare renaming text; begin for renaming  … $; alter table public.events_eu set schema other
--   and back
do $$ declare renaming text; begin for renaming  … $; alter table other.events_eu set schema public
-- a table has another name
alter table public.notes no force row level secu … er table public.notes disable row level security

alter table public.notes rename to tags

alter table public.tags rename constraint notes_pkey to tags_pkey
alter table public.tags rename constraint notes_user_id_fkey to tags_user_id_fkey
alter table public.tags enable row level securit … alter table public.tags force row level security
--   and back
alter table public.tags no force row level secur … ter table public.tags disable row level security

alter table public.tags rename to notes

alter table public.notes rename constraint tags_pkey to notes_pkey
alter table public.notes rename constraint tags_user_id_fkey to notes_user_id_fkey
alter table public.notes enable row level securi … lter table public.notes force row level security
-- two tables swap their names
alter table public.b drop constraint b_of_fkey
revoke all on public.read from public, anon, authenticated, service_role
drop index public.a_i
alter table public.a drop constraint a_first_key
revoke all on public.a from public, anon, authenticated, service_role
alter table public.a no force row level security …  alter table public.a disable row level security
drop view public.read
alter table public.a drop constraint a_pkey
alter table public.a rename to a_before
drop policy "all" on public.b
alter table public.b no force row level security …  alter table public.b disable row level security
alter table public.b drop constraint b_pkey
alter table public.b rename to a; do $$ declare  … rename to %I', sequence, 'a_second_seq'); end $$


alter table public.a_before rename to b
alter table public.b add constraint b_pkey primary key (id)
alter table public.a add constraint a_pkey primary key (id)
create view public.read with (security_invoker = …  public.a as b join public.b as a on a.id = b.of
alter table public.b enable row level security; alter table public.b force row level security
revoke all on public.b from public, anon, authenticated, service_role
alter table public.b add constraint b_first_key unique (first)
create index b_i on public.b using btree (first)
alter table public.a enable row level security; alter table public.a force row level security
create policy "all" on public.a for all to authe … sing ((select ottavino.verified()) and ( true ))
revoke all on public.read from public, anon, authenticated, service_role
alter table public.a add constraint a_of_fkey fo … of) references public.b (id) on delete no action
--   and back
alter table public.a drop constraint a_of_fkey
revoke all on public.read from public, anon, authenticated, service_role
drop index public.b_i
alter table public.b drop constraint b_first_key
revoke all on public.b from public, anon, authenticated, service_role
alter table public.b no force row level security …  alter table public.b disable row level security
drop view public.read
alter table public.b drop constraint b_pkey
alter table public.b rename to b_before
drop policy "all" on public.a
alter table public.a no force row level security …  alter table public.a disable row level security
alter table public.a drop constraint a_pkey
alter table public.a rename to b; do $$ declare  … rename to %I', sequence, 'b_second_seq'); end $$


alter table public.b_before rename to a
alter table public.a add constraint a_pkey primary key (id)
alter table public.b add constraint b_pkey primary key (id)
create view public.read with (security_invoker = …  public.b as b join public.a as a on a.id = b.of
alter table public.a enable row level security; alter table public.a force row level security
revoke all on public.a from public, anon, authenticated, service_role
alter table public.a add constraint a_first_key unique (first)
create index a_i on public.a using btree (first)
alter table public.b enable row level security; alter table public.b force row level security
create policy "all" on public.b for all to authe … sing ((select ottavino.verified()) and ( true ))
revoke all on public.read from public, anon, authenticated, service_role
alter table public.b add constraint b_of_fkey fo … of) references public.a (id) on delete no action
-- three tables swap their names
alter table public.b drop constraint b_of_fkey
revoke all on public.read from public, anon, authenticated, service_role
drop index public.a_i
alter table public.a drop constraint a_first_key
revoke all on public.a from public, anon, authenticated, service_role
alter table public.a no force row level security …  alter table public.a disable row level security
drop view public.read
alter table public.a drop constraint a_pkey
alter table public.a rename to a_before
comment on table public.c is null
alter table public.c no force row level security …  alter table public.c disable row level security
alter table public.c drop constraint c_pkey
alter table public.c rename to a

drop policy "all" on public.b
alter table public.b no force row level security …  alter table public.b disable row level security
alter table public.b drop constraint b_pkey
alter table public.b rename to c; do $$ declare  … rename to %I', sequence, 'c_second_seq'); end $$


alter table public.a_before rename to b
alter table public.b add constraint b_pkey primary key (id)
alter table public.c add constraint c_pkey primary key (id)
alter table public.a add constraint a_pkey primary key (id)
create view public.read with (security_invoker = …  public.c as b join public.b as a on a.id = b.of
alter table public.b enable row level security; alter table public.b force row level security
revoke all on public.b from public, anon, authenticated, service_role
alter table public.b add constraint b_first_key unique (first)
create index b_i on public.b using btree (first)
alter table public.c enable row level security; alter table public.c force row level security
create policy "all" on public.c for all to authe … sing ((select ottavino.verified()) and ( true ))
alter table public.a enable row level security; alter table public.a force row level security
revoke all on public.read from public, anon, authenticated, service_role
alter table public.c add constraint c_of_fkey fo … of) references public.b (id) on delete no action
comment on table public.a is 'Kept.'
--   and back
alter table public.c drop constraint c_of_fkey
revoke all on public.read from public, anon, authenticated, service_role
drop index public.b_i
alter table public.b drop constraint b_first_key
revoke all on public.b from public, anon, authenticated, service_role
alter table public.b no force row level security …  alter table public.b disable row level security
drop view public.read
alter table public.b drop constraint b_pkey
alter table public.b rename to b_before
drop policy "all" on public.c
alter table public.c no force row level security …  alter table public.c disable row level security
alter table public.c drop constraint c_pkey
alter table public.c rename to b; do $$ declare  … rename to %I', sequence, 'b_second_seq'); end $$


comment on table public.a is null
revoke all on public.a from public, anon, authenticated, service_role
alter table public.a no force row level security …  alter table public.a disable row level security
alter table public.a drop constraint a_pkey
alter table public.a rename to c
alter table public.b_before rename to a
alter table public.a add constraint a_pkey primary key (id)
alter table public.b add constraint b_pkey primary key (id)
alter table public.c add constraint c_pkey primary key (id)
create view public.read with (security_invoker = …  public.b as b join public.a as a on a.id = b.of
alter table public.a enable row level security; alter table public.a force row level security
revoke all on public.a from public, anon, authenticated, service_role
alter table public.a add constraint a_first_key unique (first)
create index a_i on public.a using btree (first)
alter table public.b enable row level security; alter table public.b force row level security
create policy "all" on public.b for all to authe … sing ((select ottavino.verified()) and ( true ))
alter table public.c enable row level security; alter table public.c force row level security
revoke all on public.c from public, anon, authenticated, service_role
revoke all on public.read from public, anon, authenticated, service_role
alter table public.b add constraint b_of_fkey fo … of) references public.a (id) on delete no action
comment on table public.c is 'Kept.'
-- a chain of tables
comment on table public.c is null
alter table public.c no force row level security …  alter table public.c disable row level security
alter table public.c drop constraint c_pkey
alter table public.c rename to d

alter table public.b drop constraint b_of_fkey
revoke all on public.read from public, anon, authenticated, service_role
drop policy "all" on public.b
alter table public.b no force row level security …  alter table public.b disable row level security
drop view public.read
alter table public.b drop constraint b_pkey
alter table public.b rename to c; do $$ declare  … rename to %I', sequence, 'c_second_seq'); end $$


alter table public.a no force row level security …  alter table public.a disable row level security
alter table public.a rename to b

alter table public.b rename constraint a_pkey to b_pkey
alter table public.b rename constraint a_first_key to b_first_key
alter index public.a_i rename to b_i
alter table public.c add constraint c_pkey primary key (id)
alter table public.d add constraint d_pkey primary key (id)
create view public.read with (security_invoker = …  public.c as b join public.b as a on a.id = b.of
alter table public.b enable row level security; alter table public.b force row level security
alter table public.c enable row level security; alter table public.c force row level security
create policy "all" on public.c for all to authe … sing ((select ottavino.verified()) and ( true ))
alter table public.d enable row level security; alter table public.d force row level security
revoke all on public.read from public, anon, authenticated, service_role
alter table public.c add constraint c_of_fkey fo … of) references public.b (id) on delete no action
comment on table public.d is 'Kept.'
--   and back
alter table public.c drop constraint c_of_fkey
revoke all on public.read from public, anon, authenticated, service_role
alter table public.b no force row level security …  alter table public.b disable row level security
drop view public.read
alter table public.b drop constraint b_pkey
alter table public.b rename to a

alter table public.a rename constraint b_first_key to a_first_key
alter index public.b_i rename to a_i
drop policy "all" on public.c
alter table public.c no force row level security …  alter table public.c disable row level security
alter table public.c drop constraint c_pkey
alter table public.c rename to b; do $$ declare  … rename to %I', sequence, 'b_second_seq'); end $$


comment on table public.d is null
alter table public.d no force row level security …  alter table public.d disable row level security
alter table public.d rename to c

alter table public.c rename constraint d_pkey to c_pkey
alter table public.a add constraint a_pkey primary key (id)
alter table public.b add constraint b_pkey primary key (id)
create view public.read with (security_invoker = …  public.b as b join public.a as a on a.id = b.of
alter table public.a enable row level security; alter table public.a force row level security
alter table public.b enable row level security; alter table public.b force row level security
create policy "all" on public.b for all to authe … sing ((select ottavino.verified()) and ( true ))
alter table public.c enable row level security; alter table public.c force row level security
revoke all on public.read from public, anon, authenticated, service_role
alter table public.b add constraint b_of_fkey fo … of) references public.a (id) on delete no action
comment on table public.c is 'Kept.'
-- a table and a view swap their names
comment on table public.a is null
drop policy "all" on public.a
drop index public.a_i
alter table public.a drop constraint a_c

revoke all on public.a from public, anon, authenticated, service_role
alter table public.a no force row level security …  alter table public.a disable row level security
alter table public.a drop constraint a_pkey
alter table public.a rename to a_before; do $$ d … to %I', sequence, 'a_before_number_seq'); end $$
alter view public.b rename to a
alter table public.a_before rename to b; do $$ d … rename to %I', sequence, 'b_number_seq'); end $$

alter table public.b add constraint b_pkey primary key (id)
alter table public.b enable row level security; alter table public.b force row level security
revoke all on public.b from public, anon, authen … _role; grant select on public.b to authenticated
do $$ begin execute format( 'revoke all on seque … 'public.b'::regclass::text, 'number' ) ); end $$
alter table public.b add constraint b_c check (first <> '')
create index b_i on public.b using btree ((first))
create policy "all" on public.b for all to authe … sing ((select ottavino.verified()) and ( true ))
comment on table public.b is 'Kept.'
--   and back
comment on table public.b is null
drop policy "all" on public.b
drop index public.b_i
alter table public.b drop constraint b_c

revoke all on public.b from public, anon, authenticated, service_role
alter table public.b no force row level security …  alter table public.b disable row level security
alter table public.b drop constraint b_pkey
alter table public.b rename to b_before; do $$ d … to %I', sequence, 'b_before_number_seq'); end $$
alter view public.a rename to b
alter table public.b_before rename to a; do $$ d … rename to %I', sequence, 'a_number_seq'); end $$

alter table public.a add constraint a_pkey primary key (id)
alter table public.a enable row level security; alter table public.a force row level security
revoke all on public.a from public, anon, authen … _role; grant select on public.a to authenticated
do $$ begin execute format( 'revoke all on seque … 'public.a'::regclass::text, 'number' ) ); end $$
alter table public.a add constraint a_c check (first <> '')
create index a_i on public.a using btree ((first))
create policy "all" on public.a for all to authe … sing ((select ottavino.verified()) and ( true ))
comment on table public.a is 'Kept.'
-- a table and a type swap their names
comment on table public.a is null
drop policy "all" on public.a
drop index public.a_i
alter table public.a drop constraint a_c

revoke all on public.a from public, anon, authenticated, service_role
alter table public.a no force row level security …  alter table public.a disable row level security
alter table public.a drop constraint a_pkey
alter table public.a rename to a_before; do $$ d … to %I', sequence, 'a_before_number_seq'); end $$
alter table public.notes alter column second drop default
alter type public.b rename to a
alter table public.a_before rename to b; do $$ d … rename to %I', sequence, 'b_number_seq'); end $$
alter table public.notes alter column second set default 'second'
alter table public.b add constraint b_pkey primary key (id)
alter table public.b enable row level security; alter table public.b force row level security
revoke all on public.b from public, anon, authen … _role; grant select on public.b to authenticated
do $$ begin execute format( 'revoke all on seque … 'public.b'::regclass::text, 'number' ) ); end $$
alter table public.b add constraint b_c check (first <> '')
create index b_i on public.b using btree ((first))
create policy "all" on public.b for all to authe … sing ((select ottavino.verified()) and ( true ))
comment on table public.b is 'Kept.'
--   and back
comment on table public.b is null
drop policy "all" on public.b
drop index public.b_i
alter table public.b drop constraint b_c

revoke all on public.b from public, anon, authenticated, service_role
alter table public.b no force row level security …  alter table public.b disable row level security
alter table public.b drop constraint b_pkey
alter table public.b rename to b_before; do $$ d … to %I', sequence, 'b_before_number_seq'); end $$
alter table public.notes alter column second drop default
alter type public.a rename to b
alter table public.b_before rename to a; do $$ d … rename to %I', sequence, 'a_number_seq'); end $$
alter table public.notes alter column second set default 'second'
alter table public.a add constraint a_pkey primary key (id)
alter table public.a enable row level security; alter table public.a force row level security
revoke all on public.a from public, anon, authen … _role; grant select on public.a to authenticated
do $$ begin execute format( 'revoke all on seque … 'public.a'::regclass::text, 'number' ) ); end $$
alter table public.a add constraint a_c check (first <> '')
create index a_i on public.a using btree ((first))
create policy "all" on public.a for all to authe … sing ((select ottavino.verified()) and ( true ))
comment on table public.a is 'Kept.'
-- a sequence has the former name of that of a column
alter table public.a no force row level security …  alter table public.a disable row level security
alter table public.a rename to b; do $$ declare  … rename to %I', sequence, 'b_number_seq'); end $$
create sequence public.a_number_seq as bigint st … q from public, anon, authenticated, service_role

alter table public.b rename constraint a_pkey to b_pkey

alter table public.b enable row level security; alter table public.b force row level security
--   and back
alter table public.b no force row level security …  alter table public.b disable row level security
alter table public.b rename to a; do $$ declare  … rename to %I', sequence, 'a_number_seq'); end $$

alter table public.a rename constraint b_pkey to a_pkey

drop sequence public.a_number_seq
alter table public.a enable row level security; alter table public.a force row level security
-- serial, then big serial
alter table public.notes drop constraint notes_pkey
alter table public.notes alter column id type bi … nt; alter sequence public.notes_id_seq as bigint
alter table public.notes add constraint notes_pkey primary key (id)
--   and back
alter table public.notes drop constraint notes_pkey
alter table public.notes alter column id type in … r; alter sequence public.notes_id_seq as integer
alter table public.notes add constraint notes_pkey primary key (id)
-- serial, then identity
select set_config('ottavino.on_sequence', coales … 'ottavino.on_sequence'), '%s', sequence); end $$
--   and back
do $$ declare sequence regclass := pg_get_serial … 'ottavino.on_sequence'), '%s', sequence); end $$
-- serial, then big identity
alter table public.notes drop constraint notes_pkey
select set_config('ottavino.on_sequence', coales … 'ottavino.on_sequence'), '%s', sequence); end $$
alter table public.notes add constraint notes_pkey primary key (id)
--   and back
alter table public.notes drop constraint notes_pkey
do $$ declare sequence regclass := pg_get_serial … 'ottavino.on_sequence'), '%s', sequence); end $$
alter table public.notes add constraint notes_pkey primary key (id)
-- serial, then plain

do $$ declare sequence text := pg_get_serial_seq … ute format('drop sequence %s', sequence); end $$
--   and back
do $$ declare sequence regclass := pg_get_serial …  max(id) ) from public.notes having max(id) >= 1
do $$ begin execute format( 'revoke all on seque … 'public.notes'::regclass::text, 'id' ) ); end $$
-- serial, then text

alter table public.notes drop constraint notes_pkey
do $$ declare sequence text := pg_get_serial_seq … c.notes alter column id type text using id::text
alter table public.notes add constraint notes_pkey primary key (id)
--   and back
alter table public.notes drop constraint notes_pkey
do $$ declare sequence regclass := pg_get_serial …  max(id) ) from public.notes having max(id) >= 1
alter table public.notes add constraint notes_pkey primary key (id)
do $$ begin execute format( 'revoke all on seque … 'public.notes'::regclass::text, 'id' ) ); end $$
-- big serial, then identity
alter table public.notes drop constraint notes_pkey
select set_config('ottavino.on_sequence', coales … 'ottavino.on_sequence'), '%s', sequence); end $$
alter table public.notes add constraint notes_pkey primary key (id)
--   and back
alter table public.notes drop constraint notes_pkey
do $$ declare sequence regclass := pg_get_serial … 'ottavino.on_sequence'), '%s', sequence); end $$
alter table public.notes add constraint notes_pkey primary key (id)
-- big serial, then big identity
select set_config('ottavino.on_sequence', coales … 'ottavino.on_sequence'), '%s', sequence); end $$
--   and back
do $$ declare sequence regclass := pg_get_serial … 'ottavino.on_sequence'), '%s', sequence); end $$
-- big serial, then plain

alter table public.notes drop constraint notes_pkey
do $$ declare sequence text := pg_get_serial_seq … s alter column id type integer using id::integer
alter table public.notes add constraint notes_pkey primary key (id)
--   and back
alter table public.notes drop constraint notes_pkey
do $$ declare sequence regclass := pg_get_serial …  max(id) ) from public.notes having max(id) >= 1
alter table public.notes add constraint notes_pkey primary key (id)
do $$ begin execute format( 'revoke all on seque … 'public.notes'::regclass::text, 'id' ) ); end $$
-- big serial, then text

alter table public.notes drop constraint notes_pkey
do $$ declare sequence text := pg_get_serial_seq … c.notes alter column id type text using id::text
alter table public.notes add constraint notes_pkey primary key (id)
--   and back
alter table public.notes drop constraint notes_pkey
do $$ declare sequence regclass := pg_get_serial …  max(id) ) from public.notes having max(id) >= 1
alter table public.notes add constraint notes_pkey primary key (id)
do $$ begin execute format( 'revoke all on seque … 'public.notes'::regclass::text, 'id' ) ); end $$
-- identity, then big identity
alter table public.notes drop constraint notes_pkey
alter table public.notes alter column id set gen … ys, alter column id type bigint using id::bigint
alter table public.notes add constraint notes_pkey primary key (id)
--   and back
alter table public.notes drop constraint notes_pkey
alter table public.notes alter column id set gen … , alter column id type integer using id::integer
alter table public.notes add constraint notes_pkey primary key (id)
-- identity, then plain

alter table public.notes alter column id drop identity
--   and back
alter table public.notes alter column id add gen …  max(id) ) from public.notes having max(id) >= 1
do $$ begin execute format( 'revoke all on seque … 'public.notes'::regclass::text, 'id' ) ); end $$
-- identity, then text

alter table public.notes drop constraint notes_pkey
alter table public.notes alter column id drop id … c.notes alter column id type text using id::text
alter table public.notes add constraint notes_pkey primary key (id)
--   and back
alter table public.notes drop constraint notes_pkey
alter table public.notes alter column id type in …  max(id) ) from public.notes having max(id) >= 1
alter table public.notes add constraint notes_pkey primary key (id)
do $$ begin execute format( 'revoke all on seque … 'public.notes'::regclass::text, 'id' ) ); end $$
-- big identity, then plain

alter table public.notes drop constraint notes_pkey
alter table public.notes alter column id drop id … s alter column id type integer using id::integer
alter table public.notes add constraint notes_pkey primary key (id)
--   and back
alter table public.notes drop constraint notes_pkey
alter table public.notes alter column id type bi …  max(id) ) from public.notes having max(id) >= 1
alter table public.notes add constraint notes_pkey primary key (id)
do $$ begin execute format( 'revoke all on seque … 'public.notes'::regclass::text, 'id' ) ); end $$
-- big identity, then text

alter table public.notes drop constraint notes_pkey
alter table public.notes alter column id drop id … c.notes alter column id type text using id::text
alter table public.notes add constraint notes_pkey primary key (id)
--   and back
alter table public.notes drop constraint notes_pkey
alter table public.notes alter column id type bi …  max(id) ) from public.notes having max(id) >= 1
alter table public.notes add constraint notes_pkey primary key (id)
do $$ begin execute format( 'revoke all on seque … 'public.notes'::regclass::text, 'id' ) ); end $$
-- plain, then text
alter table public.notes drop constraint notes_pkey
alter table public.notes alter column id type text using id::text
alter table public.notes add constraint notes_pkey primary key (id)
--   and back
alter table public.notes drop constraint notes_pkey
alter table public.notes alter column id type integer using id::integer
alter table public.notes add constraint notes_pkey primary key (id)
-- a constraint: another condition
alter table public.notes drop constraint notes_sane
alter table public.notes add constraint notes_sane check (price > 1)
--   and back
alter table public.notes drop constraint notes_sane
alter table public.notes add constraint notes_sane check (price > 0)
-- a constraint: another name of it
alter table public.notes rename constraint notes_sane to "notes_so ""sane"""
--   and back
alter table public.notes rename constraint "notes_so ""sane""" to notes_sane
-- a constraint: one check less
alter table public.notes drop constraint notes_sane
--   and back
alter table public.notes add constraint notes_sane check (price > 0)
-- a constraint: another column
alter table public.notes drop constraint notes_title_key
alter table public.notes add constraint notes_body_key unique (body)
--   and back
alter table public.notes drop constraint notes_body_key
alter table public.notes add constraint notes_title_key unique (title)
-- a constraint: one column more
alter table public.notes drop constraint notes_title_key
alter table public.notes add constraint notes_title_body_key unique (title, body)
--   and back
alter table public.notes drop constraint notes_title_body_key
alter table public.notes add constraint notes_title_key unique (title)
-- a constraint: nulls that are alike
alter table public.notes drop constraint notes_body_key
alter table public.notes add constraint notes_body_key unique nulls not distinct (body)
--   and back
alter table public.notes drop constraint notes_body_key
alter table public.notes add constraint notes_body_key unique (body)
-- a constraint: another name of the key
alter table public.notes rename constraint notes_body_key to notes_only
--   and back
alter table public.notes rename constraint notes_only to notes_body_key
-- a constraint: a foreign key
alter table public.notes add constraint notes_ti … es public.notes (title, price) on delete cascade
--   and back
alter table public.notes drop constraint notes_title_price_fkey
-- a constraint: another name of a foreign key
alter table public.notes rename constraint notes_title_price_fkey to notes_other
--   and back
alter table public.notes rename constraint notes_other to notes_title_price_fkey
-- a constraint: at the end of the transaction
alter table public.notes drop constraint notes_title_price_fkey
alter table public.notes add constraint notes_ti …  on delete cascade deferrable initially deferred
--   and back
alter table public.notes drop constraint notes_title_price_fkey
alter table public.notes add constraint notes_ti … es public.notes (title, price) on delete cascade
-- a constraint: set null
alter table public.notes drop constraint notes_title_price_fkey
alter table public.notes add constraint notes_ti … s public.notes (title, price) on delete set null
--   and back
alter table public.notes drop constraint notes_title_price_fkey
alter table public.notes add constraint notes_ti … es public.notes (title, price) on delete cascade
-- a constraint: restrict
alter table public.notes drop constraint notes_title_price_fkey
alter table public.notes add constraint notes_ti … s public.notes (title, price) on delete restrict
--   and back
alter table public.notes drop constraint notes_title_price_fkey
alter table public.notes add constraint notes_ti … es public.notes (title, price) on delete cascade
-- a constraint: no action
alter table public.notes drop constraint notes_title_price_fkey
alter table public.notes add constraint notes_ti …  public.notes (title, price) on delete no action
--   and back
alter table public.notes drop constraint notes_title_price_fkey
alter table public.notes add constraint notes_ti … es public.notes (title, price) on delete cascade
-- a constraint: set default
alter table public.notes drop constraint notes_title_price_fkey
alter table public.notes add constraint notes_ti … ublic.notes (title, price) on delete set default
--   and back
alter table public.notes drop constraint notes_title_price_fkey
alter table public.notes add constraint notes_ti … es public.notes (title, price) on delete cascade
-- a constraint: cleared
alter table public.notes drop constraint notes_title_price_fkey
alter table public.notes add constraint notes_ti … .notes (title, price) on delete set null (title)
--   and back
alter table public.notes drop constraint notes_title_price_fkey
alter table public.notes add constraint notes_ti … s public.notes (title, price) on delete set null
-- a constraint: all cleared
alter table public.notes drop constraint notes_title_price_fkey
alter table public.notes add constraint notes_ti … s public.notes (title, price) on delete set null
--   and back
alter table public.notes drop constraint notes_title_price_fkey
alter table public.notes add constraint notes_ti … .notes (title, price) on delete set null (title)
-- a constraint: other columns
alter table public.notes drop constraint notes_title_price_fkey
alter table public.notes add constraint notes_bo … es public.notes (title, price) on delete cascade
--   and back
alter table public.notes drop constraint notes_body_price_fkey
alter table public.notes add constraint notes_ti … es public.notes (title, price) on delete cascade
-- a function: another body
create or replace function public.twice( n integ …  = pg_temp as $function$ select n + n $function$
--   and back
create or replace function public.twice( n integ …  = pg_temp as $function$ select n * 2 $function$
-- a function: another language
create or replace function public.twice( n integ … emp as $function$ begin return n; end $function$
--   and back
create or replace function public.twice( n integ …  = pg_temp as $function$ select n * 2 $function$
-- a function: stable
create or replace function public.twice( n integ …  = pg_temp as $function$ select n * 2 $function$
--   and back
create or replace function public.twice( n integ …  = pg_temp as $function$ select n * 2 $function$
-- a function: immutable
create or replace function public.twice( n integ …  = pg_temp as $function$ select n * 2 $function$
--   and back
create or replace function public.twice( n integ …  = pg_temp as $function$ select n * 2 $function$
-- a function: the definer's rights
create or replace function public.twice( n integ …  = pg_temp as $function$ select n * 2 $function$
--   and back
create or replace function public.twice( n integ …  = pg_temp as $function$ select n * 2 $function$
-- a function: a search path
create or replace function public.twice( n integ … ", pg_temp as $function$ select n * 2 $function$
--   and back
create or replace function public.twice( n integ …  = pg_temp as $function$ select n * 2 $function$
-- a function: another search path
create or replace function public.twice( n integ … h, pg_temp as $function$ select n * 2 $function$
--   and back
create or replace function public.twice( n integ … h, pg_temp as $function$ select n * 2 $function$
-- a function: who may execute it
grant execute on function public.twice(n integer … unction public.twice(n integer) to authenticated
--   and back
revoke execute on function public.twice(n intege … ction public.twice(n integer) from authenticated
-- a function: fewer who may
revoke execute on function public.twice(n intege … ction public.twice(n integer) from authenticated
--   and back
grant execute on function public.twice(n integer … unction public.twice(n integer) to authenticated
-- a function: settings
create or replace function public.twice( n integ … sort = off as $function$ select n * 2 $function$
--   and back
create or replace function public.twice( n integ …  = pg_temp as $function$ select n * 2 $function$
-- a function: a setting less
create or replace function public.twice( n integ … sort = off as $function$ select n * 2 $function$
--   and back
create or replace function public.twice( n integ … sort = off as $function$ select n * 2 $function$
-- a function: a number of rows
create or replace function public.twice( n integ …  = pg_temp as $function$ select n * 2 $function$
--   and back
create or replace function public.twice( n integ …  = pg_temp as $function$ select n * 2 $function$
-- a function: white space in a literal
create or replace function public.twice( n integ … ion$ begin perform ' '; return n; end $function$
--   and back
create or replace function public.twice( n integ … ion$ begin perform ' '; return n; end $function$
-- a function: another name
drop function public.twice(n integer)
create or replace function public."the ""double" … ) from public, anon, authenticated, service_role
--   and back
drop function public."the ""double"""(n integer)
create or replace function public.twice( n integ … ) from public, anon, authenticated, service_role
-- a function: an argument
drop function public.twice(n integer)
create or replace function public.twice( n integ … ) from public, anon, authenticated, service_role
--   and back
drop function public.twice(n integer, most integer)
create or replace function public.twice( n integ … ) from public, anon, authenticated, service_role
-- a function: another default
create or replace function public.twice( n integ …  = pg_temp as $function$ select n * 2 $function$
--   and back
create or replace function public.twice( n integ …  = pg_temp as $function$ select n * 2 $function$
-- a function: no default
drop function public.twice(n integer, most integer)
create or replace function public.twice( n integ … ) from public, anon, authenticated, service_role
--   and back
create or replace function public.twice( n integ …  = pg_temp as $function$ select n * 2 $function$
-- a function: another name of an argument
drop function public.twice(n integer)
create or replace function public.twice( number  … ) from public, anon, authenticated, service_role
--   and back
drop function public.twice(number integer)
create or replace function public.twice( n integ … ) from public, anon, authenticated, service_role
-- a function: another result
drop function public.twice(n integer)
create or replace function public.twice( n integ … ) from public, anon, authenticated, service_role
--   and back
drop function public.twice(n integer)
create or replace function public.twice( n integ … ) from public, anon, authenticated, service_role
-- a function: a table
drop function public.twice(n integer)
create or replace function public.twice( n integ … ) from public, anon, authenticated, service_role
--   and back
drop function public.twice(n integer)
create or replace function public.twice( n integ … ) from public, anon, authenticated, service_role
-- a function: one more
create or replace function public.twice( n integ … ) from public, anon, authenticated, service_role
--   and back
drop function public.twice(n integer)
-- a generated column: another name
alter table public.notes drop column double
alter table public.notes add column twofold bigint generated always as ( price * 2 ) stored
--   and back
alter table public.notes drop column twofold
alter table public.notes add column double bigint generated always as ( price * 2 ) stored
-- a generated column: another type
revoke select (double) on public.notes from authenticated
comment on column public.notes.double is null
alter table public.notes drop constraint notes_sane
alter table public.notes drop constraint notes_double_key
drop index public.first
drop index public.notes_title_idx
alter table public.notes drop column double
alter table public.notes add column double numer … (14, 2) generated always as ( price * 2 ) stored
grant select (double) on public.notes to authenticated
create index notes_title_idx on public.notes using btree (title) include (double)
create index first on public.notes using btree (double nulls first)
alter table public.notes add constraint notes_double_key unique (double)
alter table public.notes add constraint notes_sane check ("double" is not null)
comment on column public.notes.double is 'Twice the price.'
--   and back
revoke select (double) on public.notes from authenticated
comment on column public.notes.double is null
alter table public.notes drop constraint notes_sane
alter table public.notes drop constraint notes_double_key
drop index public.first
drop index public.notes_title_idx
alter table public.notes drop column double
alter table public.notes add column double bigint generated always as ( price * 2 ) stored
grant select (double) on public.notes to authenticated
create index notes_title_idx on public.notes using btree (title) include (double)
create index first on public.notes using btree (double nulls first)
alter table public.notes add constraint notes_double_key unique (double)
alter table public.notes add constraint notes_sane check ("double" is not null)
comment on column public.notes.double is 'Twice the price.'
-- a generated column: another expression
revoke select (double) on public.notes from authenticated
comment on column public.notes.double is null
alter table public.notes drop constraint notes_sane
alter table public.notes drop constraint notes_double_key
drop index public.first
drop index public.notes_title_idx
alter table public.notes drop column double
alter table public.notes add column double bigint generated always as ( price + price ) stored
grant select (double) on public.notes to authenticated
create index notes_title_idx on public.notes using btree (title) include (double)
create index first on public.notes using btree (double nulls first)
alter table public.notes add constraint notes_double_key unique (double)
alter table public.notes add constraint notes_sane check ("double" is not null)
comment on column public.notes.double is 'Twice the price.'
--   and back
revoke select (double) on public.notes from authenticated
comment on column public.notes.double is null
alter table public.notes drop constraint notes_sane
alter table public.notes drop constraint notes_double_key
drop index public.first
drop index public.notes_title_idx
alter table public.notes drop column double
alter table public.notes add column double bigint generated always as ( price * 2 ) stored
grant select (double) on public.notes to authenticated
create index notes_title_idx on public.notes using btree (title) include (double)
create index first on public.notes using btree (double nulls first)
alter table public.notes add constraint notes_double_key unique (double)
alter table public.notes add constraint notes_sane check ("double" is not null)
comment on column public.notes.double is 'Twice the price.'
-- a generated column: no such column
revoke select (double) on public.notes from authenticated
comment on column public.notes.double is null
drop trigger note on public.notes
alter table public.notes drop constraint notes_sane
alter table public.notes drop constraint notes_double_key
drop index public.first
drop index public.notes_title_idx
alter table public.notes drop column double
drop function public.note()
revoke select (title) on public.notes from authenticated
--   and back
create or replace function public.note() returns … ) from public, anon, authenticated, service_role
alter table public.notes add column double bigint generated always as ( price * 2 ) stored
grant select (title, double) on public.notes to authenticated
create index notes_title_idx on public.notes using btree (title) include (double)
create index first on public.notes using btree (double nulls first)
alter table public.notes add constraint notes_double_key unique (double)
alter table public.notes add constraint notes_sane check ("double" is not null)
create trigger note before update on public.note … w when (new.paid) execute function public.note()
comment on column public.notes.double is 'Twice the price.'
-- a generated column: another order of columns
drop index public.notes_s_idx
alter table public.notes drop column s
alter table public.notes add column s tsvector g … itle, ''), '._-/', ' '), 200000)), 'B') ) stored
create index notes_s_idx on public.notes using gin (s)
--   and back
drop index public.notes_s_idx
alter table public.notes drop column s
alter table public.notes add column s tsvector g … body, ''), '._-/', ' '), 200000)), 'B') ) stored
create index notes_s_idx on public.notes using gin (s)
-- a generated column: one column more
drop index public.notes_s_idx
alter table public.notes drop column s
alter table public.notes add column s tsvector g … body, ''), '._-/', ' '), 200000)), 'B') ) stored
create index notes_s_idx on public.notes using gin (s)
--   and back
drop index public.notes_s_idx
alter table public.notes drop column s
alter table public.notes add column s tsvector g … itle, ''), '._-/', ' '), 200000)), 'A') ) stored
create index notes_s_idx on public.notes using gin (s)
-- a generated column: another language
revoke select (s) on public.notes from authenticated
comment on column public.notes.s is null
alter table public.notes drop constraint notes_sane
alter table public.notes drop constraint notes_s_key
drop index public.first
drop index public.notes_title_idx
drop index public.notes_s_idx
alter table public.notes drop column s
alter table public.notes add column s tsvector g … itle, ''), '._-/', ' '), 200000)), 'A') ) stored
grant select (s) on public.notes to authenticated
create index notes_s_idx on public.notes using gin (s)
create index notes_title_idx on public.notes using btree (title) include (s)
create index first on public.notes using btree (s nulls first)
alter table public.notes add constraint notes_s_key unique (s)
alter table public.notes add constraint notes_sane check ("s" is not null)
comment on column public.notes.s is 'Twice the price.'
--   and back
revoke select (s) on public.notes from authenticated
comment on column public.notes.s is null
alter table public.notes drop constraint notes_sane
alter table public.notes drop constraint notes_s_key
drop index public.first
drop index public.notes_title_idx
drop index public.notes_s_idx
alter table public.notes drop column s
alter table public.notes add column s tsvector g … itle, ''), '._-/', ' '), 200000)), 'A') ) stored
grant select (s) on public.notes to authenticated
create index notes_s_idx on public.notes using gin (s)
create index notes_title_idx on public.notes using btree (title) include (s)
create index first on public.notes using btree (s nulls first)
alter table public.notes add constraint notes_s_key unique (s)
alter table public.notes add constraint notes_sane check ("s" is not null)
comment on column public.notes.s is 'Twice the price.'
-- a generated column: another name of a search
drop index public.notes_s_idx
alter table public.notes drop column s
alter table public.notes add column t tsvector g … itle, ''), '._-/', ' '), 200000)), 'A') ) stored
create index notes_t_idx on public.notes using gin (t)
--   and back
drop index public.notes_t_idx
alter table public.notes drop column t
alter table public.notes add column s tsvector g … itle, ''), '._-/', ' '), 200000)), 'A') ) stored
create index notes_s_idx on public.notes using gin (s)
-- a grant: one command more
grant delete on public.notes to authenticated
--   and back
revoke delete on public.notes from authenticated
-- a grant: one command less
revoke delete on public.notes from authenticated … e coalesce(on_columns, ''); end $beside_columns$
--   and back
grant update, delete on public.notes to authenticated
-- a grant: columns of it
do $beside_columns$ declare -- PostgreSQL also r … t (title, body) on public.notes to authenticated
--   and back
revoke select (title, body) on public.notes from … d; grant select on public.notes to authenticated
-- a grant: all columns of it
revoke select (title) on public.notes from authe … d; grant select on public.notes to authenticated
--   and back
do $beside_columns$ declare -- PostgreSQL also r …  select (title) on public.notes to authenticated
-- a grant: one column more
grant insert (body) on public.notes to authenticated
--   and back
revoke insert (body) on public.notes from authenticated
-- a grant: one column less
revoke update (title) on public.notes from authenticated
--   and back
grant update (title) on public.notes to authenticated
-- a grant: another role
do $beside_columns$ declare -- PostgreSQL also r … e_columns$; grant select on public.notes to anon
--   and back
do $beside_columns$ declare -- PostgreSQL also r … $; grant select on public.notes to authenticated
-- a grant: no grant
revoke select (title), delete on public.notes from authenticated
--   and back
grant select (title), delete on public.notes to authenticated
-- a grant: one more
grant select on public.notes to anon
--   and back
do $beside_columns$ declare -- PostgreSQL also r … e coalesce(on_columns, ''); end $beside_columns$
-- a grant: one more to the same role
grant insert on public.notes to authenticated
--   and back
do $beside_columns$ declare -- PostgreSQL also r … e coalesce(on_columns, ''); end $beside_columns$
-- a grant: of a generated column
do $beside_columns$ declare -- PostgreSQL also r … select (double) on public.notes to authenticated
--   and back
revoke select (double) on public.notes from auth … d; grant select on public.notes to authenticated
-- a grant: of one that changes
revoke select (double) on public.notes from authenticated
alter table public.notes drop column double
alter table public.notes add column double integer generated always as ( price * 3 ) stored
grant select (double) on public.notes to authenticated
--   and back
revoke select (double) on public.notes from authenticated
alter table public.notes drop column double
alter table public.notes add column double integer generated always as ( price * 2 ) stored
grant select (double) on public.notes to authenticated
-- an index: another name
alter index public."some" rename to "the ""other"" one"
--   and back
alter index public."the ""other"" one" rename to "some"
-- an index: its own name
alter index public."some" rename to notes_title_price_idx
--   and back
alter index public.notes_title_price_idx rename to "some"
-- an index: one column less
drop index public."some"
create index "some" on public.notes using btree (title)
--   and back
drop index public."some"
create index "some" on public.notes using btree (title, price)
-- an index: another order of columns
drop index public."some"
create index "some" on public.notes using btree (price, title)
--   and back
drop index public."some"
create index "some" on public.notes using btree (title, price)
-- an index: a descending column
drop index public."some"
create index "some" on public.notes using btree (title, price desc)
--   and back
drop index public."some"
create index "some" on public.notes using btree (title, price)
-- an index: nulls last
drop index public."some"
create index "some" on public.notes using btree (price desc nulls last)
--   and back
drop index public."some"
create index "some" on public.notes using btree (price desc)
-- an index: nulls first
drop index public."some"
create index "some" on public.notes using btree (price nulls first)
--   and back
drop index public."some"
create index "some" on public.notes using btree (price)
-- an index: an expression
drop index public."some"
create index "some" on public.notes using btree ((lower(title)))
--   and back
drop index public."some"
create index "some" on public.notes using btree (title)
-- an index: another expression
drop index public."some"
create index "some" on public.notes using btree ((upper(title)))
--   and back
drop index public."some"
create index "some" on public.notes using btree ((lower(title)))
-- an index: an operator class
drop index public."some"
create index "some" on public.notes using btree (title text_pattern_ops)
--   and back
drop index public."some"
create index "some" on public.notes using btree (title)
-- an index: another method
drop index public."some"
create index "some" on public.notes using brin (price)
--   and back
drop index public."some"
create index "some" on public.notes using btree (price)
-- an index: unique
drop index public."some"
create unique index "some" on public.notes using btree (title, price)
--   and back
drop index public."some"
create index "some" on public.notes using btree (title, price)
-- an index: included columns
drop index public."some"
create index "some" on public.notes using btree (title) include (price, paid)
--   and back
drop index public."some"
create index "some" on public.notes using btree (title)
-- an index: one included column less
drop index public."some"
create index "some" on public.notes using btree (title) include (paid)
--   and back
drop index public."some"
create index "some" on public.notes using btree (title) include (price, paid)
-- an index: a part
drop index public."some"
create index "some" on public.notes using btree (title, price) where paid
--   and back
drop index public."some"
create index "some" on public.notes using btree (title, price)
-- an index: another part
drop index public."some"
create index "some" on public.notes using btree (title, price) where not paid
--   and back
drop index public."some"
create index "some" on public.notes using btree (title, price) where paid
-- an index: one more
create index notes_paid_idx on public.notes using btree (paid)
--   and back
drop index public.notes_paid_idx
-- an index: one less
drop index public."some"
--   and back
create index "some" on public.notes using btree (title, price)
-- a policy: another name
drop policy few on public.notes
create policy "few ""or"" more" on public.notes  … sing ((select ottavino.verified()) and ( paid ))
--   and back
drop policy "few ""or"" more" on public.notes
create policy few on public.notes for all to aut … sing ((select ottavino.verified()) and ( paid ))
-- a policy: one command
drop policy few on public.notes
create policy few on public.notes for select to  … sing ((select ottavino.verified()) and ( paid ))
--   and back
drop policy few on public.notes
create policy few on public.notes for all to aut … sing ((select ottavino.verified()) and ( paid ))
-- a policy: another command
drop policy few on public.notes
create policy few on public.notes for delete to  … sing ((select ottavino.verified()) and ( paid ))
--   and back
drop policy few on public.notes
create policy few on public.notes for select to  … sing ((select ottavino.verified()) and ( paid ))
-- a policy: another role
drop policy few on public.notes
create policy few on public.notes for all to ano … sing ((select ottavino.verified()) and ( paid ))
--   and back
drop policy few on public.notes
create policy few on public.notes for all to aut … sing ((select ottavino.verified()) and ( paid ))
-- a policy: several roles
drop policy few on public.notes
create policy few on public.notes for all to ano … sing ((select ottavino.verified()) and ( paid ))
--   and back
drop policy few on public.notes
create policy few on public.notes for all to aut … sing ((select ottavino.verified()) and ( paid ))
-- a policy: one role less
drop policy few on public.notes
create policy few on public.notes for all to ano … sing ((select ottavino.verified()) and ( paid ))
--   and back
drop policy few on public.notes
create policy few on public.notes for all to ano … sing ((select ottavino.verified()) and ( paid ))
-- a policy: another using
drop policy few on public.notes
create policy few on public.notes for all to aut …  ((select ottavino.verified()) and ( not paid ))
--   and back
drop policy few on public.notes
create policy few on public.notes for all to aut … sing ((select ottavino.verified()) and ( paid ))
-- a policy: a check
drop policy few on public.notes
create policy few on public.notes for all to aut … ((select ottavino.verified()) and ( price > 0 ))
--   and back
drop policy few on public.notes
create policy few on public.notes for all to aut … sing ((select ottavino.verified()) and ( paid ))
-- a policy: another check
drop policy few on public.notes
create policy few on public.notes for all to aut … ((select ottavino.verified()) and ( price > 1 ))
--   and back
drop policy few on public.notes
create policy few on public.notes for all to aut … ((select ottavino.verified()) and ( price > 0 ))
-- a policy: restrictive
drop policy few on public.notes
create policy few on public.notes as restrictive … sing ((select ottavino.verified()) and ( paid ))
--   and back
drop policy few on public.notes
create policy few on public.notes for all to aut … sing ((select ottavino.verified()) and ( paid ))
-- a policy: a check alone
drop policy few on public.notes
create policy few on public.notes as restrictive … heck ((select ottavino.verified()) and ( paid ))
--   and back
drop policy few on public.notes
create policy few on public.notes as restrictive … sing ((select ottavino.verified()) and ( paid ))
-- a policy: for insert
drop policy few on public.notes
create policy few on public.notes for insert to  … heck ((select ottavino.verified()) and ( paid ))
--   and back
drop policy few on public.notes
create policy few on public.notes for update to  … sing ((select ottavino.verified()) and ( paid ))
-- a policy: one more
create policy more on public.notes for all to au … sing ((select ottavino.verified()) and ( paid ))
--   and back
drop policy more on public.notes
-- a policy: one less
drop policy few on public.notes
--   and back
create policy few on public.notes for all to aut … sing ((select ottavino.verified()) and ( paid ))
-- a policy: read by everyone
drop policy public_read on public.notes
create policy public_read on public.notes for se … sing ((select ottavino.verified()) and ( paid ))
--   and back
drop policy public_read on public.notes
create policy public_read on public.notes for se … sing ((select ottavino.verified()) and ( true ))
-- a trigger: before
drop trigger note on public.notes
create trigger note before update on public.notes for each row execute function public.note()
--   and back
drop trigger note on public.notes
create trigger note after update on public.notes for each row execute function public.note()
-- a trigger: another event
drop trigger note on public.notes
create trigger note after insert on public.notes for each row execute function public.note()
--   and back
drop trigger note on public.notes
create trigger note after update on public.notes for each row execute function public.note()
-- a trigger: several events
drop trigger note on public.notes
create trigger note after insert or update or de … otes for each row execute function public.note()
--   and back
drop trigger note on public.notes
create trigger note after update on public.notes for each row execute function public.note()
-- a trigger: one event less
drop trigger note on public.notes
create trigger note after update on public.notes for each row execute function public.note()
--   and back
drop trigger note on public.notes
create trigger note after insert or update on pu … otes for each row execute function public.note()
-- a trigger: a column
drop trigger note on public.notes
create trigger note after update of title on pub … otes for each row execute function public.note()
--   and back
drop trigger note on public.notes
create trigger note after update on public.notes for each row execute function public.note()
-- a trigger: another column
drop trigger note on public.notes
create trigger note after update of title, price … otes for each row execute function public.note()
--   and back
drop trigger note on public.notes
create trigger note after update of title on pub … otes for each row execute function public.note()
-- a trigger: a condition
drop trigger note on public.notes
create trigger note after update on public.notes … w when (new.paid) execute function public.note()
--   and back
drop trigger note on public.notes
create trigger note after update on public.notes for each row execute function public.note()
-- a trigger: another condition
drop trigger note on public.notes
create trigger note after update on public.notes … ice <> old.price) execute function public.note()
--   and back
drop trigger note on public.notes
create trigger note after update on public.notes … w when (new.paid) execute function public.note()
-- a trigger: for a statement
drop trigger note on public.notes
create trigger note after update on public.notes … or each statement execute function public.note()
--   and back
drop trigger note on public.notes
create trigger note after update on public.notes for each row execute function public.note()
-- a trigger: another function
drop trigger note on public.notes
alter function public.note() rename to "the ""other"" one"
create trigger note after update on public.notes … ow execute function public."the ""other"" one"()
--   and back
drop trigger note on public.notes
alter function public."the ""other"" one"() rename to note
create trigger note after update on public.notes for each row execute function public.note()
-- a trigger: another name
drop trigger note on public.notes
create trigger "the ""note""" after update on pu … otes for each row execute function public.note()
--   and back
drop trigger "the ""note""" on public.notes
create trigger note after update on public.notes for each row execute function public.note()
-- a trigger: another table
drop trigger note on public.notes
drop function public.note()
create or replace function public.note() returns … sers for each row execute function public.note()
--   and back
drop function public.note() cascade
create or replace function public.note() returns … ) from public, anon, authenticated, service_role
create trigger note after update on public.notes for each row execute function public.note()
-- a trigger: one more
create trigger more after update on public.notes for each row execute function public.note()
--   and back
drop trigger more on public.notes
-- a trigger: one less
drop trigger note on public.notes
drop function public.note()
--   and back
create or replace function public.note() returns … ) from public, anon, authenticated, service_role
create trigger note after update on public.notes for each row execute function public.note()
