"""Where the embedded database is kept, so that the account that runs it can reach it.

PostgreSQL refuses to run as root, so a root process runs it as another account of the
system. That account cannot go through a folder that is closed to others, as a root's home
is, and opening such a folder would show others what else is in it. So no mode of a folder
that is not ours is ever changed: the database is kept in `/var/lib/ottavino` instead, and
the project's `.postgres` is a link to it.
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
"""Where a root process keeps what another account has to reach."""


SOCKET_BYTES = 103
"""How long the path of a socket may be: Linux allows 107 bytes, macOS 103."""


@dataclass(frozen=True, slots=True)
class Account:
    """An account of the system that a root process runs PostgreSQL as."""

    uid: int
    gid: int

    @property
    def options(self) -> dict[str, Any]:
        """How `subprocess` starts a program with its rights, and with no group of root's."""
        return {"user": self.uid, "group": self.gid, "extra_groups": [], "cwd": "/"}

    def reaches(self, path: Path) -> bool:
        """Whether it may go into a folder, or run a program; the system itself is asked."""
        return subprocess.call(["test", "-x", str(path)], **self.options) == 0  # noqa: S603, S607  # a program of every system

    def require(self, folder: Path) -> None:
        """Refuse a folder that it cannot go into, and name the one that is closed."""
        if self.reaches(folder):
            return
        way = [*reversed(folder.parents), folder]
        closed = next(each for each in way if not self.reaches(each))
        name = pwd.getpwuid(self.uid).pw_name
        kept = STATE / f"{folder.parent.name}-{secrets.token_hex(4)}"
        raise SettingsError(
            f"The embedded PostgreSQL runs as {name}, which cannot go into {closed}. Let it "
            f"(chmod o+x {closed}), or move the database: mkdir -p -m 755 {STATE} && mv "
            f"{folder} {kept} && ln -s {kept} {folder}."
        )


def place(folder: Path, account: Account | None) -> Path:
    """Make the folder of a database unless it is there, and say where it really is."""
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
    """A server's programs where the account can run them: there, or as a copy."""
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
    """Copy what is installed, and the libraries that a wheel has beside its package."""
    _make_state()
    package = installed.parent
    partial = copy.with_name(f"{copy.name}-{secrets.token_hex(4)}")
    for each in (installed, package.with_name(f"{package.name}.libs")):
        if each.is_dir():
            made = partial / each.relative_to(package.parent)
            shutil.copytree(each, made, symlinks=True)
    for path in [partial, *partial.rglob("*")]:
        if not path.is_symlink():
            # Others may do with it what its owner may, but for writing.
            mode = path.stat().st_mode
            path.chmod(mode | (mode & 0o500) >> 3 | (mode & 0o500) >> 6)
    try:
        partial.rename(copy)
    except OSError:
        # Another process was first.
        shutil.rmtree(partial)


def socket_folder(data: Path, name: str, account: Account | None) -> Path:
    """The data folder, or a new one with a shorter path: the system bounds a socket's."""
    if len(os.fsencode(data / name)) <= SOCKET_BYTES:
        return data
    # The folder of temporary files may be one of the user's own, and closed to the account.
    root = "/tmp" if account else None  # noqa: S108  # a new folder is made in it
    folder = Path(tempfile.mkdtemp(prefix="ottavino-", dir=root))
    if account is not None:
        os.chown(folder, account.uid, account.gid)
    return folder


def _link(folder: Path) -> None:
    """Let the folder be a link to a new one that every account can reach."""
    _make_state()
    with contextlib.suppress(FileExistsError):
        # Another process that starts may have been first.
        folder.symlink_to(STATE / f"{folder.parent.name}-{secrets.token_hex(4)}")


def _make_state() -> None:
    if not STATE.exists():
        STATE.mkdir(parents=True, exist_ok=True)
        _open(STATE)


def _open(folder: Path) -> None:
    """Let others go through a folder that was made just now; they cannot list it."""
    folder.chmod(0o711)
