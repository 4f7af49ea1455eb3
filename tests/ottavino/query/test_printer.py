"""The text of statements: one for all values, with every value beside it."""

import gc
from collections.abc import Callable
from copy import copy
from datetime import datetime
from pathlib import Path
from typing import Any, cast
from uuid import uuid4

import pytest
from piccolo.columns.combination import WhereRaw
from piccolo.querystring import QueryString

from ottavino import Col, Table, bigint, generated, identity, integer
from ottavino.declare.condition import Comparison
from ottavino.declare.expression import Expression
from ottavino.declare.own_search import Found
from ottavino.query import (
    Row,
    case,
    children,
    coalesce,
    count,
    date_trunc,
    delete,
    excluded,
    exists,
    greatest,
    insert,
    json_value,
    lower,
    objects,
    row_number,
    scalar,
    select,
    total,
    update,
)
from ottavino.query.awaited import Awaited
from ottavino.query.printed_column import printed_column
from ottavino.query.printer import Printer
from ottavino.query.query import sql_of
from tests.ottavino.declare.every_column import Every
from tests.ottavino.house.db.tables import Document
from tests.ottavino.query.tables import Shelf, Size, Sorted, Thing

ONE = uuid4()
SIZE = Size(width=1, height=1)
NAIVE = datetime(2026, 1, 2)  # noqa: DTZ001  # what is refused
NAME = 'select "things"."name" from public.things'
JOINED = (
    'left join public.shelves as "things$shelf_id" '
    'on "things$shelf_id"."id" = "things"."shelf_id"'
)

