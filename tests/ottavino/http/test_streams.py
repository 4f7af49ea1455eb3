"""Answers that are sent piece by piece, and work after the answer."""

import asyncio
import contextlib
import logging
from collections.abc import AsyncGenerator, AsyncIterable, AsyncIterator
from typing import Any

import httpx
import pytest
from starlette.background import BackgroundTask, BackgroundTasks
from starlette.datastructures import FormData, UploadFile
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response, StreamingResponse

from ottavino.errors import NoSession
from ottavino.http.binding import HandlerError
from ottavino.http.caller_session import caller_session
from ottavino.http.errors import Conflict
from ottavino.http.events import Event
from ottavino.http.function import Function, plain
from ottavino.identity import Identity
from ottavino.postgres.scope import current_scope
from ottavino.testing import Database, SettingsFrom
from ottavino.testing.database import connected
from tests.ottavino.http.client import (
    ALICE,
    SECRET,
    bearer,
    client,
    connections,
    network,
    served,
    token,
)


async def query(sql: str, *arguments: object) -> list[Any]:
    return [tuple(row) for row in await current_scope().fetch(sql, arguments)]


@pytest.fixture
async def notes(database: Database, settings_from: SettingsFrom) -> Database:
    """A table that a user may read and write."""
    settings_from(JWT_SECRET=SECRET)
    async with connected(database.direct_url) as connection:
        await connection.execute(
            "create table notes (user_id uuid not null default auth.uid(), text text);"
            "grant select, insert on notes to authenticated;"
        )
    return database


async def add(text: str) -> None:
    await query("insert into notes (text) values ($1)", text)


async def stored(database: Database) -> list[str]:
    async with connected(database.direct_url) as connection:
        rows = await connection.fetch("select text from notes order by text")
        return [row["text"] for row in rows]


# Kinds of results


@pytest.mark.parametrize(
    ("kind", "result", "media_type", "content"),
    [
        (str, "Grüße", "text/plain; charset=utf-8", "Grüße".encode()),
        (bytes, b"\xff\x00", "application/octet-stream", b"\xff\x00"),
        (str | Response, "a", "text/plain; charset=utf-8", b"a"),
        (str | None, "a", "application/json", b'"a"'),
        (list[str], ["a"], "application/json", b'["a"]'),
    ],
)
async def test_a_result_is_sent_in_the_form_of_its_type(
    kind: object, result: object, media_type: str, content: bytes
) -> None:
    async def handler() -> object:
        return result

    handler.__annotations__["return"] = kind
    function = Function(auth="optional")
    function.get()(handler)
    async with client(function) as http:
        response = await http.get("/it")
    assert (response.headers["content-type"], response.content) == (media_type, content)


@pytest.mark.parametrize("kind", [str, bytes, AsyncIterator[str]])
async def test_a_result_of_another_kind_is_an_error(kind: object) -> None:
    async def handler() -> object:
        return 1

    handler.__annotations__["return"] = kind
    function = Function(auth="optional")
    function.get()(handler)
    async with client(function) as http:
        assert (await http.get("/it")).status_code == 500


async def letters() -> AsyncGenerator[str]:
    for letter in "äbc":
        yield letter


class Letters(AsyncIterable[str]):
    """A stream that can be iterated but is no iterator, as those of some libraries are."""

    def __aiter__(self) -> AsyncIterator[str]:
        return letters()


async def raw() -> AsyncGenerator[bytes]:
    yield b"\xff"


async def events() -> AsyncGenerator[Event]:
    yield Event("one")
    yield Event("two\nlines", event="told", id="7", retry=1000)
    yield Event("")


EVENTS = b"data: one\n\ndata: two\ndata: lines\nevent: told\nid: 7\nretry: 1000\n\ndata: \n\n"


