"""The tables of the framework's tests, with the name that a project's own app has."""

from pathlib import Path

from piccolo.conf.apps import table_finder

from ottavino.project.apps import TablesApp

APP_CONFIG = TablesApp(
    app_name="db",
    migrations_folder_path=Path(__file__).parent / "migrations",
    table_classes=table_finder(["tests.ottavino.house.db.tables"]),
)
