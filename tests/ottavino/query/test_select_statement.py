"""SQL that was built for one question serves another of its shape, and no other."""

from collections.abc import Callable
from typing import Any
from uuid import uuid4

import pytest
from piccolo.columns.combination import WhereRaw
from piccolo.querystring import QueryString

from ottavino.declare.own_search import Found
from ottavino.query import count, objects, select, total
from ottavino.query import select_statement as statement
from ottavino.query.select_query import SelectQuery
from tests.ottavino.query.tables import Shelf, Thing

Ask = Callable[[Any], SelectQuery[Any]]
"""Makes a question with a value in it."""

ONE, OTHER = uuid4(), uuid4()
FEW = Found(Thing, QueryString('a_few({}) AS "things"', "a"))
OTHERS = Found(Thing, QueryString('the_rest({}) AS "things"', "a"))

ALIKE: list[tuple[Ask, Any, Any]] = [
    (lambda name: select(Thing.name).where(Thing.name == name), "a", "b"),
    (lambda name: select(Thing.name).where(Thing.name != name), "a", "b"),
    (lambda number: select(Thing.name).where(Thing.number > number), 1, 2),
    (
        lambda names: select(Thing.name).where(Thing.name.is_in(names)),
        ["a", "b"],
        ["c", "d"],
    ),
    (
        lambda id_: select(Thing.name).where(Thing.shelf_id.parent.id == id_),
        ONE,
        OTHER,
    ),
    (
        lambda x: select(Thing.name).where((Thing.name == x) & (Thing.note == x)),
        "a",
        "b",
    ),
    (
        lambda x: select(Thing.name).where((Thing.name == x) | Thing.note.is_null()),
        "a",
        "b",
    ),
    (
        lambda x: select(Thing.name).where(WhereRaw("name = {} or note = {}", x, x)),
        "a",
        "b",
    ),
    (
        lambda x: select(Thing.name, count(Thing.id)).where(Thing.name == x),
        "a",
        "b",
    ),
    (lambda x: objects(Thing).where(Thing.name.ilike(x)).limit(3), "a", "b"),
    (
        lambda x: (
            select(total(Thing.number), Thing.shelf_id.parent.name)
            .where(Thing.name == x)
            .among(Found(Thing, QueryString('a_few({}) AS "things"', x)))
        ),
        "a",
        "b",
    ),
]

