"""A caller who can send any query reaches their own idempotency keys and answers alone.

The statements go past what a session refuses to send: what is tried here is the database.
"""

import asyncio
import contextlib
import http.client
import json
from urllib.parse import SplitResult, urlsplit

import asyncpg
import pytest

from ottavino.http.function import Function
from ottavino.identity import Identity
from ottavino.postgres.idempotency_keys import MOST_KEPT_BYTES
from ottavino.postgres.scope import current_scope
from ottavino.testing import Database, SettingsFrom
from ottavino.testing.database import connected
from tests.ottavino.attacks.sending import send, value
from tests.ottavino.attacks.test_injection import said_to_be
from tests.ottavino.http.client import SECRET, bearer, served
from tests.ottavino.users import User

pytestmark = pytest.mark.whole

PRINT = "sha256('a request')"
CLAIM = f"select ottavino.claim_key('a-key', {PRINT})"
KEEP = "select ottavino.keep_answer('a-key', 200::smallint, '[]', 'answer of {who}')"
SHOWS = "select convert_from(body, 'UTF8') from ottavino.kept_answer('a-key')"

ALL = "select user_id, convert_from(body, 'UTF8') from ottavino.idempotency_keys order by 2"


async def there(database: Database) -> list[tuple[object, str | None]]:
    """The answers that are kept, of all users."""
    async with connected(database.superuser_url) as connection:
        return [(row[0], row[1]) for row in await connection.fetch(ALL)]


@pytest.fixture
async def kept(victim: User) -> None:
    """A kept answer to the victim."""
    await send(victim.identity, CLAIM, KEEP.format(who="the victim"))


@pytest.mark.usefixtures("kept")
async def test_a_key_of_the_same_name_is_the_callers_own(
    attacked: Database, attacker: User, victim: User
) -> None:
    assert await send(attacker.identity, SHOWS) == []
    assert await value(attacker.identity, CLAIM) is True
    await send(attacker.identity, KEEP.format(who="me"))
    assert await value(attacker.identity, SHOWS) == "answer of me"
    assert await value(victim.identity, SHOWS) == "answer of the victim"
    assert len(await there(attacked)) == 2


@pytest.mark.usefixtures("kept")
async def test_claims_of_another_user_reach_no_kept_answer(
    attacked: Database, attacker: User, victim: User
) -> None:
    before = await there(attacked)
    assert await send(attacker.identity, said_to_be(victim), SHOWS) == []
    claimed = await send(attacker.identity, said_to_be(victim), CLAIM.replace("a-", "b-"))
    assert [row[0] for row in claimed] == [None]
    await send(attacker.identity, said_to_be(victim), KEEP.format(who="me"))
    assert await there(attacked) == before


@pytest.mark.usefixtures("kept")
async def test_claims_set_in_the_same_query_reach_no_kept_answer(
    attacker: User, victim: User
) -> None:
    at_once = (
        f"with said as materialized ({said_to_be(victim)}) "
        "select body from said, ottavino.kept_answer('a-key')"
    )
    own = f"set_config('request.jwt.claims', '{attacker.identity.claims_json}', true)"
    there_and_back = f"{at_once} where {own} is not null"
    for query in (at_once, there_and_back):
        assert await send(attacker.identity, query) == []


async def test_no_answer_is_stored_under_the_key_of_another_user(
    attacked: Database, attacker: User, victim: User
) -> None:
    await send(victim.identity, CLAIM)
    for before in ("select 1", said_to_be(victim)):
        await send(attacker.identity, before, KEEP.format(who="me"))
    assert await there(attacked) == [(victim.id, None)]


async def test_a_kept_answer_cannot_be_replaced(attacked: Database, victim: User) -> None:
    keep = KEEP.format(who="the function"), KEEP.format(who="an injection")
    await send(victim.identity, CLAIM, *keep)
    assert [body for _, body in await there(attacked)] == ["answer of the function"]


ANOTHER = b"HTTP/1.1 200 OK\r\ncontent-length: 22\r\n\r\nanswer of the attacker"
"""What a client would take for the answer to its next request, if it came after the first."""