@pytest.mark.parametrize(
    ("kind", "pieces", "media_type", "content"),
    [
        (AsyncIterator[str], letters, "text/plain; charset=utf-8", "äbc".encode()),
        (AsyncGenerator[bytes], raw, "application/octet-stream", b"\xff"),
        (AsyncIterator[Event], events, "text/event-stream; charset=utf-8", EVENTS),
        (AsyncIterable[str], Letters, "text/plain; charset=utf-8", "äbc".encode()),
    ],
)
async def test_an_iterator_is_sent_piece_by_piece(
    kind: object, pieces: Any, media_type: str, content: bytes
) -> None:
    async def handler() -> object:
        return pieces()

    handler.__annotations__["return"] = kind
    function = Function(auth="optional")
    function.get()(handler)
    async with served(function) as url, network() as http:
        response = await http.get(f"{url}/it")
    assert (response.headers["content-type"], response.content) == (media_type, content)
    assert response.headers["cache-control"] == "no-cache"
    assert response.headers["access-control-allow-origin"] == "*"


def test_an_event_cannot_be_made_into_two() -> None:
    for name, number in (("a\ndata: b", ""), ("", "a\r"), ("", "\0")):
        with pytest.raises(ValueError, match="more than one line"):
            Event("", event=name, id=number)
    assert bytes(Event("a\r\n\nevent: b")) == b"data: a\ndata: \ndata: event: b\n\n"


async def objects() -> AsyncIterator[dict[str, int]]:
    raise NotImplementedError


def test_a_stream_of_another_type_stops_the_import() -> None:
    with pytest.raises(HandlerError, match="pieces of a stream are str, bytes or Event"):
        Function().get()(objects)


# After the answer


async def test_a_stream_queries_in_a_session_of_its_caller(notes: Database) -> None:
    function = Function()

    async def rows() -> AsyncGenerator[str]:
        for _ in range(2):
            async with caller_session():
                yield str((await query("select auth.uid()"))[0][0])

    @function.get()
    async def stream() -> AsyncIterator[str]:
        return rows()

    async with served(function) as url, network() as http:
        response = await http.get(f"{url}/it", headers=bearer())
    assert response.text == str(ALICE) * 2
    assert await connections(notes) == 0


async def test_a_stream_whose_client_leaves_ends_with_its_connection(notes: Database) -> None:
    function = Function()
    ended = asyncio.Event()

    async def rows() -> AsyncGenerator[str]:
        try:
            async with caller_session():
                await query("select 1")
                yield "first"
                await query("select pg_sleep(60)")
        finally:
            ended.set()

    @function.get()
    async def stream() -> AsyncIterator[str]:
        return rows()

    async with served(function) as url, network() as http:
        async with http.stream("GET", f"{url}/it", headers=bearer()) as response:
            async for _ in response.aiter_text():
                break
        await asyncio.wait_for(ended.wait(), 5)
        assert await connections(notes) == 0


async def test_a_stream_that_waits_for_its_client_is_closed_when_the_client_leaves() -> None:
    """Python would close it only once nothing refers to it any more."""
    function = Function(auth="optional")
    ended = asyncio.Event()

    async def pieces() -> AsyncGenerator[bytes]:
        try:
            while True:
                yield bytes(2**20)
        finally:
            ended.set()

    held = pieces()

    @function.get()
    async def stream() -> Response:
        return StreamingResponse(held)

    async with served(function) as url, network() as http:
        async with http.stream("GET", f"{url}/it") as response:
            async for _ in response.aiter_bytes():
                break
        await asyncio.wait_for(ended.wait(), 5)


async def test_a_stream_that_fails_is_not_taken_for_complete(
    caplog: pytest.LogCaptureFixture,
) -> None:
    function = Function(auth="optional")

    async def pieces() -> AsyncGenerator[str]:
        yield "first"
        raise ValueError

    @function.get()
    async def stream() -> AsyncIterator[str]:
        return pieces()

    async with served(function) as url, network() as http:
        with pytest.raises(httpx.RemoteProtocolError):
            await http.get(f"{url}/it")
    assert "failed after its answer" in caplog.text
    async with client(function) as http:
        with pytest.raises(ValueError, match=r"^$"):
            await http.get("/it")


