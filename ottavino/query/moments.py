"""Datetimes of a whole column at once.

PostgreSQL sends a moment as the microseconds since 2000. The driver makes each of them a
`timedelta` and adds it to that year, which takes longer than all else that is done for a row.
"""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import cast

from msgspec import convert

EPOCH = datetime(2000, 1, 1, tzinfo=UTC)
EPOCH_SECONDS = EPOCH.timestamp()

EXACT = 2**51
"""So many microseconds, 71 years, before and after 2000, a float of seconds is exact to less
than half a microsecond.
"""

INFINITE = {2**63 - 1: datetime.max, -(2**63): datetime.min}  # noqa: DTZ901  # as the driver
"""PostgreSQL's `infinity` and `-infinity`."""

_Datetimes = list[datetime]


def moments(counts: Sequence[int | None]) -> Sequence[datetime | None]:
    """The moments that are so many microseconds after 2000; null stays null."""
    known = cast("Sequence[int]", counts)
    try:
        is_exact = min(known) > -EXACT and max(known) < EXACT
    except (TypeError, ValueError):
        # A null cannot be compared, and of nothing there is no least.
        is_exact = False
    if is_exact:
        return convert(
            [each / 1_000_000 + EPOCH_SECONDS for each in known], _Datetimes, strict=False
        )
    return [None if each is None else _moment(each) for each in counts]


def _moment(count: int) -> datetime:
    return INFINITE.get(count) or EPOCH + timedelta(microseconds=count)