PRINTED: list[tuple[Any, str, list[Any]]] = [
    (select(Thing.name), NAME, []),
    (select(Thing.name).where(Thing.name == "a"), f'{NAME} where "things"."name" = $1', ["a"]),
    (
        select(Thing.name).where(Thing.name != "a", Thing.number > 1),
        f'{NAME} where "things"."name" != $1 and "things"."number" > $2',
        ["a", 1],
    ),
    (
        select(Thing.name).where(
            (Thing.name == "a") & (Thing.note == "b") | (Thing.number < 1)
        ),
        (
            f'{NAME} where (("things"."name" = $1 and "things"."note" = $2) '
            'or "things"."number" < $3)'
        ),
        ["a", "b", 1],
    ),
    (
        select(Thing.name).where(~(Thing.note.is_null() | Thing.name.ilike("a%"))),
        f'{NAME} where not (("things"."note" is null or "things"."name" ilike $1))',
        ["a%"],
    ),
    (
        select(Thing.name).where(Thing.name.is_in({"a"}), Thing.number.not_in([])),
        f'{NAME} where "things"."name" = any($1) and "things"."number" <> all($2)',
        [["a"], []],
    ),
    (
        select(Thing.name).where(
            lower(Thing.name) < "d",
            lower(Thing.name) <= "c",
            lower(Thing.name) > "a",
            lower(Thing.name) >= "b",
            lower(Thing.name) != "e",
        ),
        (
            f'{NAME} where lower("things"."name") < $1 and lower("things"."name") <= $2 '
            'and lower("things"."name") > $3 and lower("things"."name") >= $4 '
            'and lower("things"."name") <> $5'
        ),
        ["d", "c", "a", "b", "e"],
    ),
    (
        select(Thing.name).where(Thing.id == Thing.shelf_id),
        f'{NAME} where "things"."id" = "things"."shelf_id"',
        [],
    ),
    (
        select(Thing.name).where(Comparison("{} ~ {}", Thing.name, "a")),
        f'{NAME} where "things"."name" ~ $1',
        ["a"],
    ),
    (
        select(Thing.name).where(Thing.shelf_id.parent.name == "a"),
        f'{NAME} {JOINED} where "things$shelf_id"."name" = $1',
        ["a"],
    ),
    (
        select(Thing.shelf_id.parent.name, Thing.shelf_id.parent.id).order_by(
            Thing.shelf_id.parent.name
        ),
        (
            'select "things$shelf_id"."name", "things$shelf_id"."id" '
            f'from public.things {JOINED} order by "things$shelf_id"."name"'
        ),
        [],
    ),
    (
        select(Thing.name).order_by(Thing.number.desc().nulls_last(), Thing.name).limit(3),
        f'{NAME} order by "things"."number" desc nulls last, "things"."name" limit $1',
        [3],
    ),
    (
        select(Thing.number, count(), total(Thing.weight))
        .group_by(Thing.number)
        .having(count() > 1)
        .order_by(total(Thing.weight).desc())
        .offset(2),
        (
            'select "things"."number", count(*), sum("things"."weight") from public.things '
            'group by "things"."number" having count(*) > $1 '
            'order by sum("things"."weight") desc offset $2'
        ),
        [1, 2],
    ),
    (
        select(count(Thing.name, distinct=True).filter(Thing.number > 1)),
        (
            'select count(distinct "things"."name") filter (where "things"."number" > $1) '
            "from public.things"
        ),
        [1],
    ),
    (
        select(row_number().over(partition_by=Thing.number, order_by=Thing.name.desc())),
        (
            'select row_number() over (partition by "things"."number" '
            'order by "things"."name" desc) from public.things'
        ),
        [],
    ),
    (
        select(case((Thing.number > 1, "many"), default=Thing.name)),
        (
            'select case when "things"."number" > $1 then $2::text else "things"."name" end '
            "from public.things"
        ),
        [1, "many"],
    ),
    (
        select(coalesce(Thing.note, "none")).where(Thing.name == "a"),
        'select coalesce("things"."note", $1) from public.things where "things"."name" = $2',
        ["none", "a"],
    ),
    (
        select((Thing.number + 1) * Thing.weight),
        'select (("things"."number" + $1) * "things"."weight") from public.things',
        [1],
    ),
    (
        select(Thing.name).distinct(),
        'select distinct "things"."name" from public.things',
        [],
    ),
    *(
        (query, f'{NAME} for update of "things"{waits}', [])
        for query, waits in (
            (select(Thing.name).for_update(), ""),
            (select(Thing.name).for_update(nowait=True), " nowait"),
            (select(Thing.name).for_update(skip_locked=True), " skip locked"),
        )
    ),
    (
        cast("Any", select(Thing.name)).where(WhereRaw("number > {} or note is null", 1)),
        f"{NAME} where number > $1 or note is null",
        [1],
    ),
    (
        select(Thing.name).distinct_on(Thing.number).for_update(skip_locked=True),
        (
            'select distinct on ("things"."number") "things"."name" from public.things '
            'for update of "things" skip locked'
        ),
        [],
    ),
    (
        select(Shelf.name).where(
            Shelf.name == "a", exists(select(Thing.id).where(Thing.id == Shelf.id))
        ),
        (
            'select "shelves"."name" from public.shelves where "shelves"."name" = $1 and '
            'exists (select 1 from public.things where "things"."id" = "shelves"."id")'
        ),
        ["a"],
    ),
    (
        select(Shelf.name).where(
            Shelf.id.is_in(select(Thing.shelf_id).where(Thing.number > 1)), Shelf.name == "a"
        ),
        (
            'select "shelves"."name" from public.shelves where "shelves"."id" in '
            '(select "things"."shelf_id" from public.things where "things"."number" > $1) '
            'and "shelves"."name" = $2'
        ),
        [1, "a"],
    ),
    (
        objects(Shelf).where(Shelf.id == ONE),
        (
            'select "shelves"."id", "shelves"."user_id", "shelves"."name" from public.shelves '
            'where "shelves"."id" = $1'
        ),
        [ONE],
    ),
    (
        update(Thing).set(Thing.number, Thing.number + 1).where(Thing.name == "a"),
        (
            'update public.things set number = ("things"."number" + $1) '
            'where "things"."name" = $2'
        ),
        [1, "a"],
    ),
    (
        update(Thing)
        .using(Shelf)
        .set(Thing.name, Shelf.name)
        .where(Thing.shelf_id == Shelf.id),
        (
            'update public.things set name = "shelves"."name" from public.shelves '
            'where "things"."shelf_id" = "shelves"."id"'
        ),
        [],
    ),
    (
        delete(Thing).using(Shelf).where(Thing.shelf_id == Shelf.id),
        (
            "delete from public.things using public.shelves "
            'where "things"."shelf_id" = "shelves"."id"'
        ),
        [],
    ),
    (
        select(Thing.name)
        .where(Thing.number > 1)
        .order_by(Thing.name)
        .limit(2)
        .union_all(select(Shelf.name).where(Shelf.name == "a"))
        .except_(select(Thing.name).distinct())
        .order_by(Thing.name.desc().nulls_last())
        .limit(5)
        .offset(1),
        (
            f'(({NAME} where "things"."number" > $1 order by "things"."name" limit $2) '
            'union all (select "shelves"."name" from public.shelves where '
            '"shelves"."name" = $3)) except (select distinct "things"."name" from '
            "public.things) order by 1 desc nulls last limit $4 offset $5"
        ),
        [1, 2, "a", 5, 1],
    ),
    (
        select(
            Shelf.name, children(Thing.shelf_id, Thing.name, where=Thing.number > 1, limit=2)
        ),
        (
            'select "shelves"."name", array(select row("things"."name") from public.things '
            'where "things"."shelf_id" = "shelves"."id" and "things"."number" > $1 limit $2) '
            "from public.shelves"
        ),
        [1, 2],
    ),
    (delete(Thing).all_rows(), "delete from public.things", []),
    (
        insert(Shelf(user_id=ONE, name="a"), Shelf(user_id=ONE, name="b")),
        (
            "insert into public.shelves (user_id, name) "
            "select * from unnest($1::uuid[], $2::text[])"
        ),
        [[ONE, ONE], ["a", "b"]],
    ),
]


