"""The functions that many users call: one stores a number, one lists those of the caller."""

from ottavino.http.function import Function
from ottavino.http.serve import main
from ottavino.postgres.scope import current_scope
from tests.ottavino.house.functions import app as served

TABLE = """
    create table notes (id bigint not null, user_id uuid not null default ottavino.uid());
    create index on notes (user_id, id);
    alter table notes enable row level security;
    alter table notes force row level security;
    create policy owner on notes using (user_id = (select ottavino.uid()));
    grant select, insert on notes to authenticated
"""

NEWEST = 20

function = Function()


@function.post("/{number}", status=201)
async def store(number: int) -> None:
    await current_scope().fetch("insert into notes (id) values ($1)", (number,))


@function.get("/")
async def newest() -> list[tuple[int, str]]:
    rows = await current_scope().fetch(
        f"select id, user_id::text from notes order by id desc limit {NEWEST}", ()
    )
    return [(row["id"], row["user_id"]) for row in rows]


served.app = served.create_app({"it": function})

if __name__ == "__main__":
    main("tests.ottavino.house.functions.app:app")
