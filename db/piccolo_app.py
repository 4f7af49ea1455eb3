"""The app that Piccolo knows the tables by."""

from piccolo.conf.apps import table_finder

from db.tables import OBJECTS
from ottavino.dev.database import commands as database
from ottavino.inspect import commands
from ottavino.migrate.app import App
from ottavino.settings import ROOT

APP_CONFIG = App(
    app_name="db",
    migrations_folder_path=ROOT / "piccolo_migrations",
    table_classes=table_finder(["db.tables"]),
    objects=OBJECTS,
    commands=[
        database.install_auth,
        database.mark_local,
        database.login,
        commands.drift,
        commands.lint,
        commands.matrix,
    ],
)