@pytest.mark.parametrize(("query", "text", "arguments"), PRINTED)
def test_a_statement_has_its_text_and_its_values(
    query: Any, text: str, arguments: list[Any]
) -> None:
    for _ in range(2):
        assert sql_of(query.statement) == (text, arguments)


def test_a_query_string_of_piccolo_is_an_operand_as_it_is() -> None:
    condition: Any = Comparison("{} = {}", "A", QueryString("lower({})", "a"))
    assert condition.querystring.compile_string() == ("$1 = lower($2)", ["A", "a"])


def test_an_expression_is_one_parameter_in_every_clause() -> None:
    label = coalesce(Thing.note, "none")
    text, arguments = select(label, count()).group_by(label).order_by(label).sql()
    assert text.count('coalesce("things"."note", $1)') == 3
    assert arguments == ["none"]


def test_rows_that_a_function_gives_are_read_under_the_name_of_the_table() -> None:
    source = QueryString('a_few({}) AS "things"', "a")
    found = Found(Thing, (Thing.id,), lambda _, __: source, source)
    text, arguments = select(Thing.name).where(Thing.note == "b").among(found).sql()
    assert text == (
        'select "things"."name" from a_few($1) AS "things" where "things"."note" = $2'
    )
    assert arguments == ["a", "b"]
    with pytest.raises(TypeError, match=r"^A query of Shelf cannot read what was found"):
        select(Shelf.name).among(found)


@pytest.mark.parametrize(
    "query",
    [
        select(Thing.name).where(Shelf.name == "a"),
        select(Thing.name).order_by(Shelf.name),
        select(Thing.name).group_by(Shelf.name),
        select(Thing.name).where(exists(select(Thing.id).where(Shelf.name == "a"))),
        select(Thing.name).where(Thing.name == Shelf.name),
        select(Thing.name).where(lower(Thing.name) == lower(Shelf.name)),
        select(Thing.name).where((Thing.name == "a") | (Thing.name > Shelf.name)),
        select(Thing.name).where(Thing.name.is_in(select(Thing.name).where(Shelf.id == ONE))),
        select(Thing.name).having(greatest(Shelf.name) > "a"),
        select(Thing.name).order_by(lower(Shelf.name).desc()),
        select(Thing.name).distinct_on(Shelf.name),
        *(
            update(Thing).set(Thing.name, value).all_rows()
            for value in cast(
                "list[Any]",
                [
                    Shelf.name,
                    lower(Shelf.name),
                    coalesce(Thing.note, Shelf.name),
                    Thing.name + Shelf.name,
                    case((Shelf.name == "a", "b"), default="c"),
                ],
            )
        ),
        cast("Any", update(Thing)).where(Thing.name == Shelf.name).set(Thing.name, "a"),
        cast("Any", delete(Thing)).where(Thing.name == Shelf.name),
        cast("Any", update(Thing)).set(Thing.name, "a").all_rows().returning(Shelf.name),
        *(
            cast("Any", insert(Thing(user_id=ONE, shelf_id=ONE, name="a", size=SIZE)))
            .on_conflict(Thing.id)
            .do_update()
            .set(Thing.name, value)
            for value in (Shelf.name, excluded(Shelf.name))
        ),
    ],
)
def test_a_column_of_a_table_that_is_not_read_is_refused(query: Any) -> None:
    with pytest.raises(TypeError, match=r"^Shelf\.(name|id) is no column of Thing"):
        sql_of(query.statement)


