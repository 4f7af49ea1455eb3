"""The bench and the application's tests share a process, and have two projects."""

import os
import subprocess
import sys

import pytest

IMPORT = "import os, bench.__main__; print(os.environ.get('PICCOLO_CONF'))"


@pytest.mark.whole
def test_importing_the_bench_does_not_name_its_tables_to_others() -> None:
    variables = {name: each for name, each in os.environ.items() if name != "PICCOLO_CONF"}
    command = [sys.executable, "-c", IMPORT]
    printed = subprocess.check_output(command, env=variables, text=True)  # noqa: S603  # our own command
    assert printed == "None\n"
