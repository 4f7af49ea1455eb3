"""Schemas, and the roles that may use their objects."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import ClassVar

from ottavino.declare.definition import FACT, Definition
from ottavino.declare.fitting import require_declared
from ottavino.declare.privilege import changing
from ottavino.declare.role import AnyRole, everybody, own, require_role
from ottavino.declare.schema_object import SchemaObject, SchemaObjectDefinition
from ottavino.postgres.quoting import identifier, literal, require_schema

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
    """The definition of a schema for migrations."""

    kind: ClassVar[str] = "schema"
    rank: ClassVar[int] = 0
    precedes_tables: ClassVar[bool] = True
    is_replaced: ClassVar[bool] = True
    roles: tuple[str, ...] = field(default=(), compare=False, kw_only=True, metadata=FACT)
    """The roles of the project's own that may use it."""

    @property
    def schema(self) -> str:
        return self.full_name

    @property
    def address(self) -> str:
        return f"schema {identifier(self.full_name)}"

    def altered(self, new: Definition) -> tuple[str, str] | None:
        """What is revoked and granted. The privileges that others have granted stay."""
        if self == new:
            return None
        return changing(self.create, new.create), changing(new.create, self.create)


@dataclass(frozen=True, slots=True)
class Schema(SchemaObject):
    """A schema. The roles in `usage` may refer to its objects, which have grants of their own.
    An existing schema is used unchanged, except for its privileges, and is not dropped when the
    migration is undone.
    """

    name: str
    usage: tuple[AnyRole, ...] = ()

    def __post_init__(self) -> None:
        require_schema(self.name)
        for role in self.usage:
            require_role(f"schema {self.name!r}", role)
        require_declared(self)

    @property
    def roles(self) -> tuple[AnyRole, ...]:
        return self.usage

    def definitions(self) -> Iterator[Definition]:
        name, own_roles = identifier(self.name), own(self.usage)
        statements = [
            _create(self.name),
            f"revoke all on schema {name} from {everybody(self.usage)}",
        ]
        if self.usage:
            statements.append(f"grant usage on schema {name} to {', '.join(self.usage)}")
        yield SchemaDefinition(
            f"schema {self.name}",
            ";\n".join(statements),
            _drop(self.name, own_roles),
            uses={},
            roles=tuple(map(str, own_roles)),
            read=READ.format(name=literal(name)).strip(),
        )


def _create(schema: str) -> str:
    return f"""\
do $schema$
begin
    create schema {identifier(schema)};
    insert into ottavino.made_schemas (name) values ({literal(schema)}) on conflict do nothing;
exception
    when duplicate_schema then
        null;
end
$schema$"""  # noqa: S608  # the names are quoted


def _drop(schema: str, roles: Sequence[str]) -> str:
    """The SQL that drops the schema if a migration made it. Otherwise it only revokes the
    privileges that would keep the project's own roles from being dropped.
    """
    name = identifier(schema)
    revoke = f"revoke all on schema {name} from {', '.join(roles)};\n" if roles else ""
    return f"""\
{revoke}do $schema$
begin
    delete from ottavino.made_schemas where name = {literal(schema)};
    if found then
        drop schema {name};
    end if;
end
$schema$"""  # noqa: S608  # the names are quoted
