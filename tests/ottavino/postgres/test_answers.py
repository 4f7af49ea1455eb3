"""The server's answer to one flight, however the network cuts it into pieces."""

import struct
from collections.abc import Sequence

import pytest

from ottavino.postgres import wire
from ottavino.postgres.answers import OUTDATED, Answers, Greeting

TAGS = wire.answer("BEGIN") + wire.answer("SET")
DESCRIPTION = wire.message(b"t", b"\0\0") + wire.message(b"T", b"one column")
OTHER = wire.message(b"t", b"\0\0") + wire.message(b"T", b"another column")
NOTICE = wire.message(b"N", b"something to note")
ROW = wire.message(b"D", b"a row" * 10)
DONE = wire.message(b"C", b"SELECT 2\0") + wire.message(b"Z", b"T")
ERROR = wire.error("22012", "division by zero", "int4div")
FAILED = ERROR + wire.message(b"Z", b"E")

PIECES = [1, 2, 3, 5, 7, 11, 64, 10_000]


def read(answers: Answers, data: bytes, piece: int) -> bytes:
    """The bytes that the driver gets, of data that arrives in pieces."""
    passed = b""
    for at in range(0, len(data), piece):
        part = data[at : at + piece]
        passed += part if answers.is_read else answers.read(part)
    return passed


@pytest.mark.parametrize("piece", PIECES)
@pytest.mark.parametrize("notice", [b"", NOTICE])
class TestAKeptStatement:
    def test_is_read_where_it_is_described_as_before(self, piece: int, notice: bytes) -> None:
        answers = Answers(TAGS, 2, DESCRIPTION)
        data = notice + TAGS + wire.PARSED + DESCRIPTION + wire.BOUND + ROW + ROW + DONE
        assert read(answers, data, piece) == data
        assert answers.have_begun
        assert answers.has_parsed
        assert not answers.is_outdated

    def test_is_not_read_where_it_is_described_otherwise(
        self, piece: int, notice: bytes
    ) -> None:
        answers = Answers(TAGS, 2, DESCRIPTION)
        data = notice + TAGS + wire.PARSED + OTHER + wire.BOUND + ROW + notice + ROW + DONE
        passed = read(answers, data, piece)
        assert ROW not in passed
        assert OUTDATED in passed
        assert passed.endswith(wire.BOUND + notice + DONE)
        assert answers.is_outdated
        assert answers.have_begun

    def test_is_not_read_where_a_row_looks_like_its_description(
        self, piece: int, notice: bytes
    ) -> None:
        answers = Answers(TAGS, 2, DESCRIPTION)
        row = wire.message(b"D", TAGS + wire.PARSED + DESCRIPTION)
        data = TAGS + wire.PARSED + OTHER + wire.BOUND + notice + row + DONE
        assert row not in read(answers, data, piece)
        assert answers.is_outdated

    def test_was_not_parsed_where_an_error_comes_in_its_place(
        self, piece: int, notice: bytes
    ) -> None:
        answers = Answers(TAGS, 2, DESCRIPTION)
        data = TAGS + notice + FAILED
        assert read(answers, data, piece) == data
        assert answers.have_begun
        assert not answers.has_parsed

    def test_has_begun_nothing_where_what_is_before_it_fails(
        self, piece: int, notice: bytes
    ) -> None:
        answers = Answers(TAGS, 2, DESCRIPTION)
        data = wire.answer("BEGIN") + notice + wire.PARSED + wire.BOUND + FAILED
        assert read(answers, data, piece) == data
        assert answers.is_read
        assert not answers.have_begun


@pytest.mark.parametrize("piece", PIECES)
def test_a_description_is_noted_where_none_was_known(piece: int) -> None:
    answers = Answers(TAGS, 2)
    data = TAGS + wire.PARSED + DESCRIPTION
    assert read(answers, data, piece) == data
    assert answers.described == DESCRIPTION
    assert answers.have_begun


@pytest.mark.parametrize("piece", PIECES)
def test_moments_are_described_to_the_driver_as_numbers_where_that_is_asked(piece: int) -> None:
    types = {"at": 1184, "name": 25, "": 1184, "times": 1185}
    described, passed = (
        wire.message(b"T", struct.pack("!H", len(types)) + b"".join(columns))
        for columns in (
            [column(name, number) for name, number in types.items()],
            [column(name, 20 if number == 1184 else number) for name, number in types.items()],
        )
    )
    arguments = wire.message(b"t", b"\0\0")
    answers = Answers(TAGS, 2)
    answers.counts_moments = True
    data = TAGS + wire.PARSED + arguments + described + DONE
    assert read(answers, data, piece) == TAGS + wire.PARSED + arguments + passed + DONE
    assert answers.moments == (0, 2)
    # What is compared with the next description is what the server says.
    assert answers.described == arguments + described


def column(name: str, number: int) -> bytes:
    """What a description says of a column of a type."""
    return name.encode() + b"\0" + struct.pack("!IHIHIH", 1184, 1184, number, 8, 1184, 0)


def test_nothing_of_long_rows_is_held() -> None:
    answers = Answers(b"", 0, DESCRIPTION)
    answers.read(wire.PARSED + OTHER + wire.BOUND + b"D" + (10**9).to_bytes(4, "big"))
    for _ in range(100):
        assert answers.read(bytes(100_000)) == b""
    assert len(answers._held) == 0  # noqa: SLF001  # what is held is what this is about


def test_nothing_is_known_before_anything_arrives() -> None:
    answers = Answers(TAGS, 2, DESCRIPTION)
    known = (answers.is_read, answers.have_begun, answers.has_parsed, answers.is_outdated)
    assert known == (False, False, False, False)
    assert answers.described == b""


def parameter(name: str, value: str) -> bytes:
    """The message with the value of a server's parameter."""
    return wire.message(b"S", f"{name}\0{value}\0".encode())


WELCOME = wire.message(b"R", b"\0\0\0\0")
VERSION = parameter("server_version", "18.0")
ENCODING = parameter("client_encoding", "UTF8")
OTHERS = parameter("TimeZone", "UTC"), parameter("server_encoding", "client_encoding")
ENDED = wire.message(b"K", b"\0\0\0\1\0\0\0\2") + wire.READY + b"I"


def test_the_driver_reads_of_a_greeting_what_it_needs() -> None:
    greeting = Greeting()
    received = WELCOME + OTHERS[0] + VERSION + OTHERS[1] + ENCODING + ENDED
    assert greeting.read(received) == WELCOME + VERSION + ENCODING + ENDED
    assert greeting.is_read


@pytest.mark.parametrize(
    "pieces",
    [
        (WELCOME + OTHERS[0], VERSION + ENDED),
        (WELCOME + OTHERS[0] + VERSION[:-3], VERSION[-3:] + ENDED),
        (WELCOME + OTHERS[0] + VERSION + ENDED[:-3], ENDED[-3:]),
        (wire.message(b"R", b"\0\0\0\n"), WELCOME + OTHERS[0] + VERSION[:-7] + ENDED),
        (wire.error("28P01", "The password is wrong.", "it"),),
    ],
)
def test_another_greeting_is_passed_as_it_is(pieces: Sequence[bytes]) -> None:
    greeting = Greeting()
    assert [greeting.read(piece) for piece in pieces] == list(pieces)
