"""How the functions are served, by a deployment and by a developer alike.

`python -m ottavino serve` is a line on it, and so are `web` of `Procfile` and
`piccolo functions serve`, which brings a listener of its own.
"""

import asyncio
import math
from typing import Any

import uvicorn

from ottavino.errors import in_a_sentence
from ottavino.http.configuration import import_configuration
from ottavino.http.lifespan import check_login, check_settings
from ottavino.http.listener import bound
from ottavino.http.log import LOGGING
from ottavino.postgres.positions import shared_positions
from ottavino.settings import settings

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
        import_configuration()
        # uvicorn would say why in a line of its log, and after the application has started.
        bound(settings().host, settings().port).close()
    # What a caller writes through one process, they read through another one.
    with shared_positions():
        uvicorn.run(app, **options())


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
