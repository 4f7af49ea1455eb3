"""The function that is asked: it stores the number that stands in its address."""

from db.session import current_scope
from functions import app as served
from functions.__main__ import main
from functions._shared.function import Function

function = Function()


@function.post("/{number}", status=201)
async def store(number: int) -> str:
    await current_scope().fetch("insert into notes (id) values ($1)", (number,))
    return "stored"


served.app = served.create_app({"it": function})

if __name__ == "__main__":
    main()