async def test_work_in_the_background_begins_after_the_commit(notes: Database) -> None:
    seen: list[object] = []
    function = Function()

    async def work(name: str) -> None:
        seen.append(await stored(notes))
        with contextlib.suppress(NoSession):
            await add("without a session")
        async with caller_session():
            await add(name)

    @function.post()
    async def create(background: BackgroundTasks) -> str:
        background.add_task(work, "one")
        background.add_task(work, "two")
        await add("handler")
        return "stored"

    async with served(function) as url, network() as http:
        response = await http.post(f"{url}/it", headers=bearer())
        assert response.text == "stored"
    assert seen == [["handler"], ["handler", "one"]]
    assert await stored(notes) == ["handler", "one", "two"]
    assert await connections(notes) == 0


async def test_work_in_the_background_follows_that_of_the_response() -> None:
    done: list[str] = []

    async def work(name: str) -> None:
        done.append(name)

    function = Function(auth="optional")

    @function.get()
    async def get(background: BackgroundTasks) -> Response:
        background.add_task(work, "second")
        return PlainTextResponse("a", background=BackgroundTask(work, "first"))

    async with client(function) as http:
        await http.get("/it")
    assert done == ["first", "second"]


async def test_background_work_does_not_start_if_the_handler_fails() -> None:
    done: list[str] = []
    function = Function(auth="optional")

    @function.get()
    async def get(background: BackgroundTasks) -> None:
        background.add_task(done.append, "begun")
        raise Conflict

    async with client(function) as http:
        assert (await http.get("/it")).status_code == 409
    assert done == []


async def test_work_that_fails_is_in_the_log_under_its_request(
    caplog: pytest.LogCaptureFixture,
) -> None:
    async def work() -> None:
        raise ZeroDivisionError

    function = Function(auth="optional")

    @function.get()
    async def get(background: BackgroundTasks) -> str:
        background.add_task(work)
        return "hello"

    async with served(function) as url, network() as http:
        response = await http.get(f"{url}/it")
        assert (await http.get(f"{url}/it")).text == "hello"
    failed = [each for each in caplog.records if each.levelno == logging.ERROR]
    assert len(failed) == 2
    assert response.headers["x-request-id"] in failed[0].getMessage()


# What opens the transaction


async def test_a_function_may_open_its_own_transactions(notes: Database) -> None:
    function = Function(transactions="manual")

    @function.post()
    async def create() -> list[str]:
        async with caller_session():
            await add("first")
        # No connection is held while it waits.
        assert await connections(notes) == 0
        with contextlib.suppress(ValueError):
            async with caller_session():
                await add("second")
                raise ValueError
        async with caller_session():
            (row,) = await query("select current_user::text, auth.uid()::text")
        return list(row)

    async with client(function) as http:
        response = await http.post("/it", headers=bearer())
    assert response.json() == ["authenticated", str(ALICE)]
    assert await stored(notes) == ["first"]
    assert await connections(notes) == 0


async def test_outside_of_its_own_transactions_a_function_cannot_query(notes: Database) -> None:
    function = Function(transactions="manual")

    @function.post()
    async def create() -> None:
        await add("nobody's")

    async with client(function) as http:
        assert (await http.post("/it", headers=bearer())).status_code == 500
    assert await stored(notes) == []


async def test_the_platforms_transaction_is_the_only_one(notes: Database) -> None:
    function = Function()

    @function.post()
    async def create() -> None:
        await add("first")
        async with caller_session():
            await add("second")

    async with client(function) as http:
        assert (await http.post("/it", headers=bearer())).status_code == 500
    assert await stored(notes) == []


async def test_a_function_cannot_open_a_transaction_inside_another(notes: Database) -> None:
    function = Function(transactions="manual")

    @function.post()
    async def create() -> None:
        async with caller_session(), caller_session():
            pass

    async with client(function) as http:
        assert (await http.post("/it", headers=bearer())).status_code == 500


