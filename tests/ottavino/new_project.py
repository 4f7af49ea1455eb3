"""A project of one's own, from the wheel: `python -m tests.ottavino.new_project`.

Everything is done as its README says, by the commands in it, in a folder outside of
this one and in virtual environments that hold the wheel alone. How long each step takes is
printed. Packages come from wherever pip gets them, and the wheel from a folder beside.
"""

import ast
import contextlib
import os
import re
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from pathlib import Path

import httpx

from ottavino.settings import ROOT

NEW_TABLE_SECONDS = 120
"""How long it may take to add a table, until the tests pass again."""

BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
FILE = re.compile(r"`([\w/]+\.py)`")


class Failed(Exception):
    """A step did not do what the README says."""


class Project:
    """A project, with the steps of its README."""

    def __init__(self, folder: Path, variables: Mapping[str, str]) -> None:
        self.folder = folder
        self.variables = {
            **variables,
            # `. .venv/bin/activate` does the same.
            "PATH": f"{folder / '.venv' / 'bin'}:{variables['PATH']}",
        }

    def run(self, command: str) -> str:
        """Run a command in the project, and give what it printed."""
        run = subprocess.run(  # noqa: S602  # a line of the README
            command,
            shell=True,
            cwd=self.folder,
            env=self.variables,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
        if run.returncode:
            raise Failed(f"{command} ended with {run.returncode}:\n{run.stdout}")
        return run.stdout

    def follow(self, heading: str) -> None:
        """Do what a section of the README says: write its files, run its commands."""
        (section,) = re.findall(
            rf"^## {heading}$(.*?)(?=^## |\Z)",
            (self.folder / "README.md").read_text("utf-8"),
            re.MULTILINE | re.DOTALL,
        )
        read = 0
        for block in BLOCK.finditer(section):
            language, text = block.groups()
            if language == "python":
                (*_, name) = FILE.findall(section[read : block.start()])
                put(self.folder / name, text)
            else:
                for line in text.splitlines():
                    self.run(line.removeprefix("$ "))
            read = block.end()

    def changed(self) -> set[str]:
        """The files that were added or changed since the last commit; then commit them."""
        self.run("git add --all")
        names = self.run("git diff --cached --name-only").split()
        author = "-c user.name=me -c user.email=me@example.com"
        self.run(f"git {author} commit --quiet --allow-empty -m next")
        return {*names}

    @contextmanager
    def serving(self, command: list[str], **variables: str) -> Generator[None]:
        """Let a command serve at the PORT that it is given, from when it listens."""
        with tempfile.TemporaryFile("w+") as log:
            process = subprocess.Popen(  # noqa: S603  # our own command
                command,
                cwd=self.folder,
                env={**self.variables, **variables},
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
            try:
                while not listens(int(variables["PORT"])):
                    time.sleep(0.05)
                    if process.poll() is not None:
                        log.seek(0)
                        raise Failed(f"{' '.join(command)} ended:\n{log.read()}")
                yield
            finally:
                with contextlib.suppress(ProcessLookupError):
                    os.killpg(process.pid, signal.SIGINT)
                process.wait(30)


def put(path: Path, text: str) -> None:
    """Write a file; in one that exists, replace the assignment that the text is."""
    new = ast.parse(text).body[0]
    if not isinstance(new, ast.Assign):
        path.write_text(text, "utf-8")
        return
    name = ast.unparse(new.targets[0])
    lines = path.read_text("utf-8").splitlines(keepends=True)
    for old in ast.parse("".join(lines)).body:
        if name in assigned(old):
            lines[old.lineno - 1 : old.end_lineno] = [text]
            path.write_text("".join(lines), "utf-8")
            return
    raise Failed(f"{path} assigns no {name}.")


def assigned(statement: ast.stmt) -> set[str]:
    """The names that a statement gives a value to."""
    match statement:
        case ast.Assign(targets=targets):
            return {ast.unparse(each) for each in targets}
        case ast.AnnAssign(target=target):
            return {ast.unparse(target)}
        case _:
            return set()


def listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as free:
        return free.getsockname()[1]


@contextmanager
def step(name: str, took: dict[str, float]) -> Generator[None]:
    """Take the time of a block."""
    begun = time.monotonic()
    yield
    took[name] = time.monotonic() - begun
    print(f"{took[name]:6.1f} s  {name}", flush=True)


def made(folder: Path, took: dict[str, float]) -> Project:
    """A project made by the command, from a wheel that was built of this checkout."""
    wheels, tool = folder / "wheels", folder / "tool"
    pip = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "-w", str(wheels), "."]
    variables = {name: each for name, each in os.environ.items() if name not in PROJECTS_OWN}
    variables["PIP_FIND_LINKS"] = f"{variables.get('PIP_FIND_LINKS', '')} {wheels}".strip()
    with step("pip wheel .", took):
        subprocess.run(pip, cwd=ROOT, check=True)  # noqa: S603  # our own command
    with step("pip install ottavino, for production", took):
        subprocess.run([sys.executable, "-m", "venv", str(tool)], check=True)  # noqa: S603  # our own command
        install = [str(tool / "bin" / "pip"), "install", "--quiet", "ottavino"]
        subprocess.run(install, check=True, env=variables)  # noqa: S603  # our own command
    with step("python -m ottavino new shop", took):
        new = [str(tool / "bin" / "python"), "-m", "ottavino", "new", "shop"]
        subprocess.run(new, cwd=folder, check=True, env=variables)  # noqa: S603  # our own command
    check_production(Project(folder / "shop", {**variables, "PATH": f"{tool / 'bin'}"}))
    return Project(folder / "shop", variables)


def check_production(project: Project) -> None:
    """Serve without any extra, by the console script, and answer."""
    port = free_port()
    # The function uses no database, so none is needed.
    nowhere = "postgresql://nobody@127.0.0.1:1/nothing"
    secret = "only for tests, and long enough for them"  # noqa: S105  # it guards nothing
    variables = {"DATABASE_URL": nowhere, "JWT_SECRET": secret, "PORT": str(port)}
    with project.serving(["ottavino", "serve"], **variables):
        answer = httpx.get(f"http://127.0.0.1:{port}/functions/v1/hello", timeout=20)
    assert answer.json() == {"message": "Hello, stranger!"}, answer.text


PROJECTS_OWN = {"DATABASE_URL", "DIRECT_URL", "JWT_SECRET", "CLAIMS_KEY", "VIRTUAL_ENV"}
"""What a developer's environment says of another project."""


def main() -> None:
    """Make a project, and add a table and a function to it."""
    took: dict[str, float] = {}
    with tempfile.TemporaryDirectory(prefix="ottavino-") as name:
        # A root process runs PostgreSQL as another account, which has to reach the folder.
        Path(name).chmod(0o755)
        project = made(Path(name), took)
        project.run("git init --quiet")
        project.changed()
        try_it(project, took)
        add_table(project, took)
        add_function(project, took)
        project.run("make check")


def try_it(project: Project, took: dict[str, float]) -> None:
    """Serve it and test it as it is."""
    port = free_port()
    making = project.serving(["make", "run"], PORT=str(port))
    with step("make run, from nothing to the first answer", took), making:
        answer = httpx.get(f"http://127.0.0.1:{port}/functions/v1/hello", timeout=20)
    assert answer.json() == {"message": "Hello, stranger!"}, answer.text
    files = (project.folder / ".venv").rglob("*")
    print(f"{sum(each.lstat().st_size for each in files) / 1e6:4.0f} MB   are in .venv then")
    with step("make test, which installs its own", took):
        project.run("make test")
    with step("make check", took):
        project.run("make check")
    assert project.changed() == set()


def add_table(project: Project, took: dict[str, float]) -> None:
    """Add the table of the README, until the tests pass again."""
    with step("add a table, as the README says, and make test", took):
        project.follow("Add a table")
        project.run("make test")
    assert took["add a table, as the README says, and make test"] < NEW_TABLE_SECONDS
    changed = project.changed()
    (migration,) = {each for each in changed if each.startswith("piccolo_migrations/")}
    assert changed == {
        "db/tables/notes.py",
        "db/tables/__init__.py",
        "tests/test_access.py",
        migration,
    }


def add_function(project: Project, took: dict[str, float]) -> None:
    """Add the function of the README."""
    with step("add a function, as the README says, and make test", took):
        project.follow("Add a function")
        project.run("make test")
    assert project.changed() == {
        "functions/summarize/__init__.py",
        "tests/functions/test_summarize.py",
    }


if __name__ == "__main__":
    main()
