"""The function that clients call: it stores the number in its address."""

from ottavino.http.function import Function
from ottavino.http.serve import main
from ottavino.postgres.scope import current_scope
from tests.ottavino.house.functions import app as served

function = Function()


@function.post("/{number}", status=201)
async def store(number: int) -> str:
    await current_scope().fetch("insert into notes (id) values ($1)", (number,))
    return "stored"


served.app = served.create_app({"it": function})

if __name__ == "__main__":
    main("tests.ottavino.house.functions.app:app")
