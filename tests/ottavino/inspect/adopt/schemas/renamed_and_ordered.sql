-- What years of changes leave behind: renamed tables, sequences by other names, keys in another
-- order than the columns, keys with a collation, partitions with defaults of their own.
create table teams (id int primary key);
create table members (
    team_id int not null references teams,
    user_id int not null,
    since date,
    primary key (user_id, team_id)
);
create table visits (
    user_id int not null,
    team_id int not null,
    number int,
    primary key (number, user_id),
    foreign key (user_id, team_id) references members (user_id, team_id)
);
create table old_orders (id serial primary key, "Line" bigserial);
alter table old_orders rename to orders;
create table invoices (id serial primary key, at date);
alter sequence invoices_id_seq rename to "Invoice numbers";
alter table invoices rename column id to number;
create sequence ticket_numbers;
create table tickets (
    id integer primary key default nextval('ticket_numbers'),
    place smallserial,
    note serial
);
alter sequence ticket_numbers owned by tickets.id;
alter table tickets alter column note drop not null;
create table parts (id serial primary key);
create table machines (
    id integer primary key default nextval('parts_id_seq'),
    part_id int references parts
);
create table stepped (id serial primary key, other bigserial);
alter sequence stepped_id_seq increment by 5 minvalue -5 start 10 maxvalue 900000 cache 3 cycle;
alter sequence stepped_other_seq as integer restart 1000;
comment on sequence stepped_id_seq is 'By five.';
revoke all on sequence stepped_id_seq from anon;
create table codes (code text collate "C" primary key);
create table coded (
    id int primary key,
    code text collate "C" references codes,
    other text references codes
);
create table tree (code text collate "C" primary key, parent text references tree);
create table logs (id bigint, at date, level text, note text default 'a') partition by range (at);
create table logs_1 partition of logs for values from ('2026-01-01') to ('2026-02-01');
alter table logs_1 alter column level set default 'info';
create table logs_2 (at date, note text, level text, id bigint);
alter table logs attach partition logs_2 for values from ('2026-02-01') to ('2026-03-01');
