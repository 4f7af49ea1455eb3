"""Piccolo imports this module first: the engine, which tables look for, and the apps."""

from ottavino.project import Engine, apps

DB = Engine()

APP_REGISTRY = apps("db.piccolo_app")
