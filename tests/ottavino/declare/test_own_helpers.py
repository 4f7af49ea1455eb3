"""A column that a function of the project makes is what type checkers take it for."""

from collections.abc import Callable
from decimal import Decimal
from types import EllipsisType
from typing import Any
from uuid import UUID

import pytest

from ottavino import (
    SQL,
    Col,
    OptionalRef,
    Ref,
    Table,
    bigint,
    boolean,
    column,
    generated,
    identity,
    numeric,
    primary_key,
    reference,
    text,
)
from tests.ottavino.declare.every_column import Country


def money(*, default: Decimal | int | EllipsisType = ...) -> Col[Decimal]:
    return numeric(12, 2, default=default)


def country() -> Ref[Country, str]:
    return reference(Country, Country.code, on_update="cascade")


def flag() -> Col[bool]:
    return boolean(default=False)


def key() -> Col[UUID]:
    return primary_key()


class Good(Table, tablename="goods"):
    id: Col[UUID] = column(key(), init=False)
    price: Col[Decimal] = column(money())
    rebate: Col[Decimal] = column(money(), default=Decimal("0.5"), db_column_name="Rebate")
    weight: Col[Decimal | None] = column(money(), default=None, index=True)
    tax: Col[Decimal] = column(money(), default=SQL("10 / 2"))
    made_in: Ref[Country, str] = column(country(), unique=True)
    sold_in: OptionalRef[Country, str] = column(country(), default=None)
    sold: Col[bool] = flag()
    cost: Col[Decimal] = money(default=7)


def test_a_column_has_what_its_function_and_its_place_say() -> None:
    assert {name: spec.sql for name, spec in Good.column_specs().items()} == {
        "id": "uuid not null default gen_random_uuid()",
        "price": "numeric(12, 2) not null",
        "Rebate": "numeric(12, 2) not null default 0.5",
        "weight": "numeric(12, 2)",
        "tax": "numeric(12, 2) not null default 10 / 2",
        "made_in": "text not null",
        "sold_in": "text",
        "sold": "boolean not null default false",
        "cost": "numeric(12, 2) not null default 7",
    }
    names = {each.name for each in Good.definitions()}
    assert {
        "index public.goods_weight_idx",
        "unique public.goods.goods_made_in_key",
        "foreign-key public.goods.goods_sold_in_fkey",
    } <= names


def test_a_new_row_needs_what_has_no_default() -> None:
    with pytest.raises(ValueError, match="Good needs a value for price, made_in"):
        Good()  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]  # what is refused
    good = Good(price=Decimal(1), made_in="IT")
    assert (good.price, good.made_in) == (Decimal(1), "IT")


def test_a_key_is_one_where_its_place_says_so() -> None:
    class Rate(Table, tablename="rates"):
        country: Ref[Country, str] = column(country(), primary_key=True)
        rate: Col[Decimal] = column(money(), primary_key=True)

    (primary,) = [each for each in Rate.definitions() if each.kind == "primary-key"]
    assert "(country, rate)" in primary.create


def without_column() -> None:
    class Wrong(Table):
        id: Col[UUID] = primary_key()
        price: Col[Decimal] = money()

    assert Wrong


def made_before() -> None:
    before = text()

    class Wrong(Table):
        id: Col[UUID] = primary_key()
        name: Col[str] = before

    assert Wrong


def with_a_hidden_default() -> None:
    column(flag())


def with_a_hidden_null() -> None:
    column(text(default=None))


def with_a_hidden_number() -> None:
    column(identity(bigint()))


def with_nothing_from_postgres() -> None:
    column(money(), init=False)


def with_two_sources() -> None:
    column(generated(money(), "1"), default=Decimal(1))


def of_one_column_twice() -> None:
    both = money()

    class Wrong(Table):
        id: Col[UUID] = primary_key()
        price: Col[Decimal] = column(both)
        tax: Col[Decimal] = column(both)

    assert Wrong


def misspelt() -> None:
    options: Any = {"uniqe": True}
    column(money(), **options)


REFUSED: dict[Callable[[], None], str] = {
    without_column: r"Wrong: price is made by a function .* price: Col\[…\] = column\(money",
    made_before: r"Wrong: name is made by a function of the project",
    with_a_hidden_default: "gives this column a default, which type checkers do not see",
    with_a_hidden_null: "gives this column a default, which type checkers do not see",
    with_a_hidden_number: "or write init=False",
    with_nothing_from_postgres: "PostgreSQL has no value for this column",
    with_two_sources: "PostgreSQL numbers or computes this column",
    of_one_column_twice: "Wrong: price and tax are one column",
    misspelt: r"A column of numeric\(12, 2\) has no option uniqe",
}


@pytest.mark.parametrize("declare", REFUSED, ids=lambda each: each.__name__)
def test_what_type_checkers_would_see_otherwise_is_refused(
    declare: Callable[[], None],
) -> None:
    with pytest.raises((TypeError, ValueError), match=REFUSED[declare]):
        declare()


def test_a_table_without_annotations_is_read_by_no_type_checker() -> None:
    # Programs that make tables, such as tests of random ones, are free to.
    made: Any = type("Made", (Table,), {"id": primary_key(), "price": money()})
    assert [*made.column_specs()] == ["id", "price"]
