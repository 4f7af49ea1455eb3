"""Run a command, which finds the stage in `STAGE`: `python -m tests.ottavino.clients env`."""

import asyncio
import json
import os
import signal
import sys

from tests.ottavino.clients.stage import LOGS, stage


async def main(command: list[str]) -> int:
    """The exit status of the command."""
    print("Starting a database and the servers", flush=True)  # noqa: T201  # it takes a while
    async with stage() as built:
        variables = {**os.environ, "STAGE": json.dumps(built)}
        run = await asyncio.create_subprocess_exec(*command, env=variables)
        try:
            code = await run.wait()
        finally:
            if run.returncode is None:
                run.terminate()
                await run.wait()
    if code:
        print(f"What the servers said is in {LOGS}.", file=sys.stderr)  # noqa: T201  # its report
    return code


if __name__ == "__main__":
    # However it is ended, the processes that it started have to end with it.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        sys.exit(asyncio.run(main(sys.argv[1:])))
    except KeyboardInterrupt:
        sys.exit(128 + signal.SIGINT)
