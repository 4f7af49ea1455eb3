"""A limit of time for a block of the running task."""

import asyncio

from ottavino.deadline import until


class within(until):  # noqa: N801  # a block, as contextlib's are
    """Cancel the block when its seconds are over, and raise `TimeoutError` then. If somebody
    else cancels the task too, `CancelledError` is raised.
    """

    __slots__ = ()

    def __init__(self, seconds: float) -> None:
        super().__init__(asyncio.get_running_loop().time() + seconds)
