"""Run the tests: `python -m tests.api`, or one of them, `python -m tests.api malformed`."""

import argparse
import asyncio
import sys

from tests.api.frontend import has_types
from tests.api.specification import is_as_specified
from tests.api.stage import stage
from tests.api.storm import survives

parser = argparse.ArgumentParser(prog="python -m tests.api")
parser.add_argument("test", nargs="?", choices=("types", "specification", "malformed"))
parser.add_argument("--examples", type=int, default=100, help="of each operation")
parser.add_argument("--requests", type=int, default=10_000, help="that are malformed")
parser.add_argument("--seed", type=int, default=1)


async def main(chosen: argparse.Namespace) -> bool:
    """Whether everything was as it should be."""
    async with stage() as built:
        tests = {
            "types": lambda: asyncio.to_thread(has_types, built),
            "specification": lambda: asyncio.to_thread(is_as_specified, built, chosen.examples),
            "malformed": lambda: survives(built, chosen.requests, chosen.seed),
        }
        return all([await tests[name]() for name in ([chosen.test] if chosen.test else tests)])


if __name__ == "__main__":
    sys.exit(not asyncio.run(main(parser.parse_args())))
