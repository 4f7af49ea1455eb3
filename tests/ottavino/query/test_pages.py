"""Pages in any order, over any rows: together they are the whole list."""

import base64
import datetime as dt
import ipaddress
import json
from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Any, ClassVar
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from ottavino import session
from ottavino.declare.expression import Expression
from ottavino.declare.order import Descending
from ottavino.errors import CursorRefused
from ottavino.identity import Identity
from ottavino.query import (
    CountedPage,
    Cursor,
    Row,
    case,
    coalesce,
    count,
    delete,
    following,
    insert,
    lower,
    page,
    previous,
    row_number,
    scalar,
    select,
    sql,
    total,
)
from ottavino.query.cursor import SIGNATURE_BYTES
from ottavino.query.page_order import key_of
from ottavino.query.page_statement import PageStatement, keys_of
from ottavino.query.query import sql_of
from ottavino.settings import settings
from ottavino.testing import Caller, Database
from tests.ottavino.house.db.tables import Document
from tests.ottavino.house.trial import become
from tests.ottavino.query.stored import USER, create
from tests.ottavino.query.tables import Folder, Sorted

MOMENT = dt.datetime(2026, 3, 1, tzinfo=dt.UTC)


class SortedRow(Row):
    """A row, without most of the columns that it may be sorted by."""

    id = Sorted.id
    number = Sorted.number


VALUES: dict[str, st.SearchStrategy[object]] = {
    # Few of each, so that many are equal.
    "number": st.sampled_from([None, 0, 1, -(2**31)]),
    "name": st.sampled_from(["a", "B", "ä", "", 'a"~', "\U0001f3b6"]),
    "note": st.sampled_from([None, "a", "b"]),
    "moment": st.sampled_from(
        [None, MOMENT, MOMENT.replace(microsecond=1), dt.datetime.max.replace(tzinfo=dt.UTC)]
    ),
    "day": st.sampled_from([dt.date(2026, 3, 1), dt.date.min, dt.date.max]),
    "clock": st.sampled_from([dt.time(0), dt.time(23, 59, 59, 999999)]),
    "span": st.sampled_from([None, dt.timedelta(0), dt.timedelta(days=-3, microseconds=7)]),
    "price": st.sampled_from(
        [None, Decimal("0.000001"), Decimal("1e20"), Decimal("NaN"), Decimal("-2.50")]
    ),
    "share": st.sampled_from([0.1, float("inf"), float("nan"), -0.0]),
    "precise": st.sampled_from([None, 0.1, 1e300]),
    "done": st.sampled_from([None, True, False]),
    "data": st.sampled_from([None, b"", b"\x00\xff"]),
    "tags": st.sampled_from([[], ["a"], ["a", "b"]]),
}
ROWS = st.lists(st.fixed_dictionaries({**VALUES, "in_folder": st.booleans()}), max_size=12)
SOURCES: list[Any] = [
    *(getattr(Sorted, name) for name in VALUES),
    lower(Sorted.name),
    coalesce(Sorted.note, "aa"),
    case((Sorted.number > 0, 1.5), default=Sorted.precise),
    scalar(select(count(Folder.id)).where(Folder.size == Sorted.number)),
    Sorted.folder_id.maybe(lambda folder: folder.name),
    Sorted.folder_id.maybe(lambda folder: folder.size),
]
KEY_FORMS = [
    (descending, nulls)
    for descending in (False, True)
    for nulls in (None, "nulls_first", "nulls_last")
]
KEYS = st.lists(
    st.tuples(
        st.sampled_from(SOURCES),
        st.booleans(),
        st.sampled_from([None, "nulls_first", "nulls_last"]),
    ),
    max_size=4,
)


def sort_key(source: Any, descending: bool, nulls: str | None) -> Any:
    order = source.desc() if descending else source.asc()
    return getattr(order, nulls)() if nulls else order


def some(**values: Any) -> Sorted:
    """A row with values in some columns."""
    given: dict[str, Any] = {
        "name": "n",
        "day": MOMENT.date(),
        "clock": dt.time(0),
        "share": 1.0,
        "tags": [],
    }
    return Sorted(user_id=USER, **(given | values))


