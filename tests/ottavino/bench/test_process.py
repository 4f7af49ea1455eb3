"""A line through the memory of a process tells a leak from the noise around it."""

import math
from collections.abc import Callable

from bench.process import fitted


def is_told_from_zero(memory: Callable[[int], float]) -> bool:
    slope, error = fitted([(second * 1_000, memory(second)) for second in range(50)])
    return slope > 2 * error


def test_a_leak_is_told_whatever_else_is_allocated() -> None:
    assert is_told_from_zero(lambda second: 70 + second // 3 * 0.2 + second % 2 * 0.1)


def test_memory_that_is_taken_and_given_back_is_no_leak() -> None:
    assert not is_told_from_zero(lambda second: 70 + second % 3 * 0.1)


def test_one_step_is_no_leak() -> None:
    assert not is_told_from_zero(lambda second: 70 if second < 30 else 70.3)


def test_two_points_tell_nothing() -> None:
    assert fitted([(0, 70), (1_000, 71)]) == (0, math.inf)
