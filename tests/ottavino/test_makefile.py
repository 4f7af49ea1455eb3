"""The messages of `make` on a machine that lacks a program or a package."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from ottavino.settings import ROOT

LACKS = {
    "a new Python": "sys.version_info, sys.version = (3, 9, 2), '3.9.2 (main)'",
    "venv": "sys.modules['ensurepip'] = None",
}

SECRETS = ("CLAIMS_KEY=", "JWT_SECRET=")
"""The lines of `.env` that are given a secret each."""


@pytest.mark.whole
@pytest.mark.parametrize(
    ("lack", "sentence"),
    [
        ("a new Python", "This needs Python 3.11 or later, and {python} is 3.9.2:"),
        ("venv", "{python} cannot make virtual environments:"),
    ],
)
def test_make_says_in_a_line_what_python_lacks(
    tmp_path: Path, lack: str, sentence: str
) -> None:
    for name in ("Makefile", "requirements-embedded.txt"):
        shutil.copy(ROOT / name, tmp_path)
    python = tmp_path / "python"
    python.write_text(
        f'#!/bin/sh\nexec {sys.executable} -c "import sys; {LACKS[lack]}; '
        'exec(sys.argv[2])" "$@"\n'
    )
    python.chmod(0o755)
    run = subprocess.run(  # noqa: S603  # our own command
        ["make", "run", f"PYTHON={python}"],  # noqa: S607  # wherever make is
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode != 0
    said = [line for line in run.stderr.splitlines() if not line.startswith("make")]
    assert len(said) == 1
    assert said[0].startswith(sentence.format(python=python))
    assert not (tmp_path / ".venv").exists()


@pytest.mark.whole
def test_another_checkouts_packages_are_left_alone(tmp_path: Path) -> None:
    theirs, ours = tmp_path / "theirs", tmp_path / "ours"
    theirs.mkdir()
    (theirs / "installed").touch()
    ours.mkdir()
    (ours / ".venv").symlink_to(theirs)
    shutil.copy(ROOT / "Makefile", ours)
    # Written later, so that the packages seem out of date.
    (ours / "requirements-embedded.txt").write_text("")
    python = tmp_path / "python"
    # There is nothing to install, and running pip would take time.
    python.write_text(
        f'#!/bin/sh\n[ "$1" = -m ] || exec {sys.executable} "$@"\n'
        f'{sys.executable} "$@" --without-pip && install -m 755 /dev/null .venv/bin/pip\n'
    )
    python.chmod(0o755)
    subprocess.run(  # noqa: S603  # our own command
        ["make", ".venv/installed", f"PYTHON={python}"],  # noqa: S607  # wherever make is
        cwd=ours,
        capture_output=True,
        check=True,
    )
    assert (ours / ".venv" / "installed").exists()
    assert list(theirs.iterdir()) == [theirs / "installed"]


@pytest.mark.whole
def test_the_dotenv_that_make_writes_is_its_owners_alone(tmp_path: Path) -> None:
    for name in ("Makefile", ".env.example"):
        shutil.copy(ROOT / name, tmp_path)
    # Under a mask that takes no right away.
    make = f"umask 000 && make .env PYTHON={sys.executable}"
    subprocess.run(make, cwd=tmp_path, shell=True, check=True, capture_output=True)  # noqa: S602  # our own command
    dotenv = tmp_path / ".env"
    assert dotenv.stat().st_mode & 0o777 == 0o600
    lines = dotenv.read_text().splitlines()
    secrets = [line.partition("=")[2] for line in lines if line.startswith(SECRETS)]
    assert [len(bytes.fromhex(each)) for each in secrets] == [32, 32]
    assert len({*secrets}) == 2
    made = iter(secrets)
    assert lines == [
        f"{line}{next(made)}" if line in SECRETS else line
        for line in (ROOT / ".env.example").read_text().splitlines()
    ]
