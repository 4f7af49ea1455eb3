"""What `piccolo_conf.py` and `db/piccolo_app.py` of an application are made of."""

from ottavino.postgres.engine import Engine
from ottavino.project.apps import apps, tables_app

__all__ = ["Engine", "apps", "tables_app"]
