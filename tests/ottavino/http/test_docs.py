"""The examples of `docs/functions.md`, run as a reader would copy them."""

import re
import sys
from collections.abc import AsyncGenerator
from pathlib import Path
from uuid import uuid4

import httpx
import pytest

from ottavino.http import create_app
from ottavino.http.discovery import discover
from ottavino.settings import ROOT
from tests.ottavino.house import db as house
from tests.ottavino.house.db import tables
from tests.ottavino.http.client import bearer, client, token
from tests.ottavino.users import User

PAGE = (ROOT / "docs" / "functions.md").read_text("utf-8")
EXAMPLES = dict(
    re.findall(r"```python\n# functions/(\w+)/__init__\.py\n(.*?)```", PAGE, re.DOTALL)
)


@pytest.fixture
async def http(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> AsyncGenerator[httpx.AsyncClient]:
    """A client of the examples, each in the folder that its first line names."""
    package = f"examples_{uuid4().hex}"
    for name, source in EXAMPLES.items():
        (tmp_path / package / name).mkdir(parents=True)
        (tmp_path / package / name / "__init__.py").write_text(source, "utf-8")
    (tmp_path / package / "__init__.py").touch()
    monkeypatch.setattr(sys, "path", [str(tmp_path), *sys.path])
    # The page speaks of a project's own tables; these have the one that it names.
    monkeypatch.setitem(sys.modules, "db", house)
    monkeypatch.setitem(sys.modules, "db.tables", tables)
    async with client(create_app(discover(package))) as http:
        yield http
    for module in [each for each in sys.modules if each.partition(".")[0] == package]:
        del sys.modules[module]


def test_every_block_of_the_page_is_an_example() -> None:
    assert len(EXAMPLES) == PAGE.count("```python\n") == 7


async def test_the_example_that_counts_words_works(http: httpx.AsyncClient) -> None:
    response = await http.post("/word-count", json={"text": "one two"}, headers=bearer())
    assert response.json() == {"words": 2}
    assert (await http.post("/word-count", json={}, headers=bearer())).status_code == 422


async def test_the_example_of_roles_works(http: httpx.AsyncClient) -> None:
    service = bearer(token(role="service_role", sub=None, aud=None))
    assert (await http.get("/report", headers=service)).text == "All is well."
    assert (await http.get("/report", headers=bearer())).status_code == 403
    assert (await http.get("/report")).status_code == 401


async def test_the_example_of_credit_works(http: httpx.AsyncClient) -> None:
    response = await http.post("/credit", headers=bearer())
    assert (response.status_code, response.json()["error"]) == (402, "The credit is spent.")


async def test_the_example_of_a_profile_works(http: httpx.AsyncClient, alice: User) -> None:
    response = await http.post("/summary", headers=alice.headers)
    assert response.text == "A profile of Alice."


async def test_the_example_of_a_stream_works(http: httpx.AsyncClient) -> None:
    response = await http.get("/clock/2")
    assert response.text == "".join(
        f"data: tick {number}\nevent: tick\n\n" for number in range(2)
    )


async def test_the_example_of_a_file_works(http: httpx.AsyncClient) -> None:
    response = await http.post("/upload", files={"file": ("a.txt", b"abc")}, headers=bearer())
    assert response.json() == {"name": "a.txt", "size": 3}


async def test_the_example_of_a_plain_handler_works(http: httpx.AsyncClient) -> None:
    assert (await http.put("/plain/a", content="abc", headers=bearer())).text == "abc"
