"""Deadlines that cost next to nothing unless they pass.

A timer of the event loop takes longer to make and to cancel than most of what it limits. So all
deadlines of a loop share one timer, which looks at them every `STEP_SECONDS` while there are
any. A deadline is noticed at most that much late.

The timer belongs to none of the tasks that share it, so it sees the context variables of none.
"""

import asyncio
from contextvars import Context
from types import TracebackType
from typing import Self

STEP_SECONDS = 0.02


class Deadline:
    """A moment, by the clock of the running event loop, at which `passed` is called unless
    `stop` was called before.
    """

    __slots__ = ("_watch", "moment")

    def __init__(self, moment: float) -> None:
        self.moment = moment

    def start(self) -> None:
        """Begin to wait for the moment; one that is over already passes at once."""
        self._watch = watch = _watch()
        watch.add(self)

    def stop(self) -> None:
        """Wait no longer."""
        self._watch.running.pop(self, None)

    def passed(self) -> None:
        """Do what is due, in an empty context; a later `moment` makes it due once more."""
        raise NotImplementedError


class until(Deadline):  # noqa: N801  # a block, like `asyncio.timeout_at`
    """Raise `TimeoutError` from a block that has not ended by a moment: its task is cancelled
    then, as by `asyncio.timeout_at`.
    """

    __slots__ = ("_cancelling", "_task", "has_passed")

    def __init__(self, moment: float) -> None:
        super().__init__(moment)
        self.has_passed = False

    def __enter__(self) -> Self:
        task = asyncio.current_task()
        if task is None:
            raise RuntimeError("A deadline is set inside a task.")
        self._task: asyncio.Task[object] = task
        self._cancelling = task.cancelling()
        self.start()
        return self

    def passed(self) -> None:
        """Cancel the task, once."""
        self.stop()
        self.has_passed = True
        self._task.cancel()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.stop()
        if not self.has_passed:
            return
        # Somebody else may have cancelled the task, too, and that is not ours to take back.
        is_ours = self._task.uncancel() <= self._cancelling
        if is_ours and kind is asyncio.CancelledError:
            raise TimeoutError from error


def within(seconds: float) -> until:
    """The same for a block that has a number of seconds from now on."""
    return until(asyncio.get_running_loop().time() + seconds)


class _Watch:
    """The timer of one event loop, and the deadlines that it looks at."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self.loop = loop
        self.running: dict[Deadline, None] = {}
        self._has_timer = False

    def add(self, deadline: Deadline) -> None:
        self.running[deadline] = None
        if deadline.moment <= self.loop.time():
            self.loop.call_soon(self._look, context=Context())
        self._start()

    def _start(self) -> None:
        if self.running and not self._has_timer:
            self._has_timer = True
            self.loop.call_later(STEP_SECONDS, self._step, context=Context())

    def _step(self) -> None:
        self._has_timer = False
        try:
            self._look()
        finally:
            # An error of one deadline is not the end of all others.
            self._start()

    def _look(self) -> None:
        now = self.loop.time()
        for deadline in [each for each in self.running if each.moment <= now]:
            # An earlier one may have stopped this one.
            if deadline in self.running:
                deadline.passed()


_last: _Watch | None = None


def _watch() -> _Watch:
    """The running loop's. Loops rarely change, and each deadline remembers its own."""
    global _last  # noqa: PLW0603  # a cache of one
    loop = asyncio.get_running_loop()
    if _last is None or _last.loop is not loop:
        _last = _Watch(loop)
    return _last
