"""The tables, the view and the functions that `tests.ottavino.apart` adds to a copy."""

TABLES = 20

TABLE = '''\
"""A table that was added."""

from datetime import datetime
from uuid import UUID

from ottavino import CALLER, Col, Grant, Index, Policy, Role, Table, created_at, owner
from ottavino import primary_key, text


class Added{number}(Table, tablename="added_{number}"):
    """Some rows of a user."""

    id: Col[UUID] = primary_key()
    user_id: Col[UUID] = owner(default=CALLER)
    title: Col[str] = text(max_length=200)
    created_at: Col[datetime] = created_at()

    database_objects = ({policy}, Grant.everything(to=Role.SERVICE_ROLE), Index(user_id))
'''

OWN_POLICY = "Policy.owner(user_id), Grant(to=Role.AUTHENTICATED, select=True, delete=True)"
PUBLIC_POLICY = (
    'Policy(name="all", command="select", to=(Role.ANON, Role.AUTHENTICATED), using="true"), '
    "Grant(to=Role.ANON, select=True), Grant(to=Role.AUTHENTICATED, select=True)"
)
SERVICE_POLICY = 'Policy(name="nobody", using="false")'

OWN, NOBODY = "yes     none      denied   ", "denied  denied    denied   "
ANYBODY = "yes     yes       yes      "

KINDS = {1: (PUBLIC_POLICY, ANYBODY, NOBODY), 2: (SERVICE_POLICY, NOBODY, NOBODY)}
"""Two of them are others: one that everybody reads, and one for the service alone."""

GRID = """
                       owner   stranger  anonymous  service
    select             {select}  yes
    insert *           denied  denied    denied     yes
    update *           denied  denied    denied     yes
    delete             {delete}  yes
"""

BY_HAND = '''
    migration.execute(
        """
        create view public.added_report with (security_invoker = true) as
            select id, title from public.added_0;
        revoke all on public.added_report from anon, authenticated, service_role;
        grant select on public.added_report to authenticated, service_role;
        create function public.added_titles() returns setof text language sql stable
            begin atomic select title from public.added_19; end
        """,
        backwards="""
        drop function public.added_titles();
        drop view public.added_report
        """,
    )
    return migration
'''

SETUP = {
    "added_report": "insert into public.added_0 (user_id, title) "
    "values ('00000000-0000-4000-8000-00000000000a', 'One')"
}
"""The owner's row that the view shows."""

VIEW_GRID = """
                       owner   stranger  anonymous  service
    select             yes     none      denied     yes
"""

FUNCTIONS = {
    "functions/_shared/added.py": '''\
"""What several of the added functions use."""

LIMIT = 20
''',
    "functions/added_public/__init__.py": '''\
"""Lists rows that every caller may read."""

from db.tables.added_1 import Added1
from functions._shared.added import LIMIT
from ottavino.http import Function
from ottavino.query import select

function = Function(auth="optional")


@function.get("/")
async def titles() -> list[str]:
    """The titles in alphabetical order."""
    return [row[0] for row in await select(Added1.title).order_by(Added1.title).limit(LIMIT)]
''',
    "functions/added_arguments/__init__.py": '''\
"""Finds and counts a caller's rows: path, query and body are typed."""

from uuid import UUID

from pydantic import BaseModel

from db.tables.added_0 import Added0
from functions._shared.added import LIMIT
from ottavino.http import Function
from ottavino.query import select

function = Function()


class Limit(BaseModel):
    """How many rows are listed."""

    limit: int = LIMIT


class Wanted(BaseModel):
    """The body of a request."""

    titles: list[str]


@function.get("/{title}")
async def found(title: str, query: Limit) -> list[UUID]:
    """The rows of a title."""
    named = select(Added0.id).where(Added0.title == title).limit(query.limit)
    return [row[0] for row in await named]


@function.post("/")
async def count(body: Wanted) -> int:
    """How many of the titles the caller has."""
    rows = await select(Added0.title)
    return sum(row[0] in body.titles for row in rows)
''',
    "functions/added_parts/__init__.py": '''\
"""Answers by means of a module beside it, which is no function."""

from functions.added_parts.words import greeting
from ottavino import Identity
from ottavino.http import Function

function = Function(auth="optional")


@function.get("/")
async def greet(caller: Identity) -> dict[str, str]:
    """A greeting."""
    return {"message": greeting(str(caller.role))}
''',
    "functions/added_parts/words.py": '''\
"""The words of a greeting."""


def greeting(name: str) -> str:
    """A greeting of a name."""
    return f"Hello, {name}!"
''',
    "tests/functions/test_added.py": '''\
"""The functions that were added."""

from ottavino.testing import Caller, Client, Database

async def test_a_public_function_lists_the_rows_of_a_public_table(
    client: Client, alice: Caller, database: Database
) -> None:
    async with database.superuser() as connection:
        await connection.execute(
            "insert into public.added_1 (user_id, title) select id, 'one' from auth.users"
        )
    assert (await client.get("/added-public")).json() == ["one"]


async def test_arguments_are_read_and_only_the_callers_rows_found(
    client: Client, alice: Caller, bob: Caller, database: Database
) -> None:
    async with database.superuser() as connection:
        await connection.execute(
            "insert into public.added_0 (user_id, title) select id, 'one' from auth.users"
        )
    found = await client.as_(alice).get("/added-arguments/one", params={"limit": 5})
    assert len(found.json()) == 1
    body = {"titles": ["one", "two"]}
    assert (await client.as_(bob).post("/added-arguments", json=body)).json() == 1


async def test_a_module_beside_a_function_is_none_itself(client: Client) -> None:
    assert (await client.get("/added-parts")).json() == {"message": "Hello, anon!"}
    assert (await client.get("/added-parts/words")).status_code == 404
''',
}
"""The files of three functions, and of their tests."""