@pytest.mark.whole("waits until something is given up")
async def test_its_own_transaction_ends_with_the_functions_time(notes: Database) -> None:
    function = Function(transactions="manual", timeout=1)

    @function.post()
    async def create() -> None:
        async with caller_session():
            await add("kept")
        async with caller_session():
            await add("lost")
            await query("select pg_sleep(60)")

    async with client(function) as http:
        response = await http.post("/it", headers=bearer())
    assert response.headers["sb-error-code"] == "IDLE_TIMEOUT"
    assert await stored(notes) == ["kept"]
    assert await connections(notes) == 0


def test_without_a_request_there_is_no_caller() -> None:
    with pytest.raises(NoSession, match="No request is being answered"):
        caller_session()


async def test_each_of_many_at_once_is_its_own_caller(notes: Database) -> None:
    function = Function(transactions="manual")
    together = asyncio.Barrier(5)

    @function.get()
    async def who(caller: Identity) -> bool:
        await together.wait()
        async with caller_session():
            (row,) = await query("select auth.uid()")
        return row[0] == caller.user_id

    async with client(function) as http:
        calls = [
            http.get(
                "/it", headers=bearer(token(sub=f"a11ce000-0000-4000-8000-00000000000{n}"))
            )
            for n in range(5)
        ]
        assert [each.json() for each in await asyncio.gather(*calls)] == [True] * 5


# Transactions that only read


@pytest.mark.whole_but_first("tries each case on a database")
@pytest.mark.parametrize(
    ("method", "read_only", "status"),
    [
        ("GET", None, 500),
        ("HEAD", None, 500),
        ("POST", None, 204),
        ("GET", False, 204),
        ("POST", True, 500),
    ],
)
@pytest.mark.parametrize("transactions", ["platform", "own"])
async def test_a_method_that_reads_cannot_write(
    method: str, read_only: bool | None, status: int, transactions: str, notes: Database
) -> None:
    own = transactions == "own"
    function = (
        Function(read_only=read_only, transactions="manual")
        if own
        else Function(read_only=read_only)
    )

    @function.get()
    @function.post()
    async def write() -> None:
        async with caller_session() if own else contextlib.nullcontext():
            await add("written")

    async with client(function) as http:
        response = await http.request(method, "/it", headers=bearer())
    assert response.status_code == status
    assert await stored(notes) == (["written"] if status == 204 else [])


async def test_a_reading_method_cannot_make_its_transaction_writable(notes: Database) -> None:
    function = Function()

    @function.get()
    async def write() -> None:
        await query("select set_config('transaction_read_only', 'off', true)")
        await add("written")

    async with client(function) as http:
        assert (await http.get("/it", headers=bearer())).status_code == 500
    assert await stored(notes) == []


# Uploads


def upload() -> Function:
    function = Function(auth="optional", max_body_bytes=3_000_000)

    @function.post()
    async def add_file(photo: UploadFile, form: FormData) -> list[object]:
        content = await photo.read()
        on_disk = getattr(photo.file, "_rolled")  # noqa: B009  # nothing else shows it
        return [
            photo.filename,
            photo.content_type,
            len(content),
            on_disk,
            form["title"],
        ]

    @function.post("/optional")
    async def maybe(photo: UploadFile | None = None) -> bool:
        return photo is None

    return function


@pytest.mark.parametrize(("size", "on_disk"), [(10, False), (2_000_000, True)])
async def test_a_file_arrives_on_the_disk_if_it_is_large(size: int, on_disk: bool) -> None:
    files = {"photo": ("a.png", b"x" * size, "image/png")}
    async with served(upload()) as url, network() as http:
        response = await http.post(f"{url}/it", files=files, data={"title": "Ä"})
    assert response.json() == ["a.png", "image/png", size, on_disk, "Ä"]


@pytest.mark.parametrize(
    "sent",
    [
        {},
        {"json": {"photo": "a"}},
        {"data": {"photo": "a"}},
        {"files": {"photo": ("", b"")}},
        {"files": {"other": ("a", b"a")}},
    ],
)
async def test_a_file_that_is_missing_is_named(sent: dict[str, Any]) -> None:
    async with client(upload()) as http:
        response = await http.post("/it", **sent)
        assert (await http.post("/it/optional", **sent)).text == "true"
    assert response.status_code == 422
    assert [each["field"] for each in response.json()["details"]] == ["body.photo"]


