"""What Piccolo imports first in the framework's tests."""

from ottavino.project import Engine, apps

DB = Engine()

APP_REGISTRY = apps("tests.ottavino.house.piccolo_app")
