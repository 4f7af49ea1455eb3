"""Writes a new project: a copy of `templates/project`, with its name."""

import re
import shutil
from pathlib import Path

from ottavino import __version__
from ottavino.errors import OttavinoError

TEMPLATE = Path(__file__).parent / "templates" / "project"

MAY_BE_THERE = {".git"}
"""The files that the folder of a new project may already contain."""

NEXT = """\
Wrote {folder}: a project with a function, and no table yet.

cd {folder}
make run     serves it, on a PostgreSQL of its own
make test    tests it

README.md shows how to add a table and a function."""


class FolderInUse(OttavinoError):
    """The folder is not empty."""


class NotWritten(OttavinoError):
    """The folder of the project cannot be written."""


class UnusableName(OttavinoError):
    """The name cannot be a project's."""


def new(folder: str) -> None:
    """Write a project into a folder, and print the next steps."""
    path = Path(folder)
    try:
        write(path)
    except OSError as error:
        raise NotWritten(
            f"The project cannot be written to {folder}: {error.strerror or error}. Name a "
            "folder that you may write to."
        ) from error
    print(NEXT.format(folder=path))


def write(folder: Path) -> None:
    """Copy the template, with the project's name and the version of Ottavino in it."""
    name = folder.resolve().name
    _check(folder, name)

    def copy(source: str, target: str) -> None:
        text = Path(source).read_text("utf-8")
        text = text.replace("PROJECT_NAME", name).replace("OTTAVINO_VERSION", __version__)
        Path(target).write_text(text, "utf-8")
        shutil.copymode(source, target)

    # pip compiles whatever it installs, the template too.
    compiled = shutil.ignore_patterns("__pycache__")
    shutil.copytree(TEMPLATE, folder, ignore=compiled, copy_function=copy, dirs_exist_ok=True)


def _check(folder: Path, name: str) -> None:
    if not re.fullmatch(r"[A-Za-z0-9]([A-Za-z0-9._-]*[A-Za-z0-9])?", name):
        raise UnusableName(
            f"{name!r} cannot be the name of a project: it takes letters, digits, and between "
            "them `.`, `_` and `-`."
        )
    if re.sub(r"[._-]+", "-", name).lower() == "ottavino":
        raise UnusableName(
            "A project cannot be called ottavino: that is the name of the package that it "
            "depends on. Give the folder another name."
        )
    if folder.exists() and not folder.is_dir():
        raise FolderInUse(f"{folder} is a file: name a folder that is empty, or not there.")
    if folder.is_dir() and {each.name for each in folder.iterdir()} - MAY_BE_THERE:
        raise FolderInUse(f"{folder} is not empty: name a folder that is, or is not there.")
