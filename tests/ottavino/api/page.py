"""The page of the development server in Chromium."""

import json
import os
import subprocess
from pathlib import Path

from tests.ottavino.api.stage import Stage

TESTS = Path(__file__).parent / "page.test.mjs"


def can_be_used(stage: Stage) -> bool:
    """Whether everything on the page works. It needs Node, and Chromium at `CHROMIUM`."""
    variables = {**os.environ, "STAGE": json.dumps({"url": stage.url})}
    command = ["node", "--test", "--test-reporter=spec", str(TESTS)]
    run = subprocess.run(command, env=variables, check=False)  # noqa: S603  # our own command
    return run.returncode == 0
