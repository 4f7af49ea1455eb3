"""Which changes of an application's files start its development server again."""

import os
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

import pytest

from ottavino.dev import reload
from ottavino.dev.reload import _changed, _difference, _files, _folders, _watcher

MOST_SECONDS = 20


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(reload, "ROOT", tmp_path)
    monkeypatch.setattr(reload, "DOTENV", tmp_path / ".env")
    for name in ("functions/hello", ".venv/lib", "tests"):
        (tmp_path / name).mkdir(parents=True)
    for name in ("piccolo_conf.py", "functions/__init__.py", "functions/hello/__init__.py"):
        (tmp_path / name).touch()
    return tmp_path


def write(path: Path) -> None:
    path.write_text("changed = True", "utf-8")


def replace(path: Path) -> None:
    """What most editors do."""
    other = path.with_suffix(".tmp")
    write(other)
    os.replace(other, path)  # noqa: PTH105  # it is what is tried


def add(path: Path) -> None:
    path.parent.mkdir()
    write(path)


CHANGES: dict[str, tuple[Callable[[Path], None], str]] = {
    "written": (write, "functions/hello/__init__.py"),
    "replaced": (replace, "functions/hello/__init__.py"),
    "replaced in the root": (replace, "piccolo_conf.py"),
    "made": (write, ".env"),
    "deleted": (Path.unlink, "functions/hello/__init__.py"),
    "made with its folder": (add, "functions/other/__init__.py"),
}


@pytest.mark.parametrize(("change", "name"), CHANGES.values(), ids=CHANGES.keys())
def test_a_changed_file_is_noticed_and_so_is_its_next_change(
    change: Callable[[Path], None], name: str, root: Path
) -> None:
    before = _files()
    with ThreadPoolExecutor(1) as thread:
        waiting: Future[reload.Files | None] = thread.submit(_changed, before)
        change(root / name)
        assert waiting.result(MOST_SECONDS) is not None
        # It may have been noticed when its folder was there, or its first bytes.
        after = _files()
        assert _difference(before, after) == name
        waiting = thread.submit(_changed, after)
        replace(root / "functions/__init__.py")
        again = waiting.result(MOST_SECONDS)
    assert again is not None
    assert _difference(after, again) == "functions/__init__.py"


def test_other_files_wake_nothing(root: Path) -> None:
    with _watcher(_folders()) as watcher:
        write(root / ".venv" / "lib" / "library.py")
        write(root / "tests" / "test_it.py")
        write(root / "functions" / "hello" / "last.py")
        found = watcher.watch(400, 50, MOST_SECONDS * 1000, None)
    assert isinstance(found, set)
    assert {Path(path).name for _, path in found} == {"last.py"}
