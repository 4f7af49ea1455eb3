-- Kinds of constraints that PostgreSQL 18 brought.
create table states (id int primary key);
create table temporal (a int4range, during daterange, n int, primary key (a, during without overlaps));
create table temporal_child (id int primary key, a int4range, during daterange, foreign key (a, period during) references temporal (a, period during));
create table enforced (id int primary key, s int references states not enforced, constraint soft check (id > 0) not enforced);
