"""A new function, with its test."""

import keyword
import re
from pathlib import Path

from ottavino import OttavinoError
from ottavino.settings import ROOT

FUNCTION = '''\
"""What {name} does, in a sentence."""

from dataclasses import dataclass

from pydantic import BaseModel

from ottavino.http import Function

function = Function()


class Question(BaseModel):
    """What is asked."""

    name: str


@dataclass
class Answer:
    """What is answered."""

    message: str


@function.post("/")
async def answer(body: Question) -> Answer:
    """Answer a question. Whatever is queried here is queried as the caller."""
    return Answer(f"Hello, {{body.name}}!")
'''

TEST = '''\
"""The function {name}."""

from ottavino.testing import Caller, Client

ADDRESS = "/{slug}"


async def test_it_answers_a_signed_in_user(client: Client, alice: Caller) -> None:
    response = await client.as_(alice).post(ADDRESS, json={{"name": "Ada"}})
    assert response.status_code == 200
    assert response.json() == {{"message": "Hello, Ada!"}}


async def test_it_answers_nobody_else(client: Client) -> None:
    response = await client.post(ADDRESS, json={{"name": "Ada"}})
    assert response.status_code == 401
'''


class NameTaken(OttavinoError):
    """What would be written is there already."""


class UnusableName(OttavinoError):
    """A function's name is a lower-case letter, then such letters, digits, `_` and `-`."""


def scaffold(slug: str) -> list[Path]:
    """Write a function that works, and a test that passes; say where."""
    if not re.fullmatch(r"[a-z][a-z0-9_-]*", slug):
        raise UnusableName
    name = slug.replace("-", "_")
    if keyword.iskeyword(name):
        raise UnusableName(f"{name} is a word of Python's own: call the function otherwise.")
    files = {
        ROOT / "functions" / name / "__init__.py": FUNCTION,
        ROOT / "tests" / "functions" / f"test_{name}.py": TEST,
    }
    # A folder beside a module of its name would be imported in its place.
    for path in [ROOT / "functions" / f"{name}.py", *files]:
        if path.exists():
            raise NameTaken(f"{path.relative_to(ROOT)} is there already.")
    for path, text in files.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text.format(name=name, slug=slug), "utf-8")
    return list(files)
