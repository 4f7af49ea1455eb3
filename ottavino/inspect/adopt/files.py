"""The files that adopting writes, all or none: classes, a migration, and `keep`."""

import ast
import json
import shutil
import subprocess
import sys
from collections.abc import Generator, Iterable, Mapping
from contextlib import contextmanager
from pathlib import Path

from ottavino.errors import OttavinoError


class CannotWrite(OttavinoError):
    """A file of the project cannot be changed as needed."""


def formatted(texts: Mapping[Path, str]) -> dict[Path, str]:
    """The files with imports sorted and lines wrapped by the project's ruff, if installed."""
    found = shutil.which("ruff", path=str(Path(sys.executable).parent))
    if found is None:
        return {**texts}
    fix = (found, "check", "--quiet", "--fix", "--exit-zero", "--select", "I,RUF022")
    return {
        path: _through((found, "format", "--quiet"), path, _through(fix, path, text))
        if path.suffix == ".py"
        else text
        for path, text in texts.items()
    }


def _through(command: tuple[str, ...], path: Path, text: str) -> str:
    done = subprocess.run(  # noqa: S603  # the project's own ruff
        [*command, "--stdin-filename", str(path), "-"],
        input=text,
        capture_output=True,
        text=True,
        check=False,
    )
    return done.stdout if done.returncode == 0 and done.stdout else text


@contextmanager
def written(texts: Mapping[Path, str]) -> Generator[None]:
    """Write some files for the length of a block; an error in it leaves them as they were."""
    before = {path: path.read_text("utf-8") if path.exists() else None for path in texts}
    try:
        for path, text in texts.items():
            path.write_text(text, "utf-8")
        yield
    except BaseException:
        for path, text in before.items():
            if text is not None:
                path.write_text(text, "utf-8")
            else:
                path.unlink(missing_ok=True)
        raise


def with_imports(package: str, text: str, modules: Mapping[str, str]) -> str:
    """The `__init__.py` of the tables, with the new classes, each of a module."""
    try:
        body = ast.parse(text).body
    except SyntaxError as error:
        raise CannotWrite(f"The __init__.py of {package} cannot be read: {error}.") from error
    imports = [each for each in body if isinstance(each, ast.ImportFrom)]
    listed = [each for each in body if isinstance(each, ast.Assign)]
    about = ast.get_docstring(ast.parse(text)) or "The tables, each in a file of its own."
    docstrings = [each for each in body[:1] if isinstance(each, ast.Expr)]
    if len([*imports, *listed, *docstrings]) < len(body):
        lines = [f"from {module} import {name} as {name}" for name, module in modules.items()]
        return text.rstrip() + "\n\n" + "\n".join(lines) + "\n"
    there = {
        (name.asname or name.name): each.module or "" for each in imports for name in each.names
    }
    every = {**there, **modules}
    lines = [
        f"from {module} import {name}"
        for name, module in sorted(every.items(), key=lambda each: (each[1], each[0]))
    ]
    names = "".join(f"    {json.dumps(name)},\n" for name in sorted(every))
    return f'"""{about}"""\n\n' + "\n".join(lines) + f"\n\n__all__ = [\n{names}]\n"


def with_kept(text: str, patterns: Iterable[str]) -> str:
    """A pyproject.toml whose `keep` has more patterns."""
    head, found, rest = text.partition("[tool.ottavino]\n")
    written = [json.dumps(each, ensure_ascii=False) for each in patterns]
    there = rest.partition("\n[")[0]
    lines = "".join(f"    {each},\n" for each in written if each not in there)
    if not lines:
        return text
    if not found:
        return f"{text.rstrip()}\n\n[tool.ottavino]\nkeep = [\n{lines}]\n".lstrip()
    section, following, others = rest.partition("\n[")
    if "keep = [" not in section:
        return f"{head}{found}keep = [\n{lines}]\n{section}{following}{others}"
    before, opening, after = section.partition("keep = [")
    inside = f"{before}{opening}\n{lines}    {after.lstrip()}"
    return f"{head}{found}{inside}{following}{others}"
