-- What Ottavino itself keeps in a database, in a schema that nobody else uses. `forwards`
-- installs it before the first migration; every statement may run again.

create schema if not exists ottavino;

-- Policies call what is in it as the caller.
revoke all on schema ottavino from public;
grant usage on schema ottavino to public;

-- What gives a caller the groups that they are a member of. Policies call these functions too,
-- and find them without its use: so no statement can.
create schema if not exists ottavino_members;
revoke all on schema ottavino_members from public;

-- The logins of services, each with the keys that it signs its callers' claims with: the two
-- halves of HMAC's key, so that a signature takes two hashes and no extension.
create table if not exists ottavino.logins (
    name text not null,
    inner_key bytea not null,
    outer_key bytea not null,
    made_at timestamp with time zone not null default clock_timestamp(),
    primary key (name, inner_key)
);

-- Only its owner can read it, because a key can sign for any caller.
alter table ottavino.logins enable row level security;
revoke all on ottavino.logins from public, anon, authenticated, service_role;

-- Whether the claims of this transaction are signed with a key.
--
-- This function and the two after it are what a new connection plans before its first row. With
-- its owner's rights, each is planned only where it is called: a login without a key plans no
-- signature, and one with a key no auth.uid(). And each is short enough for PostgreSQL 17 and
-- later to store in one piece. The rest of a longer one would have to be read from another table.
create or replace function ottavino.signed(inner_key bytea, outer_key bytea) returns boolean
language sql stable security definer
return (
    -- Hashed once more: how long comparing them takes says nothing of the signature.
    sha256(
        sha256(
            outer_key
            || sha256(
                inner_key
                || convert_to(
                    concat_ws(
                        e'\n',
                        split_part(current_setting('ottavino.signature', true), '.', 1),
                        current_setting('role'),
                        current_setting('request.jwt.claims', true)
                    ),
                    'UTF8'
                )
            )
        )
    ) = sha256(decode(split_part(current_setting('ottavino.signature', true), '.', 2), 'hex'))
    -- One that was kept for later is worth nothing. The difference of two times, unlike the
    -- seconds of one, is found without reading a time zone's file.
    and now() - to_timestamp(
        split_part(current_setting('ottavino.signature', true), '.', 1)::float8
    ) between interval '-1 hour' and interval '1 hour'
    -- auth.uid() and auth.jwt() ask these before the claims that are signed.
    and concat(
        current_setting('request.jwt.claim', true),
        current_setting('request.jwt.claim.sub', true),
        current_setting('request.jwt.claim.role', true),
        current_setting('request.jwt.claim.email', true)
    ) = ''
);
revoke all on function ottavino.signed(bytea, bytea) from public;

-- Whether the claims of this transaction are those that the service has signed. A session that
-- is no service's, such as one of Supabase's own API, has nothing to show.
--
-- The caller's claims, role and signature are settings, which any statement can change.
-- `session_user` cannot be changed, and without a key no signature can be made. It is written
-- in SQL's own form, whose names are looked up when it is made and not when it runs.
create or replace function ottavino.verified() returns boolean
language sql stable security definer
begin atomic
    -- Where there is no signature, `signed` is null.
    select coalesce(bool_or(ottavino.signed(inner_key, outer_key) is true), true)
    from ottavino.logins
    where name = session_user;
end;

-- The user whom the claims name, signed or not.
--
-- auth.uid() looks its names up when it runs. In the caller's search path it would find a type
-- of theirs in the place of jsonb, whose cast would run with the rights of this owner.
create or replace function ottavino.unsigned_uid() returns uuid
language sql stable security definer set search_path = pg_catalog, pg_temp
return auth.uid();
revoke all on function ottavino.unsigned_uid() from public;

