"""Datetimes of whole columns, which the driver has left as numbers."""

from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ottavino.postgres.scope import current_scope
from ottavino.query import coalesce, insert, objects, select
from ottavino.query.moments import EPOCH, EXACT, moments
from ottavino.testing import Database
from tests.ottavino.query.stored import USER, create, undone_session
from tests.ottavino.query.tables import Sorted

FIRST, LAST = datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC)
LEAST, MOST = ((moment - EPOCH) // timedelta(microseconds=1) for moment in (FIRST, LAST))

exact = st.integers(-EXACT, EXACT)
any_count = st.one_of(exact, st.integers(LEAST, MOST), st.none())


@pytest.mark.whole
@given(st.one_of(st.lists(exact), st.lists(any_count)))
def test_are_those_that_a_sum_finds(counts: list[int | None]) -> None:
    found = moments(counts)
    assert found == [
        None if count is None else EPOCH + timedelta(microseconds=count) for count in counts
    ]
    # As the driver makes them.
    assert all(moment is None or moment.tzinfo is UTC for moment in found)


@pytest.mark.parametrize("first", [1 - EXACT, -1000, EXACT - 1000])
def test_are_exact_to_the_microsecond(first: int) -> None:
    counts = range(first, first + 1000)
    assert moments(counts) == [EPOCH + timedelta(microseconds=count) for count in counts]


@pytest.mark.parametrize("count", [LEAST - 1, MOST + 1, 2**62])
def test_are_refused_where_no_datetime_can_be_so_late(count: int) -> None:
    with pytest.raises(OverflowError):
        moments([0, count])


@pytest.mark.parametrize("nulls", [[], [None]])
async def test_are_read_as_the_driver_reads_them(
    nulls: list[None], empty_database: Database
) -> None:
    rest: dict[str, Any] = {
        "day": date(2026, 1, 2),
        "clock": time(1),
        "share": 0.5,
        "name": "a",
        "tags": ["b"],
    }
    some = datetime(2026, 1, 2, 3, 4, 5, 678901, tzinfo=UTC)
    # The driver sends the first and the last one as infinite.
    given = [some, FIRST, LAST, FIRST + timedelta(days=1), *nulls]
    await create(empty_database, Sorted)
    async with undone_session():
        await insert(*(Sorted(user_id=USER, moment=each, **rest) for each in given))
        records = await current_scope().fetch("select moment from sorted order by 1", ())
        expected = [moment for (moment,) in records]
        assert len({*expected}) == len(given)
        assert [each for (each,) in await in_order(select(Sorted.moment))] == expected
        assert [each.moment for each in await in_order(objects(Sorted))] == expected
        never_null = coalesce(Sorted.moment, EPOCH)
        assert [each for (each,) in await in_order(select(never_null))] == [
            moment or EPOCH for moment in expected
        ]
        found = await in_order(
            select(Sorted.name, Sorted.moment).into(lambda _, moment: moment)
        )
        assert found == expected


async def in_order(query: Any) -> list[Any]:
    """The rows of a query, sorted by their moment."""
    return await query.order_by(Sorted.moment)
