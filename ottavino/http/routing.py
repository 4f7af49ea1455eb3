"""Finds the function that answers a request, its route, and the values in the path."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from ottavino.http.discovery import SLUG, Functions, importable
from ottavino.http.errors import ApiError, BootError, MethodNotAllowed, NotFound
from ottavino.http.function import Function
from ottavino.http.route import Route, below_address

Matched = tuple[Route | ApiError, Mapping[str, str]]


class Target(NamedTuple):
    """The function and the route that answer a request."""

    name: str
    """The function's."""
    path: str
    """The rest of the address after the function's name."""
    function: Function
    route: Route | ApiError
    """The route, or the error for a path or a method that the function does not have.

    The error is raised after authentication, so that an unknown caller learns nothing of a
    function's paths.
    """
    placeholders: Mapping[str, str]


class Routing:
    """All routes of some functions."""

    def __init__(self, functions: Functions) -> None:
        self._functions = {
            name: each for name, each in functions.items() if SLUG.fullmatch(name)
        }
        self._exact: dict[tuple[str, str, str], tuple[Function, Route, Mapping[str, str]]] = {
            (route.method, name, route.path): (function, route, {})
            for name, function in importable(self._functions).items()
            for route in function.routes
            if route.is_exact
        }
        """The routes without a placeholder, by method, function and path."""

    def find(self, method: str, address: str) -> Target:
        """The target of an address, such as `hello-world/greetings/7`."""
        slug, _, path = address.partition("/")
        name = slug.replace("-", "_")
        below = below_address(path)
        if exact := self._exact.get((method, name, below)):
            return Target(name, path, *exact)
        function = self._functions.get(name)
        if function is None:
            raise NotFound("No function has this name: check the address.")
        if isinstance(function, BaseException):
            raise BootError
        return Target(name, path, function, *_matched(function.routes, method, below))


def _matched(routes: Sequence[Route], method: str, below: str) -> Matched:
    """The first route that matches, or the error for the path or the method."""
    for wanted in ("HEAD", "GET") if method == "HEAD" else (method,):
        for route in routes:
            if route.method == wanted and (found := route.placeholders(below)) is not None:
                return route, found
    offered = {each.method for each in routes if each.placeholders(below) is not None}
    if not offered:
        return NotFound(), {}
    if "GET" in offered:
        offered.add("HEAD")
    return MethodNotAllowed(sorted(offered)), {}
