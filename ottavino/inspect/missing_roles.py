"""The roles of the project's own that are declared, and that the server does not have."""

from ottavino.declare.role import RoleDefinition
from ottavino.inspect.finding import Finding
from ottavino.migrate.state import State
from ottavino.postgres.connection import Connection
from ottavino.postgres.supabase import AUTHENTICATOR

MISSING = """
select name from unnest($1::text[]) as name
where not exists (select from pg_roles where rolname = name)
order by name
"""


async def missing_roles(connection: Connection, classes: State) -> list[Finding]:
    """The roles that policies and grants name, but callers cannot become."""
    names = [e.full_name for e in classes.objects.values() if isinstance(e, RoleDefinition)]
    return [
        Finding(
            "error",
            "OTT112",
            f"role {name}",
            f"The role {name} is declared, and the server has none of this name. If no pending "
            f"migration makes it: create role {name} nologin; grant {name} to {AUTHENTICATOR}.",
        )
        for (name,) in await connection.fetch(MISSING, names)
    ]
