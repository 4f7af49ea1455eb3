"""The OpenAPI document of all functions, from what they declare."""

import inspect
import re
import sys
from collections.abc import Iterator
from typing import Any

from ottavino.http.discovery import Functions, importable
from ottavino.http.function import Function
from ottavino.http.openapi.errors import ERROR, shared_responses
from ottavino.http.openapi.operation import USER, operation, uses
from ottavino.http.openapi.schemas import Schemas
from ottavino.http.route import Route

SECURITY = {
    "bearer": {
        "type": "http",
        "scheme": "bearer",
        "bearerFormat": "JWT",
        "description": "A token of the project, as signing in gives it.",
    },
    "apikey": {
        "type": "apiKey",
        "in": "header",
        "name": "apikey",
        "description": "A key of the project. A token in `Authorization` takes precedence.",
    },
}


def document(functions: Functions) -> dict[str, Any]:
    """The document. It leaves out functions that could not be imported."""
    routes = list(_routes(functions))
    schemas = Schemas(use for _, _, route in routes for use in uses(route))
    addresses: dict[tuple[str, str], str] = {}
    paths: dict[str, Any] = {}
    for name, function, route in routes:
        # Paths that differ only in the names of their placeholders are one path, with the
        # first's names.
        address = addresses.setdefault((name, route.shape), _address(name, route))
        described = operation(name, function, route, address, schemas)
        paths.setdefault(address, {})[route.method.lower()] = described
    return {
        "openapi": "3.1.0",
        "info": {"title": "Functions", "version": "1"},
        "tags": [
            {"name": name, "description": _story(function)}
            for name, function in importable(functions).items()
        ],
        "security": USER,
        "paths": paths,
        "components": {
            "schemas": {**schemas.definitions, "Error": ERROR},
            "responses": shared_responses(),
            "securitySchemes": SECURITY,
        },
    }


def _routes(functions: Functions) -> Iterator[tuple[str, Function, Route]]:
    for name, function in importable(functions).items():
        yield from ((name, function, route) for route in function.routes)


def _address(name: str, route: Route) -> str:
    # "{path:path}" also matches slashes, which OpenAPI cannot express.
    below = re.sub(r"{(\w+):\w+}", r"{\1}", route.path).rstrip("/")
    return f"/functions/v1/{name.replace('_', '-')}{below}"


def _story(function: Function) -> str:
    module = sys.modules[function.routes[0].handler.__module__]
    return inspect.getdoc(module) or ""
