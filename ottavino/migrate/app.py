"""Piccolo's app, with the objects that it declares beside its tables."""

from dataclasses import dataclass

from piccolo.conf.apps import AppConfig

from ottavino.declare.as_found import AsFound
from ottavino.declare.comment import Comment
from ottavino.declare.database_function import DatabaseFunction
from ottavino.declare.role import ApiRole
from ottavino.declare.schema_object import SchemaObject
from ottavino.declare.trigger import Trigger

Object = ApiRole | AsFound | Comment | DatabaseFunction | Trigger | SchemaObject


@dataclass
class App(AppConfig):
    """An app with objects that belong to none of its tables: functions, and triggers on other
    tables.
    """

    objects: tuple[Object, ...] = ()

    def __post_init__(self) -> None:
        """Refuse an object without a table at the line where the application names it."""
        super().__post_init__()
        for each in self.objects:
            if isinstance(each, Trigger):
                each.definitions()


def is_migrated(app: AppConfig) -> bool:
    """Whether the files in an app's folder are its own migrations.

    An app with only commands shares the folder. An `App` without tables may have had some
    before.
    """
    return bool(app.table_classes) or isinstance(app, App)


def objects_of(app: AppConfig) -> tuple[Object, ...]:
    """The objects that an app declares beside its tables; another kind of app has none."""
    return app.objects if isinstance(app, App) else ()
