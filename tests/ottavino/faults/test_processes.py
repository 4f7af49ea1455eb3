"""The short form of `python -m bench processes`: two of each, and one of each is killed."""

import pytest

from ottavino.testing.cluster import Cluster
from tests.ottavino.faults.processes import Pace, Trial, missing, tried

SHORT_PACE = Pace(warm=0.5, before=1, after=3)


@pytest.mark.whole
@pytest.mark.skipif(missing() is not None, reason=missing() or "")
@pytest.mark.parametrize("killed", ["a pooler", "a process"])
async def test_answers_are_right_when_one_of_two_processes_is_killed(
    killed: str, cluster: Cluster
) -> None:
    found = await tried(cluster, Trial(processes=2, poolers=2, killed=killed), SHORT_PACE)
    assert found.is_right, found.row
    # The kill is over. It may have met no request, so that none was refused.
    assert found.refused < len(found.crowd.answered)
    assert found.crowd.answered[-1] > max(found.crowd.refused, default=0)
