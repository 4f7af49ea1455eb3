"""Serves the functions in a deployment.

`python -m ottavino serve`, the line `web` of `Procfile`, calls `main`. The development server,
`piccolo functions serve`, runs uvicorn itself, on an open socket: it shares only `options`.
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
"""By its name, because uvicorn's processes import it."""


def main(app: str = "functions.app:app") -> None:
    """Serve an application until a signal ends it.

    If a setting is wrong, or a table cannot be imported, it ends with a sentence before it
    starts anything.
    """
    with in_a_sentence():
        check_settings()
        if settings().web_concurrency > 1:
            # uvicorn's parent process would restart them for ever if they refused to start.
            asyncio.run(check_login())
        import_configuration()
        # uvicorn would log the reason only after the application has started.
        bound(settings().host, settings().port).close()
    # The processes share the positions of callers' writes, so that any of them reads what
    # another wrote.
    with shared_positions():
        uvicorn.run(app, **options())


def options() -> dict[str, Any]:
    """uvicorn's options, from the settings."""
    chosen = settings()
    return {
        "host": chosen.host,
        "port": chosen.port,
        "workers": chosen.web_concurrency,
        # The client's address and scheme are the connection's, unless a trusted proxy is named
        # in the settings.
        "forwarded_allow_ips": list(chosen.forwarded_allow_ips),
        "timeout_graceful_shutdown": math.ceil(chosen.shutdown_timeout),
        "http": PROTOCOL,
        "ws": "none",
        "lifespan": "on",
        "log_config": LOGGING,
        "access_log": False,
        "server_header": False,
    }
