"""Publications: the tables and columns that logical replication sends, also to Supabase's
Realtime.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import ClassVar, Literal

from piccolo.table import Table

from ottavino.declare.definition import Definition, qualified
from ottavino.declare.fitting import require_declared
from ottavino.declare.generated import Named, column_names, used
from ottavino.declare.schema_object import SchemaObject
from ottavino.declare.tokens import closed
from ottavino.postgres.quoting import identifier, literal

Operation = Literal["insert", "update", "delete", "truncate"]
EVERYTHING: tuple[Operation, ...] = ("insert", "update", "delete", "truncate")

READ = """
select concat_ws(
    ' ', case when pubinsert then 'insert' end, case when pubupdate then 'update' end,
    case when pubdelete then 'delete' end, case when pubtruncate then 'truncate' end, 'of',
    (
        select string_agg(format('%I.%I', schemaname, tablename), ', ' order by 1)
        from pg_publication_tables of where of.pubname = pg_publication.pubname
    )
)
from pg_publication where pubname = {name}
""".strip()
READ_OF_TABLE = """
select concat_ws(
    ' ', 'every change', 'of ' || sent.columns, 'where ' || pg_get_expr(prqual, prrelid)
)
from pg_publication_rel join pg_publication on pg_publication.oid = prpubid,
lateral (
    select string_agg(quote_ident(attname), ', ' order by attname) as columns
    from pg_attribute where attrelid = prrelid and attnum = any(prattrs::int2[])
) as sent
where pubname = {name} and prrelid = {table}::regclass
""".strip()


def _read(name: str) -> str:
    return READ.format(name=literal(name))


def _read_of_table(name: str, table: str) -> str:
    return READ_OF_TABLE.format(name=literal(name), table=literal(table))


@dataclass(frozen=True, slots=True)
class PublicationDefinition(Definition):
    """The definition of a publication for migrations."""

    kind: ClassVar[str] = "publication"
    rank: ClassVar[int] = 35

    @property
    def table(self) -> str:
        """Empty: it belongs to no single table."""
        return ""

    @property
    def address(self) -> str:
        return f"publication {identifier(self.full_name)}"

    def read_as(self, names: Mapping[str, str]) -> str:
        """The query for its stand-in in a shadow database."""
        return _read(names.get(self.full_name, self.full_name))


@dataclass(frozen=True, slots=True)
class PublishedDefinition(Definition):
    """The definition of a table's place in a publication, for migrations."""

    kind: ClassVar[str] = "published"
    rank: ClassVar[int] = 36

    def read_as(self, names: Mapping[str, str]) -> str:
        """The query for its entry in the publication's stand-in."""
        return _read_of_table(names.get(self.own_name, self.own_name), self.table)


@dataclass(frozen=True, slots=True)
class Publication(SchemaObject):
    """Sends the changes of some tables to subscribers, who see every row."""

    name: str
    tables: tuple[type[Table], ...]
    operations: tuple[Operation, ...] = EVERYTHING

    def __post_init__(self) -> None:
        require_declared(self)

    def definitions(self) -> Iterator[Definition]:
        tables = [*map(qualified, self.tables)]
        name = identifier(self.name)
        yield PublicationDefinition(
            f"publication {self.name}",
            f"create publication {name} for table {', '.join(tables)}\n"
            f"    with (publish = {literal(', '.join(self.operations))})",
            f"drop publication {name}",
            uses=dict.fromkeys(tables, ()),
            read=_read(self.name),
        )


@dataclass(frozen=True, slots=True)
class Published:
    """Adds the table to a publication that others may own: `Published()` to that of Supabase's
    Realtime. A missing publication is created, and stays when the table is removed from it.
    Subscribers receive only `columns`, and only the rows for which the SQL condition `where` is
    true. PostgreSQL refuses to update and delete rows unless `columns` has all columns of the
    replica identity, and `where` no others.
    """

    to: str = "supabase_realtime"
    columns: tuple[Named, ...] = field(default=(), kw_only=True)
    where: str | None = field(default=None, kw_only=True)

    def __post_init__(self) -> None:
        require_declared(self)

    def definition(self, table: str) -> Definition:
        name = identifier(self.to)
        listed = f" ({column_names(self.columns)})" if self.columns else ""
        condition = "" if self.where is None else f" where ({closed(self.where)})"
        return PublishedDefinition.on(
            table,
            self.to,
            "do $$\n"
            "begin\n"
            "    if not exists (\n"
            f"        select from pg_publication where pubname = {literal(self.to)}\n"
            "    ) then\n"
            f"        create publication {name};\n"
            "    end if;\n"
            f"    alter publication {name} add table {table}{listed}{condition};\n"
            "end\n"
            "$$",
            f"alter publication {name} drop table {table}",
            uses=used(table, self.columns),
            free=() if self.where is None else (self.where,),
            read=_read_of_table(self.to, table),
        )
