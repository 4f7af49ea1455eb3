"""What Piccolo imports first: the engine, then the apps.

The order matters: importing an app imports the tables, and no name below `DB` exists yet
when they are imported.
"""

from piccolo.conf.apps import AppRegistry

from ottavino.migrate.commands import extend_piccolo
from ottavino.postgres.engine import Engine

DB = Engine()

extend_piccolo()

try:
    APP_REGISTRY = AppRegistry(apps=["db.piccolo_app", "functions.piccolo_app"])
except (ImportError, AttributeError) as error:
    # Piccolo would take it for a project without apps: no command of theirs, and exit 0.
    raise RuntimeError("An app cannot be imported; the error above says why.") from error