ORDERED = 'order by "things"."name"'


@pytest.mark.parametrize(
    ("query", "read"),
    [
        (select(Thing.name), "select 1 from public.things"),
        (select(Thing.name).order_by(Thing.name), "select 1 from public.things"),
        (select(Thing.name).for_update(), "select 1 from public.things"),
        (
            select(Thing.name).order_by(Thing.name).distinct(),
            NAME.replace("select", "select distinct"),
        ),
        (
            select(Thing.name).order_by(Thing.name).group_by(Thing.name),
            f'{NAME} group by "things"."name"',
        ),
        (
            select(total(Thing.number)).having(count() > 1),
            'select sum("things"."number") from public.things having count(*) > $1',
        ),
        (select(Thing.name).order_by(Thing.name).limit(1), f"{NAME} {ORDERED} limit $1"),
        (select(Thing.name).order_by(Thing.name).offset(1), f"{NAME} {ORDERED} offset $1"),
        (
            select(Thing.name).order_by(Thing.name).distinct_on(Thing.name),
            NAME.replace("select", 'select distinct on ("things"."name")') + f" {ORDERED}",
        ),
    ],
)
def test_of_what_is_counted_nothing_is_read_that_does_not_change_the_number(
    query: Any, read: str
) -> None:
    assert sql_of(query.statement.without_columns())[0] == read


def test_a_template_takes_as_many_operands_as_it_has_braces() -> None:
    with pytest.raises(TypeError, match="takes 1 operands, and was given 2"):
        select(Thing.name).where(Comparison("{} is null", Thing.name, 1)).sql()


def test_a_value_is_never_text_of_the_statement() -> None:
    value = "'; drop table things; -- {} $1"
    text, arguments = select(Thing.name).where(Thing.name == value).sql()
    assert (text, arguments) == (f'{NAME} where "things"."name" = $1', [value])


@pytest.mark.parametrize("zone", ["{", "}", "{}", "{0}", "'; select 1; --", "', now()) --"])
def test_a_time_zone_is_text_whatever_is_in_it(zone: str) -> None:
    moment = date_trunc("day", Document.created_at, zone=zone)
    text, arguments = select(moment).group_by(moment).sql()
    quoted = "'" + zone.replace("'", "''") + "'"
    call = f'date_trunc(\'day\', "documents"."created_at", {quoted})'
    assert text == f"select {call} from public.documents group by {call}"
    assert arguments == []


def test_ranks_are_aggregated_in_a_table_that_is_named() -> None:
    best = select(greatest(Document.search.rank("whale"))).from_table(Document)
    text, arguments = best.sql()
    assert text.startswith("select max(ts_rank_cd(documents.search")
    assert text.endswith(" from public.documents")
    assert arguments == ["whale"]


def test_a_place_in_json_has_to_be_named_and_of_a_type() -> None:
    with pytest.raises(TypeError, match="The path in the JSON is empty"):
        json_value(Thing.size)
    with pytest.raises(TypeError, match="not a type for values in JSON"):
        json_value(Thing.size, "a", type=dict)


def test_a_condition_of_a_case_names_the_table() -> None:
    query = select(case(((Thing.number > 1) & ~(Thing.name == "a"), 1), default=2))
    assert query.sql()[0].endswith("from public.things")


class Stay(Table, tablename="stays"):
    """Columns whose values PostgreSQL makes."""

    id: Col[int] = identity(bigint(primary_key=True))
    price: Col[int] = integer()
    nights: Col[int] = integer()
    total: Col[int] = generated(integer(), "price * nights")


class Mark(Table, tablename="marks"):
    """Rows that only have a number."""

    id: Col[int] = identity(bigint(primary_key=True))


