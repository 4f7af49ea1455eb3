"""Extensions of PostgreSQL."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import ClassVar

from ottavino.declare.definition import FACT, Definition
from ottavino.declare.fitting import require_declared
from ottavino.declare.schema_object import SchemaObject, SchemaObjectDefinition
from ottavino.postgres.quoting import identifier, literal

READ = "select extnamespace::regnamespace::text from pg_extension where extname = {name}"


@dataclass(frozen=True, slots=True)
class ExtensionDefinition(SchemaObjectDefinition):
    """The definition of an extension for migrations."""

    kind: ClassVar[str] = "extension"
    is_shared: ClassVar[bool] = True
    rank: ClassVar[int] = 1
    precedes_tables: ClassVar[bool] = True
    is_replaced: ClassVar[bool] = True

    @property
    def address(self) -> str:
        return f"extension {identifier(self.full_name)}"

    into: str = field(default="", compare=False, kw_only=True, metadata=FACT)
    """The quoted schema of its objects."""

    @property
    def expected(self) -> str:
        """Its schema, since a shadow database has no extensions of its own."""
        return self.into

    def altered(self, new: Definition) -> tuple[str, str] | None:
        """The SQL that moves its objects to another schema, and back."""
        if not isinstance(new, ExtensionDefinition):
            return None
        if new.into == self.into:
            return new.moved(), self.moved()
        return (
            f"{new.moved()};\n{_without_schema(self.into)}",
            f"{self.moved()};\n{_without_schema(new.into)}",
        )

    def moved(self) -> str:
        """The SQL that moves its objects to its schema."""
        return (
            f"{_with_schema(self.into)};\n"
            f"alter extension {identifier(self.full_name)} set schema {self.into}"
        )


@dataclass(frozen=True, slots=True)
class Extension(SchemaObject):
    """An extension, whose functions and types are in a schema: on Supabase, `extensions`. An
    installed extension is not changed, and is not dropped when the migration is undone. A
    missing schema is created, and closed to everybody else, and is dropped again with the last
    extension in it.
    """

    name: str
    schema: str = "extensions"

    def __post_init__(self) -> None:
        require_declared(self)

    def definitions(self) -> Iterator[Definition]:
        schema = identifier(self.schema)
        yield ExtensionDefinition(
            f"extension {self.name}",
            f"{_with_schema(schema)};\n{_create(self.name, schema)}",
            f"{_drop(self.name)};\n{_without_schema(schema)}",
            uses={},
            into=schema,
            read=READ.format(name=literal(self.name)),
        )


def _with_schema(schema: str) -> str:
    """The SQL that creates a missing schema, which default privileges may open to others."""
    return f"""\
do $schema$
declare
    role text;
begin
    create schema {schema};
    insert into ottavino.made_for_extensions (schema) values ({literal(schema)})
    on conflict do nothing;
    for role in
        select distinct
            case grantee when 0 then 'public' else grantee::pg_catalog.regrole::text end
        from pg_catalog.pg_namespace, pg_catalog.aclexplode(nspacl)
        where oid = {literal(schema)}::pg_catalog.regnamespace and grantee <> nspowner
    loop
        execute format('revoke all on schema %s from %s', {literal(schema)}, role);
    end loop;
exception
    when duplicate_schema then
        null;
end
$schema$"""  # noqa: S608  # the name is quoted


def _without_schema(schema: str) -> str:
    """The SQL that drops a schema which was created for extensions, if nothing is in it."""
    return f"""\
do $schema$
begin
    delete from ottavino.made_for_extensions where schema = {literal(schema)};
    if found then
        drop schema if exists {schema};
    end if;
exception
    when dependent_objects_still_exist then
        null;
end
$schema$"""  # noqa: S608  # the name is quoted


def _create(name: str, schema: str) -> str:
    return f"""\
do $extension$
begin
    if not exists (select from pg_extension where extname = {literal(name)}) then
        create extension {identifier(name)} with schema {schema};
        insert into ottavino.made_extensions (name) values ({literal(name)})
        on conflict do nothing;
    end if;
end
$extension$"""  # noqa: S608  # the names are quoted


def _drop(name: str) -> str:
    """The SQL that drops the extension if a migration made it."""
    return f"""\
do $extension$
begin
    delete from ottavino.made_extensions where name = {literal(name)};
    if found then
        drop extension if exists {identifier(name)};
    end if;
end
$extension$"""  # noqa: S608  # the names are quoted
