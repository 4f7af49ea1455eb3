"""`python -m ottavino new`: what it writes, and what it refuses. `make test-new` uses it."""

import re
import tomllib
from pathlib import Path

import pytest

import ottavino
from ottavino.__main__ import main
from ottavino.dev.new.project import TEMPLATE
from ottavino.settings import ROOT

SHARED = (
    ".env.example",
    "Procfile",
    "db/piccolo_app.py",
    "functions/app.py",
    "piccolo_conf.py",
)
"""What a new project has exactly as the application of this repository has it."""

RULES = ("run", ".venv/installed", ".venv/dev", ".env", "format")


def test_a_project_has_its_name_and_the_version_that_made_it(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "shop"
    main(["new", str(folder)])
    assert f"cd {folder}\n" in capsys.readouterr().out
    assert (folder / "README.md").read_text().startswith("# shop\n")
    assert f'"ottavino=={ottavino.__version__}"' in (folder / "pyproject.toml").read_text()
    written = {path.relative_to(folder) for path in folder.rglob("*") if path.is_file()}
    assert written == {path.relative_to(TEMPLATE) for path in files()}
    for path in folder.rglob("*"):
        assert path.is_dir() or not re.search(
            r"PROJECT_NAME|OTTAVINO_VERSION", path.read_text()
        )


def files() -> list[Path]:
    """The files of the template, without what Python makes of them."""
    return [each for each in TEMPLATE.rglob("*") if each.is_file() and each.suffix != ".pyc"]


def test_its_ci_can_be_run(tmp_path: Path) -> None:
    main(["new", str(tmp_path / "shop")])
    assert (tmp_path / "shop" / ".ci" / "run").stat().st_mode & 0o111


def test_a_folder_that_is_not_empty_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("words")
    with pytest.raises(SystemExit, match="is not empty: name a folder that is"):
        main(["new", str(tmp_path)])
    assert [each.name for each in tmp_path.iterdir()] == ["notes.txt"]


def test_a_file_is_no_folder(tmp_path: Path) -> None:
    (tmp_path / "shop").write_text("words")
    with pytest.raises(SystemExit, match="is a file"):
        main(["new", str(tmp_path / "shop")])


def test_a_folder_that_cannot_be_written_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("words")
    with pytest.raises(SystemExit, match=r"cannot be written to .*: Not a directory\. Name a"):
        main(["new", str(tmp_path / "file" / "shop")])


def test_a_repository_without_files_is_empty(tmp_path: Path) -> None:
    (tmp_path / "shop" / ".git").mkdir(parents=True)
    main(["new", str(tmp_path / "shop")])
    assert (tmp_path / "shop" / "Makefile").exists()


@pytest.mark.parametrize("name", ["ottavino", "Ottavino"])
def test_a_project_does_not_take_the_name_of_the_package(tmp_path: Path, name: str) -> None:
    with pytest.raises(SystemExit, match=r"^A project cannot be called ottavino: "):
        main(["new", str(tmp_path / name)])
    assert not (tmp_path / name).exists()


@pytest.mark.parametrize("name", ["a shop", "-shop", "ein_Café", "shop."])
def test_a_name_that_cannot_be_a_projects_is_refused(tmp_path: Path, name: str) -> None:
    # A path, so that no name is taken for an option.
    with pytest.raises(SystemExit, match="cannot be the name of a project"):
        main(["new", str(tmp_path / name)])
    assert not (tmp_path / name).exists()


@pytest.mark.parametrize("name", SHARED)
def test_this_repository_is_such_a_project(name: str) -> None:
    assert (TEMPLATE / name).read_text() == (ROOT / name).read_text()


@pytest.mark.parametrize("target", RULES)
def test_make_does_the_same_in_both(target: str) -> None:
    theirs, ours = (rule((each / "Makefile").read_text(), target) for each in (TEMPLATE, ROOT))
    assert theirs == ours


def test_make_check_finds_text_that_is_formatted_into_sql_and_moments_without_a_zone() -> None:
    for each in (TEMPLATE, ROOT):
        assert "functions lint" in rule((each / "Makefile").read_text(), "check")
        linted = tomllib.loads((each / "pyproject.toml").read_text())["tool"]["ruff"]["lint"]
        assert {"DTZ", "S"} <= set(linted["select"])


def test_make_installs_in_the_same_way_in_both_but_for_hashes() -> None:
    theirs, ours = (
        (each / "Makefile").read_text().partition("define INSTALL")[2].partition("endef")[0]
        for each in (TEMPLATE, ROOT)
    )
    assert theirs
    assert theirs == ours.replace(" --require-hashes", "")


def rule(makefile: str, target: str) -> str:
    """A target with its recipe."""
    (found,) = re.findall(rf"^{re.escape(target)}:.*\n(?:\t.*\n)+", makefile, re.MULTILINE)
    return found
