"""Tells Schemathesis that an idempotency key is for one request alone."""

import re
from typing import Any
from uuid import uuid4

import schemathesis

from ottavino.http.idempotency import HEADER, KEY_PATTERN


@schemathesis.hook  # pyright: ignore[reportUnknownMemberType]  # it says nothing of its types
def before_call(context: Any, case: Any, kwargs: Any) -> None:
    """Give each request that has a key one of its own; one that is malformed stays."""
    headers: dict[str, Any] = case.headers or {}
    for name in [each for each in headers if each.lower() == HEADER]:
        if re.fullmatch(KEY_PATTERN, str(headers[name])):
            headers[name] = str(uuid4())