async def following_rows(query: Any, size: int, cursor: Cursor | None) -> list[Any]:
    """The rows of every page from a cursor on, which goes to the client and back as text."""
    rows: list[Any] = []
    while cursor is not None:
        part = await page(query, size=size, cursor=Cursor.parse(str(cursor)))
        assert len(part.items) <= size
        assert len(rows) < 50
        rows += part.items
        cursor = part.next
    return rows


@pytest.fixture
async def tables(database: Database) -> None:
    await create(database, Folder, Sorted)
    async with session(Identity.service()):
        await insert(Folder(user_id=USER, name="f", size=1))


async def add(rows: Sequence[dict[str, Any]]) -> None:
    ((folder,),) = await select(Folder.id)
    await insert(
        *(
            Sorted(
                user_id=USER,
                folder_id=folder if row["in_folder"] else None,
                **{name: row[name] for name in VALUES},
            )
            for row in rows
        )
    )


@pytest.mark.whole
@given(
    stored=st.tuples(ROWS, ROWS),
    keys=KEYS,
    size=st.integers(1, 5),
    most=st.sampled_from([None, None, 0, 5]),
)
async def test_pages_together_are_the_whole_list(
    tables: None,
    stored: tuple[list[dict[str, Any]], list[dict[str, Any]]],
    keys: list[tuple[Any, bool, str | None]],
    size: int,
    most: int | None,
) -> None:
    order = [sort_key(*each) for each in keys]
    last = Sorted.id.desc() if keys and keys[-1][1] else Sorted.id
    query, whole = select(SortedRow).order_by(*order), select(SortedRow).order_by(*order, last)
    if most is not None:
        query, whole = whole.limit(most), select(SortedRow).order_by(*order, last).limit(most)
    async with session(Identity.service()):
        await delete(Sorted).all_rows()
        await add(stored[0])
        first = await page(query, size=size)
        assert first.items + await following_rows(query, size, first.next) == await whole
        # Rows that are inserted meanwhile remove none, and are seen if they come later.
        await add(stored[1])
        if first.next and most is None:
            now = await whole
            rest = now[now.index(first.items[-1]) + 1 :]
            assert await following_rows(query, size, first.next) == rest


PLACE = row_number().over(order_by=(Sorted.name, Sorted.id))
WINDOWS: list[Any] = [
    PLACE,
    total(Sorted.number).over(partition_by=Sorted.note),
    previous(Sorted.name).over(order_by=Sorted.id),
    sql("rank() over (order by {})", Sorted.day).value(int),
]


class Placed(SortedRow):
    """A row with what is computed from the others."""

    note = Sorted.note
    place = PLACE
    following = following(Sorted.note).over(order_by=(Sorted.name, Sorted.id))


@pytest.mark.whole
@given(
    stored=ROWS,
    keys=KEYS,
    # Only what a query is sorted by is computed from other rows, or what it selects is too.
    computed=st.tuples(st.sampled_from([SortedRow, Placed]), st.sampled_from(WINDOWS)),
    size=st.integers(1, 5),
)
async def test_what_is_computed_from_other_rows_does_not_depend_on_the_page(
    tables: None,
    stored: list[dict[str, Any]],
    keys: list[tuple[Any, bool, str | None]],
    computed: tuple[type[SortedRow], Any],
    size: int,
) -> None:
    row, window = computed
    order = [sort_key(*each) for each in keys]
    async with session(Identity.service()):
        await delete(Sorted).all_rows()
        await add(stored)
        for these in (order, [window.desc(), *order], [*order[:1], window, *order[1:]]):
            query = select(row).order_by(*these)
            is_descending = bool(these) and isinstance(these[-1], Descending)
            last = Sorted.id.desc() if is_descending else Sorted.id
            whole = await select(row).order_by(*these, last)
            first = await page(query, size=size)
            assert first.items + await following_rows(query, size, first.next) == whole


