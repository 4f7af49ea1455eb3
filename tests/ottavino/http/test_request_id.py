"""Ids of requests."""

import subprocess
import sys
from uuid import UUID

import pytest

from ottavino.http.request_id import IDS_AT_ONCE, new_request_id

FORKED = """
import os
from ottavino.http.request_id import new_request_id

new_request_id()
if child := os.fork():
    os.waitpid(child, 0)
print(new_request_id(), flush=True)
"""


def test_every_id_is_a_random_uuid_of_its_own() -> None:
    ids = [new_request_id() for _ in range(3 * IDS_AT_ONCE)]
    assert len({*ids}) == len(ids)
    for each in ids:
        found = UUID(each)
        assert str(found) == each
        assert found.version == 4


@pytest.mark.whole
def test_a_forked_process_makes_other_ids_than_its_parent() -> None:
    run = subprocess.run(  # noqa: S603  # our own program
        [sys.executable, "-c", FORKED], check=True, capture_output=True, text=True
    )
    ids = run.stdout.split()
    assert len(ids) == len({*ids}) == 2
