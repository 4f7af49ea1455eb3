"""The tables and views of a database, as far as a class is written from them."""

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict

from ottavino.postgres.connection import Connection
from ottavino.postgres.quoting import identifier, schema_of
from ottavino.sql.names import path_of

TABLES = (Path(__file__).parent / "tables.sql").read_text("utf-8")


USAGE = """
select nspname, jsonb_build_object(
    'comment', obj_description(oid, 'pg_namespace'),
    'privileges', (
        select coalesce(jsonb_agg(jsonb_build_object(
            'role', case grantee when 0 then 'public' else grantee::regrole::text end,
            'privilege', lower(privilege_type),
            'with_option', is_grantable
        ) order by grantee::regrole::text, privilege_type), '[]')
        from aclexplode(nspacl) where grantee <> nspowner
    ),
    -- PostgreSQL does not record what its own schemas hold.
    'is_empty', nspname !~ '^pg_' and not exists (
        select from pg_depend
        where refclassid = 'pg_namespace'::regclass and refobjid = pg_namespace.oid
            and deptype = 'n'
    )
)
from pg_namespace where nspname = any($1::text[])
"""


class _Read(BaseModel):
    model_config = ConfigDict(frozen=True)


class FoundGrant(_Read):
    """A privilege that a role has."""

    role: str
    privilege: str
    column: str | None = None
    with_option: bool = False


class FoundSchema(_Read):
    """A schema's comment and privileges."""

    comment: str | None
    privileges: list[FoundGrant]
    is_empty: bool
    """Whether nothing is in it yet."""


class FoundDomain(_Read):
    """The domain that a column is of."""

    name: str
    of: str
    collation: str | None
    """Its collation, where that is not the one of its type."""
    default: str | None
    required: bool
    of_extension: bool
    checks: dict[str, str]

    @property
    def has_own_collation(self) -> bool:
        """Whether its collation is none of PostgreSQL's, whose names have no schema."""
        return self.collation is not None and len(path_of(self.collation)) > 1


class FoundColumn(_Read):
    """A column."""

    name: str
    type: str
    collation: str | None
    """Its collation, where that is not the one of its type."""
    null: bool
    default: str | None
    identity: str
    generated: str
    comment: str | None
    domain: FoundDomain | None
    sequence: str | None
    """The sequence that belongs to it."""
    sequence_uses: int
    """The number of defaults that take numbers of this sequence."""
    counts: str | None
    """The options of this sequence that are not PostgreSQL's defaults."""
    sequence_comment: str | None
    sequence_privileges: list[FoundGrant] | None
    labels: list[str] | None
    """The values of its type, if that is an enumeration or an array of one."""


class FoundConstraint(_Read):
    """A constraint. A foreign key has a parent."""

    name: str
    type: str
    columns: list[str] | None
    parent: str | None
    parent_columns: list[str] | None
    on_delete: str
    on_update: str
    match: str
    clears: Any
    deferrable: bool
    deferred: bool
    definition: str


class FoundPublication(_Read):
    """A table's place in a publication."""

    name: str
    columns: list[str] | None
    """The columns that it sends, where these are not all."""
    where: str | None
    """The condition on the rows that it sends."""
    options: str | None
    """The options of the publication that are not PostgreSQL's defaults."""
    comment: str | None
    """The comment on the publication."""


class FoundPartition(_Read):
    """A partition of a table, or of another partition."""

    name: str
    parent: str
    values: str
    partition_by: str | None
    row_security: bool
    forced: bool
    persistence: str
    options: list[str] | None
    comment: str | None
    privileges: list[FoundGrant]
    inherited: list[str]
    """The names of its indexes, constraints and triggers that its parent's have made."""


class FoundIndex(_Read):
    """An index that belongs to no constraint."""

    name: str
    method: str
    unique: bool
    columns: list[str | None]
    descending: list[bool]
    is_plain: bool | None
    where: str | None


class FoundTable(_Read):
    """A table or view with its columns, constraints, indexes and privileges."""

    schema_: str
    name: str
    kind: str
    query: str | None
    """Of a view: its SQL."""
    row_security: bool
    forced: bool
    replica_identity: str
    replica_index: str | None
    """The index that is its replica identity."""
    of_type: str | None
    """The composite type that it is declared of."""
    parents: str | None
    """The tables from which it inherits columns."""
    persistence: str
    options: list[str] | None
    comment: str | None
    grantable: list[str]
    privileges: list[FoundGrant]
    columns: list[FoundColumn]
    constraints: list[FoundConstraint]
    indexes: list[FoundIndex]
    partition_by: str | None
    """How its rows are spread over partitions."""
    partitions: list[FoundPartition]
    """Those of partitions too, each after its own parent."""
    publications: list[FoundPublication]
    """The publications that name it."""

    @property
    def full_name(self) -> str:
        """Its name with the schema."""
        return f"{identifier(self.schema_)}.{identifier(self.name)}"

    @property
    def schemas(self) -> list[str]:
        """Its schema, and those of its partitions."""
        return [self.schema_, *(schema_of(each.name) for each in self.partitions)]

    @property
    def noun(self) -> str:
        """What PostgreSQL calls it."""
        return {"v": "view", "m": "materialized view"}.get(self.kind, "table")

    @property
    def key(self) -> FoundConstraint | None:
        """Its primary key."""
        return next((each for each in self.constraints if each.type == "p"), None)


async def found_tables(connection: Connection, schemas: Iterable[str]) -> list[FoundTable]:
    """The tables and views of some schemas, by name.

    Every name in them is written with its schema.
    """
    await connection.execute("set local search_path = ''")
    rows = await connection.fetch(TABLES, [*schemas])
    read = [json.loads(row[0]) for row in rows]
    return [FoundTable(**{**each, "schema_": each.pop("schema")}) for each in read]


async def found_schemas(
    connection: Connection, schemas: Iterable[str]
) -> dict[str, FoundSchema]:
    """The comment and the privileges of each schema."""
    rows = await connection.fetch(USAGE, [*schemas])
    return {name: FoundSchema(**json.loads(found)) for name, found in rows}
