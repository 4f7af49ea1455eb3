"""The tables of the framework's tests, with the name that a project's own app has."""

from pathlib import Path

from piccolo.conf.apps import table_finder

from ottavino.project.apps import TablesApp
from tests.ottavino.house.db import tables

APP_CONFIG = TablesApp(
    app_name="db",
    migrations_folder_path=Path(__file__).parent / "migrations",
    table_classes=table_finder([tables.__name__]),
)
