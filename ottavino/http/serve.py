"""How the functions are served, by a deployment and by a developer alike.

`python -m ottavino serve` is a line on it, and so are `web` of `Procfile` and
`piccolo functions serve`, which brings a listener of its own.
"""

import asyncio
import math
import sys
from typing import Any

import uvicorn
from piccolo.conf.apps import Finder

from ottavino.errors import SettingsError, in_a_sentence
from ottavino.http.lifespan import check_login, check_settings
from ottavino.http.listener import bound
from ottavino.http.log import LOGGING
from ottavino.postgres.positions import shared_positions
from ottavino.settings import ROOT, settings

PROTOCOL = "ottavino.http.protocol:Protocol"
"""By its name, which uvicorn's processes import."""


def main(app: str = "functions.app:app") -> None:
    """Serve an application until a signal ends it.

    A setting that is wrong, and a table that cannot be imported, end it with a sentence before
    anything is started.
    """
    with in_a_sentence():
        check_settings()
        if settings().web_concurrency > 1:
            # Their parent would start those that refuse to again and again.
            asyncio.run(check_login())
        _import_project()
        # uvicorn would say why in a line of its log, and after the application has started.
        bound(settings().host, settings().port).close()
    # What a caller writes through one process, they read through another one.
    with shared_positions():
        uvicorn.run(app, **options())


def _import_project() -> None:
    # The console script, unlike `python -m`, has no path to the current folder.
    if str(ROOT) not in sys.path:
        sys.path.insert(0, str(ROOT))
    try:
        Finder().get_piccolo_conf_module()
    except ModuleNotFoundError as error:
        if error.name != "piccolo_conf":
            raise
        raise SettingsError(
            f"There is no piccolo_conf.py in {ROOT}: serve from the folder of a project."
        ) from error


def options() -> dict[str, Any]:
    """What the settings mean to uvicorn."""
    chosen = settings()
    return {
        "host": chosen.host,
        "port": chosen.port,
        "workers": chosen.web_concurrency,
        # The address and the scheme of a request are what the network says, unless a proxy
        # that is named is believed to know better.
        "forwarded_allow_ips": list(chosen.forwarded_allow_ips),
        "timeout_graceful_shutdown": math.ceil(chosen.shutdown_timeout),
        "http": PROTOCOL,
        "ws": "none",
        "lifespan": "on",
        "log_config": LOGGING,
        "access_log": False,
        "server_header": False,
    }