-- The user who calls, or null where the claims are not those that the service signed.
--
-- That they are, and whose they are, is one question: between two, a statement could exchange
-- the claims. And it looks up no name while it runs: auth.uid() would find a caller's own type
-- in the place of jsonb. In a session of another login, it is the user of auth.uid().
create or replace function ottavino.uid() returns uuid
language sql stable security definer
begin atomic
    select
        case bool_or(ottavino.signed(inner_key, outer_key) is true)
            when true
                then (nullif(current_setting('request.jwt.claims', true), '')::jsonb ->> 'sub')::uuid
            when false then null
            -- The login has no key.
            else ottavino.unsigned_uid()
        end
    from ottavino.logins
    where name = session_user;
end;

-- A claim of the caller, by the names that lead to it, or null where the claims are not those
-- that the service signed. A session that is no service's is believed, as auth.jwt() does.
create or replace function ottavino.claim(variadic path text[]) returns text
language sql stable security definer
return (
    case
        when ottavino.verified() then coalesce(
            nullif(current_setting('request.jwt.claim', true), ''),
            nullif(current_setting('request.jwt.claims', true), '')
        )::jsonb #>> path
    end
);

-- The schemas that migrations have created. Undoing such a migration drops its schema, and leaves
-- one that was there before.
create table if not exists ottavino.made_schemas (
    name text primary key
);
alter table ottavino.made_schemas enable row level security;
revoke all on ottavino.made_schemas from public, anon, authenticated, service_role;

-- The same for extensions.
create table if not exists ottavino.made_extensions (
    name text primary key
);
alter table ottavino.made_extensions enable row level security;
revoke all on ottavino.made_extensions from public, anon, authenticated, service_role;

-- And the schemas that were created for extensions. Several may share one, so that it goes with
-- the last.
create table if not exists ottavino.made_for_extensions (
    schema text primary key
);
alter table ottavino.made_for_extensions enable row level security;
revoke all on ottavino.made_for_extensions from public, anon, authenticated, service_role;

-- What users' requests were answered that came with an Idempotency-Key, so that a repeat of one
-- is given its answer and stores nothing again. A key is claimed, and the answer kept, in the
-- transaction of what the request stores. Without a status, the answer was not one to keep.
create table if not exists ottavino.idempotency_keys (
    user_id uuid not null,
    key text not null check (length(key) between 1 and 255),
    fingerprint bytea not null check (length(fingerprint) = 32),
    status smallint check (status between 200 and 599),
    headers json,
    body bytea,
    claimed_at timestamp with time zone not null default now(),
    primary key (user_id, key),
    check (length(headers::text) + length(body) <= 65536)
);
create index if not exists idempotency_keys_claimed_at
    on ottavino.idempotency_keys (user_id, claimed_at);

-- The functions below reach it, each the rows of its caller, and nobody else does.
alter table ottavino.idempotency_keys enable row level security;
revoke all on ottavino.idempotency_keys from public, anon, authenticated, service_role;

-- Nothing of what it holds is a sample for the planner, which looks rows up by their key.
alter table ottavino.idempotency_keys
    alter column key set statistics 0,
    alter column fingerprint set statistics 0,
    alter column headers set statistics 0,
    alter column body set statistics 0;

-- Claim a key of the caller's: true, or null where a request has it that committed less than a
-- day ago. Where one is under way with it, wait for its end.
create or replace function ottavino.claim_key(new_key text, new_fingerprint bytea)
returns boolean
language sql security definer
begin atomic
    insert into ottavino.idempotency_keys as kept (user_id, key, fingerprint)
    select caller, new_key, new_fingerprint from ottavino.uid() as caller
    where caller is not null
    on conflict (user_id, key) do update
    set fingerprint = excluded.fingerprint,
        status = null, headers = null, body = null,
        claimed_at = excluded.claimed_at
    where kept.claimed_at < now() - interval '24 hours'
    returning true;
end;

-- Keep the answer to the request that has claimed a key of the caller's.
create or replace function ottavino.keep_answer(
    claimed_key text, new_status smallint, new_headers json, new_body bytea
)
returns void
language sql security definer
begin atomic
    update ottavino.idempotency_keys
    set status = new_status, headers = new_headers, body = new_body
    where user_id = ottavino.uid() and key = claimed_key and status is null;
    -- What has expired of the caller's own, and nobody else's, who could have to wait for it.
    -- The transaction commits next, and waits for nobody: two cannot wait for each other.
    delete from ottavino.idempotency_keys where (user_id, key) in (
        select user_id, key from ottavino.idempotency_keys
        where user_id = ottavino.uid() and claimed_at < now() - interval '24 hours'
        order by claimed_at limit 10
        for update skip locked
    );
