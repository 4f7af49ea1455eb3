"""The app that Piccolo knows the tables by."""

from ottavino.project import tables_app

APP_CONFIG = tables_app("db")