@pytest.mark.parametrize(
    ("status", "headers", "body"),
    [
        (204, [], ANOTHER),
        (304, [], ANOTHER),
        (200, [["content-length", "0"]], ANOTHER),
        (200, [["Transfer-Encoding", "chunked"]], b"0\r\n\r\n" + ANOTHER),
        (200, [["x", "\r\n\r\n" + ANOTHER.decode()]], b""),
        (200, [["x\r\ny", "z"]], b""),
        (200, [["a", "b"], ["x", "\r\n\r\n" + ANOTHER.decode()]], b""),
        (200, {"not": "headers"}, b""),
    ],
)
async def test_a_kept_answer_is_never_taken_for_that_to_another_request(
    status: int, headers: object, body: bytes, database: Database, settings_from: SettingsFrom
) -> None:
    """An injected query stored the answer, and a proxy reuses the connection for another
    caller.
    """
    settings_from(JWT_SECRET=SECRET)
    function = Function()

    @function.post()
    async def create() -> None:
        await current_scope().fetch(
            "select ottavino.keep_answer('a-key', $1, $2, $3)",
            (status, json.dumps(headers), body),
        )

    @function.get()
    async def get() -> str:
        return "one's own"

    keyed = bearer() | {"idempotency-key": "a-key"}
    async with served(function) as url:
        address = urlsplit(f"{url}/it")
        answers = await asyncio.to_thread(two_answers, address, keyed)
    for first in answers[:-1]:
        assert ANOTHER not in first[1] or first[0] == status == 200
    assert answers[-1] == (200, b"one's own")


def two_answers(address: SplitResult, headers: dict[str, str]) -> list[tuple[int, bytes]]:
    """What is answered to a request, its repeat, and one that follows on their connection."""
    answers: list[tuple[int, bytes]] = []
    connection = http.client.HTTPConnection(str(address.hostname), address.port, timeout=10)
    with contextlib.closing(connection):
        for method, sent in (("POST", headers), ("POST", headers), ("GET", bearer())):
            connection.request(method, address.path, headers=sent)
            answer = connection.getresponse()
            answers.append((answer.status, answer.read()))
    return answers


@pytest.mark.parametrize("become", ["select 1", "select set_config('role', 'none', true)"])
@pytest.mark.parametrize(
    "statement",
    [
        "select * from ottavino.idempotency_keys",
        "select key from ottavino.idempotency_keys",
        "select count(*) from ottavino.idempotency_keys",
        "delete from ottavino.idempotency_keys",
        "update ottavino.idempotency_keys set user_id = auth.uid()",
        f"insert into ottavino.idempotency_keys values (auth.uid(), 'a-key', {PRINT})",
    ],
)
@pytest.mark.usefixtures("kept")
async def test_no_caller_reaches_the_table_of_keys(
    attacker: User, become: str, statement: str
) -> None:
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await send(attacker.identity, become, statement)


async def test_an_anonymous_caller_stores_no_key(attacked: Database) -> None:
    visitor = Identity.anonymous()
    assert await value(visitor, CLAIM) is None
    await send(visitor, KEEP.format(who="anybody"))
    assert await there(attacked) == []


OWN_TYPES = (
    "create function pg_temp.same(uuid, uuid) returns boolean language sql return true",
    "create operator pg_temp.= (leftarg = uuid, rightarg = uuid, function = pg_temp.same)",
    "select set_config('search_path', 'pg_temp, ottavino, pg_catalog', true)",
)


@pytest.mark.usefixtures("kept")
async def test_the_search_path_of_a_caller_is_not_used(attacker: User) -> None:
    assert await send(attacker.identity, *OWN_TYPES, SHOWS) == []


@pytest.mark.usefixtures("kept")
async def test_claiming_a_key_deletes_no_unexpired_key(
    attacked: Database, attacker: User
) -> None:
    before = await there(attacked)
    in_ten_days = "select set_config('timezone', '-167', true)"
    await send(attacker.identity, in_ten_days, CLAIM)
    assert set(before) < set(await there(attacked))


@pytest.mark.parametrize(
    ("more", "is_kept"), [(0, True), (1, False)], ids=["the most", "more than that"]
)
async def test_no_larger_answer_is_stored_than_the_service_stores(
    victim: User, more: int, *, is_kept: bool
) -> None:
    size = MOST_KEPT_BYTES - len("[]") + more
    keep = (
        "select ottavino.keep_answer('a-key', 200::smallint, '[]', "
        f"convert_to(repeat('x', {size}), 'UTF8'))"
    )
    if is_kept:
        await send(victim.identity, CLAIM, keep)
    else:
        with pytest.raises(asyncpg.CheckViolationError):
            await send(victim.identity, CLAIM, keep)
