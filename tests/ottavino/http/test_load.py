from contextlib import closing

import pytest

from ottavino.http.errors import Overloaded
from ottavino.http.load import SMALL_BODY_BYTES, Load
from ottavino.testing import SettingsFrom


def test_a_place_is_free_again_however_its_block_ends(settings_from: SettingsFrom) -> None:
    settings_from(MAX_REQUESTS="1")
    load = Load()
    for error in (ValueError, KeyError):
        with pytest.raises(error), closing(load.place()) as place:
            place.begin()
            raise error
    with closing(load.place()) as place:
        assert load.requests == 0
        place.begin()
        assert load.requests == 1
    assert load.requests == 0


def test_a_refused_request_takes_no_place(settings_from: SettingsFrom) -> None:
    settings_from(MAX_REQUESTS="2")
    load = Load()
    with closing(load.place()) as one, closing(load.place()) as other:
        one.begin()
        other.begin()
        with closing(load.place()) as third, pytest.raises(Overloaded):
            third.begin()
        assert load.requests == 2


def test_the_bytes_of_a_body_are_counted_once_and_released() -> None:
    load = Load()
    with closing(load.place()) as place:
        for size in (10, SMALL_BODY_BYTES, SMALL_BODY_BYTES + 10, SMALL_BODY_BYTES + 7):
            place.hold(size)
        assert load.body_bytes == 10
        place.hold(SMALL_BODY_BYTES + 30)
        assert load.body_bytes == 30
    assert load.body_bytes == 0


@pytest.mark.parametrize(("size", "fits"), [(60, True), (61, False)])
def test_bodies_of_other_requests_reduce_the_room(
    size: int, fits: bool, settings_from: SettingsFrom
) -> None:
    settings_from(MAX_BODIES_BYTES="100")
    load = Load()
    with closing(load.place()) as one, closing(load.place()) as other:
        one.hold(SMALL_BODY_BYTES + 40)
        if fits:
            other.hold(SMALL_BODY_BYTES + size)
        else:
            with pytest.raises(Overloaded):
                other.hold(SMALL_BODY_BYTES + size)
        assert load.body_bytes == 40 + (size if fits else 0)
        other.hold(SMALL_BODY_BYTES)


def test_a_single_body_may_be_larger_than_the_limit_for_all(
    settings_from: SettingsFrom,
) -> None:
    settings_from(MAX_BODIES_BYTES="100")
    load = Load()
    with closing(load.place()) as one, closing(load.place()) as other:
        one.hold(SMALL_BODY_BYTES + 500)
        one.hold(SMALL_BODY_BYTES + 600)
        with pytest.raises(Overloaded):
            other.hold(SMALL_BODY_BYTES + 1)
    assert load.body_bytes == 0
