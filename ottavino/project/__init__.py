"""The functions that `piccolo_conf.py` and `db/piccolo_app.py` of an application call."""

from ottavino.postgres.embedded import Embedded, provide
from ottavino.postgres.engine import Engine
from ottavino.project.apps import apps, tables_app

__all__ = ["Engine", "apps", "tables_app"]


def _embedded() -> Embedded:
    from ottavino.dev.database import embedded  # noqa: PLC0415  # a server in production imports nothing of `dev`

    return embedded


provide(_embedded)
