"""The checks that bound the values of a column."""

from collections.abc import Callable
from functools import partial

from ottavino.declare.constraint import Check
from ottavino.declare.rendered import Rendered
from ottavino.postgres.quoting import identifier


def require_whole(helper: str, least: int | None = 0, **given: object) -> None:
    """Refuse limits that are no whole numbers, that are too small, or in the wrong order."""
    for name, value in given.items():
        match value:
            case None:
                continue
            case int() if not isinstance(value, bool) and (least is None or value >= least):
                continue
            case _:
                pass
        words = "a whole number" if least is None else f"a whole number from {least} on"
        raise ValueError(f"{helper} has {name}={value!r}: write {words}.")
    low, high = [*given.values(), None][:2]
    if isinstance(low, int) and isinstance(high, int) and low > high:
        raise ValueError(f"{helper} has {' and '.join(given)} that no value meets: swap them.")


def in_range(minimum: int | None, maximum: int | None) -> list[Callable[[str], Check]]:
    """The check of a number's limits, if it has any."""
    require_whole("A column", None, minimum=minimum, maximum=maximum)
    if minimum is None and maximum is None:
        return []
    return [partial(within, "range", "{}", minimum, maximum)]


def within(what: str, measure: str, low: int | None, high: int | None, name: str) -> Check:
    """The check that an expression of a column is within bounds, either of which may be
    missing.
    """
    measured = measure.format(identifier(name))
    if high is None:
        condition = f"{measured} >= {low}"
    elif low is None:
        condition = f"{measured} <= {high}"
    else:
        condition = f"{measured} between {low} and {high}"
    return column_check(name, what, condition)


def column_check(name: str, what: str, condition: str) -> Check:
    """A check of one column."""
    return Check(f"{name}_{what}", Rendered(condition, [name]))
