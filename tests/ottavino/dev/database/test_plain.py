"""A PostgreSQL that was not prepared: Alice's own, without Supabase's roles or its `auth`."""

from collections.abc import Generator
from pathlib import Path

import pytest

from ottavino.dev.database.server import Server
from ottavino.dev.tokens import sign_up
from ottavino.identity import Identity
from ottavino.postgres.session import session
from ottavino.postgres.supabase import SUPERUSER
from ottavino.query import insert, select
from ottavino.testing import SettingsFrom
from ottavino.testing.cluster import short_folder
from ottavino.testing.database import connected
from ottavino.testing.server import VERSIONS
from tests.ottavino.house.db.tables import Document
from tests.ottavino.migrate.process import Process
from tests.ottavino.migrate.project import OURS

ROLES = "select rolname from pg_roles where rolname !~ '^pg_'"


@pytest.fixture
def server(pytestconfig: pytest.Config) -> Generator[Server]:
    version = str(pytestconfig.getoption("postgres"))
    with short_folder() as folder:
        server = Server(
            folder / "data",
            version=int(version),
            binaries=VERSIONS[version],
            settings="fsync = off\n",
        )
        server.start()
        try:
            yield server
        finally:
            server.stop()


@pytest.mark.whole
async def test_three_commands_prepare_a_plain_postgresql_and_its_users_see_their_own_rows(
    server: Server, settings_from: SettingsFrom, tmp_path: Path
) -> None:
    async with connected(server.url(SUPERUSER)) as connection:
        await connection.execute("create role alice superuser login")
        await connection.execute("create database alice")
        roles = {row["rolname"] for row in await connection.fetch(ROLES)}
        # The superuser of a server has some name, which no statement of ours may rely on.
        assert roles == {SUPERUSER, "alice"}
    url = server.url("alice", "alice")

    async def done(*arguments: str) -> str:
        """What a command prints that does what it should."""
        variables = {"DATABASE_URL": url, "DIRECT_URL": ""}
        process = Process(variables, OURS, tmp_path, *arguments)
        assert await process.ended() == 0, process.output
        return process.output

    assert await done("db", "install_auth") == "Installed the roles, and the schema auth.\n"
    assert "nothing was changed" in await done("db", "install_auth")
    assert "All migrations are applied." in await done("migrations", "forwards", "all")
    assert "Marked the database alice at /" in await done("db", "mark_local")

    for login in ("alice", "authenticator"):
        settings_from(DATABASE_URL=server.url(login, "alice"), DIRECT_URL=url)
        carla, dora = [await sign_up(f"{each}@{login}.com") for each in ("carla", "dora")]
        await add_document(carla, "carla's")
        await add_document(dora, "dora's")
        assert await documents(carla) == ["carla's"]
        assert await documents(dora) == ["dora's"]

    # As where the server asks for passwords, and the auth service's role never got one.
    async with connected(url) as connection:
        await connection.execute("alter role supabase_auth_admin nologin")
    assert await sign_up("carla@alice.com") == await sign_up("Carla@alice.com")


async def add_document(owner: Identity, filename: str) -> None:
    async with session(owner):
        await insert(
            Document(filename=filename, file_type="text/plain", file_size=1, content="x")
        )


async def documents(reader: Identity) -> list[str]:
    async with session(reader):
        return [row[0] for row in await select(Document.filename)]
