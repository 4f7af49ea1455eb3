"""Run tests by their names: `python -m tests.ottavino.api types specification malformed`."""

import argparse
import asyncio
import sys
from collections.abc import Awaitable, Callable

from tests.ottavino.api.frontend import has_types
from tests.ottavino.api.interrupted import leave_nothing
from tests.ottavino.api.page import can_be_used
from tests.ottavino.api.patience import begin_with_few_files, is_answered
from tests.ottavino.api.specification import is_as_specified
from tests.ottavino.api.stage import Stage, stage
from tests.ottavino.api.storm import survives

parser = argparse.ArgumentParser(prog="python -m tests.ottavino.api")
parser.add_argument(
    "tests",
    nargs="+",
    choices=("types", "specification", "malformed", "interrupted", "patience", "page"),
)
parser.add_argument("--examples", type=int, default=100, help="of each operation")
parser.add_argument("--requests", type=int, default=10_000, help="that are malformed")
parser.add_argument("--seed", type=int, default=1)

SERVED_BY = {"interrupted": "slow", "patience": "slow", "page": "development"}
"""What else than `app` a test asks; tests of one run ask the same."""


async def main(chosen: argparse.Namespace) -> bool:
    """Whether all tests passed."""
    begin_with_few_files()
    tests: dict[str, Callable[[Stage], Awaitable[bool]]] = {
        "types": lambda stage: asyncio.to_thread(has_types, stage),
        "specification": lambda stage: asyncio.to_thread(
            is_as_specified, stage, chosen.examples
        ),
        "malformed": lambda stage: survives(stage, chosen.requests, chosen.seed),
        "interrupted": leave_nothing,
        "patience": is_answered,
        "page": lambda stage: asyncio.to_thread(can_be_used, stage),
    }
    (application,) = {SERVED_BY.get(name, "app") for name in chosen.tests}
    async with stage(application) as built:
        return all([await tests[name](built) for name in chosen.tests])


if __name__ == "__main__":
    sys.exit(not asyncio.run(main(parser.parse_args())))