end;

-- The request and the answer that a key of the caller's was claimed and kept with.
create or replace function ottavino.kept_answer(
    claimed_key text,
    out fingerprint bytea, out status smallint, out headers json, out body bytea
)
returns setof record
language sql stable security definer
begin atomic
    select kept.fingerprint, kept.status, kept.headers, kept.body
    from ottavino.idempotency_keys as kept
    where kept.user_id = ottavino.uid() and kept.key = claimed_key;
end;

-- Refuse a service's session to run `drop owned`. As `authenticated`, it would take that role out
-- of every policy and revoke its grants, and no user would reach a row until they are made again.
-- `session_user` cannot be changed. Its names are looked up when it runs, in its own search path.
create or replace function ottavino.refuse_drop_owned() returns event_trigger
language plpgsql security definer set search_path = pg_catalog, pg_temp
as $$
begin
    if exists (select from ottavino.logins where name = session_user) then
        raise insufficient_privilege using
            message = 'The login of a service may not run DROP OWNED.';
    end if;
end
$$;
revoke all on function ottavino.refuse_drop_owned() from public;

-- A superuser may create event triggers, as may the roles to which a platform gives this right.
do $$
begin
    if not exists (
        select from pg_catalog.pg_event_trigger
        where evtfoid = 'ottavino.refuse_drop_owned()'::pg_catalog.regprocedure
    ) then
        create event trigger ottavino_refuse_drop_owned on ddl_command_start
            when tag in ('DROP OWNED')
            execute function ottavino.refuse_drop_owned();
    end if;
exception when insufficient_privilege then
    -- The role that migrates may create none: SECURITY.md says what an attacker can then do.
    null;
end
$$;

-- Default privileges of a project may grant its roles anything on what is new, and take from
-- `public` what PostgreSQL gives it. Row security does not refuse TRUNCATE, and a login without a
-- key would be believed without one.
do $$
declare
    granted record;
begin
    for granted in
        with objects (name, owner, acl) as (
            select pg_catalog.format('schema %I', nspname), nspowner, nspacl
            from pg_catalog.pg_namespace where nspname in ('ottavino', 'ottavino_members')
            union all
            select pg_catalog.format('table %s', oid::pg_catalog.regclass), relowner, relacl
            from pg_catalog.pg_class
            where relnamespace = 'ottavino'::pg_catalog.regnamespace and relkind = 'r'
            union all
            select
                pg_catalog.format('function %s', oid::pg_catalog.regprocedure), proowner, proacl
            from pg_catalog.pg_proc where pronamespace = 'ottavino'::pg_catalog.regnamespace
        )
        select distinct name, grantee from objects, pg_catalog.aclexplode(acl)
        where grantee not in (0, owner)
    loop
        execute pg_catalog.format(
            'revoke all on %s from %s cascade', granted.name, granted.grantee::pg_catalog.regrole
        );
    end loop;
end
$$;

-- What policies and the service call as the caller. Where PostgreSQL has granted it to `public`,
-- nothing is written, since a longer entry would not be stored in one piece.
do $$
declare
    called pg_catalog.regprocedure;
begin
    for called in
        select oid from pg_catalog.pg_proc
        where pronamespace = 'ottavino'::pg_catalog.regnamespace
            and proname in (
                'verified', 'uid', 'claim', 'claim_key', 'keep_answer', 'kept_answer'
            )
            and not exists (
                select from pg_catalog.aclexplode(
                    coalesce(proacl, pg_catalog.acldefault('f', proowner))
                )
                where grantee = 0
            )
    loop
        execute pg_catalog.format('grant execute on function %s to public', called);
    end loop;
end
$$;
