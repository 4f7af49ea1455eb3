"""Finds the functions: the packages in a folder whose names do not begin with `_`."""

import logging
import pkgutil
import re
from collections.abc import Mapping
from importlib import import_module

from ottavino.errors import OttavinoError
from ottavino.http.binding import Handler
from ottavino.http.function import Function, plain

logger = logging.getLogger("ottavino")

SLUG = re.compile(r"[A-Za-z][A-Za-z0-9_-]*")

Functions = Mapping[str, Function | BaseException]
"""Functions by name; the error of a function that could not be imported."""


class NotAFunction(OttavinoError):
    """The folder has neither `function = Function()` with handlers nor `async def handler`."""


class UnusableName(OttavinoError):
    """The folder's name cannot be part of an address."""


def discover(package: str) -> Functions:
    """Import every function of a package. One that fails is logged; the others are served."""
    found: dict[str, Function | BaseException] = {}
    for module in pkgutil.iter_modules(import_module(package).__path__):
        if not module.ispkg or module.name.startswith("_"):
            continue
        name = _name(module.name)
        # The address would be ambiguous, so neither of the two folders is served.
        if name in found:
            found[name] = UnusableName(
                f"Two folders are called {name}: `-` and `_` are the same in an address. "
                f"Rename one."
            )
        else:
            found[name] = _load(package, module.name)
        log_failure(name, found[name])
    return found


def importable(functions: Functions) -> dict[str, Function]:
    """The functions that could be imported."""
    return {name: each for name, each in functions.items() if isinstance(each, Function)}


def log_failure(name: str, function: Function | BaseException) -> None:
    """If a function cannot be imported, log the reason."""
    if isinstance(function, BaseException):
        fields = {"at_start": True}
        logger.error(
            "The function %s cannot be imported.", name, exc_info=function, extra=fields
        )


def _name(slug: str) -> str:
    return slug.replace("-", "_")


def _load(package: str, folder: str) -> Function | BaseException:
    try:
        return _imported(package, folder)
    except (Exception, SystemExit) as error:  # noqa: BLE001  # whatever the module raises
        return error


def _imported(package: str, folder: str) -> Function:
    if not SLUG.fullmatch(folder):
        raise UnusableName(
            f"The name {folder!r} cannot be part of an address: name the folder like "
            f"{SLUG.pattern}."
        )
    module = import_module(f"{package}.{folder}")
    function = getattr(module, "function", None)
    if isinstance(function, Function) and function.routes:
        return function
    handler: Handler | None = getattr(module, "handler", None)
    if handler is not None:
        return plain(handler)
    raise NotAFunction