@pytest.mark.whole
@given(
    stored=ROWS,
    combine=st.sampled_from(["union", "union_all", "intersect", "except_"]),
    key=st.sampled_from(KEY_FORMS),
    most=st.sampled_from([None, 3]),
)
async def test_pages_of_several_queries_are_their_whole_list(
    tables: None,
    stored: list[dict[str, Any]],
    combine: str,
    key: tuple[bool, str | None],
    most: int | None,
) -> None:
    left = select(Sorted.number, Sorted.name, Sorted.note).distinct()
    # Of rows that are equal in every column, nothing says which of them was shown.
    number = coalesce(Sorted.number, 5) + 100 if combine == "union_all" else Sorted.number
    right: Any = select(number, Sorted.name, coalesce(Sorted.note, "b")).distinct()
    both = getattr(left, combine)(right.where(Sorted.number.is_null() | (Sorted.number > 0)))
    both.order_by(sort_key(Sorted.note, *key))
    async with session(Identity.service()):
        await delete(Sorted).all_rows()
        await add(stored)
        whole = await both
        if most is not None:
            both.limit(most)
        first = await page(both, size=2, total=True)
        rows = first.items + await following_rows(both, 2, first.next)
    assert first.total == len(rows) == min(len(whole), most or len(whole))
    assert len(set(rows)) == len(rows)
    assert set(rows) <= set(whole)
    assert [row[2] for row in rows] == [row[2] for row in whole][: len(rows)]


@pytest.mark.whole("tries many queries")
async def test_pages_of_several_queries_are_sorted_by_what_is_selected(tables: None) -> None:
    names = select(Sorted.name), select(Folder.name)
    async with session(Identity.service()):
        await insert(some(name="a"), some(name="b"))
        with pytest.raises(TypeError, match="are sorted by columns that the first of them sel"):
            await page(names[0].union(names[1]).order_by(Sorted.day), size=1)
        cursor = (await page(names[0].union(names[1]), size=1)).next
        with pytest.raises(CursorRefused):
            await page(names[0].union_all(names[1]), size=1, cursor=cursor)


async def test_rows_with_equal_sums_are_paged_by_their_groups(tables: None) -> None:
    class Sum(Row):
        note = Sorted.note
        rows = count()
        numbers = total(Sorted.number)

    async with session(Identity.service()):
        for note in (None, "a", "b", "c", "d"):
            await insert(*(some(number=n, note=note) for n in range(3)))
        query = select(Sum).group_by(Sum.note).having(count() > 2).order_by(Sum.numbers.desc())
        first = await page(query, size=2, total=True)
        rest = await following_rows(query, 2, first.next)
    assert first.total == 5
    assert [each.note for each in (*first.items, *rest)] == [None, "d", "c", "b", "a"]


async def test_distinct_rows_are_paged_by_what_is_selected(tables: None) -> None:
    async with session(Identity.service()):
        await insert(*(some(name=name) for name in "abcabcabd"))
        query = select(Sorted.name).distinct().order_by(Sorted.name.desc())
        first = await page(query, size=3)
        assert first.items + await following_rows(query, 3, first.next) == [
            ("d",),
            ("c",),
            ("b",),
            ("a",),
        ]
        with pytest.raises(TypeError, match="select what they are sorted by"):
            await page(select(Sorted.name).distinct().order_by(Sorted.day), size=3)


async def test_the_first_row_of_each_kind_is_on_one_page(tables: None) -> None:
    async with session(Identity.service()):
        await insert(*(some(name=name, number=n) for n, name in enumerate("abcabcabd")))
        query = select(Sorted.name, Sorted.number).distinct_on(Sorted.name)
        query.order_by(Sorted.name, Sorted.number.desc())
        first = await page(query, size=3)
        rest = await following_rows(query, 3, first.next)
    assert first.items + rest == [("a", 6), ("b", 7), ("c", 5), ("d", 8)]


