"""The header `ottavino-position`."""

import base64

import pytest

from ottavino.http.position import CHARACTERS, opened, sealed
from ottavino.testing import SettingsFrom

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


def test_only_servers_with_the_same_key_read_it(settings_from: SettingsFrom) -> None:
    header = sealed(POSITION)
    settings_from(CLAIMS_KEY="y" * 32)
    assert opened(header) == 0


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
