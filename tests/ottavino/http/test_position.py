"""The header `ottavino-position`."""

import base64

import pytest

from ottavino.http.function import Function
from ottavino.http.position import CHARACTERS, HEADER, opened, sealed
from ottavino.identity import Identity
from ottavino.postgres.own_writes import OwnWrites
from ottavino.postgres.positions import UNKNOWN
from ottavino.postgres.scope import current_scope
from ottavino.settings import settings
from ottavino.testing import Database, SettingsFrom
from tests.ottavino.http.client import client
from tests.ottavino.users import User

POSITION = 0x16B374D848


@pytest.fixture(autouse=True)
def key(settings_from: SettingsFrom) -> None:
    """The key that the servers of a project share."""
    settings_from(CLAIMS_KEY="x" * 32)


def test_a_position_that_is_brought_back_is_read() -> None:
    assert opened(sealed(POSITION)) == POSITION
    assert len(sealed(POSITION)) == CHARACTERS


def test_a_position_does_not_reveal_how_much_was_written() -> None:
    near = [sealed(POSITION + each) for each in range(100)]
    for part in (slice(0, 10), slice(11, 21), slice(22, 32)):
        assert len({each[part] for each in near}) == 100
    assert sealed(POSITION) != sealed(POSITION)


@pytest.mark.parametrize("name", ["CLAIMS_KEY", "JWT_SECRET"])
def test_only_servers_with_the_same_key_read_it(name: str, settings_from: SettingsFrom) -> None:
    without = {} if name == "CLAIMS_KEY" else {"CLAIMS_KEY": ""}
    settings_from(**without, **{name: "x" * 32})
    header = sealed(POSITION)
    settings_from(**without, **{name: "y" * 32})
    assert opened(header) == 0
    settings_from(**without, **{name: "x" * 32})
    assert opened(header) == POSITION


def test_the_key_hides_a_position(
    settings_from: SettingsFrom, monkeypatch: pytest.MonkeyPatch
) -> None:
    # What is random in a header is sent with it.
    monkeypatch.setattr("secrets.token_bytes", bytes)
    hidden: set[str] = set()
    for key in ("x" * 32, "y" * 32):
        settings_from(CLAIMS_KEY=key)
        hidden.add(sealed(POSITION)[11:21])
    assert len(hidden) == 2


async def test_an_answer_names_the_position_where_there_is_a_replica_and_a_write(
    database: Database, alice: User, settings_from: SettingsFrom
) -> None:
    function = Function()

    @function.get()
    @function.post()
    async def seen(caller: Identity) -> int:
        await current_scope().fetch("select 1", ())
        return OwnWrites(caller).position if settings().read_database_url else 0

    shown = {**alice.headers, HEADER: sealed(POSITION)}
    async with client(function) as http:
        without = await http.post("/it", headers=shown)
        assert without.is_success
        assert HEADER not in without.headers
        settings_from(
            DATABASE_URL=database.url,
            READ_DATABASE_URL="postgresql://ottavino@127.0.0.1:1/none",
        )
        # The first transaction learns how far the log reaches.
        written = await http.post("/it", headers=shown)
        assert 0 < opened(written.headers[HEADER]) < UNKNOWN
        read = await http.get("/it", headers=shown)
        assert HEADER not in read.headers
        assert read.json() == POSITION


@pytest.mark.parametrize("text", ["", "16/B374D848", "x" * 33, "ä" * 32, "%" * 32, "=" * 32])
def test_an_invalid_position_is_ignored(text: str) -> None:
    assert opened(text) == 0


def test_a_forged_position_is_ignored() -> None:
    assert opened("x" * CHARACTERS) == 0


def test_a_changed_position_is_ignored() -> None:
    made = base64.urlsafe_b64decode(sealed(POSITION))
    for bit in range(8 * len(made)):
        changed = bytearray(made)
        changed[bit // 8] ^= 1 << bit % 8
        assert opened(base64.urlsafe_b64encode(changed).decode()) == 0
