"""What FUNCTION_NAME does, in a sentence."""

from dataclasses import dataclass

from pydantic import BaseModel

from ottavino.http import Function

function = Function()


class Question(BaseModel):
    """The body of a request."""

    name: str


@dataclass
class Answer:
    """The body of a response."""

    message: str


@function.post("/")
async def answer(body: Question) -> Answer:
    """Answer a question. Whatever is queried here is queried as the caller."""
    return Answer(f"Hello, {body.name}!")
