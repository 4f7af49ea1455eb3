-- What roles may do beyond their purpose, a row each: the roles $1 themselves, and every role
-- that they are members of, with the path to it. $2 are our schemas.
with recursive reached as (
    select rolname::text as role, array[rolname::text] as way, pg_roles.*
    from pg_roles
    where rolname = any($1::text[])
    union all
    select reached.role, reached.way || parent.rolname::text, parent.*
    from reached
    join pg_auth_members on member = reached.oid
    join pg_roles as parent on parent.oid = roleid
    where parent.rolname <> all(reached.way)
)
select
    role,
    way,
    rolsuper as superuser,
    rolbypassrls as bypasses,
    rolcreaterole as makes_roles,
    rolcreatedb as makes_databases,
    rolreplication as replicates,
    rolcanlogin as logs_in,
    exists (
        select from pg_class
        where relowner = reached.oid and relkind in ('r', 'p')
            and (
                relnamespace::regnamespace::text = any($2::text[])
                or pg_class.oid = to_regclass('auth.users')
            )
    ) as owns
from reached
order by role, cardinality(way), way
