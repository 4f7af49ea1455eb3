"""The house in a folder of its own, where its packages have the names that a project's have."""

from pathlib import Path
from shutil import copytree, ignore_patterns

HERE = Path(__file__).parent
PACKAGE = __package__ or ""


def write_project(folder: Path) -> None:
    """Write the house's tables, functions and migrations into a folder, to be served there."""
    for part in ("db", "functions", "migrations"):
        copytree(HERE / part, folder / part, ignore=ignore_patterns("__pycache__"))
    for name in ("piccolo_app.py", "piccolo_conf.py"):
        (folder / name).write_text((HERE / name).read_text("utf-8"), "utf-8")
    for path in [*folder.glob("*.py"), *(folder / "db").rglob("*.py")]:
        _rename(path)
    for path in (folder / "functions").rglob("*.py"):
        _rename(path)


def _rename(path: Path) -> None:
    path.write_text(path.read_text("utf-8").replace(f"{PACKAGE}.", ""), "utf-8")
