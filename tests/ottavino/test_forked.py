"""A forked process is like one that Python starts."""

import signal
import subprocess
from pathlib import Path

import pytest

from ottavino.settings import ROOT
from tests.ottavino import forked
from tests.ottavino.forked import Python

SEEN = """
import os, sys
print(sys.argv, os.getcwd(), dict(os.environ), sys.stdin.read())
print("complained", file=sys.stderr)
sys.exit(3)
"""


@pytest.mark.whole
def test_it_has_arguments_a_folder_an_environment_and_an_end_of_its_own(tmp_path: Path) -> None:
    pipes = dict.fromkeys(("stdin", "stdout", "stderr"), subprocess.PIPE)
    variables = {"PATH": "/bin"}
    with Python("-c", SEEN, "a", "b", cwd=tmp_path, env=variables, **pipes) as process:
        printed, complained = process.communicate("asked")
    assert printed == f"['-c', 'a', 'b'] {tmp_path} {variables} asked\n"
    assert complained == "complained\n"
    assert process.returncode == 3


@pytest.mark.whole
def test_it_is_interrupted_and_killed_by_signals() -> None:
    wait = "import time; print(flush=True); time.sleep(60)"
    for number in (signal.SIGINT, signal.SIGKILL):
        pipes = dict.fromkeys(("stdout", "stderr"), subprocess.PIPE)
        with Python("-c", wait, **pipes) as process:
            assert process.stdout is not None
            process.stdout.readline()
            assert process.poll() is None
            with pytest.raises(subprocess.TimeoutExpired):
                process.wait(0.01)
            process.send_signal(number)
            assert process.wait(10) == -number


@pytest.mark.whole
def test_elsewhere_it_imports_the_framework_that_is_there(tmp_path: Path) -> None:
    (tmp_path / "ottavino").mkdir()
    (tmp_path / "ottavino/__init__.py").touch()
    where = "import ottavino; print(ottavino.__file__)"
    for folder in (ROOT, tmp_path):
        run = forked.run("-c", where, cwd=folder)
        assert run.stdout == f"{folder}/ottavino/__init__.py\n"


@pytest.mark.whole
def test_a_warning_can_be_an_error() -> None:
    warn = "import warnings; warnings.warn('Beware')"
    assert forked.run("-c", warn).returncode == 0
    assert forked.run("-W", "error", "-c", warn).returncode == 1
