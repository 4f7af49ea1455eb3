"""The SQL that creates the service's login and stores the key of its signatures."""

from collections.abc import Iterable

from ottavino.errors import SettingsError
from ottavino.postgres.claims import padded
from ottavino.postgres.quoting import identifier, literal
from ottavino.settings import settings


def made_login(name: str, password: str | None) -> str:
    """Create the login that the settings name, and let it sign with `CLAIMS_KEY`."""
    key = settings().claims_key
    if key is None:
        raise SettingsError(
            "CLAIMS_KEY is not set, with which the login signs its callers' claims. Make one "
            "with `openssl rand -hex 32`, and put it where DATABASE_URL is."
        )
    return f"{login_sql(name, settings().caller_roles, password)}\n{key_sql(name, key)}"


def login_sql(name: str, roles: Iterable[str], password: str | None) -> str:
    """Create a login that can become only these roles, or change an existing role into one."""
    role = identifier(name)
    secret = f" password {literal(password)}" if password else ""
    return f"""\
-- A login without rights until it becomes a caller: it inherits nothing from the roles.
do $ottavino_login$
begin
    if not exists (select from pg_catalog.pg_roles where rolname = {literal(name)}) then
        create role {role};
    end if;
end
$ottavino_login$;
alter role {role} login noinherit{secret};
grant {", ".join(map(identifier, roles))} to {role};
"""


def key_sql(name: str, key: str) -> str:
    """Let a login sign with a new key. The previous key stays valid until the next change. So a
    server with the old key still works while the new one is rolled out.
    """
    inner, outer = (f"'\\x{half.hex()}'" for half in padded(key))
    login = literal(name)
    return f"""\
-- What it signs its callers' claims with, so that no statement can exchange them.
insert into ottavino.logins (name, inner_key, outer_key)
values ({login}, {inner}, {outer})
on conflict (name, inner_key) do update set made_at = clock_timestamp();

delete from ottavino.logins
where name = {login} and made_at < (
    select made_at from ottavino.logins
    where name = {login}
    order by made_at desc
    offset 1 limit 1
);
"""  # noqa: S608  # literals of our own
