"""The project's functions, and two that are interrupted in the middle of a query.

Served by `python -m tests.ottavino.api.slow`.
"""

import uvicorn

from ottavino.http import create_app
from ottavino.http.discovery import discover
from ottavino.http.function import Function
from ottavino.http.serve import options
from ottavino.postgres.scope import current_scope
from ottavino.query import insert
from tests.ottavino.house.db.tables import Document

FILENAME = "of an interrupted transaction"

LATE, LEFT = "late", "left"


def _asleep(timeout: float) -> Function:
    function = Function(timeout=timeout)

    @function.post("/")
    async def sleep() -> None:
        await insert(Document(filename=FILENAME, file_type="text/plain", file_size=0))
        await current_scope().fetch("select pg_sleep(60)", ())

    return function


app = create_app(
    {
        **discover("tests.ottavino.house.functions"),
        LATE: _asleep(timeout=0.3),
        LEFT: _asleep(timeout=120),
    }
)

if __name__ == "__main__":
    uvicorn.run(app, **options())
