"""The app by which Piccolo finds the tables."""

from ottavino.project import tables_app

APP_CONFIG = tables_app("db")
