"""No line of the log holds text that a caller sent or a row held, whatever fails, and how."""

import asyncio
import contextlib
import json
from pathlib import Path
from typing import Any

import httpx
import pytest

from ottavino.testing import Database
from ottavino.testing.database import connected
from tests.ottavino.attacks.telling import SAYING, WAYS
from tests.ottavino.http.client import SECRET, bearer
from tests.ottavino.http.test_server import running

pytestmark = pytest.mark.whole

SWORDFISH = "swordfish"
HEADERS = {
    "x-client-info": f"supabase-js-web/2.0; user={SWORDFISH}",
    "user-agent": SWORDFISH,
    "cookie": SWORDFISH,
    "x-request-id": SWORDFISH,
    "origin": f"https://{SWORDFISH}.example.com",
    "referer": SWORDFISH,
    "x-forwarded-for": SWORDFISH,
}

TOLD = {
    "raised_by_the_database": "asyncpg.exceptions.RaiseError: P0001\n",
    "raised_by_two_tasks": "builtins.KeyError\n",
    "raised_by_a_look_up": "builtins.KeyError\n",
    "raised_from_a_cause": "asyncpg.exceptions.DataError: 22000\n",
    "raised_in_a_group": "builtins.ExceptionGroup\n",
    "raised_for_a_name": "dict[str,int]: int_parsing\n",
    "raised_for_a_value": "Size: int_parsing\n",
    "raised_as_ones_own": ".Own: An error of the function's own.\n",
}
"""What the log says of some of them all the same."""


@pytest.fixture
async def failing(database: Database, tmp_path: Path) -> dict[str, Any]:
    """What a server printed and logged while everything in it failed."""
    async with connected(database.superuser_url) as connection:
        await connection.execute(SAYING)
    file = tmp_path / "log"
    of = {"JWT_SECRET": SECRET, "PYTHONWARNINGS": "always", "LOG": str(file)}
    variables = database.variables | of
    async with running("-m", "tests.ottavino.attacks.telling", **variables) as server:
        headers = bearer() | HEADERS
        async with httpx.AsyncClient(headers=headers, timeout=20) as http:
            statuses = await fail_in_every_way(http, server.url)
        await asyncio.to_thread(server.stop)
    # Each line that is written there is a line of the log.
    log = [json.loads(line) for line in file.read_text("utf-8").splitlines()]
    return {"log": log, "statuses": statuses}


async def fail_in_every_way(http: httpx.AsyncClient, url: str) -> dict[str, int]:
    statuses: dict[str, int] = {}
    for name in WAYS:
        for address in (f"/{name}", f"/later/{name}"):
            response = await http.post(
                f"{url}{address}", json=SWORDFISH, params={SWORDFISH: "1"}
            )
            statuses[address] = response.status_code
    with pytest.raises(httpx.TransportError):
        await http.post(f"{url}/streamed", json=SWORDFISH)
    await http.post(url.replace("/it", f"/{SWORDFISH}"), json=SWORDFISH)
    # It is refused in the middle of the head, so the answer may not be read.
    with contextlib.suppress(httpx.TransportError):
        await http.request(SWORDFISH.upper(), url)
    await http.post(f"{url}/{SWORDFISH}", content=SWORDFISH)
    return statuses


async def test_no_line_holds_what_was_sent_and_each_says_what_failed(
    failing: dict[str, Any],
) -> None:
    """One test for all of them: each needs the same server."""
    assert SWORDFISH not in json.dumps(failing["log"]).lower()
    statuses = failing["statuses"]
    assert {name for name in WAYS if statuses[f"/{name}"] < 400} == SILENT
    stories = [line["error"] for line in failing["log"] if "error" in line]
    for name, told in TOLD.items():
        assert [each for each in stories if name in each and told in each], name


SILENT = {
    "raised_by_a_task_that_nobody_awaits",
    "raised_in_a_callback",
    "raised_by_a_finalizer",
    "raised_by_a_thread",
    "warned_of",
    "warned_of_by_pydantic",
    "logged_by_a_library",
}
"""Ways of which the handler's caller notices nothing."""
