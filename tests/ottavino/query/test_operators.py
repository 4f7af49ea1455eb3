"""Operators of arrays, JSON and times: they give the same as SQL by hand."""

import datetime as dt
from collections.abc import AsyncGenerator
from decimal import Decimal
from typing import Any, get_origin

import pytest
import pytest_asyncio

from ottavino.postgres.scope import current_scope
from ottavino.query import (
    all_of,
    any_of,
    array_append,
    array_remove,
    average,
    case,
    coalesce,
    count,
    date_trunc,
    greatest,
    has_key,
    insert,
    json_contains,
    json_part,
    json_value,
    length,
    lower,
    select,
    total,
    update,
    upper,
)
from ottavino.query.python_type import python_type, without_none
from ottavino.testing import Database, SettingsFrom
from tests.ottavino.declare.every_column import Every
from tests.ottavino.declare.test_every_column import USER, VALUES
from tests.ottavino.query.stored import create, undone_session

DAY, HOUR = dt.timedelta(days=1), dt.timedelta(hours=1)
MOMENT = dt.datetime(2026, 1, 2, 3, tzinfo=dt.UTC)
ROWS: list[dict[str, Any]] = [
    {"some_texts": ["a", "b"], "any_json": {"a": {"b": [1, "x"]}, "n": 3, "on": True}},
    {"some_texts": ["b", "c"], "any_json": {"a": {"b": []}, "n": 4}, "an_interval": DAY},
    {"some_texts": [], "any_json": ["a", "z"], "an_interval": HOUR, "a_json": []},
    {
        "a_date": dt.date(2024, 2, 29),
        "a_timestamptz": MOMENT + DAY,
        "some_dates": [],
        "a_matrix": [],
        "some_json": [],
    },
]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def table(shared_empty_database: Database) -> Database:
    """A database with this table, for tests that undo their changes."""
    await create(shared_empty_database, Every)
    return shared_empty_database


@pytest.fixture(autouse=True)
async def rows(table: Database, settings_from: SettingsFrom) -> AsyncGenerator[None]:
    settings_from(**table.variables)
    async with undone_session():
        for place, row in enumerate(ROWS):
            given: dict[str, Any] = VALUES | {"select_": f"{place}"} | row
            await insert(Every(**given))
        yield


async def by_hand(sql: str) -> list[tuple[Any, ...]]:
    return [tuple(each) for each in await current_scope().fetch(sql, ())]


CONDITIONS: list[tuple[Any, str]] = [
    (Every.some_texts.contains(["b"]), "some_texts @> '{b}'"),
    (Every.some_texts.contains(Every.some_texts), "true"),
    (Every.some_texts.contained_in(["a", "b", "z"]), "some_texts <@ '{a,b,z}'"),
    (Every.some_texts.overlaps(["a", "c"]), "some_texts && '{a,c}'"),
    (Every.some_texts.is_in([["a", "b"], []]), "some_texts in ('{a,b}', '{}')"),
    (Every.some_texts.not_in([["a", "b"], []]), "some_texts not in ('{a,b}', '{}')"),
    (Every.some_texts.is_in([]), "false"),
    (Every.some_texts.not_in([]), "true"),
    (Every.a_matrix.is_in([[[1], [5]], []]), "a_matrix = '{}'"),
    (Every.some_texts == ["b", "c"], "some_texts = '{b,c}'"),
    (any_of(Every.some_texts) == "b", "'b' = any(some_texts)"),
    (any_of(Every.some_texts) != "b", "'b' <> any(some_texts)"),
    (any_of(Every.some_texts) > "b", "'b' < any(some_texts)"),
    (any_of(Every.some_texts) < "b", "'b' > any(some_texts)"),
    (all_of(Every.some_texts) >= "b", "'b' <= all(some_texts)"),
    (all_of(Every.some_texts) <= "b", "'b' >= all(some_texts)"),
    (all_of(Every.some_texts) == Every.select_, '"select" = all(some_texts)'),
    (any_of(Every.some_dates) >= dt.date(2026, 1, 2), "'2026-01-02' <= any(some_dates)"),
    (any_of(Every.some_json) == {"a": 1}, """'{"a": 1}' = any(some_json)"""),
    (length(Every.some_texts) == 2, "cardinality(some_texts) = 2"),
    (length(Every.a_json) > 0, "jsonb_array_length(a_json) > 0"),
    (Every.a_json.contains([USER]), f"""a_json @> '["{USER}"]'"""),
    (json_value(Every.any_json, "n") == "3", "any_json ->> 'n' = '3'"),
    (json_value(Every.any_json, "n", type=int) == 3, "any_json ->> 'n' = '3'"),
    (json_value(Every.any_json, "on", type=bool).is_in([True]), "any_json ->> 'on' = 'true'"),
    (json_value(Every.any_json, "a", "b", 1) == "x", "any_json #>> '{a,b,1}' = 'x'"),
    (json_value(Every.any_json, 0) == "a", "any_json ->> 0 = 'a'"),
    (json_part(Every.any_json, "a") == {"b": []}, """any_json -> 'a' = '{"b": []}'"""),
    (json_part(Every.any_json, "a", "b").is_null(), "any_json #> '{a,b}' is null"),
    (json_contains(Every.any_json, {"a": {}}), """any_json @> '{"a": {}}'"""),
    (json_contains(Every.any_json, ["z"]), """any_json @> '["z"]'"""),
    (has_key(Every.any_json, "n"), "any_json ? 'n'"),
    (coalesce(json_part(Every.any_json, "a"), {"b": 0}) == {"b": 0}, "any_json -> 'a' is null"),
    (Every.a_date + 1 == dt.date(2024, 3, 1), "a_date = '2024-02-29'"),
    (Every.a_date - dt.date(2026, 1, 1) == 1, "a_date = '2026-01-02'"),
    (Every.a_timestamptz - MOMENT == DAY, "a_timestamptz = '2026-01-03 03:00+00'"),
    (Every.a_timestamptz - HOUR > MOMENT, "a_date < '2025-01-01'"),
    (Every.an_interval * 24 == DAY, "an_interval = '1 hour'"),
    (Every.an_interval / 24 == HOUR, "an_interval = '1 day'"),
    (Every.an_interval + HOUR == DAY + HOUR, "an_interval = '1 day'"),
    (Every.an_interval.is_in({DAY}), "an_interval = '1 day'"),
    # A value on the left, and expressions on both sides.
    (2 * Every.an_interval > 2 * HOUR, "an_interval > '1 hour'"),
    (DAY - Every.an_interval == DAY - HOUR, "an_interval = '1 hour'"),
    (Every.a_timestamptz - HOUR > MOMENT - HOUR * 2 + HOUR, "a_date < '2025-01-01'"),
    (Every.a_date + 1 > 1 + Every.a_date - 1, "true"),
    (upper(Every.select_ + "b") == Every.select_ + "B", "true"),
    (
        length(Every.some_texts) > length(Every.some_dates),
        "cardinality(some_texts) > cardinality(some_dates)",
    ),
    (-Every.an_interval < -HOUR, "an_interval > '1 hour'"),
]


