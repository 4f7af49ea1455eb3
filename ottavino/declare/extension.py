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
        return new.moved(), self.moved()

    def moved(self) -> str:
        """The SQL that moves its objects to its schema."""
        return (
            f"create schema if not exists {self.into};\n"
            f"alter extension {identifier(self.full_name)} set schema {self.into}"
        )


@dataclass(frozen=True, slots=True)
class Extension(SchemaObject):
    """An extension, whose functions and types are in a schema: on Supabase, `extensions`. An
    installed extension is not changed, and is not dropped when the migration is undone. A
    missing schema is created.
    """

    name: str
    schema: str = "extensions"

    def __post_init__(self) -> None:
        require_declared(self)

    def definitions(self) -> Iterator[Definition]:
        schema = identifier(self.schema)
        yield ExtensionDefinition(
            f"extension {self.name}",
            f"create schema if not exists {schema};\n{_create(self.name, schema)}",
            _drop(self.name),
            uses={},
            into=schema,
            read=READ.format(name=literal(self.name)),
        )


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
