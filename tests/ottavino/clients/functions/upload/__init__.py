"""Takes a form with a file."""

import hashlib
from dataclasses import dataclass

from starlette.datastructures import FormData, UploadFile

from ottavino.http import Function

function = Function()


@dataclass
class Received:
    """What was read from a form."""

    title: str
    filename: str | None
    type: str | None
    size: int
    sha256: str


@function.post()
async def upload(file: UploadFile, form: FormData) -> Received:
    """The field and the file of the form."""
    content = await file.read()
    digest = hashlib.sha256(content).hexdigest()
    return Received(str(form["title"]), file.filename, file.content_type, len(content), digest)