async def test_conditions_find_what_sql_by_hand_finds() -> None:
    every = await by_hand("select id from every order by id")
    found: set[tuple[Any, ...]] = set()
    for condition, sql in CONDITIONS:
        given = await select(Every.id).where(condition).order_by(Every.id)
        assert given == await by_hand(f"select id from every where {sql} order by id"), sql
        assert sql in {"true", "false"} or 0 < len(given) < len(every), sql
        found.update(given)
    assert found == set(every)


COMPUTED: list[tuple[Any, str, Any]] = [
    (array_append(Every.some_texts, "z"), "some_texts || 'z'::text", list[str]),
    (array_append(Every.some_dates, Every.a_date), "some_dates || a_date", list[dt.date]),
    (array_remove(Every.some_texts, "b"), "array_remove(some_texts, 'b')", list[str]),
    (length(Every.some_texts), "cardinality(some_texts)", int),
    (
        json_value(Every.any_json, "a", "b", 0, type=float),
        "(any_json #>> '{a,b,0}')::float",
        float,
    ),
    (Every.a_date - Every.a_date, "a_date - a_date", int),
    (Every.a_date + DAY, "a_date + interval '1 day'", dt.datetime),
    (Every.a_date - 3, "a_date - 3", dt.date),
    (Every.a_timestamptz - Every.a_timestamptz, "a_timestamptz - a_timestamptz", dt.timedelta),
    (Every.a_timestamptz + Every.an_interval, "a_timestamptz + an_interval", dt.datetime),
    ((Every.a_timestamptz - MOMENT) * 2, f"(a_timestamptz - '{MOMENT}') * 2", dt.timedelta),
    (Every.an_interval * 1.5, "an_interval * 1.5::float", dt.timedelta),
    (Every.an_interval / 2, "an_interval / 2", dt.timedelta),
    (Every.a_bigint * Decimal("0.5"), "a_bigint * 0.5", Decimal),
    (Every.a_numeric - 1, "a_numeric - 1", Decimal),
    (Every.a_double * 2, "a_double * 2", float),
    (Every.a_double / 3, "a_double / 3", float),
    (Every.an_integer + Every.a_bigint, "an_integer + a_bigint", int),
    (2 * Every.an_integer, "2 * an_integer", int),
    (10 - Every.a_bigint, "10 - a_bigint", int),
    (1 + Every.a_numeric, "1 + a_numeric", Decimal),
    (Decimal("1.5") * Every.an_integer, "1.5 * an_integer", Decimal),
    (1 / Every.a_double, "1 / a_double", float),
    (2.5 - Every.a_real, "2.5 - a_real", float),
    (-Every.an_integer, "-an_integer", int),
    (-(Every.a_numeric - 1), "-(a_numeric - 1)", Decimal),
    (-Every.an_interval, "-an_interval", dt.timedelta),
    (Every.a_bigint % 2, "a_bigint % 2", int),
    (7 % Every.a_smallint, "7 % a_smallint", int),
    (Every.a_numeric % 1, "a_numeric % 1", Decimal),
    (Every.a_numeric % Every.an_integer, "a_numeric % an_integer", Decimal),
    (2 * Every.an_interval, "2 * an_interval", dt.timedelta),
    (0.5 * Every.an_interval, "0.5 * an_interval", dt.timedelta),
    (Every.an_integer * Every.an_interval, "an_integer * an_interval", dt.timedelta),
    (DAY * Every.an_integer, "interval '1 day' * an_integer", dt.timedelta),
    (DAY - Every.an_interval, "interval '1 day' - an_interval", dt.timedelta),
    (DAY + Every.a_timestamptz, "interval '1 day' + a_timestamptz", dt.datetime),
    (MOMENT - Every.a_timestamptz, f"'{MOMENT}' - a_timestamptz", dt.timedelta),
    (MOMENT - Every.an_interval, f"'{MOMENT}'::timestamptz - an_interval", dt.datetime),
    (
        MOMENT.replace(tzinfo=None) + Every.an_interval,
        f"'{MOMENT}'::timestamp + an_interval",
        dt.datetime,
    ),
    (dt.date(2026, 3, 1) - Every.a_date, "'2026-03-01' - a_date", int),
    (3 + Every.a_date, "3 + a_date", dt.date),
    (dt.date(2026, 3, 1) + Every.a_smallint, "'2026-03-01'::date + a_smallint", dt.date),
    (Every.a_text + " " + Every.select_, "a_text || ' ' || \"select\"", str),
    ("no. " + Every.select_, "'no. ' || \"select\"", str),
    (upper(Every.a_text) + lower(Every.a_text), "upper(a_text) || lower(a_text)", str),
    (
        coalesce(json_value(Every.any_json, "n"), "") + "!",
        "coalesce(any_json ->> 'n', '') || '!'",
        str,
    ),
    (json_value(Every.any_json, "n") + "!", "(any_json ->> 'n') || '!'", str),
    (
        case((Every.a_boolean == True, "a"), default="b") + Every.select_,  # noqa: E712  # a condition
        "'b' || \"select\"",
        str,
    ),
    (
        date_trunc("day", Every.a_timestamptz) - Every.a_timestamptz,
        "date_trunc('day', a_timestamptz, 'UTC') - a_timestamptz",
        dt.timedelta,
    ),
    (case((Every.a_boolean == False, 1), default=Every.an_integer), "1::bigint", int),  # noqa: E712  # a condition
]


