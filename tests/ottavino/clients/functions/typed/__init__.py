"""Takes an order whose fields have types."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from ottavino.http import Function

function = Function()


class Order(BaseModel):
    """How many of an article are ordered."""

    model_config = ConfigDict(extra="forbid")

    what: str
    count: Annotated[int, Field(ge=1)] = 1


@function.post()
@function.put()
@function.patch()
async def by_body(body: Order) -> Order:
    """The order of a body."""
    return body


@function.get()
@function.delete()
async def by_query(query: Order) -> Order:
    """The order of a query."""
    return query


@function.post("/list")
async def count(body: list[Order]) -> int:
    """How many orders a list has."""
    return len(body)


@function.post("/if-any")
async def if_any(body: Order | None = None) -> bool:
    """Whether there was an order."""
    return body is not None


@function.post("/{number}")
async def by_path(number: int) -> int:
    """The number in the path."""
    return number
