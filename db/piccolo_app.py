"""The app that Piccolo knows the tables by."""

from piccolo.conf.apps import AppConfig, table_finder

from db import commands
from db.settings import ROOT

APP_CONFIG = AppConfig(
    app_name="db",
    migrations_folder_path=ROOT / "piccolo_migrations",
    table_classes=table_finder(["db.tables"]),
    commands=[commands.lay_auth, commands.drift],
)
