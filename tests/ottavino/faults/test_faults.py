"""The short form of `make test-faults`: one fault of each kind."""

import os
from pathlib import Path

import pytest

from ottavino.dev.database.server import Server
from ottavino.testing.cluster import Cluster
from ottavino.testing.plugin import FOLDER
from tests.ottavino.faults.faults import (
    FAULTS,
    Fault,
    backends_killed,
    deserted,
    frozen_after_the_commit,
)
from tests.ottavino.faults.trial import Pace, trial

SHORT_PACE = Pace(before=0.3, after=0.5, pause=0.2)
"""Twenty clients still have something under way at most moments."""

SHORT = {backends_killed, deserted, frozen_after_the_commit}


@pytest.mark.whole
@pytest.mark.parametrize(
    "fault",
    [each for each in FAULTS if each.happen in SHORT and each.route != "pooler"],
    ids=lambda fault: fault.happen.__name__ + " and repeats" * fault.repeating,
)
async def test_each_answer_is_what_the_database_stored(fault: Fault, cluster: Cluster) -> None:
    server = Server(Path(os.environ[FOLDER]) / "data")
    found = await trial(cluster, server, fault, SHORT_PACE)
    assert (found.unstored, found.stored, found.mistakes, found.held) == (0, 0, 0, 0)
    assert found.twice == 0
    assert (found.repeats > 0) is fault.repeating
    assert found.requests > found.errors + found.unknown
    # A second, and more on a busy machine.
    assert found.recovery < 3
