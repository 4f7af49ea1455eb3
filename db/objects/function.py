"""Functions in the database, and who may execute them."""

import inspect
from dataclasses import dataclass
from typing import Literal

from db.identity import Role
from db.objects.definition import Definition, define, identifier


@dataclass(frozen=True, slots=True, kw_only=True)
class Function:
    """A function in the schema `public`.

    Its search path is empty, so its body names every object with its schema, and nobody
    can put another object of the same name in its way. PostgreSQL and Supabase let
    everyone execute a new function: that is taken back, and given to `execute` alone.
    """

    name: str
    returns: str
    body: str
    arguments: str = ""
    language: Literal["plpgsql", "sql"] = "plpgsql"
    security_definer: bool = False
    execute: tuple[Role, ...] = ()

    @property
    def signature(self) -> str:
        """The name with the arguments, as other statements refer to it."""
        return f"public.{identifier(self.name)}({self.arguments})"

    def definition(self) -> Definition:
        """The function, and who may execute it."""
        security = "definer" if self.security_definer else "invoker"
        create = (
            f"create or replace function {self.signature} returns {self.returns}\n"
            f"language {self.language} security {security} set search_path = ''\n"
            f"as $function$\n{inspect.cleandoc(self.body)}\n$function$;\n"
            f"revoke all on function {self.signature} from public, {', '.join(Role)}"
        )
        if self.execute:
            create += (
                f";\ngrant execute on function {self.signature} to {', '.join(self.execute)}"
            )
        return define(f"function {self.signature}", create, f"drop function {self.signature}")


SET_UPDATED_AT = Function(
    name="set_updated_at",
    returns="trigger",
    body="""
        begin
            new.updated_at := now();
            return new;
        end
    """,
)
"""Keeps `updated_at` honest on every table that has the column."""
