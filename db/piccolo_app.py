"""The app that Piccolo knows the tables by."""

from piccolo.conf.apps import table_finder

from db import commands
from db.schema.app import App
from db.settings import ROOT
from db.tables import OBJECTS

APP_CONFIG = App(
    app_name="db",
    migrations_folder_path=ROOT / "piccolo_migrations",
    table_classes=table_finder(["db.tables"]),
    objects=OBJECTS,
    commands=[
        commands.lay_auth,
        commands.mark_local,
        commands.login,
        commands.drift,
        commands.lint,
        commands.matrix,
    ],
)
