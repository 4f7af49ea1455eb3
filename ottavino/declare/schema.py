"""Schemas, and the roles that may use their objects."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

from ottavino.declare.definition import Definition
from ottavino.declare.schema_object import SchemaObject, SchemaObjectDefinition
from ottavino.identity import Role
from ottavino.postgres.quoting import identifier, literal

# The name is a literal with a cast, so that a shadow database can replace it.
READ = """
select coalesce(
    (
        select string_agg(
            concat_ws(
                ' ', case grantee when 0 then 'public' else grantee::regrole::text end,
                lower(privilege_type)
            ),
            ', ' order by grantee::regrole::text, privilege_type
        )
        from aclexplode(nspacl) where grantee <> nspowner
    ),
    ''
) || coalesce(': ' || obj_description(oid, 'pg_namespace'), '')
from pg_namespace where oid = {name}::regnamespace
"""


@dataclass(frozen=True, slots=True)
class SchemaDefinition(SchemaObjectDefinition):
    """A schema as migrations know it."""

    kind: ClassVar[str] = "schema"
    rank: ClassVar[int] = 0
    precedes_tables: ClassVar[bool] = True
    is_replaced: ClassVar[bool] = True

    @property
    def schema(self) -> str:
        return self.full_name

    @property
    def address(self) -> str:
        return f"schema {identifier(self.full_name)}"


@dataclass(frozen=True, slots=True)
class Schema(SchemaObject):
    """A schema. The roles in `usage` may refer to its objects, which have grants of their own.
    An existing schema is used unchanged, except for its privileges.
    """

    name: str
    usage: tuple[Role, ...] = ()

    def definitions(self) -> Iterator[Definition]:
        name = identifier(self.name)
        statements = [
            f"create schema if not exists {name}",
            f"revoke all on schema {name} from public, {', '.join(Role)}",
        ]
        if self.usage:
            statements.append(f"grant usage on schema {name} to {', '.join(self.usage)}")
        yield SchemaDefinition(
            f"schema {self.name}",
            ";\n".join(statements),
            f"drop schema {name}",
            uses={},
            read=READ.format(name=literal(self.name)).strip(),
        )
