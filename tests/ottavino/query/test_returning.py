"""Writes return their parents' columns, too: as SQL by hand gives them, under row security."""

from collections.abc import Awaitable, Sequence
from typing import Any, TypeVar
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ottavino import Col, OptionalRef, Ref, Table, bigint, owner, reference, session, text
from ottavino.postgres.scope import current_scope
from ottavino.postgres.watch import watching
from ottavino.query import (
    Row,
    children,
    coalesce,
    count,
    delete,
    excluded,
    insert,
    scalar,
    select,
    update,
    upper,
)
from ottavino.query.write_query import Write
from ottavino.testing import Caller, Database
from ottavino.testing.database import connected
from tests.ottavino.house.piccolo_conf import DB
from tests.ottavino.query.stored import create


class Area(Table, tablename="areas"):
    """A parent of a parent."""

    id: Col[int] = bigint(primary_key=True)
    user_id: Col[UUID] = owner()
    name: Col[str] = text()


class Board(Table, tablename="boards"):
    """A parent. Its caller sees their own ones alone."""

    id: Col[int] = bigint(primary_key=True)
    user_id: Col[UUID] = owner()
    area_id: OptionalRef[Area, int] = reference(Area, Area.id, default=None)
    name: Col[str] = text()


class Card(Table, tablename="cards"):
    """What is written; of a board, and of a card of the same table."""

    id: Col[int] = bigint(primary_key=True)
    user_id: Col[UUID] = owner()
    board_id: Ref[Board, int] = reference(Board, Board.id)
    former_id: OptionalRef[Board, int] = reference(Board, Board.id, default=None)
    above_id: OptionalRef["Card", int] = reference("self", default=None)
    title: Col[str] = text(default="")


class CardRow(Row):
    """A card with what its parents have."""

    id = Card.id
    title = Card.title
    board = Card.board_id.parent.name
    former = Card.former_id.maybe(lambda board: board.name)
    area = Card.board_id.parent.area_id.maybe(lambda area: area.name)
    above = Card.above_id.maybe(lambda card: card.title)
    label = upper(Card.board_id.parent.name)
    place = coalesce(Card.former_id.maybe(lambda board: board.name), "nowhere")


BY_HAND = """
    select w.id, w.title, b.name, f.name, a.name, c.title, upper(b.name),
        coalesce(f.name, 'nowhere')
    from written w
    left join boards b on b.id = w.board_id
    left join boards f on f.id = w.former_id
    left join areas a on a.id = b.area_id
    left join cards c on c.id = w.above_id
    order by w.id
"""
POLICIES = """
    grant all on areas, boards, cards to authenticated;
    alter table areas enable row level security;
    alter table boards enable row level security;
    create policy own on areas using (user_id = (select auth.uid()));
    create policy own on boards using (user_id = (select auth.uid()));
"""


@pytest.fixture
async def tables(database: Database, alice: Caller, bob: Caller) -> Caller:
    """Boards of two users, of which one sees their own, and cards that both see."""
    await create(database, Area, Board, Card)
    async with connected(database.direct_url) as connection:
        await connection.execute(POLICIES)
        for number, user in enumerate([alice.id, bob.id]):
            await connection.execute(
                f"""insert into areas values ({number}, '{user}', 'area {number}');
                insert into boards select {number} * 2 + n, '{user}',
                    case n when 0 then {number} end, 'board ' || {number} * 2 + n
                from generate_series(0, 1) as n"""
            )
    return alice


CARDS = st.lists(
    st.tuples(
        st.integers(0, 3),
        st.sampled_from([None, 0, 1, 2, 3]),
        st.sampled_from([None, 0, 1, 2]),
        st.sampled_from("abc"),
    ),
    min_size=1,
    max_size=6,
)


def cards(values: Sequence[tuple[Any, ...]], caller: Caller, begin: int = 0) -> list[Card]:
    return [
        Card(
            id=number,
            user_id=caller.id,
            board_id=board,
            former_id=former,
            above_id=above,
            title=title,
        )
        for number, (board, former, above, title) in enumerate(values, begin)
    ]


