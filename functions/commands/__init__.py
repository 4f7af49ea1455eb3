"""What commands does, in a sentence."""

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
    return Answer(f"Hello, {body.name}!")