DIFFERENT: list[tuple[SelectQuery[Any], SelectQuery[Any]]] = [
    (select(Thing.name), select(Thing.note)),
    (select(Thing.name), select(Shelf.name)),
    (select(Thing.name), select(Thing.shelf_id.parent.name)),
    (
        select(Thing.name),
        select(Thing.former_shelf_id.maybe(lambda each: each.name)),
    ),
    (select(Thing.name), select(Thing.name, Thing.name)),
    (select(total(Thing.number)), select(count(Thing.number))),
    (select(count(Thing.number)), select(count(Thing.number, distinct=True))),
    (select(total(Thing.number)), select(total(Thing.weight))),
    (select(Thing.name), select(Thing.name).where(Thing.name == "a")),
    (
        select(Thing.name).where(Thing.name == "a"),
        select(Thing.name).where(Thing.name != "a"),
    ),
    (
        select(Thing.name).where(Thing.name == "a"),
        select(Thing.name).where(Thing.note == "a"),
    ),
    (
        select(Thing.name).where(Thing.name == "a"),
        select(Thing.name).where(Thing.shelf_id.parent.name == "a"),
    ),
    (
        select(Thing.name).where(Thing.note == "a"),
        select(Thing.name).where(Thing.note == None),  # noqa: E711  # what PostgreSQL means
    ),
    (
        select(Thing.note).where(Thing.name == "a"),
        select(Thing.note).where(Thing.name == Thing.name),
    ),
    (
        select(Thing.name).where(Thing.name == Thing.name),
        select(Thing.name).where(Thing.name == Thing.shelf_id.parent.name),
    ),
    (
        select(Thing.name).where(Thing.id == Thing.shelf_id),
        select(Thing.name).where(Thing.id == Thing.user_id),
    ),
    (
        select(Thing.shelf_id.parent.name),
        select(Thing.former_shelf_id.maybe(lambda each: each.name)),
    ),
    (
        select(Thing.name).where(Thing.name.is_in(["a"])),
        select(Thing.name).where(Thing.name.is_in(["a", "b"])),
    ),
    (
        select(Thing.name).where(Thing.name.is_in(["a"])),
        select(Thing.name).where(Thing.name.not_in(["a"])),
    ),
    (
        select(Thing.name).where((Thing.name == "a") & (Thing.note == "a")),
        select(Thing.name).where((Thing.name == "a") | (Thing.note == "a")),
    ),
    (
        select(Thing.name).where(WhereRaw("name = {}", "a")),
        select(Thing.name).where(WhereRaw("note = {}", "a")),
    ),
    (select(Thing.name), select(Thing.name).order_by(Thing.name)),
    (
        select(Thing.name).order_by(Thing.name),
        select(Thing.name).order_by(Thing.name.desc()),
    ),
    (
        select(Thing.name).order_by(Thing.name),
        select(Thing.name).order_by(Thing.note),
    ),
    (
        select(Thing.name).order_by(Thing.name, Thing.note),
        select(Thing.name).order_by(Thing.note, Thing.name),
    ),
    (select(Thing.name), select(Thing.name).limit(1)),
    (select(Thing.name).limit(1), select(Thing.name).limit(2)),
    (select(Thing.name), select(Thing.name).group_by(Thing.name)),
    (
        select(Thing.name).group_by(Thing.name),
        select(Thing.name).group_by(Thing.note),
    ),
    (select(Thing.name), select(Thing.name).among(FEW)),
    (select(Thing.name).among(FEW), select(Thing.name).among(OTHERS)),
]


@pytest.mark.parametrize(("ask", "value", "other"), ALIKE)
def test_values_are_all_that_differs_in_a_shape(
    monkeypatch: pytest.MonkeyPatch, ask: Ask, value: Any, other: Any
) -> None:
    ask(value).statement.sql()
    built, fresh = ask(other).statement.build()
    with monkeypatch.context() as patch:
        # Whoever asks Piccolo now finds nobody there.
        patch.delattr(Thing.__mro__[-2], "select")
        sql, arguments = ask(other).statement.sql()
    assert (sql, list(arguments)) == (built, list(fresh))


@pytest.mark.parametrize(("one", "other"), DIFFERENT)
def test_another_shape_is_built_anew(one: SelectQuery[Any], other: SelectQuery[Any]) -> None:
    for each in (one, other, one, other):
        sql, arguments = each.statement.sql()
        built, fresh = each.statement.build()
        assert (sql, list(arguments)) == (built, list(fresh))
    assert one.statement.sql()[0] != other.statement.sql()[0]


def test_what_has_no_known_shape_is_built_each_time() -> None:
    inner = WhereRaw("{}", "a").querystring
    for _ in range(2):
        sql, arguments = select(Thing.name).where(WhereRaw("name = {}", inner)).statement.sql()
        assert sql.endswith("name = $1")
        assert list(arguments) == ["a"]


def test_what_was_found_is_read_under_the_name_of_the_table() -> None:
    sql, arguments = select(Thing.name).where(Thing.note == "b").among(FEW).statement.sql()
    assert sql == (
        'SELECT ALL "things"."name" AS "name" FROM a_few($1) AS "things" '
        'WHERE "things"."note" = $2'
    )
    assert list(arguments) == ["a", "b"]


def test_what_was_found_in_another_table_is_refused() -> None:
    with pytest.raises(
        TypeError, match=r"^A query of Shelf cannot read what was found in Thing"
    ):
        select(Shelf.name).among(FEW)


def test_no_more_shapes_are_kept_than_fit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(statement, "MOST_SHAPES", 3)
    monkeypatch.setattr(statement, "_built", kept := {})
    for number in range(1, 6):
        select(Thing.name).limit(number).statement.sql()
        assert 1 <= len(kept) <= 3