async def test_a_file_that_was_not_chosen_is_missing() -> None:
    body = b'--b\r\ncontent-disposition: form-data; name="photo"; filename=""\r\n\r\n\r\n--b--'
    headers = {"content-type": "multipart/form-data; boundary=b"}
    async with client(upload()) as http:
        assert (await http.post("/it", content=body, headers=headers)).status_code == 422
        response = await http.post("/it/optional", content=body, headers=headers)
    assert response.text == "true"


@pytest.mark.whole_but_first("sends large files")
@pytest.mark.parametrize("size", [3_000_001, 50_000_000])
@pytest.mark.parametrize("announced", [True, False])
async def test_an_upload_that_is_too_large_is_refused(size: int, announced: bool) -> None:
    async def pieces() -> AsyncGenerator[bytes]:
        yield b'--b\r\ncontent-disposition: form-data; name="photo"; filename="a"\r\n\r\n'
        for _ in range(0, size, 100_000):
            yield b"x" * 100_000

    headers = {"content-type": "multipart/form-data; boundary=b"}
    content = b"x" * size if announced else pieces()
    async with served(upload()) as url, network() as http:
        response = await http.post(f"{url}/it", content=content, headers=headers)
    assert response.status_code == 413
    assert response.headers["access-control-allow-origin"] == "*"


async def test_a_form_may_come_in_chunks() -> None:
    async def pieces() -> AsyncGenerator[bytes]:
        for piece in (
            b"--b\r\ncontent-disposition: form-data; na",
            b'me="photo"; filename="a"\r\n',
        ):
            yield piece
        for piece in (b"\r", b"\nfirst, ", b"second\r\n-", b"-b--\r\n"):
            yield piece

    function = Function(auth="optional")

    @function.post()
    async def read(photo: UploadFile) -> bytes:
        return await photo.read()

    headers = {"content-type": "multipart/form-data; boundary=b"}
    async with served(function) as url, network() as http:
        response = await http.post(f"{url}/it", content=pieces(), headers=headers)
    assert response.content == b"first, second"


@pytest.mark.parametrize(
    ("content_type", "body"),
    [
        ("multipart/form-data", b"x"),
        ("multipart/form-data; boundary=b", b"zebra"),
        ("multipart/form-data; boundary=b", b"--b\r\n\r\nx\r\n--b--"),
        ("multipart/form-data; boundary=", b"x"),
        ("multipart/form-data; boundary=b; charset=zebra", b"--b\r\nx: \xff\r\n\r\nx\r\n--b--"),
        ("application/x-www-form-urlencoded", b"&" * 5000),
        ("application/x-www-form-urlencoded", b"a=1&" * 5000),
    ],
)
async def test_a_form_that_cannot_be_read_does_not_fit(content_type: str, body: bytes) -> None:
    async with client(upload()) as http:
        response = await http.post("/it", content=body, headers={"content-type": content_type})
    assert response.status_code == 422
    assert response.headers["sb-error-code"] == "VALIDATION_ERROR"
    assert "zebra" not in response.text


async def test_an_uploaded_file_is_deleted_after_the_answer() -> None:
    files: list[UploadFile] = []
    function = Function(auth="optional")

    @function.post()
    async def keep(photo: UploadFile) -> None:
        files.append(photo)

    async def handler(request: Request) -> Response:
        form = await request.form()
        files.extend(each for each in form.values() if isinstance(each, UploadFile))
        return Response()

    sent = {"photo": ("a.png", b"x")}
    async with client(function) as http:
        assert (await http.post("/it", files=sent)).status_code == 204
    async with client(plain(handler)) as http:
        assert (await http.post("/it", files=sent, headers=bearer())).status_code == 200
    assert [each.file.closed for each in files] == [True, True]


def test_a_body_is_no_form_and_json_at_once() -> None:
    async def both(photo: UploadFile, body: int) -> None:
        pass

    with pytest.raises(HandlerError, match="as a form or as JSON"):
        Function().post()(both)
