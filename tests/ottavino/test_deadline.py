"""Deadlines interrupt a block as `asyncio.timeout_at` does, with one timer for all of them."""

import asyncio

import pytest

from ottavino.deadline import STEP_SECONDS, Deadline, until, within

LATER = 30.0
"""Seconds after which a test would have failed."""


def after(seconds: float) -> float:
    return asyncio.get_running_loop().time() + seconds


def cancellations() -> int:
    task = asyncio.current_task()
    assert task is not None
    return task.cancelling()


@pytest.mark.parametrize("seconds", [-1, 0, STEP_SECONDS / 2])
async def test_a_block_ends_after_its_seconds(seconds: float) -> None:
    with pytest.raises(TimeoutError) as raised, within(seconds) as block:
        await asyncio.sleep(LATER)
    assert isinstance(raised.value.__cause__, asyncio.CancelledError)
    assert block.has_passed
    assert cancellations() == 0


async def test_a_moment_that_is_over_interrupts_at_the_first_wait() -> None:
    turns = 0
    with pytest.raises(TimeoutError), until(after(-1)):
        while True:
            await asyncio.sleep(0)
            turns += 1
    assert turns <= 1


async def test_the_inner_of_two_blocks_ends_alone() -> None:
    with until(after(LATER)) as outer:
        with pytest.raises(TimeoutError), until(after(STEP_SECONDS)):
            await asyncio.sleep(LATER)
        await asyncio.sleep(0)
    assert not outer.has_passed
    with pytest.raises(TimeoutError), within(0), within(LATER):
        await asyncio.sleep(LATER)
    assert cancellations() == 0


async def test_a_block_that_swallows_the_interruption_goes_on_without_it() -> None:
    with within(0):
        with pytest.raises(asyncio.CancelledError):
            await asyncio.sleep(LATER)
        assert cancellations() == 1
    assert cancellations() == 0


async def test_a_block_that_ends_in_time_is_interrupted_no_more() -> None:
    with until(after(STEP_SECONDS)) as block:
        pass
    await asyncio.sleep(3 * STEP_SECONDS)
    assert not block.has_passed


async def test_another_error_of_a_block_stays_as_it_is() -> None:
    with pytest.raises(ZeroDivisionError), until(after(0)) as block:
        try:
            await asyncio.sleep(LATER)
        finally:
            raise ZeroDivisionError
    assert block.has_passed
    assert cancellations() == 0


async def test_a_block_outside_of_a_task_is_refused() -> None:
    refused: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def enter() -> None:
        try:
            within(LATER).__enter__()
        except RuntimeError as error:
            refused.set_exception(error)

    asyncio.get_running_loop().call_soon(enter)
    with pytest.raises(RuntimeError, match="inside a task"):
        await refused


@pytest.mark.parametrize("seconds", [0, LATER])
async def test_a_task_that_somebody_cancels_is_cancelled(seconds: float) -> None:
    async def wait() -> None:
        with within(seconds):
            await asyncio.sleep(LATER)

    task = asyncio.create_task(wait())
    asyncio.get_running_loop().call_soon(task.cancel)
    await asyncio.wait({task})
    assert task.cancelled()


async def test_a_task_that_somebody_else_cancelled_too_is_cancelled() -> None:
    async def both() -> None:
        with until(after(0)):
            try:
                await asyncio.sleep(LATER)
            except asyncio.CancelledError:
                task.cancel()
                raise

    task = asyncio.create_task(both())
    with pytest.raises(asyncio.CancelledError):
        await task


async def test_an_earlier_deadline_can_stop_a_later_one() -> None:
    class First(Deadline):
        def passed(self) -> None:
            self.stop()
            second.stop()

    first, second = First(after(STEP_SECONDS)), until(after(STEP_SECONDS))
    first.start()
    with second:
        await asyncio.sleep(3 * STEP_SECONDS)
    assert not second.has_passed


async def test_an_error_of_one_deadline_is_not_the_end_of_others() -> None:
    class Failing(Deadline):
        def passed(self) -> None:
            self.stop()
            raise ZeroDivisionError

    def ignored(*_: object) -> None: ...

    asyncio.get_running_loop().set_exception_handler(ignored)
    with pytest.raises(TimeoutError), until(after(2 * STEP_SECONDS)):
        Failing(after(STEP_SECONDS / 2)).start()
        await asyncio.sleep(LATER)


def test_each_loop_has_its_own_timer() -> None:
    async def interrupted() -> None:
        with pytest.raises(TimeoutError), until(after(STEP_SECONDS)):
            await asyncio.sleep(LATER)

    for _ in range(2):
        asyncio.run(interrupted())


async def test_no_timer_is_left_without_deadlines(monkeypatch: pytest.MonkeyPatch) -> None:
    loop = asyncio.get_running_loop()
    with until(after(LATER)):
        await asyncio.sleep(0)
    await asyncio.sleep(3 * STEP_SECONDS)
    made = list[float]()

    def call_later(seconds: float, *_: object, **__: object) -> None:
        made.append(seconds)

    monkeypatch.setattr(loop, "call_later", call_later)
    for _ in range(2):
        with until(after(LATER)):
            pass
    assert made == [STEP_SECONDS]
