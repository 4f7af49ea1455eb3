"""What the figures were measured on."""

import platform
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path

import psutil

from bench import pooler
from bench.cluster import Cluster
from ottavino.settings import ROOT

PACKAGES = ("piccolo", "asyncpg", "starlette", "uvicorn", "pydantic")


def describe(cluster: Cluster) -> dict[str, str]:
    """The machine and the versions, as the report lists them."""
    memory = psutil.virtual_memory().total / 2**30
    return {
        "commit": _commit(),
        "processor": f"{_processor()}, {psutil.cpu_count()} cores",
        "memory": f"{memory:.0f} GB",
        "system": f"{_distribution()}, {platform.system()} {platform.release()}",
        "PostgreSQL": f"{cluster.server.version}, on the same machine, without fsync",
        "PgBouncer": _first_line("pgbouncer") or pooler.missing() or "",
        "Python": f"{platform.python_version()}, {_origin()}",
        "packages": ", ".join(f"{name} {version(name)}" for name in PACKAGES),
    }


def _distribution() -> str:
    try:
        return platform.freedesktop_os_release()["PRETTY_NAME"]
    except (OSError, KeyError):
        return platform.platform(terse=True)


def _origin() -> str:
    """Who compiled Python. The system's own is optimized; one of pyenv's takes a quarter more
    of the processor for the same request, unless it was asked to optimize.
    """
    return "the system's own" if sys.base_prefix == "/usr" else "not the system's own"


def _commit() -> str:
    """The commit that is checked out, and whether files of it have changed."""
    describe = ["git", "describe", "--always", "--dirty=, with changes"]
    run = subprocess.run(describe, cwd=ROOT, capture_output=True, text=True, check=False)  # noqa: S603  # our own command
    return run.stdout.strip() or "unknown"


def _processor() -> str:
    lines = Path("/proc/cpuinfo")
    if lines.exists():
        for line in lines.read_text("utf-8").splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor() or platform.machine()


def _first_line(program: str) -> str:
    found = pooler.program() if program == "pgbouncer" else program
    if found is None:
        return ""
    run = subprocess.run([found, "--version"], capture_output=True, text=True, check=False)  # noqa: S603  # our own choice
    return run.stdout.partition("\n")[0]