async def test_a_total_is_asked_for_and_counts_all_pages(tables: None) -> None:
    async with session(Identity.service()):
        await insert(*(some(number=n) for n in range(5)))
        query = select(Sorted.number).where(Sorted.number > 0).order_by(Sorted.number)
        first = await page(query, size=3, total=True)
        second = await page(query, size=3, cursor=first.next, total=True)
        assert first == CountedPage([(1,), (2,), (3,)], first.next, 4)
        assert second == CountedPage([(4,)], None, 4)
        assert not hasattr(await page(query, size=3), "total")
        assert len(await query) == 4


def test_a_row_that_is_the_only_one_is_sorted_by_what_is_selected() -> None:
    label = Expression[int]("7", type=int)
    query: Any = select(count(), label).from_table(Sorted)
    found = [key.operand for key in keys_of(query.statement)]
    assert found == [*query.statement.reading.readables]


def test_a_key_may_be_null_unless_its_type_says_that_it_is_not() -> None:
    never: list[Any] = [Sorted.name, Sorted.tags]
    sometimes: list[Any] = [Sorted.note, Expression("a", type=Any), Expression("null")]
    keys = [key_of(each) for each in (*never, *sometimes)]
    assert [each.may_be_null for each in keys] == [False, False, True, True, True]


async def test_a_cursor_of_another_order_is_refused(tables: None) -> None:
    async with session(Identity.service()):
        await insert(*(some(number=n) for n in range(3)))
        query = select(SortedRow).order_by(Sorted.number)
        cursor = (await page(query, size=1)).next
        await page(query.where(Sorted.number > 1), size=1, cursor=cursor)
        others: list[Any] = [
            select(SortedRow).order_by(Sorted.number.desc()),
            select(SortedRow).order_by(Sorted.number.asc().nulls_first()),
            select(SortedRow).order_by(Sorted.number, Sorted.name),
            select(SortedRow).order_by(Sorted.number + 1),
            select(SortedRow),
            select(Folder.id).order_by(Folder.size),
        ]
        for other in others:
            with pytest.raises(CursorRefused, match="belongs to another list or order"):
                await page(other, size=1, cursor=cursor)
        one, two = (select(SortedRow).order_by(Sorted.number + n) for n in (1, 2))
        with pytest.raises(CursorRefused):
            await page(two, size=1, cursor=(await page(one, size=1)).next)


def test_a_cursor_that_was_changed_anywhere_is_refused(database: Database) -> None:
    text = str(Cursor((None, 1, "a", MOMENT), "0123456789ab"))
    assert Cursor.parse(text) == Cursor((None, 1, "a", MOMENT), "0123456789ab")
    reader = TypeAdapter(Cursor)
    assert reader.dump_json(reader.validate_python(text)) == f'"{text}"'.encode()
    for place, character in enumerate(text):
        for other in {"A", "B", "_", "", "AA", "="} - {character}:
            with pytest.raises(ValidationError):
                reader.validate_python(text[:place] + other + text[place + 1 :])
    for other in ("", text + "A", text + "\n", text + "=", " " + text, "x" * 5000):
        with pytest.raises(ValidationError):
            reader.validate_python(other)


def test_a_cursor_takes_no_more_of_an_address_than_its_values(database: Database) -> None:
    text = str(Cursor((None, 1, "é"), "0123456789ab"))
    signed = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    assert signed[SIGNATURE_BYTES:].decode() == '["0123456789ab",null,1,"é"]'


