"""The app that gives Piccolo its `functions` commands. It has no tables."""

from piccolo.conf.apps import AppConfig, Command

from ottavino.dev import commands
from ottavino.settings import ROOT

APP_CONFIG = AppConfig(
    app_name="functions",
    migrations_folder_path=ROOT / "piccolo_migrations",
    commands=[
        Command(commands.list_functions, command_name="list"),
        Command(commands.new),
        Command(commands.token),
        Command(commands.serve),
        Command(commands.openapi),
        Command(commands.types),
    ],
)
