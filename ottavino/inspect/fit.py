"""Whether a database has the columns that this server's tables need. It may have more."""

import functools

from piccolo.conf.apps import Finder

from ottavino.migrate.state import declared
from ottavino.postgres.connection import Connection

# It reads the catalogs alone, which any login may do. A type is compared without its length: a
# value that is too long is PostgreSQL's to refuse.
LACKING = """
select format('%s.%s', tables, columns)
from unnest($1::text[], $2::text[], $3::text[]) as needed (tables, columns, types)
where not exists (
    select from pg_catalog.pg_attribute
    join pg_catalog.pg_class on pg_class.oid = attrelid
    join pg_catalog.pg_namespace on pg_namespace.oid = relnamespace
    where format('%s.%s', nspname, relname) = tables
        and attname = columns and attnum > 0 and not attisdropped
        and atttypid = to_regtype(types)
)
"""


async def lacking(connection: Connection) -> list[str]:
    """The columns that are missing in the database, or are of another type."""
    rows = await connection.fetch(LACKING, *_needed())
    return [row[0] for row in rows]


@functools.cache
def _needed() -> tuple[list[str], list[str], list[str]]:
    """For each declared column its table, its name and its type, as three lists."""
    needed = [
        (table, column, spec.type)
        for app in Finder().get_app_registry().app_configs.values()
        for table, columns in declared(app.table_classes).tables.items()
        for column, spec in columns.items()
    ]
    tables, columns, types = zip(*needed, strict=True) if needed else ((), (), ())
    return [*tables], [*columns], [*types]