class TestRefused:
    def test_is_a_query_without_columns_or_without_a_table(self) -> None:
        anything: Any = select
        with pytest.raises(TypeError, match=r"^The query reads nothing: name a Row"):
            anything()
        with pytest.raises(
            TypeError, match=r"^The query names no column, so its table is unkn"
        ):
            select(count()).sql()
        assert (
            select(count()).from_table(Thing).sql()[0] == "select count(*) from public.things"
        )

    def test_is_an_insert_that_needs_a_parents_row(self) -> None:
        upsert: Any = insert(Thing(user_id=ONE, shelf_id=ONE, name="a", size=SIZE)).on_conflict(
            Thing.id
        )
        change = upsert.do_update().set(Thing.name, Thing.shelf_id.parent.name)
        with pytest.raises(TypeError, match=r"^A column of a parent is no column of Thing"):
            sql_of(change.statement)

    def test_is_a_value_for_what_postgresql_makes_itself(self) -> None:
        upsert: Any = insert(Stay(price=1, nights=2)).on_conflict(Stay.id)
        made: Any = Stay
        for write in (
            lambda: update(Stay).set(Stay.total, 5),
            lambda: upsert.do_update(Stay.total),
            lambda: sql_of(insert(made(price=1, nights=2, total=2)).statement),
        ):
            with pytest.raises(
                TypeError, match=r"^Stay.total is computed by .* price \* nights"
            ):
                write()
        for write in (
            lambda: update(Stay).set(Stay.id, 5),
            lambda: sql_of(insert(made(id=5, price=1, nights=2)).statement),
        ):
            with pytest.raises(TypeError, match=r"^Stay.id is numbered by PostgreSQL"):
                write()
        sql_of(upsert.do_update(Stay.price).returning(Stay.total).statement)

    def test_is_an_upsert_that_updates_nothing(self) -> None:
        upsert: Any = insert(Shelf(user_id=ONE, name="a")).on_conflict(Shelf.id).do_update()
        with pytest.raises(ValueError, match=r"^The upsert updates no column: name"):
            sql_of(upsert.statement)
        sql_of(upsert.set(Shelf.name, "b").statement)

    def test_is_a_column_of_a_parent_in_a_write_that_also_returns_one(self) -> None:
        name = Thing.shelf_id.parent.name
        untyped: Any = update(Thing)
        change = untyped.set(Thing.name, lower(name)).all_rows()
        with pytest.raises(TypeError, match=r"^A column of a parent is no column of Thing"):
            change.returning(name).sql()

    def test_are_rows_of_several_queries_in_the_order_of_what_is_not_selected(self) -> None:
        both = select(Thing.name).union(select(Shelf.name))
        with pytest.raises(TypeError, match="are sorted by columns that the first of them"):
            both.order_by(Thing.number).sql()

    def test_are_rows_of_several_queries_with_other_columns(self) -> None:
        untyped: Any = select(Thing.name, Thing.number)
        with pytest.raises(TypeError, match="the same columns, and these have 2 and 1"):
            untyped.union(select(Shelf.name))

    @pytest.mark.parametrize(
        "use",
        [
            lambda: select(Document.id).where(Document.created_at > NAIVE),
            lambda: select(Document.id).where(Document.created_at.is_in([NAIVE])),
            lambda: select(Document.id).having(greatest(Document.created_at) < NAIVE),
            lambda: update(Document).set(Document.created_at, NAIVE),
            lambda: select(coalesce(greatest(Document.created_at), NAIVE)),
        ],
    )
    def test_is_a_moment_without_a_time_zone(self, use: Callable[[], Any]) -> None:
        with pytest.raises(ValueError, match=r"^2026-01-02 00:00:00 has no time zone"):
            use().sql()


class TestWarned:
    @pytest.mark.parametrize(
        "write",
        [
            lambda: update(Shelf).set(Shelf.name, "b").all_rows(),
            lambda: delete(Shelf).where(Shelf.name == "a").returning(Shelf.id),
            lambda: insert(Shelf(user_id=ONE, name="a")),
            lambda: insert(Shelf(user_id=ONE, name="a")).on_conflict(Shelf.id).do_nothing(),
        ],
    )
    def test_is_of_a_write_that_was_not_awaited(self, write: Callable[[], Any]) -> None:
        with pytest.warns(RuntimeWarning, match="^A write to Shelf was never awaited") as seen:
            write()
        assert [Path(each.filename).name for each in seen] == ["test_printer.py"]

    def test_is_of_an_insert_without_rows_too(self) -> None:
        with pytest.warns(RuntimeWarning, match="^A write to no table was never awaited"):
            insert()

    def test_is_not_of_one_that_was_looked_at_or_could_not_be_made(self) -> None:
        sql_of(delete(Shelf).all_rows().statement)
        untyped: Any = Thing
        with pytest.raises(TypeError, match="is no column of Shelf"):
            update(Shelf).set(untyped.name, "a")
        # One whose arguments were refused has no fields yet.
        Awaited.__new__(Awaited)
        # A warning is an error here.
        gc.collect()


