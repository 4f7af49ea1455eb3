"""Errors of the driver: the database is unavailable, or refuses a statement."""

from pathlib import Path
from types import SimpleNamespace

import asyncpg
import pytest

from ottavino.errors import DatabaseUnavailable, StatementRefused
from ottavino.identity import Identity
from ottavino.postgres import driver_errors as driver
from ottavino.postgres.scope import current_scope
from ottavino.postgres.session import session
from ottavino.testing import Database
from ottavino.testing.database import connected

AWAY = ["08006", "08003", "53300", "53100", "57P01", "57P02", "57P03", "57P05"]
REFUSED = ["23505", "42501", "57014", "40001", "25P02", "XX000"]


def from_server(sqlstate: str) -> asyncpg.PostgresError:
    error: asyncpg.PostgresError = asyncpg.PostgresError.new({"C": sqlstate, "M": "words"})
    return error


@pytest.mark.parametrize(
    "error",
    [
        *map(from_server, AWAY),
        asyncpg.InterfaceError("connection is closed"),
        *map(asyncpg.InternalClientError, driver.LOST_TRACK),
        ConnectionResetError(),
        TimeoutError(),
    ],
    ids=str,
)
def test_a_database_that_is_away_is_unavailable(error: Exception) -> None:
    with pytest.raises(DatabaseUnavailable) as raised, driver.understood():
        raise error
    assert raised.value.__cause__ is error


@pytest.mark.parametrize(
    "error",
    [
        *map(from_server, REFUSED),
        asyncpg.InterfaceError("cannot perform operation: another operation is in progress"),
        asyncpg.DataError("invalid input for query argument $1"),
        asyncpg.OutdatedSchemaCacheError("a type has changed"),
        asyncpg.InternalClientError("no decoder for OID 3770"),
        asyncpg.ProtocolError("number of array dimensions (7) exceed the maximum"),
        asyncpg.PostgresError("without a code"),
        ZeroDivisionError(),
    ],
    ids=str,
)
def test_whatever_else_is_raised_stays_as_it_is(error: Exception) -> None:
    with pytest.raises(type(error)) as raised, driver.understood():
        raise error
    assert raised.value is error


@pytest.mark.parametrize("words", driver.LOST_TRACK)
def test_the_driver_says_of_a_lost_connection_what_it_is_known_by(words: str) -> None:
    sources = Path(asyncpg.protocol.__file__).parent.glob("*.pyx")
    assert any(words in each.read_text("utf-8") for each in sources)


@pytest.mark.usefixtures("database")
async def test_a_type_that_the_driver_cannot_read_is_a_mistake_and_not_the_database() -> None:
    async with session(Identity.anonymous()):
        with pytest.raises(asyncpg.InternalClientError, match="no decoder"):
            await current_scope().fetch("select ts_debug('x')", ())
        # The connection still works.
        (row,) = await current_scope().fetch("select 1 as one", ())
        assert row["one"] == 1


def test_a_server_without_room_has_not_lost_the_connection() -> None:
    assert driver.is_away(from_server("53100"))
    assert not driver.is_lost(from_server("53100"))
    assert driver.is_lost(from_server("57P01"))


@pytest.mark.parametrize("sqlstate", ["42703", "42P01", "42883", "42704", "42804", "3F000"])
def test_what_is_not_in_the_schema_means_another_schema(sqlstate: str) -> None:
    assert driver.is_misfit(from_server(sqlstate))


@pytest.mark.parametrize(
    "kind", [asyncpg.InvalidCachedStatementError, asyncpg.OutdatedSchemaCacheError]
)
def test_what_the_driver_remembers_otherwise_means_another_schema(
    kind: type[Exception],
) -> None:
    assert driver.is_misfit(kind("words"))


@pytest.mark.parametrize("error", [from_server("42501"), ZeroDivisionError()], ids=str)
def test_any_other_error_means_the_same_schema(error: Exception) -> None:
    assert not driver.is_misfit(error)


def test_a_refusal_and_its_detail_stand_in_one_line() -> None:
    error = asyncpg.PostgresError("cannot drop table notes")
    error.message, error.detail = "cannot drop table notes", None
    assert driver.words(error) == "cannot drop table notes"
    error.detail = "view one depends on it.\nview two depends on it."
    assert driver.words(error) == (
        "cannot drop table notes (view one depends on it.; view two depends on it)"
    )


async def test_a_statement_that_is_refused_is_told_from_a_connection_that_is_lost(
    database: Database,
) -> None:
    async with connected(database.direct_url) as connection:
        with (
            pytest.raises(StatementRefused, match="division by zero"),
            driver.converted(connection),
        ):
            await connection.execute("select 1 / 0")
        with pytest.raises(FileNotFoundError), driver.converted(connection):
            raise FileNotFoundError
        with (
            pytest.raises(DatabaseUnavailable, match="was lost"),
            driver.converted(connection),
        ):
            await connection.execute("select pg_terminate_backend(pg_backend_pid())")


@pytest.mark.parametrize(
    ("error", "is_closed", "becomes"),
    [
        (from_server("57P01"), False, DatabaseUnavailable),
        (from_server("23505"), True, DatabaseUnavailable),
        (from_server("23505"), False, StatementRefused),
        (FileNotFoundError(), True, DatabaseUnavailable),
        (FileNotFoundError(), False, FileNotFoundError),
        (asyncpg.InterfaceError("connection is closed"), False, DatabaseUnavailable),
        (asyncpg.InterfaceError("another operation"), False, asyncpg.InterfaceError),
    ],
)
def test_a_connection_is_lost_by_what_it_says_or_by_the_error(
    error: Exception, becomes: type[Exception], *, is_closed: bool
) -> None:
    connection = SimpleNamespace(is_closed=lambda: is_closed)
    with pytest.raises(becomes) as raised, driver.converted(connection):
        raise error
    assert error in {raised.value, raised.value.__cause__}


@pytest.mark.parametrize(
    ("sqlstate", "source", "is_twice"),
    [
        ("21000", "ExecOnConflictUpdate", True),
        ("21000", "ExecMergeMatched", True),
        # A sub-select with more than one row.
        ("21000", "ExecSetParamPlan", False),
        ("23505", "ExecOnConflictUpdate", False),
    ],
)
def test_rows_with_the_same_key_are_known_by_the_function_that_refuses_them(
    sqlstate: str, source: str, is_twice: bool
) -> None:
    error = asyncpg.PostgresError.new({"C": sqlstate, "M": "words", "R": source})
    assert driver.is_twice(error) == is_twice
