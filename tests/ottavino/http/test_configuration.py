import sys
from pathlib import Path

import pytest

from ottavino.errors import SettingsError
from ottavino.http.configuration import import_configuration


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(sys, "path", [str(tmp_path), *sys.path])
    return tmp_path


def test_the_module_that_the_environment_names_is_the_configuration(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (folder / "elsewhere_conf.py").write_text("imported = True")
    monkeypatch.setenv("PICCOLO_CONF", "elsewhere_conf")
    import_configuration()
    assert sys.modules.pop("elsewhere_conf").imported


def test_a_configuration_that_is_missing_is_one_sentence(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("PICCOLO_CONF", "nowhere.piccolo_conf")
    with pytest.raises(SettingsError, match=r"no module nowhere.piccolo_conf, which PICCOLO"):
        import_configuration()


def test_a_module_that_the_configuration_does_not_find_is_another_error(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (folder / "wanting_conf.py").write_text("import nothing_of_this_name")
    monkeypatch.setenv("PICCOLO_CONF", "wanting_conf")
    with pytest.raises(ModuleNotFoundError, match="nothing_of_this_name"):
        import_configuration()
