"""The tables that an application's package declares."""

import sys
from pathlib import Path

import pytest

from ottavino import Sequence
from ottavino.migrate.app import objects_of
from ottavino.project import tables_app

NOTES = """
from uuid import UUID

from ottavino import Col, Sequence, Table, View, primary_key, uuid


class Note(Table):
    id: Col[UUID] = primary_key()


class Recent(View):
    id: Col[UUID] = uuid()
    query = "select id from public.note"


OBJECTS = (Sequence("numbers"),)
OTHERS = ("a", 1)
"""


@pytest.mark.parametrize("is_starred", [False, True])
def test_tables_and_tuples_of_objects_are_declared_that_the_package_names(
    is_starred: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    package = "starred" if is_starred else "written"
    folder = tmp_path / package / "tables"
    folder.mkdir(parents=True)
    (folder / "notes.py").write_text(NOTES)
    text = f"from {package}.tables.notes import *\n" if is_starred else NOTES
    (folder / "__init__.py").write_text(text)
    monkeypatch.setattr(sys, "path", [str(tmp_path), *sys.path])
    try:
        app = tables_app(package)
        # What a table inherits from is none.
        assert [each.__name__ for each in app.table_classes] == ["Note", "Recent"]
        assert objects_of(app) == (Sequence("numbers"),)
    finally:
        for name in [each for each in sys.modules if each.split(".")[0] == package]:
            del sys.modules[name]
