-- What Ottavino itself keeps in a database, in a schema that nobody else uses. `forwards`
-- installs it before the first migration; every statement may run again.

create schema if not exists ottavino;

-- Policies call what is in it as the caller.
revoke all on schema ottavino from public;
grant usage on schema ottavino to public;

-- The logins of services, each with the keys that it signs its callers' claims with: the two
-- halves of HMAC's key, so that a signature takes two hashes and no extension.
create table if not exists ottavino.logins (
    name text not null,
    inner_key bytea not null,
    outer_key bytea not null,
    made_at timestamp with time zone not null default clock_timestamp(),
    primary key (name, inner_key)
);

-- Its owner alone reads it; whoever has a key can be any caller.
alter table ottavino.logins enable row level security;
revoke all on ottavino.logins from public, anon, authenticated, service_role;

-- Whether the claims of this transaction are those that the service has signed. A session that
-- is no service's, such as one of Supabase's own API, has nothing to show.
--
-- The caller's claims, role and signature are settings, which any statement can change.
-- `session_user` cannot be changed, and without a key no signature can be made. It is written
-- in SQL's own form, whose names are looked up when it is made and not when it runs.
create or replace function ottavino.verified() returns boolean
language sql stable security definer
return (
    select coalesce(
        bool_or(
            -- Hashed once more: how long comparing them takes says nothing of the signature.
            sha256(
                sha256(
                    outer_key
                    || sha256(
                        inner_key
                        || convert_to(
                            concat_ws(
                                chr(10),
                                split_part(shown.signature, '.', 1),
                                current_setting('role'),
                                current_setting('request.jwt.claims', true)
                            ),
                            'UTF8'
                        )
                    )
                )
            ) = sha256(decode(split_part(shown.signature, '.', 2), 'hex'))
            -- One that was kept for later is worth nothing.
            and abs(
                extract(epoch from now()) - ('0' || split_part(shown.signature, '.', 1))::numeric
            ) < 3600
            -- auth.uid() and auth.jwt() ask these before the claims that are signed.
            and concat(
                current_setting('request.jwt.claim', true),
                current_setting('request.jwt.claim.sub', true),
                current_setting('request.jwt.claim.role', true),
                current_setting('request.jwt.claim.email', true)
            ) = ''
        ),
        true
    )
    from ottavino.logins,
        (select coalesce(current_setting('ottavino.signature', true), '')) as shown (signature)
    where name = session_user
);

-- The user who calls, or null where the claims are not those that the service signed.
--
-- That they are, and whose they are, is one question: between two, a statement could exchange
-- the claims. And it looks up no name while it runs: auth.uid() would find a caller's own type
-- in the place of jsonb. A session that is no service's is whoever auth.uid() says.
create or replace function ottavino.uid() returns uuid
language sql stable security definer
return (
    case
        when not exists (select from ottavino.logins where name = session_user)
            then auth.uid()
        when ottavino.verified()
            then (nullif(current_setting('request.jwt.claims', true), '')::jsonb ->> 'sub')::uuid
    end
);
