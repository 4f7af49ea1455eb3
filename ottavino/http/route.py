"""A route of a function: a handler with its method, its path, and how it is called."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from starlette.routing import compile_path

from ottavino.http.binding import Binder, Call, Handler, bind, takes_form
from ottavino.http.result import Answer, Result, answer, declared

LONGEST_TRIED = 4096
"""Divided by four for two placeholders in a row, and again for each further one."""


@dataclass(frozen=True, slots=True)
class Route:
    """A handler with its method, its path, and how it is called."""

    method: str
    path: str
    handler: Handler
    pattern: re.Pattern[str]
    binders: Mapping[str, Binder]
    takes_form: bool
    result: Result
    answer: Answer
    longest: float
    """The longest path that is compared with the pattern."""

    @classmethod
    def declared(cls, method: str, path: str, handler: Handler, status: int | None) -> "Route":
        """The route that a handler's signature declares."""
        below = below_address(path)
        pattern, _, placeholders = compile_path(below)
        binders = bind(handler, list(placeholders))
        result = declared(handler, status)
        return cls(
            method=method,
            path=below,
            handler=handler,
            pattern=pattern,
            binders=binders,
            takes_form=takes_form(handler),
            result=result,
            answer=answer(handler, result),
            longest=_longest(below),
        )

    @property
    def is_exact(self) -> bool:
        """Whether the path has no placeholder, so that it matches itself alone."""
        return "{" not in self.path

    @property
    def shape(self) -> str:
        """The path without the placeholders' names: paths of one shape match the same
        addresses.
        """
        return re.sub(r"{.*?}", "{}", self.path)

    @property
    def order(self) -> list[bool]:
        """Which steps of the path are placeholders: routes are tried in this order."""
        return ["{" in step for step in self.path.split("/")]

    def placeholders(self, below: str) -> Mapping[str, str] | None:
        """The values of the placeholders in a path; None if the path does not match."""
        match = self.pattern.fullmatch(below) if len(below) <= self.longest else None
        return match and match.groupdict()

    def arguments(self, call: Call) -> dict[str, object]:
        """The handler's arguments, typed; raises `Invalid` for one that does not fit."""
        return {name: binder.read(call) for name, binder in self.binders.items()}


def below_address(path: str) -> str:
    """A path below a function's address. A slash at its end makes no difference."""
    return "/" + path.strip("/")


def _longest(path: str) -> float:
    """The longest path that is compared with a pattern that has several placeholders in a row.

    For "/{year}-{month}", the regular expression tries to end the first placeholder at every
    hyphen; with a third placeholder, it tries every pair of hyphens.
    """
    in_steps = [step.count("{") for step in path.split("/") if ":path}" not in step]
    with_slashes = path.count(":path}")
    tried = sum(count - 1 for count in (*in_steps, with_slashes) if count > 1)
    return LONGEST_TRIED >> 2 * tried if tried else float("inf")
