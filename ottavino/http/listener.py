"""The socket that a server listens at, or a sentence that says why it cannot."""

import errno
import socket

from ottavino.errors import SettingsError

NOT_HERE = {errno.EADDRNOTAVAIL, socket.EAI_NONAME, socket.EAI_AGAIN, socket.EAI_FAIL}
"""The system's errors for a host that is not an address of this machine."""


def bound(host: str, port: int) -> socket.socket:
    """A socket bound to HOST and PORT; else a `SettingsError` that says what to set instead."""
    listener = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
    except (OSError, OverflowError) as error:
        listener.close()
        raise SettingsError(_sentence(host, port, error)) from error
    return listener


def _sentence(host: str, port: int, error: OSError | OverflowError) -> str:
    if isinstance(error, OverflowError):
        return f"PORT must be a whole number from 1 to 65535, not {port}."
    if error.errno == errno.EADDRINUSE:
        return (
            f"Port {port} is in use at {host}: stop the program that uses it, or set PORT to "
            f"another one, such as PORT={port % 65535 + 1}."
        )
    if error.errno in NOT_HERE:
        return (
            f"HOST is {host}, which is no address of this machine: set it to 127.0.0.1 to be "
            "reached from this machine alone, or to 0.0.0.0 to be reached from others."
        )
    if error.errno == errno.EACCES:
        return f"This account may not listen at port {port}: set PORT to one from 1024 on."
    return f"The server cannot listen at {host}, port {port}: {error.strerror}."