def test_a_cursor_of_another_service_is_refused(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    own = settings()
    text = str(Cursor((1,), "0123456789ab"))
    for change in ({"claims_key": "k" * 32}, {"claims_key": None, "jwt_secret": "s" * 32}):
        other = replace(own, **change)
        monkeypatch.setattr("ottavino.query.cursor.settings", lambda other=other: other)
        with pytest.raises(ValueError, match="not issued by this service"):
            Cursor.parse(text)


@pytest.mark.parametrize("size", [0, -1])
async def test_a_page_without_rows_is_refused(size: int) -> None:
    with pytest.raises(ValueError, match=f"must be at least 1, not {size}"):
        await page(select(SortedRow), size=size)


async def test_what_an_address_cannot_hold_is_refused(tables: None) -> None:
    async with session(Identity.service()):
        await insert(some(name="x" * 4000), some(name="y"))
        with pytest.raises(ValueError, match="sort the pages by columns whose"):
            str((await page(select(SortedRow).order_by(Sorted.name), size=1)).next)
        with pytest.raises(TypeError, match="lock them with another query"):
            await page(select(SortedRow).for_update(), size=1)


class TestPlan:
    """A page far from the first reads an index from its first row on, under row security."""

    ORDERS: ClassVar[dict[str, tuple[Any, ...]]] = {
        "one direction": (Document.created_at.desc(), Document.id.desc()),
        "mixed, with many that are equal": (
            Document.status,
            Document.created_at.desc(),
            Document.id,
        ),
    }

    @pytest.fixture
    async def many(self, database: Database, alice: Caller) -> Caller:
        async with database.superuser() as connection:
            await connection.execute(f"""
                insert into documents (user_id, filename, file_type, file_size, created_at)
                select '{alice.id}', n, 'x', n, timestamptz '2026-01-01' + n * interval '1 s'
                from generate_series(1, 5000) as n;
                create index on documents (user_id, status, created_at desc, id);
                analyze documents
            """)
        return alice

    @pytest.mark.whole("inserts many rows")
    @pytest.mark.parametrize("order", ORDERS)
    async def test_of_a_late_page(self, database: Database, many: Caller, order: str) -> None:
        query = select(Document.id, Document.file_size).order_by(*self.ORDERS[order])
        async with session(many.identity):
            cursor = (await page(query, size=4000)).next
            assert cursor is not None
            keys = keys_of(query.statement)
            statement = PageStatement(query.statement, query.reading, keys, cursor.values, 21)
        text, arguments = sql_of(statement)
        async with database.superuser() as connection, connection.transaction():
            await become(connection, many.identity)
            explain = f"explain (analyze, buffers, format json) {text}"
            # What a new connection reads of the catalogs is not counted.
            await connection.fetchval(explain, *arguments)
            plan = await connection.fetchval(explain, *arguments)
        top = json.loads(plan)[0]["Plan"]
        assert {"Index Scan", "Index Only Scan"} & set(nodes(top))
        assert not {"Seq Scan", "Bitmap Heap Scan"} & set(nodes(top))
        # None of the 4,000 rows before it is read: with their index, they are on 100 pages.
        assert top["Shared Hit Blocks"] + top["Shared Read Blocks"] < 40, plan


def nodes(plan: dict[str, Any]) -> list[str]:
    """The nodes of a plan."""
    below = [each for part in plan.get("Plans", []) for each in nodes(part)]
    return [plan["Node Type"], *below]


SORTABLE: list[Any] = [
    None,
    True,
    7,
    "é",
    [1, [None, "a"]],
    b"\x00\xff",
    1.5,
    Decimal("1.50"),
    UUID(int=7),
    dt.datetime(2026, 1, 2, 3, 4, 5, 6, tzinfo=dt.UTC),
    dt.date(2026, 1, 2),
    dt.time(1, 2, 3),
    dt.timedelta(days=-1, microseconds=7),
    ipaddress.ip_interface("10.0.0.1/8"),
    ipaddress.ip_interface("2001:db8::1/64"),
    ipaddress.ip_address("10.0.0.1"),
    ipaddress.ip_address("2001:db8::1"),
    ipaddress.ip_network("10.0.0.0/8"),
    ipaddress.ip_network("2001:db8::/32"),
]


@pytest.mark.whole_but_first("tries each case on a database")
@pytest.mark.parametrize("value", SORTABLE, ids=repr)
def test_a_cursor_brings_back_its_values_in_their_types(value: Any, database: Database) -> None:
    cursor = Cursor((value,), "0123456789ab")
    (read,) = Cursor.parse(str(cursor)).values
    assert (read, type(read)) == (value, type(value))


def test_a_value_of_another_type_is_no_key_of_a_page(database: Database) -> None:
    with pytest.raises(TypeError, match="Pages cannot be sorted by a value of the type dict"):
        str(Cursor(({},), "0123456789ab"))
