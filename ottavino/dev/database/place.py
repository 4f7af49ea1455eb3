"""The folder of the embedded database, which the account that runs it has to be able to enter.

PostgreSQL refuses to run as root, so a root process runs it as another account of the system.
That account cannot enter a folder that is closed to others, as root's home is, and opening such
a folder would show others what else is in it. So the mode of an existing folder is never
changed. The database is kept in `/var/lib/ottavino` instead, and the project's `.postgres` is a
link to it.
"""

import contextlib
import hashlib
import os
import pwd
import secrets
import shutil
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ottavino.errors import SettingsError

STATE = Path("/var/lib/ottavino")
"""The folder of a root process for databases that another account runs."""


SOCKET_BYTES = 103
"""The longest path of a socket: Linux allows 107 bytes, macOS 103."""


@dataclass(frozen=True, slots=True)
class Account:
    """An account of the system that a root process runs PostgreSQL as."""

    uid: int
    gid: int

    @property
    def options(self) -> dict[str, Any]:
        """The arguments with which `subprocess` runs a program as this account alone."""
        return {"user": self.uid, "group": self.gid, "extra_groups": [], "cwd": "/"}

    def reaches(self, path: Path) -> bool:
        """Whether it may enter a folder, or run a program. A child process of the account tries
        it.
        """
        return subprocess.call(["test", "-x", str(path)], **self.options) == 0  # noqa: S603, S607  # a program of every system

    def require(self, folder: Path) -> None:
        """Raise an error for a folder that it cannot enter, which names the closed one."""
        if self.reaches(folder):
            return
        way = [*reversed(folder.parents), folder]
        closed = next(each for each in way if not self.reaches(each))
        name = pwd.getpwuid(self.uid).pw_name
        kept = STATE / f"{folder.parent.name}-{secrets.token_hex(4)}"
        raise SettingsError(
            f"The embedded PostgreSQL runs as {name}, which cannot enter {closed}. Open it "
            f"(chmod o+x {closed}), or move the database: mkdir -p -m 755 {STATE} && mv "
            f"{folder} {kept} && ln -s {kept} {folder}."
        )


def place(folder: Path, account: Account | None) -> Path:
    """The real folder of a database, which is made if it is missing."""
    if not os.path.lexists(folder) and account is not None:
        folder.parent.mkdir(parents=True, exist_ok=True)
        if not account.reaches(folder.parent):
            _link(folder)
    kept = folder.resolve()
    if not kept.exists():
        kept.mkdir(parents=True, exist_ok=True)
        if account is not None:
            _open(kept)
    return kept


def reachable(binaries: Path, account: Account | None) -> Path:
    """The folder of a server's programs, or of a copy of it that the account can run."""
    if account is None or account.reaches(binaries / "postgres"):
        return binaries
    package = binaries.parent.parent
    changed = (binaries / "postgres").stat().st_mtime_ns
    digest = hashlib.sha256(f"{binaries} {changed}".encode()).hexdigest()[:8]
    copy = STATE / f"{package.name}-{digest}"
    if not copy.exists():
        _copy(binaries.parent, copy)
    return copy / binaries.relative_to(package.parent)


def _copy(installed: Path, copy: Path) -> None:
    """Copy the programs, and the libraries that a wheel has beside its package."""
    _make_state()
    package = installed.parent
    partial = copy.with_name(f"{copy.name}-{secrets.token_hex(4)}")
    for each in (installed, package.with_name(f"{package.name}.libs")):
        if each.is_dir():
            made = partial / each.relative_to(package.parent)
            shutil.copytree(each, made, symlinks=True)
    for path in [partial, *partial.rglob("*")]:
        if not path.is_symlink():
            # Other accounts get the owner's permissions, except for writing.
            mode = path.stat().st_mode
            path.chmod(mode | (mode & 0o500) >> 3 | (mode & 0o500) >> 6)
    try:
        partial.rename(copy)
    except OSError:
        # Another process was first.
        shutil.rmtree(partial)


def socket_folder(data: Path, name: str, account: Account | None) -> Path:
    """The data folder, or a new one if its path is too long for a socket."""
    if len(os.fsencode(data / name)) <= SOCKET_BYTES:
        return data
    # The user's folder of temporary files may be closed to the account.
    root = "/tmp" if account else None  # noqa: S108  # a new folder is made in it
    folder = Path(tempfile.mkdtemp(prefix="ottavino-", dir=root))
    if account is not None:
        os.chown(folder, account.uid, account.gid)
    return folder


def _link(folder: Path) -> None:
    """Make the folder a link to a new one that every account can enter."""
    _make_state()
    with contextlib.suppress(FileExistsError):
        # Another process that starts may have been first.
        folder.symlink_to(STATE / f"{folder.parent.name}-{secrets.token_hex(4)}")


def _make_state() -> None:
    if not STATE.exists():
        STATE.mkdir(parents=True, exist_ok=True)
        _open(STATE)


def _open(folder: Path) -> None:
    """Let others enter a folder that was just made. They cannot list it."""
    folder.chmod(0o711)
