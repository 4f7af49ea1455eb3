"""Whether a database has the columns that this server's tables need. It may have more."""

import functools

from piccolo.table import Table

from ottavino.declare.definition import unqualified
from ottavino.migrate.state import declared
from ottavino.postgres.connection import Connection
from ottavino.postgres.quoting import schema_of

# It reads only catalogs, as any login may. A type is compared without its length, because
# PostgreSQL refuses values that are too long.
LACKING = """
select format('%s.%s.%s', schemas, tables, columns)
from unnest($1::text[], $2::text[], $3::text[], $4::text[])
    as needed (schemas, tables, columns, types)
where not exists (
    select from pg_catalog.pg_attribute
    join pg_catalog.pg_class on pg_class.oid = attrelid
    join pg_catalog.pg_namespace on pg_namespace.oid = relnamespace
    where nspname = schemas and relname = tables
        and attname = columns and attnum > 0 and not attisdropped
        and atttypid = to_regtype(types)
)
"""


async def lacking(connection: Connection, tables: tuple[type[Table], ...]) -> list[str]:
    """The columns of these tables that are missing in a database, or of another type."""
    rows = await connection.fetch(LACKING, *_needed(tables))
    return [row[0] for row in rows]


@functools.cache
def _needed(tables: tuple[type[Table], ...]) -> list[list[str]]:
    """For each declared column its schema, its table, its name and its type, as four lists."""
    needed = [
        (schema_of(table), unqualified(table), column, spec.type)
        for table, columns in declared(tables).tables.items()
        for column, spec in columns.items()
    ]
    return [[each[number] for each in needed] for number in range(4)]
