"""The answers to a commit and to the statement behind it, in whatever pieces they arrive."""

import asyncpg
import pytest

from ottavino.errors import CommitFailed
from ottavino.postgres import wire
from ottavino.postgres.address import address
from ottavino.postgres.commit import CommitAnswers, commit
from ottavino.postgres.connection import opened
from ottavino.testing import Database

READY = wire.READY + b"I"
ROW = wire.message(b"D", b"\0\1\0\0\0\x0b16/B374D848")
SELECTED = wire.PARSED + wire.BOUND + ROW + wire.message(b"C", b"SELECT 1\0")
STORED = wire.answer("INSERT 0 1")
FAILED = wire.error("57014", "It took too long.", "it")


def read(data: bytes, size: int) -> tuple[CommitAnswers, bytes]:
    """The result of data that arrives in pieces, and the bytes that the driver gets of it."""
    answers = CommitAnswers()
    pieces = [data[at : at + size] for at in range(0, len(data), size)]
    return answers, b"".join(answers.read(piece) for piece in pieces)


@pytest.mark.parametrize("size", [1, 2, 7, 1000])
def test_the_position_is_read_and_its_row_is_kept_from_the_driver(size: int) -> None:
    answers, passed = read(STORED + wire.answer("COMMIT") + SELECTED + READY, size)
    assert (answers.tag, answers.position, answers.is_read) == ("COMMIT", 0x16B374D848, True)
    assert passed == STORED + wire.answer("COMMIT") + SELECTED.replace(ROW, b"") + READY


@pytest.mark.parametrize("size", [1, 1000])
def test_a_commit_is_known_though_the_statement_behind_it_fails(size: int) -> None:
    answers, passed = read(wire.answer("COMMIT") + FAILED + READY, size)
    assert (answers.tag, answers.position, answers.is_read) == ("COMMIT", None, True)
    assert passed == wire.answer("COMMIT") + FAILED + READY


def test_a_commit_that_rolls_back_says_so() -> None:
    answers, _ = read(wire.answer("ROLLBACK") + SELECTED + READY, 1000)
    assert answers.tag == "ROLLBACK"


def test_a_commit_that_fails_has_no_tag() -> None:
    answers, passed = read(FAILED + READY, 1000)
    assert (answers.tag, answers.position, answers.is_read) == ("", None, True)
    assert passed == FAILED + READY


def test_nothing_is_known_of_an_answer_that_breaks_off() -> None:
    answers, _ = read(wire.answer("COMMIT")[:-1], 1000)
    assert (answers.tag, answers.is_read) == ("", False)


@pytest.mark.parametrize("locating", [False, True])
@pytest.mark.parametrize("before", [b"", wire.statement("select")], ids=["alone", "behind"])
async def test_a_transaction_that_has_failed_is_not_committed(
    database: Database, before: bytes, locating: bool
) -> None:
    async with opened(address(database.url), "test") as connection:
        await connection.execute("begin")
        with pytest.raises(asyncpg.DivisionByZeroError):
            await connection.execute("select 1 / 0")
        with pytest.raises(CommitFailed):
            await commit(connection, before, locating=locating)
        # The connection is still good for another transaction.
        assert not connection.is_in_transaction()
        await connection.execute("begin")
        position = await commit(connection, before, locating=locating)
        assert (position is not None) == locating
