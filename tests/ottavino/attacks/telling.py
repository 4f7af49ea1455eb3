"""Functions that fail with what they were sent in their errors, in every way that there is."""

import asyncio
import contextlib
import gc
import json
import logging
import os
import sys
import threading
import warnings
from collections.abc import AsyncIterator, Callable, Coroutine
from typing import Any

from pydantic import BaseModel, TypeAdapter
from starlette.background import BackgroundTasks
from starlette.exceptions import HTTPException

from ottavino.errors import OttavinoError, QueryRefused
from ottavino.http.errors import Conflict, NotFound
from ottavino.http.function import Function
from ottavino.http.serve import main
from ottavino.postgres.scope import current_scope
from ottavino.query import select
from tests.ottavino.house.db.tables import Document
from tests.ottavino.house.functions import app as served

Way = Callable[[str], Coroutine[Any, Any, object]]

SAYING = """
create function public.say(words text) returns void language plpgsql as $$
begin
    raise notice '%', words;
    raise exception '%', words using detail = words, hint = words, constraint = words,
        column = words, table = words, datatype = words, schema = words;
end
$$;
create function public.say_in_a_state(words text) returns void language plpgsql as $$
begin
    raise exception '%', words using errcode = '40001';
end
$$;
"""
"""Functions of a database that raise what they are given, as a trigger may a row's value."""

WAYS: dict[str, Way] = {}


def way(function: Way) -> Way:
    WAYS[function.__name__] = function
    return function


async def ask(sql: str, *arguments: object) -> None:
    await current_scope().fetch(sql, arguments)


class Size(BaseModel):
    size: int


class Own(OttavinoError):
    """An error of the function's own."""


class Loud(Exception):
    def __str__(self) -> str:
        return str(self.args)

    __repr__ = __str__


# By the database and its driver


@way
async def raised_by_the_database(secret: str) -> None:
    await ask("select public.say($1)", secret)


@way
async def raised_in_a_known_state(secret: str) -> None:
    await ask("select public.say_in_a_state($1)", secret)


@way
async def refused_by_a_cast(secret: str) -> None:
    await ask("select $1::text::int", secret)


@way
async def refused_by_the_driver(secret: str) -> None:
    await ask("select $1::int", secret)


@way
async def refused_as_syntax(secret: str) -> None:
    await ask(f"select '{secret}' from {secret}")


@way
async def refused_by_a_typed_query(secret: str) -> None:
    await select(Document.id).where(Document.id == secret)  # pyright: ignore[reportArgumentType]  # what is tried


@way
async def swallowed_until_the_commit(secret: str) -> None:
    with contextlib.suppress(Exception):
        await ask("select public.say($1)", secret)


# By libraries that handlers call


@way
async def raised_as_a_value(secret: str) -> None:
    raise ValueError(secret)


@way
async def raised_by_a_look_up(secret: str) -> object:
    known: dict[str, object] = {}
    return known[secret]


@way
async def raised_as_another_says_it(secret: str) -> None:
    raise Loud(secret)


@way
async def raised_from_a_cause(secret: str) -> None:
    try:
        await ask("select $1::int", secret)
    except Exception as error:
        raise RuntimeError("It failed.") from error


@way
async def raised_while_another_was_handled(secret: str) -> None:
    try:
        int(secret)
    except ValueError:
        raise KeyError(secret)  # noqa: B904  # what is tried


@way
async def raised_in_a_group(secret: str) -> None:
    inner = ExceptionGroup(secret, [ValueError(secret), KeyError(secret)])
    raise ExceptionGroup(secret, [inner, OSError(secret)])


@way
async def raised_by_two_tasks(secret: str) -> None:
    async with asyncio.TaskGroup() as group:
        group.create_task(raised_as_a_value(secret))
        group.create_task(raised_by_a_look_up(secret))


@way
async def raised_with_a_note(secret: str) -> None:
    error = ValueError()
    error.add_note(secret)
    raise error


@way
async def raised_by_json(secret: str) -> None:
    json.loads(f"{{{secret}")


@way
async def raised_by_a_codec(secret: str) -> None:
    f"{secret}é".encode("ascii")


@way
async def raised_for_a_name(secret: str) -> None:
    TypeAdapter(dict[str, int]).validate_python({secret: "x"})


@way
async def raised_for_a_value(secret: str) -> None:
    Size.model_validate({"size": secret})


@way
async def raised_as_an_end(secret: str) -> None:
    raise SystemExit(secret)


@way
async def raised_as_one_of_ours(secret: str) -> None:
    raise QueryRefused(secret)


@way
async def raised_as_ones_own(secret: str) -> None:
    raise Own(secret)


@way
async def raised_to_be_told(secret: str) -> None:
    raise Conflict(secret)


@way
async def raised_from_what_is_to_be_told(secret: str) -> None:
    try:
        raise HTTPException(409, secret)  # noqa: TRY301  # what is tried
    except HTTPException as error:
        raise RuntimeError from error


@way
async def returned_as_another_type(secret: str) -> object:
    return [secret]


# Where no handler can catch it


@way
async def raised_by_a_task_that_nobody_awaits(secret: str) -> None:
    task = asyncio.create_task(raised_as_a_value(secret), name=secret)
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    del task
    gc.collect()


@way
async def raised_in_a_callback(secret: str) -> None:
    asyncio.get_running_loop().call_soon(int, secret)
    await asyncio.sleep(0)


@way
async def raised_by_a_finalizer(secret: str) -> None:
    class Held:
        def __del__(self) -> None:
            raise ValueError(secret)

    Held()


@way
async def raised_by_a_thread(secret: str) -> None:
    thread = threading.Thread(target=int, args=(secret,), name=secret)
    thread.start()
    thread.join()


@way
async def warned_of(secret: str) -> None:
    warnings.warn(secret, stacklevel=1)


@way
async def warned_of_by_pydantic(secret: str) -> None:
    Size.model_construct(size=secret).model_dump_json()


@way
async def logged_by_a_library(secret: str) -> None:
    for name in ("httpx", "asyncpg", "asyncio", "piccolo.engine.base"):
        logging.getLogger(name).error("%s", secret)
        logging.getLogger(name).error(secret, exc_info=ValueError(secret))
    logging.getLogger("uvicorn.access").info(secret)


function = Function()


@function.post("/{name}")
async def fail(name: str, body: str) -> int:
    return await WAYS[name](body)  # pyright: ignore[reportReturnType]  # what is tried


@function.post("/later/{name}")
async def later(name: str, body: str, background: BackgroundTasks) -> None:
    background.add_task(WAYS[name], body)


@function.post("/streamed")
async def stream(body: str) -> AsyncIterator[str]:
    async def pieces() -> AsyncIterator[str]:
        yield "piece"
        raise NotFound(body)

    return pieces()


served.app = served.create_app({"it": function})

if __name__ == "__main__":
    # A pipe that is not read would block the server once it is full.
    with open(os.environ["LOG"], "wb") as log:  # noqa: PTH123  # it is for the system
        os.dup2(log.fileno(), sys.stderr.fileno())
    main("tests.ottavino.house.functions.app:app")
