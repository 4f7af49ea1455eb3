"""The table of positions, which the processes of a machine share."""

import os
import time
from pathlib import Path
from uuid import uuid4

import pytest

from ottavino.identity import Identity
from ottavino.postgres.positions import (
    SIZE,
    UNKNOWN,
    UNSETTLED_SECONDS,
    VARIABLE,
    Positions,
    parsed,
    positions,
    shared_positions,
    written,
)
from ottavino.testing import SettingsFrom
from tests.ottavino.forked import Python

LATER = 2**63

HAMMER = """
import sys
from pathlib import Path
from ottavino.postgres.positions import Positions

table = Positions(Path(sys.argv[1]))
for position in range(1, 20_000):
    table.advance(1, position, 0)
    if table.of(1) < position:
        sys.exit(f"{position} was noted, and {table.of(1)} is there.")
"""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """The file of an empty table."""
    path = tmp_path / "positions"
    path.write_bytes(os.urandom(16).ljust(SIZE, b"\0"))
    return path


def test_a_position_is_read_as_postgresql_writes_it() -> None:
    assert parsed("16/B374D848") == 0x16B374D848
    assert written(0x16B374D848) == "16/B374D848"
    assert [parsed(each) for each in ("", "16", "16/", "16/b3", "1/123456789", " 1/1")] == [
        None
    ] * 6


def test_a_caller_has_one_slot_whatever_else_their_token_says() -> None:
    table, user = Positions(), uuid4()
    assert table.slot(Identity.user(user)) == table.slot(Identity.user(user, email="a@b.de"))
    slots = {table.slot(Identity.user(uuid4())) for _ in range(100)}
    assert len(slots) > 90
    assert table.slot(Identity.anonymous()) != table.slot(Identity.service())


def test_a_user_whose_id_is_no_uuid_has_a_slot_of_their_own() -> None:
    table = Positions()
    one = Identity.external_user("one")
    assert table.slot(one) == table.slot(Identity.external_user("one", email="a@b.de"))
    others = {table.slot(Identity.external_user(f"user {number}")) for number in range(100)}
    assert len(others) > 90


def test_two_tables_give_a_caller_different_slots() -> None:
    # A caller cannot choose a subject that shares the slot of another one.
    users = [Identity.user(uuid4()) for _ in range(20)]
    first, second = Positions(), Positions()
    assert [first.slot(each) for each in users] != [second.slot(each) for each in users]


def test_nothing_is_known_before_the_first_position() -> None:
    table = Positions()
    assert table.of(1) == UNKNOWN
    table.advance(2, 100, 0)
    assert table.of(1) == 100
    table.advance(1, 200, 0)
    assert (table.of(1), table.of(2)) == (200, 100)


def test_a_position_only_grows() -> None:
    table = Positions()
    table.advance(1, 200, 0)
    table.advance(1, 100, 0)
    assert table.of(1) == 200


def test_a_commit_without_an_answer_is_unknown_until_it_is_settled_and_a_position_taken() -> (
    None
):
    table, now = Positions(), time.monotonic()
    table.advance(1, 100, now)
    table.lose(1)
    assert table.of(1) == UNKNOWN
    assert table.of(2) == 100
    table.advance(1, 200, now + UNSETTLED_SECONDS / 2)
    assert table.of(1) == UNKNOWN
    table.advance(1, 300, now + UNSETTLED_SECONDS + 1)
    assert table.of(1) == 300


@pytest.mark.whole
def test_processes_that_write_at_once_lose_no_position(path: Path) -> None:
    running = [Python("-c", HAMMER, str(path)) for _ in range(4)]
    assert [each.wait() for each in running] == [0] * 4


def test_a_file_is_shared_while_it_is_served_and_only_with_a_replica(
    settings_from: SettingsFrom,
) -> None:
    settings_from(READ_DATABASE_URL="")
    with shared_positions():
        assert VARIABLE not in os.environ
    settings_from(READ_DATABASE_URL="postgresql://ottavino@localhost/it")
    with shared_positions():
        path = Path(os.environ[VARIABLE])
        assert path.stat().st_mode & 0o077 == 0
        user = Identity.user(uuid4())
        other = Positions(path)
        assert positions().slot(user) == other.slot(user)
        positions().advance(5, 100, 0)
        assert other.of(5) == 100
    assert not path.exists()
    assert VARIABLE not in os.environ
