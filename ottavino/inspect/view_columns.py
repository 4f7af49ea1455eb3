"""The columns that a view's class declares, and that its query does not give."""

from ottavino.declare.type_definition import TypeDefinition
from ottavino.declare.view_definition import ViewDefinition
from ottavino.inspect.finding import Finding
from ottavino.migrate.state import State
from ottavino.postgres.connection import Connection

# A type is compared without its length, as where a server checks its tables.
UNFIT = """
select views, columns, types, format_type(atttypid, null), to_regtype(types) is null
from unnest($1::text[], $2::text[], $3::text[]) with ordinality
    as declared (views, columns, types, place)
join pg_class on pg_class.oid = to_regclass(views) and relkind in ('v', 'm')
left join pg_attribute
    on attrelid = pg_class.oid and attname = columns and attnum > 0 and not attisdropped
where atttypid is distinct from to_regtype(types)
order by place
"""


async def unfit_columns(connection: Connection, classes: State) -> list[Finding]:
    """A column of a view that is missing in the database, or of another type there.

    A view is created with the columns of its query, whatever its class declares. A declared
    type that is missing is a difference of its own, which a pending migration may explain.
    """
    own_types = [each for each in classes.objects.values() if isinstance(each, TypeDefinition)]
    declared = [
        (each.full_name, column, type_)
        for each in classes.objects.values()
        if isinstance(each, ViewDefinition)
        for column, type_ in each.columns
    ]
    names, columns, types = zip(*declared, strict=True) if declared else ((), (), ())
    rows = await connection.fetch(UNFIT, names, columns, types)
    return [
        Finding("error", "OTT113", f"{view}.{column}", _sentence(column, type_, found))
        for view, column, type_, found, is_missing in rows
        if not (is_missing and any(each.is_of(type_) for each in own_types))
    ]


def _sentence(column: str, declared: str, found: str | None) -> str:
    if found is None:
        return (
            f"The class declares the column {column}, and the view has none: name one so in "
            "the query, or take it out of the class."
        )
    return (
        f"The class declares {column} as {declared}, and the view has it as {found}: declare "
        f"it as that, or cast it in the query: {column}::{declared}."
    )
