"""Mistakes over columns that functions of a project make, one on each line that is marked."""

from decimal import Decimal
from uuid import UUID, uuid4

from ottavino import Col, OptionalRef, Ref, Table, bigint, column, identity, numeric
from ottavino import primary_key, reference, text
from ottavino.query import select, update
from tests.ottavino.declare.every_column import Country, Task


def money() -> Col[Decimal]:
    """An amount."""
    return numeric(12, 2)


def title(*, longest: int = 200) -> Col[str]:
    """A short text."""
    return text(max_length=longest)


def country() -> Ref[Country, str]:
    """The country of a row."""
    return reference(Country, Country.code)


def number() -> Col[int]:
    """A number that PostgreSQL gives."""
    return identity(bigint(primary_key=True))


class Good(Table, tablename="goods"):
    """What is sold, with nothing wrong."""

    number: Col[int] = column(number(), init=False)
    name: Col[str] = column(title(longest=50), unique=True)
    price: Col[Decimal] = column(money())
    rebate: Col[Decimal] = column(money(), default=0)
    weight: Col[Decimal | None] = column(money(), default=None)
    made_in: Ref[Country, str] = column(country(), index=True)
    sold_in: OptionalRef[Country, str] = column(country(), default=None)


class Wrong(Table, tablename="wrong_goods"):
    """Columns that are not of the type they say."""

    id: Col[UUID] = primary_key()
    a: Col[str] = column(money())  # wrong
    b: Col[Decimal] = column(money(), default="0")  # wrong
    c: Col[Decimal] = column(money(), default=None)  # wrong
    d: Col[Decimal | None] = column(money())  # wrong
    e: Ref[Task] = column(country())  # wrong
    f: OptionalRef[Country, str] = column(country())  # wrong
    g: Ref[Country, str] = column(country(), default=None)  # wrong
    h: Ref[Country, str] = column(country(), default=7)  # wrong
    i: Col[Decimal] = column(money(), uniqe=True)  # wrong
    j: Col[Decimal] = column(money)  # wrong
    k: Col[Decimal] = column(money(), python=Decimal)  # wrong
    m: Col[str] = column(title(longest="50"))  # wrong
    n: Col[Decimal] = column(money(), db_column_name=3)  # wrong


def making() -> None:
    """Rows without what they need, or with what they do not take."""
    Good()  # wrong
    Good(name="cup", made_in="IT")  # wrong
    Good(price=Decimal(1), made_in="IT")  # wrong
    Good(name="cup", price=Decimal(1))  # wrong
    Good(name="cup", price="1", made_in="IT")  # wrong
    Good(name="cup", price=None, made_in="IT")  # wrong
    Good(name="cup", price=1.5, made_in="IT")  # wrong
    Good(name=7, price=Decimal(1), made_in="IT")  # wrong
    Good(name="cup", price=Decimal(1), made_in=uuid4())  # wrong
    Good(name="cup", price=Decimal(1), made_in=None)  # wrong
    Good(name="cup", price=Decimal(1), made_in="IT", rebate=None)  # wrong
    Good(name="cup", price=Decimal(1), made_in="IT", weight="1")  # wrong
    Good(name="cup", price=Decimal(1), made_in="IT", sold_in=7)  # wrong
    Good(name="cup", price=Decimal(1), made_in="IT", number=7)  # wrong
    Good(name="cup", price=Decimal(1), made_in="IT", prise=7)  # wrong
    select(Good.name).where(Good.price == "1")  # wrong
    select(Good.name).where(Good.made_in == 7)  # wrong
    update(Good).set(Good.rebate, None)  # wrong
    update(Good).set(Good.weight, "1")  # wrong
    select(Good.made_in.parent.cod)  # wrong


# What is right.
right = Good(name="cup", price=Decimal(1), made_in="IT", weight=None, sold_in="PT")
total: Decimal = right.price + 1
update(Good).set(Good.weight, None).where(Good.weight != None)
