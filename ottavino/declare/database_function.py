"""Functions in the database, and who may execute them."""

import inspect
import re
from dataclasses import dataclass
from typing import Literal

from ottavino.declare.definition import Definition, define, identifier
from ottavino.identity import Role

DEFAULT = re.compile(r"\s+default\s|\s*:?=", re.IGNORECASE)
QUOTE = "$function$"


@dataclass(frozen=True, slots=True, kw_only=True)
class DatabaseFunction:
    """A function in the schema `public`.

    Its body names every object with its schema, for its search path has none but those
    given and, last of all, the caller's own temporary one: on an empty path that comes first,
    and a type that a caller makes there would run their code with the function's rights.
    PostgreSQL and Supabase let everyone execute a new function: that is taken back, and
    given to `execute` alone.
    """

    name: str
    returns: str
    body: str
    arguments: tuple[str, ...] = ()
    """Each as SQL has it: `("query text", "most integer default 20")`."""
    language: Literal["plpgsql", "sql"] = "plpgsql"
    volatility: Literal["volatile", "stable", "immutable"] = "volatile"
    security_definer: bool = False
    search_path: tuple[str, ...] = ()
    settings: tuple[str, ...] = ()
    """What is set while it runs, besides the search path: `("work_mem = '64MB'",)`."""
    rows: int | None = None
    """How many rows the planner reckons with, of one that returns a set."""
    execute: tuple[Role, ...] = ()

    def __post_init__(self) -> None:
        if isinstance(self.arguments, str):
            raise TypeError(
                f'The arguments of the function {self.name!r} are a tuple: ("query text",).'
            )
        if QUOTE in self.body:
            raise ValueError(
                f"The function {self.name!r} quotes something with {QUOTE}, which quotes the "
                "body itself: write $quoted$ there."
            )

    @property
    def signature(self) -> str:
        """The name with the arguments, as other statements refer to it."""
        arguments = ", ".join(DEFAULT.split(each, maxsplit=1)[0] for each in self.arguments)
        return f"public.{identifier(self.name)}({arguments})"

    def definition(self) -> Definition:
        """The function, and who may execute it."""
        arguments = ", ".join(self.arguments)
        if arguments:
            arguments = f"\n    {arguments}\n"
        create = (
            f"create or replace function public.{identifier(self.name)}({arguments}) "
            f"returns {self.returns}\n"
            f"language {self.language}{self._attributes()}\n"
            f"as {QUOTE}\n{inspect.cleandoc(self.body)}\n{QUOTE};\n"
            f"revoke all on function {self.signature} from public, {', '.join(Role)}"
        )
        if self.execute:
            create += (
                f";\ngrant execute on function {self.signature} to {', '.join(self.execute)}"
            )
        return define(f"function {self.signature}", create, f"drop function {self.signature}")

    def _attributes(self) -> str:
        # What every function is anyway is not said.
        volatility = "" if self.volatility == "volatile" else f" {self.volatility}"
        security = "definer" if self.security_definer else "invoker"
        rows = "" if self.rows is None else f" rows {self.rows}"
        path = ", ".join(map(identifier, (*self.search_path, "pg_temp")))
        settings = "".join(f" set {each}" for each in self.settings)
        return f"{volatility}{rows} security {security} set search_path = {path}{settings}"


SET_UPDATED_AT = DatabaseFunction(
    # A project may have a set_updated_at of its own: many have.
    name="ottavino_set_updated_at",
    returns="trigger",
    body="""
        begin
            new.updated_at := now();
            return new;
        end
    """,
)
"""Keeps `updated_at` honest on every table that has the column."""
