"""The header `ottavino-position`."""

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
    for half in (slice(0, 10), slice(11, 22)):
        assert len({each[half] for each in near}) == 100
    assert sealed(POSITION) != sealed(POSITION)


def test_only_servers_with_the_same_key_read_it(settings_from: SettingsFrom) -> None:
    header = sealed(POSITION)
    settings_from(CLAIMS_KEY="y" * 32)
    assert opened(header) != POSITION


@pytest.mark.parametrize("text", ["", "16/B374D848", "x" * 23, "ä" * 22, "%" * 22, "=" * 22])
def test_an_invalid_position_is_ignored(text: str) -> None:
    assert opened(text) == 0


def test_a_forged_position_is_read_as_some_number() -> None:
    assert 0 <= opened("x" * CHARACTERS) < 2**64