def values(rows: Sequence[Card]) -> str:
    """The rows as SQL has them."""
    written = [
        (each.id, f"'{each.user_id}'", each.board_id, each.former_id, each.above_id)
        for each in rows
    ]
    texts = [
        ", ".join("null" if each is None else f"{each}" for each in row) for row in written
    ]
    titles = [each.title for each in rows]
    return ", ".join(f"({row}, '{title}')" for row, title in zip(texts, titles, strict=True))


Item = TypeVar("Item")


class Undone(Exception):
    """Ends a savepoint, and undoes what was written in it."""


async def undone(query: Awaitable[Sequence[Item]]) -> list[Item]:
    """What a write gives, whose rows are not kept."""
    rows: list[Item] = []
    with pytest.raises(Undone):
        async with DB.transaction():
            rows += await query
            raise Undone
    return rows


async def by_hand(statement: str) -> list[tuple[Any, ...]]:
    """What a write returns, with its parents joined to it."""
    text = f"with written as ({statement} returning *) {BY_HAND}"
    return [tuple(record) for record in await current_scope().fetch(text, [])]


def values_of(row: CardRow) -> tuple[Any, ...]:
    return tuple(getattr(row, name) for name in CardRow.__match_args__)


@pytest.mark.whole
@given(stored=CARDS, added=CARDS, board=st.integers(0, 3))
async def test_what_a_write_returns_is_what_sql_by_hand_gives(
    tables: Caller, stored: Any, added: Any, board: int
) -> None:
    begin = len(stored)
    upsert = insert(*cards(stored, tables)).on_conflict(Card.id).do_update(Card.former_id)
    upsert.set(Card.title, upper(excluded(Card.title)))
    writes: list[tuple[Write, str]] = [
        (
            insert(*cards(added, tables, begin)),
            f"insert into cards values {values(cards(added, tables, begin))}",
        ),
        (upsert, "update cards set title = upper(title)"),
        (
            update(Card).set(Card.board_id, board).where(Card.id > 0),
            f"update cards set board_id = {board} where id > 0",
        ),
        (
            update(Card).set(Card.former_id, None).all_rows(),
            "update cards set former_id = null",
        ),
        (delete(Card).where(Card.title != "a"), "delete from cards where title <> 'a'"),
    ]
    async with session(tables.identity):
        await delete(Card).all_rows()
        await insert(*cards(stored, tables))
        for write, sql in writes:
            given_rows = await undone(write.returning(CardRow))
            rows = sorted([values_of(row) for row in given_rows])
            assert rows == await undone(by_hand(sql))


@pytest.mark.whole("tries many queries")
async def test_it_is_one_statement_in_the_order_of_the_rows(tables: Caller) -> None:
    rows = cards([(n % 4, None, None, "a") for n in range(50)], tables)
    with watching() as watch:
        async with session(tables.identity):
            given_rows = await insert(*rows).returning(Card.id, Card.board_id.parent.name)
    assert (watch.statements, watch.round_trips) == (1, 3)
    # The boards of others are hidden, as they are in a query that reads.
    names = ["board 0", "board 1", None, None]
    assert given_rows == [(n, names[n % 4]) for n in range(50)]
    async with session(tables.identity):
        read = select(Card.id, Card.board_id.parent.name).order_by(Card.id)
        assert await read == given_rows


async def test_it_has_subqueries_and_other_tables_beside_a_parent(tables: Caller) -> None:
    class BoardRow(Row):
        name = Board.name
        area = Board.area_id.maybe(lambda area: area.name)
        cards = children(Card.board_id, Card.title, order_by=Card.id)
        same = scalar(
            select(count())
            .from_table(Area)
            .where(Area.name == Board.area_id.maybe(lambda area: area.name))
        )

    async with session(tables.identity):
        await insert(*cards([(0, None, None, "a"), (0, None, None, "b")], tables))
        change = update(Board).set(Board.name, "new").where(Board.id == 0)
        assert await change.returning(BoardRow) == [
            BoardRow(name="new", area="area 0", cards=["a", "b"], same=1)
        ]
        moved = update(Card).using(Board).set(Card.title, Board.name)
        moved.where(Card.board_id == Board.id, Card.title == "a")
        area = Board.area_id.maybe(lambda area: area.name)
        read = moved.returning(Card.title, Board.name, area, Card.board_id.parent.name)
        assert await read == [("new", "new", "area 0", "new")]
