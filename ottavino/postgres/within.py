"""A limit of time for a block of the running task.

It does what `asyncio.timeout` does, which has a coroutine at each end of the block and can be
rescheduled. Each request would have that two times.
"""

import asyncio
from types import TracebackType


class within:  # noqa: N801  # a block, as contextlib's are
    """Cancel the block when its seconds are over, and raise `TimeoutError` then. If somebody
    else cancels the task too, `CancelledError` is raised.
    """

    __slots__ = ("_cancelling", "_has_expired", "_seconds", "_task", "_timer")

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds

    def __enter__(self) -> None:
        task = asyncio.current_task()
        if task is None:
            raise RuntimeError("A limit of time is set inside a task.")
        self._task = task
        self._cancelling = task.cancelling()
        self._has_expired = False
        self._timer = task.get_loop().call_later(self._seconds, self._expire)

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._timer.cancel()
        if not self._has_expired:
            return
        # The block's own cancellation is over, whatever came of it.
        is_own = self._task.uncancel() <= self._cancelling
        if is_own and kind is asyncio.CancelledError:
            raise TimeoutError from error

    def _expire(self) -> None:
        self._has_expired = True
        self._task.cancel()
