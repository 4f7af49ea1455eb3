"""Procedures of the database, which `call` executes and which may end transactions."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

from ottavino.declare.database_function import QUOTE, FunctionBody, FunctionDefinition
from ottavino.declare.definition import Definition
from ottavino.declare.fitting import require_declared
from ottavino.declare.role import AnyRole, everybody, own, require_role
from ottavino.declare.schema_object import SchemaObject
from ottavino.postgres.quoting import identifier, require_schema


@dataclass(frozen=True, slots=True)
class ProcedureDefinition(FunctionDefinition):
    """The definition of a procedure for migrations."""

    kind: ClassVar[str] = "procedure"


@dataclass(frozen=True, slots=True, kw_only=True)
class DatabaseProcedure(SchemaObject):
    """A procedure in the database, which only the roles in `execute` may call.

    As in a `DatabaseFunction`, its body names every object with its schema.
    """

    name: str
    body: str
    arguments: tuple[str, ...] = ()
    """The arguments in SQL: `("older_than interval",)`."""
    language: str = "plpgsql"
    schema: str = "public"
    execute: tuple[AnyRole, ...] = ()

    def __post_init__(self) -> None:
        require_schema(self.schema)
        for role in self.execute:
            require_role(f"procedure {self.name!r}", role)
        require_declared(self, "body")

    @property
    def roles(self) -> tuple[AnyRole, ...]:
        return self.execute

    def definitions(self) -> Iterator[Definition]:
        name = f"{identifier(self.schema)}.{identifier(self.name)}"
        signature = f"{name}({', '.join(self.arguments)})"
        body = self.body.strip("\n")
        # A procedure with a search path of its own could not commit.
        create = f"create or replace procedure {signature}\nlanguage {self.language}\n"
        statements = [
            f"{create}as {QUOTE}\n{body}\n{QUOTE}",
            f"revoke all on procedure {signature} from {everybody(self.execute)}",
        ]
        if self.execute:
            statements.append(
                f"grant execute on procedure {signature} to {', '.join(self.execute)}"
            )
        yield ProcedureDefinition(
            f"procedure {signature}",
            ";\n".join(statements),
            f"drop procedure {signature}",
            interface=f"({', '.join(self.arguments)})",
            uses={},
            free=(self.body,),
            body=FunctionBody(self.body, self.language),
            roles=tuple(map(str, own(self.execute))),
        )
