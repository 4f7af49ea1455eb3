"""The server without a shell: `python -m functions` reads what `web` of `Procfile` is given."""

import asyncio
import math
from typing import Any

import uvicorn

from ottavino.errors import in_a_sentence
from ottavino.http.lifespan import check_login, check_settings
from ottavino.http.log import LOGGING
from ottavino.settings import settings

PROTOCOL = "ottavino.http.protocol:Protocol"
"""By its name, which uvicorn's processes import."""


def main() -> None:
    """Serve until told to stop. A setting that is wrong is said before anything is started."""
    with in_a_sentence():
        check_settings()
        chosen = options()
        if chosen["workers"] > 1:
            # Their parent would start those that refuse to again and again.
            asyncio.run(check_login())
    uvicorn.run("functions.app:app", **chosen)


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


if __name__ == "__main__":
    main()
