"""Functions that answer with what they read, and on which server. `python -m` serves them."""

import os

from ottavino.http.function import Function
from ottavino.http.serve import main
from ottavino.postgres.scope import current_scope
from tests.ottavino.house.functions import app as served

function = Function()


@function.post("/{number}", status=201)
async def store(number: int) -> None:
    await current_scope().fetch("insert into notes (id) values ($1)", (number,))


@function.get("/")
async def seen() -> dict[str, int | bool]:
    (row,) = await current_scope().fetch(
        "select count(*) as notes, pg_is_in_recovery() as on_replica from notes", ()
    )
    return {**row, "process": os.getpid()}


served.app = served.create_app({"it": function})

if __name__ == "__main__":
    main("tests.ottavino.house.functions.app:app")
