-- Tables, views and functions of which each needs some of the others.
create type mood as enum ('good', 'bad');
create domain title as text check (length(value) < 99);
create sequence numbers;
create function next_number() returns bigint language sql as 'select nextval(''numbers'')';

create table teams (id int primary key, name title, mood mood, lead int);
create table people (
    id int primary key, team_id int references teams, name title, mood mood default 'good'
);
alter table teams add foreign key (lead) references people;
create table notes (
    id int primary key, person_id int references people, number bigint default next_number()
);

create view team_names as select id, name from teams;
create view named_people as
    select people.id, team_id, team_names.name from people join team_names on team_id = team_names.id;
create view sizes as
    select teams.id, teams.name, count(*) as number from teams join people on team_id = teams.id
    group by teams.id;
grant select (id) on sizes to anon;
comment on view sizes is 'How many.';
create materialized view counted as
    select team_id, count(*) as number from named_people group by team_id;
create unique index counted_teams on counted (team_id);
comment on index counted_teams is 'For its refresh.';

create function people_of(team teams) returns setof people language sql stable
begin atomic
    select * from people where team_id = (people_of.team).id;
end;
create function on_team(person people) returns text language plpgsql
    as 'begin return (select name from public.teams where id = person.team_id); end';
create function quiet() returns setof named_people language sql stable
    as 'select * from public.named_people where id < 9';
create view leads as select teams.id, lead.name from teams, people_of(teams) as lead;
create view quiet_people as select id, name from quiet();

create function my_teams() returns setof int language sql stable security definer
    as 'select team_id from public.people where name = current_user';
alter table teams enable row level security;
create policy mine on teams using (id in (select my_teams()));
comment on policy mine on teams is 'Those of the caller.';
alter table notes enable row level security;
create policy of_others on notes for select
    using (exists (select from named_people where named_people.id = person_id));
comment on policy of_others on notes is 'Those of a team.';

create function noted() returns trigger language plpgsql
    as 'begin insert into public.notes (id, person_id) values (new.id, new.id); return new; end';
create trigger noted after insert on people for each row execute function noted();
create function renamed() returns trigger language plpgsql
    as 'begin update public.teams set name = new.name where id = new.id; return new; end';
create trigger renamed instead of update on team_names for each row execute function renamed();
create view "Over leads" as select id as "Lead" from leads where id in (select id from sizes);
