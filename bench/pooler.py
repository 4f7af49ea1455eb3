"""PgBouncer in transaction mode, in front of the bench's server."""

import contextlib
import os
import pwd
import resource
import shutil
import socket
import subprocess
import time
from collections.abc import Generator
from pathlib import Path

from bench.cluster import HOST, Cluster
from ottavino.dev.database.server import PORT as SERVER_PORT
from ottavino.postgres.supabase import AUTHENTICATOR, LOGIN

PORT = 6432
POOL = 8
"""Connections to the server, however many clients there are."""

WAIT_SECONDS = 10

SETTINGS = """
[databases]
* = host={server} port={server_port}

[pgbouncer]
listen_addr = {host}
listen_port = {port}
unix_socket_dir = {folder}
auth_type = hba
auth_hba_file = {folder}/hba.conf
auth_file = {folder}/users.txt
client_tls_sslmode = allow
client_tls_key_file = {folder}/server.key
client_tls_cert_file = {folder}/server.crt
pool_mode = transaction
default_pool_size = {pool}
max_client_conn = 2000
listen_backlog = 2000
logfile = {folder}/log
log_connections = 0
log_disconnections = 0
"""

LOGINS = """
local all all trust
host all all 127.0.0.0/8 scram-sha-256
"""


def missing() -> str | None:
    """What to do where there is no PgBouncer."""
    if program():
        return None
    return "PgBouncer is not on this machine: apt-get install pgbouncer."


@contextlib.contextmanager
def pooled(cluster: Cluster, *, pool: int = POOL) -> Generator[Path]:
    """A PgBouncer for the length of a block; gives the folder of its socket."""
    folder = cluster.folder / "pooler"
    folder.mkdir(exist_ok=True)
    owner = cluster.server.data.stat()
    cluster.certify(folder)
    (folder / "hba.conf").write_text(LOGINS, "utf-8")
    users = [f'"{login}" "{cluster.scram_secret(login)}"\n' for login in (AUTHENTICATOR, LOGIN)]
    (folder / "users.txt").write_text("".join(users), "utf-8")
    (folder / "pgbouncer.ini").write_text(_settings(cluster, folder, pool), "utf-8")
    os.chown(folder, owner.st_uid, owner.st_gid)
    # It refuses to run as root, so it runs as the server does.
    user = ["-u", pwd.getpwuid(owner.st_uid).pw_name] if os.getuid() == 0 else []
    process = subprocess.Popen(  # noqa: S603  # a program of the system, and our file
        [str(program()), "-q", *user, str(folder / "pgbouncer.ini")],
        preexec_fn=_allow_many_files,  # noqa: PLW1509  # no thread runs beside it
        stderr=subprocess.DEVNULL,
    )
    try:
        _wait(folder / f".s.PGSQL.{PORT}")
        yield folder
    finally:
        process.terminate()
        process.wait()


def program() -> str | None:
    """Where PgBouncer is: a system's own folder need not be on the path."""
    return shutil.which("pgbouncer", path=f"{os.environ.get('PATH', '')}:/usr/sbin")


def _settings(cluster: Cluster, folder: Path, pool: int) -> str:
    return SETTINGS.format(
        server=cluster.socket_folder,
        server_port=SERVER_PORT,
        host=HOST,
        port=PORT,
        folder=folder,
        pool=pool,
    )


def _allow_many_files() -> None:
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))


def _wait(path: Path) -> None:
    end = time.monotonic() + WAIT_SECONDS
    while time.monotonic() < end:
        with socket.socket(socket.AF_UNIX) as probe:
            if probe.connect_ex(str(path)) == 0:
                return
        time.sleep(0.02)
    raise RuntimeError(f"PgBouncer did not start: {path.parent / 'log'} may say why.")
