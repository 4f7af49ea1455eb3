"""An application's configuration: `piccolo_conf.py`, or what `PICCOLO_CONF` names."""

import os
import sys

from piccolo.conf.apps import DEFAULT_MODULE_NAME, ENVIRONMENT_VARIABLE, Finder

from ottavino.errors import SettingsError
from ottavino.settings import ROOT


def import_configuration() -> None:
    """Import the configuration and with it the tables; `SettingsError` if it is missing."""
    # The console script, unlike `python -m`, does not put the current folder on the path.
    if str(ROOT) not in sys.path:
        sys.path.insert(0, str(ROOT))
    name = os.environ.get(ENVIRONMENT_VARIABLE) or DEFAULT_MODULE_NAME
    try:
        Finder().get_piccolo_conf_module()
    except ModuleNotFoundError as error:
        # If the configuration itself imports a missing module, the error names that module.
        if error.name is None or not f"{name}.".startswith(f"{error.name}."):
            raise
        if name == DEFAULT_MODULE_NAME:
            said = f"There is no piccolo_conf.py in {ROOT}: serve from the folder of a project."
        else:
            said = f"There is no module {name}, which PICCOLO_CONF names: correct or unset it."
        raise SettingsError(said) from error
