"""The stage that `python -m tests.ottavino.clients` built, and both kinds of the client."""

# pyright: basic, reportMissingImports=false
# ruff: noqa: SLF001
# Its packages are not the project's: every version of the client has its own environment.
# It closes its connections nowhere but in a client that it keeps to itself.

import asyncio
import json
import os
from collections.abc import Callable, Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from supabase_functions import AsyncFunctionsClient, SyncFunctionsClient
from supabase_functions.version import __version__

if "STAGE" not in os.environ:
    raise pytest.UsageError("There is no server to call. Run this by `make test-clients`.")

STAGE: dict[str, Any] = json.loads(os.environ["STAGE"])
ERRORS: list[dict[str, Any]] = json.loads(
    Path(__file__).parent.parent.joinpath("errors.json").read_text()
)

KNOWS_METHODS = not __version__.startswith("2.30.")
"""Whether the client can do more than POST, and send bytes, and read an error that is text."""

needs_methods = pytest.mark.skipif(not KNOWS_METHODS, reason="this client knows POST alone")

Invoke = Callable[..., Any]
"""Invokes a function by its name, as somebody, with the options of an invocation."""


def headers(name: str) -> dict[str, str]:
    """The credentials of a caller: the name of one of the tokens, or `nobody`."""
    return {} if name == "nobody" else {"Authorization": f"Bearer {STAGE['tokens'][name]}"}


def address(server: str = "all") -> str:
    """The address of a server's functions."""
    return f"{STAGE['urls'][server]}/functions/v1"


@contextmanager
def client(shown: dict[str, str], server: str = "all") -> Generator[SyncFunctionsClient]:
    """A client, for as many calls as there are in the block."""
    client = SyncFunctionsClient(address(server), shown)
    with client._client:
        yield client


def in_sync(function: str, *, by: str = "alice", server: str = "all", **options: Any) -> Any:
    """Invoke a function with the client that waits."""
    with client(headers(by), server) as caller:
        return caller.invoke(function, options)


def in_async(function: str, *, by: str = "alice", server: str = "all", **options: Any) -> Any:
    """Invoke a function with the client that is awaited."""

    async def invoke() -> Any:
        caller = AsyncFunctionsClient(address(server), headers(by))
        async with caller._client:
            return await caller.invoke(function, options)

    return asyncio.run(invoke())
