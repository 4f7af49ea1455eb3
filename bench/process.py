"""The server's process: how soon it answers, and what memory it takes with time."""

import math
import time
from collections.abc import Sequence
from itertools import pairwise

from bench.load import load
from bench.peer import Peer, serving
from bench.run import Run

WARM_SHARE = 2 / 3
"""The share of all invocations after which memory is expected to stay as it is.

Until then the heap still finds room for whatever may be alive at once.
"""
CALLERS = 8
STEP_SECONDS = 1
MOST_SECONDS = 100
"""After which a slow machine has answered enough."""


def starts(run: Run, peers: Sequence[Peer]) -> None:
    """From the start of the process to its first answer, and its memory by then."""
    with run.way("socket") as way:
        for _ in range(run.pace.starts):
            for peer in run.present(peers):
                with serving(peer, way) as served:
                    run.book.add("start", served.seconds_to_answer, peer=peer.name)
                    run.book.add("memory", served.memory, peer=peer.name)
    for peer in run.present(peers):
        run.say(f"start of {peer.name}: {run.book.spread('start', peer=peer.name)} s")


def memory(run: Run, peer: Peer, way: str) -> None:
    """Memory while the peer answers, and whether a line through it rises."""
    if not run.has_way(way):
        return
    points: list[tuple[int, float]] = []
    with run.way(way) as opened, serving(peer, opened) as served:
        done = 0
        points.append((0, served.memory))
        end = time.monotonic() + MOST_SECONDS
        while done < run.pace.invocations and time.monotonic() < end:
            seen = load(served.url("newest"), served.headers, CALLERS, STEP_SECONDS)
            done += seen.requests
            points.append((done, served.memory))
    for invocations, megabytes in points:
        run.book.add("memory after", megabytes, peer=peer.name, invocations=invocations)
    warm = [point for point in points if point[0] >= WARM_SHARE * done]
    slope, error = fitted(warm)
    # In kilobytes for each thousand invocations.
    slope, error = slope * 1024 * 1000, error * 1024 * 1000
    run.book.add("growth", slope, peer=peer.name)
    run.book.add("growth error", error, peer=peer.name)
    run.say(
        f"memory of {peer.name}: {points[0][1]:.0f} MB at first, {points[-1][1]:.0f} MB after "
        f"{done:,}; then {slope:.2f} ± {2 * error:.2f} kB a thousand"
    )


def fitted(points: Sequence[tuple[float, float]]) -> tuple[float, float]:
    """The slope of the line through the points, and its standard error.

    Memory is taken by pages, and kept: a point stands on the one before it, and what is
    independent is the step between two. The best line through such points joins the ends.
    """
    if len(points) < 3:  # noqa: PLR2004  # two points have a line without an error
        return 0.0, math.inf
    steps = [(x - x0, y - y0) for (x0, y0), (x, y) in pairwise(points)]
    width, height = (sum(parts) for parts in zip(*steps, strict=True))
    slope = height / width
    left = sum((rise - slope * run) ** 2 for run, rise in steps)
    return slope, math.sqrt(left * len(steps) / (len(steps) - 1)) / width