@pytest.mark.whole("tries many expressions")
async def test_what_is_computed_is_what_sql_by_hand_computes_and_of_its_type() -> None:
    for readable, sql, kind in COMPUTED:
        given = await select(readable).from_table(Every).order_by(Every.id)
        assert given == await by_hand(f"select {sql} from every order by id"), sql
        types: set[Any] = {type(value) for (value,) in given if value is not None}
        assert types == {get_origin(kind) or kind}, sql
        assert without_none(python_type(readable)) == [kind], sql


async def test_json_in_json_is_as_python_has_it() -> None:
    ids = select(json_part(Every.any_json, "a"), json_part(Every.any_json, "n"))
    assert await ids.where(has_key(Every.any_json, "n")).order_by(Every.id) == [
        ({"b": [1, "x"]}, 3),
        ({"b": []}, 4),
    ]
    nothing = select(json_part(Every.any_json, "b")).where(Every.select_ == "0")
    assert await nothing == [(None,)]


async def test_aggregates_of_time_spans_are_time_spans() -> None:
    spans = Every.an_interval
    (row,) = await select(
        total(spans), average(spans), greatest(spans), average(Every.a_double)
    )
    assert [row] == await by_hand(
        "select sum(an_interval), avg(an_interval), max(an_interval), avg(a_double) from every"
    )
    assert [type(each) for each in row] == [dt.timedelta] * 3 + [float]


async def test_sums_are_calculated_with_each_other() -> None:
    numbers = total(Every.a_bigint), total(Every.an_integer)
    (row,) = await select(numbers[0] + numbers[1], 2 * numbers[0], -numbers[0], count() % 2)
    assert [row] == await by_hand(
        "select sum(a_bigint) + sum(an_integer), 2 * sum(a_bigint), -sum(a_bigint), "
        "count(*) % 2 from every"
    )
    assert [type(each) for each in row] == [int] * 4
    added = Every.a_bigint + total(Every.an_integer)
    assert {type(each) for (each,) in await select(added).group_by(Every.a_bigint)} == {int}


async def test_the_best_rank_is_read_from_a_table_that_is_named() -> None:
    best = greatest(length(Every.a_text) + Every.an_integer)
    ((given,),) = await select(best)
    ((expected,),) = await by_hand("select max(char_length(a_text) + an_integer) from every")
    assert given == expected


async def test_arrays_and_json_are_changed_in_place() -> None:
    change = update(Every).set(Every.some_texts, array_append(Every.some_texts, "new"))
    rows = await change.where(Every.select_ == "0").returning(Every.some_texts)
    assert rows == [(["a", "b", "new"],)]
    change = update(Every).set(Every.some_json, array_append(Every.some_json, {"b": 2}))
    rows = await change.where(Every.select_ == "0").returning(Every.some_json)
    assert rows == [([{"a": 1}, {"b": 2}],)]
