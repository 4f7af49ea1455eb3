"""Whether the schema `ottavino` is as `forwards` installs it. Policies rely on its functions:
they say who the caller is, and whether the service has signed that.
"""

import secrets
from collections.abc import Iterator

from ottavino.declare.members import SCHEMA as MEMBERS
from ottavino.inspect.catalog import NOBODY, Catalog, Owner, read
from ottavino.inspect.finding import Finding
from ottavino.inspect.given_by_default import WITHHELD
from ottavino.migrate import platform
from ottavino.migrate.statements import statement_texts, statements
from ottavino.postgres.connection import Connection
from ottavino.sql import Mention, Path, rewritten

OWN = "ottavino"

AGAIN = (
    "To install it again: comment on schema ottavino is 'Ottavino 0', and "
    "`piccolo migrations forwards all`."
)

# `forwards` grants this where a project has revoked it, and so in a block that is not run here.
BUILT_IN = "alter default privileges grant execute on functions to public"

# Who may use the functions that policies for members call: through a policy alone.
OPEN_TO = """
select
    string_agg(
        distinct case grantee when 0 then 'public' else grantee::regrole::text end, ', '
    )
from pg_namespace, aclexplode(nspacl)
where nspname = $1 and grantee <> nspowner
"""

OWNER = """
select
    (select oid from pg_roles where rolname = current_user) as builder,
    nspowner as owner
from pg_namespace
where nspname = 'ottavino'
"""


async def own_schema(connection: Connection) -> list[Finding]:
    """The objects of the schema that differ from those that this version installs. Those of
    another version are not compared: the next `forwards` replaces them.
    """
    if await connection.fetchval(platform.FOUND) != platform.MARK:
        return []
    live, installed = await _both(
        connection, Owner(*await connection.fetchrow(OWNER) or NOBODY)
    )
    roles = await connection.fetchval(OPEN_TO, MEMBERS)
    found = [
        _finding(name, words)
        for name in sorted({*live, *installed} - {*_without_schema(live)})
        for words in _difference(live, installed, name)
    ]
    return found if roles is None else [*found, _open(roles)]


async def _both(connection: Connection, owner: Owner) -> tuple[Catalog, Catalog]:
    """The schema as it is, and as it is installed; the latter is built and rolled back."""
    shadow = f"shadow_{secrets.token_hex(6)}"
    savepoint = connection.transaction()
    await savepoint.start()
    try:
        await connection.execute("set local check_function_bodies = off")
        await connection.execute(f"{WITHHELD};\n{BUILT_IN}")
        await connection.execute(_statements(shadow))
        installed = await read(connection, [shadow], {shadow: OWN}, owner)
        return await read(connection, [OWN]), installed
    finally:
        await savepoint.rollback()


def _statements(schema: str) -> str:
    """What installs it under another name, without the event trigger, which has no schema."""

    def moved(mention: Mention) -> Path:
        first, *rest = mention.path
        return (schema, *rest) if first == OWN else mention.path

    texts = [
        text
        for text in statement_texts(platform.SQL)
        if next(statements(text))[0] != "do" and MEMBERS not in text
    ]
    return ";\n".join(rewritten(text, moved) for text in texts)


def _without_schema(live: Catalog) -> Iterator[str]:
    """The event triggers. A role that may create none installs none."""
    yield from (name for name, each in live.items() if each.kind == "event trigger")


def _difference(live: Catalog, installed: Catalog, name: str) -> Iterator[str]:
    if name not in live:
        yield "is missing"
    elif name not in installed:
        yield "is not Ottavino's"
    else:
        sides = [live[name].facets, installed[name].facets]
        facets = [
            each
            for each in {**sides[0], **sides[1]}
            if sides[0].get(each) != sides[1].get(each)
        ]
        if facets:
            yield f"is not as it was installed ({', '.join(sorted(facets))})"


def _open(roles: str) -> Finding:
    return Finding(
        "error",
        "OTT115",
        f"schema {MEMBERS}",
        f"The schema {MEMBERS} is open to {roles}, and nobody but its owner may use it: only "
        "policies call its functions, which read the table of members with the rights of its "
        f"owner. To end that: revoke all on schema {MEMBERS} from {roles}.",
    )


def _finding(name: str, words: str) -> Finding:
    return Finding(
        "error",
        "OTT115",
        name,
        f"The {name} in the schema of Ottavino's own {words}. Policies rely on what is there. "
        f"{AGAIN}",
    )
