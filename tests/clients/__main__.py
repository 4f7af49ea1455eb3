"""Run a command on the stage: `python -m tests.clients COMMAND…`. It finds it in `STAGE`."""

import asyncio
import json
import os
import subprocess
import sys

from tests.clients.stage import LOGS, stage


async def main(command: list[str]) -> int:
    """How the command ended."""
    print("Starting a database and the servers", flush=True)  # noqa: T201  # it takes a while
    async with stage() as built:
        variables = {**os.environ, "STAGE": json.dumps(built)}
        run = await asyncio.to_thread(subprocess.run, command, env=variables, check=False)
    if run.returncode:
        print(f"What the servers said is in {LOGS}.", file=sys.stderr)  # noqa: T201
    return run.returncode


if __name__ == "__main__":
    sys.exit(asyncio.run(main(sys.argv[1:])))
