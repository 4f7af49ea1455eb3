"""The app that gives Piccolo its `functions` commands."""

from ottavino.project.apps import MIGRATIONS, FunctionsApp

APP_CONFIG = FunctionsApp("functions", MIGRATIONS)