def test_an_expression_is_not_taken_for_one_that_is_gone() -> None:
    """Its memory, and with that its `id`, may have been another expression's."""
    printer = Printer()
    texts = [printer.text(Expression[int](str(number), type=int)) for number in range(100)]
    assert texts == [str(number) for number in range(100)]


def test_a_loop_over_a_query_that_was_not_awaited_is_refused_with_the_await() -> None:
    untyped: Any = select(Thing.name)
    with pytest.raises(TypeError, match="write `for row in await select"):
        list(untyped)


class TestKeptColumns:
    """What was printed in one query is printed in the next, whose tables may be others."""

    def test_bring_their_joins_to_the_statement_around_them_each_time(self) -> None:
        name = Thing.shelf_id.parent.name

        def printed() -> str:
            return select(Thing.id, scalar(select(name).from_table(Shelf))).sql()[0]

        first, second = printed(), printed()
        assert second == first
        assert "left join" in first

    def test_bring_no_joins_of_another_query(self) -> None:
        kept = select(Thing.name, Thing.number)
        select(Thing.name, Thing.number).distinct_on(Thing.shelf_id.parent.name).sql()
        assert "join" not in kept.sql()[0]

    def test_are_refused_where_they_are_read_from_another_table(self) -> None:
        select(Thing.name, Thing.weight).sql()
        with pytest.raises(TypeError, match=r"^Thing\.name is no column of Shelf"):
            select(Thing.name, Thing.weight).from_table(Shelf).sql()

    def test_are_numbered_anew_where_a_value_is_among_them(self) -> None:
        class Note(Row):
            text = coalesce(Thing.note, "none")

        for number in (1, 2):
            first: Any = select(Thing.note).where(Thing.number == number)
            text, arguments = first.union(select(Note)).sql()
            assert 'coalesce("things"."note", $2)' in text
            assert arguments == [number, "none"]


COLUMNS: list[Any] = [*Every._meta.columns, *Thing._meta.columns, *Sorted._meta.columns]


def test_every_column_can_be_compared_with_null() -> None:
    """Nothing is a value of it then, and nothing is encoded."""
    for column in COLUMNS:
        table, name = column._meta.table, column._meta.db_column_name
        conditions = [(column.is_null(), "is null"), (column.is_not_null(), "is not null")]
        if column.spec.null:
            conditions += [
                (column == None, "is null"),  # noqa: E711  # as SQL has it
                (column != None, "is not null"),  # noqa: E711  # likewise
            ]
        for condition, words in conditions:
            text, arguments = sql_of(
                select(count()).from_table(table).where(condition).statement
            )
            assert text.endswith(f'"{name}" {words}')
            assert arguments == []


def test_a_column_that_was_printed_is_printed_anew_where_it_is_reached_by_a_reference() -> None:
    """Piccolo copies a column for each path to it, with what was kept on it."""
    assert "from public.shelves" in select(Shelf.name).sql()[0]
    reached: Any = copy(Shelf.name)
    path: Any = Thing.shelf_id.parent.name
    reached._meta = path._meta
    assert printed_column(Shelf.name).text == '"shelves"."name"'
    assert printed_column(reached).text == '"things$shelf_id"."name"'
    assert printed_column(reached) is printed_column(reached)


def test_rows_of_which_nothing_is_given_have_the_values_that_postgresql_makes() -> None:
    assert sql_of(insert(Mark()).statement) == ("insert into public.marks default values", [])
    assert sql_of(insert(Mark(), Mark()).statement) == (
        "insert into public.marks (id) values (default), (default)",
        [],
    )


def test_lists_of_columns_are_cached_up_to_a_number(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ottavino.query.row.MOST_KEPT", 2)
    monkeypatch.setattr("ottavino.query.row._kept", kept := dict[Any, Any]())
    for column in (Thing.id, Thing.name, Thing.note, Thing.id):
        name = cast("Any", column)._meta.name
        assert select(column).sql() == (f'select "things"."{name}" from public.things', [])
        assert len(kept) <= 2
    readings = [select(Thing.name).reading for _ in range(2)]
    assert readings[0] is readings[1]
