"""HAProxy in front of poolers: a client connects to any of them that answers."""

import os
import shutil
import subprocess
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from pathlib import Path

from ottavino.dev.database.server import PORT
from ottavino.testing.cluster import short_folder
from tests.ottavino.pooler import until_it_listens

SETTINGS = """
global
    maxconn 4000
defaults
    mode tcp
    timeout connect 1s
    timeout client 1m
    timeout server 1m
    # A connection that one of them refuses goes to another one.
    retries 2
    option redispatch
listen poolers
    bind unix@{socket} mode 777
    balance leastconn
    default-server check inter 200ms fall 1 rise 1
"""


def program() -> str | None:
    """Where HAProxy is: a system's own folder need not be on the path."""
    return shutil.which("haproxy", path=f"{os.environ.get('PATH', '')}:/usr/sbin")


@contextmanager
def balanced(poolers: Sequence[Path]) -> Generator[Path]:
    """One socket for several; gives the folder that it is in."""
    with short_folder() as folder:
        socket = folder / f".s.PGSQL.{PORT}"
        servers = [
            f"    server p{i} unix@{each}/{socket.name}" for i, each in enumerate(poolers)
        ]
        settings = "\n".join([SETTINGS.format(socket=socket).rstrip(), *servers, ""])
        (folder / "haproxy.cfg").write_text(settings, "utf-8")
        process = subprocess.Popen(  # noqa: S603  # a program of the system, and our file
            [str(program()), "-db", "-q", "-f", str(folder / "haproxy.cfg")],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        try:
            until_it_listens(socket)
            yield folder
        finally:
            process.kill()
            process.wait()
