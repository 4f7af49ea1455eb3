"""The work of a function, counted: the same on every machine, however busy it is."""

import gc
import sys
import time
from collections.abc import Awaitable, Callable
from types import FrameType
from typing import Any

SIZES = (1, 2, 4)


async def steps(work: Awaitable[object]) -> int:
    """How many instructions Python executes for a call.

    What a library does in C is one instruction, however long it takes.
    """
    count = 0

    def trace(frame: FrameType, event: str, _: Any) -> Any:
        nonlocal count
        frame.f_trace_opcodes, frame.f_trace_lines = True, False
        count += event == "opcode"
        return trace

    before = sys.gettrace()
    # Callbacks of garbage collections are Python too, and run at any time.
    gc.disable()
    sys.settrace(trace)
    try:
        await work
    finally:
        sys.settrace(before)
        gc.enable()
    return count


async def grows_linearly(work: Callable[[int], Awaitable[object]], size: int) -> bool:
    """Whether four times the input is four times the work, apart from a constant part."""
    # This call does the work that is done once.
    await work(size)
    # What else the event loop has to do may run in between: the least of two counts is taken.
    one, two, four = [min([await steps(work(size * each)) for _ in range(2)]) for each in SIZES]
    # The second step of a line is twice its first, and that of a square four times.
    return four - two <= 2.4 * (two - one) + 100


def seconds(work: Callable[[], object]) -> float:
    """The time of the processor for a call: the least of several."""
    found: list[float] = []
    gc.disable()
    for _ in range(5):
        begun = time.thread_time()
        work()
        found.append(time.thread_time() - begun)
    gc.enable()
    return min(found)


def takes_linear_time(work: Callable[[int], object], size: int) -> bool:
    """Whether a library in C takes for 16 times the input about 16 times as long, not 256.

    Told apart at 64 times, so that a busy machine is not taken for a square.
    """
    return seconds(lambda: work(size * 16)) < 64 * seconds(lambda: work(size))
