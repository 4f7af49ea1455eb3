"""A limit of time for a block: what it raises, and what it leaves alone."""

import asyncio

import pytest

from ottavino.postgres.within import within


async def test_a_block_in_time_ends_as_it_would_without() -> None:
    with within(10):
        await asyncio.sleep(0)
    with pytest.raises(KeyError), within(10):
        await asyncio.sleep(0)
        raise KeyError


@pytest.mark.parametrize("seconds", [-1, 0, 0.01])
async def test_a_block_that_takes_longer_is_cancelled(seconds: float) -> None:
    with pytest.raises(TimeoutError) as raised, within(seconds):
        await asyncio.sleep(10)
    assert isinstance(raised.value.__cause__, asyncio.CancelledError)
    assert not cancelling()


async def test_the_inner_limit_is_not_the_outer_ones() -> None:
    with within(10):
        with pytest.raises(TimeoutError), within(0):
            await asyncio.sleep(10)
        await asyncio.sleep(0)
    with pytest.raises(TimeoutError), within(0), within(10):
        await asyncio.sleep(10)
    assert not cancelling()


async def test_a_block_that_swallows_it_goes_on_without_it() -> None:
    with within(0):
        with pytest.raises(asyncio.CancelledError):
            await asyncio.sleep(10)
        assert cancelling()
    assert not cancelling()


async def test_another_error_of_the_block_is_its_own() -> None:
    with pytest.raises(KeyError), within(0):
        try:
            await asyncio.sleep(10)
        except asyncio.CancelledError as error:
            raise KeyError from error
    assert not cancelling()


@pytest.mark.parametrize("seconds", [0, 10])
async def test_a_task_that_somebody_cancels_is_cancelled(seconds: float) -> None:
    async def wait() -> None:
        with within(seconds):
            await asyncio.sleep(10)

    task = asyncio.create_task(wait())
    asyncio.get_running_loop().call_soon(task.cancel)
    await asyncio.wait({task})
    assert task.cancelled()


async def test_it_needs_a_task() -> None:
    refused: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def enter() -> None:
        try:
            within(10).__enter__()
        except RuntimeError as error:
            refused.set_exception(error)

    asyncio.get_running_loop().call_soon(enter)
    with pytest.raises(RuntimeError, match="inside a task"):
        await refused


def cancelling() -> int:
    """How many cancellations the running task has not seen the end of."""
    task = asyncio.current_task()
    assert task is not None
    return task.cancelling()
