"""What the OpenAPI document says, held against the server by Schemathesis: all its checks."""

import os
import subprocess
import sys
import tempfile
from pathlib import Path

from ottavino.settings import ROOT
from tests.ottavino.api.stage import Stage

SETTINGS = Path(__file__).parent / "schemathesis.toml"

PATIENCE_SECONDS = 10


def is_as_specified(stage: Stage, examples: int) -> bool:
    """Whether no check failed, as a user whom every function answers."""
    command = [
        str(Path(sys.executable).with_name("schemathesis")),
        f"--config-file={SETTINGS}",
        "run",
        f"{stage.url}/_internal/openapi.json",
        f"--header=Authorization: Bearer {stage.token}",
        "--checks=all",
        # None is required; for one it takes the token, which is sent with everything.
        "--exclude-checks=missing_required_header",
        f"--request-timeout={PATIENCE_SECONDS}",
        f"--max-examples={examples}",
    ]
    # It keeps what it has seen in a folder of the one that it runs in.
    with tempfile.TemporaryDirectory() as folder:
        hooks = {"SCHEMATHESIS_HOOKS": "tests.ottavino.api.hooks", "PYTHONPATH": str(ROOT)}
        run = subprocess.run(  # noqa: S603  # our own command
            command, cwd=folder, check=False, env=os.environ | hooks
        )
    return run.returncode == 0
