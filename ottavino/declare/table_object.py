"""The objects in a table's `database_objects`, and their validation. They are validated when
the class is defined, so a mistake raises an error at its line, and not in the middle of a
migration.
"""

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Sequence
from typing import Any, get_args, get_origin

from piccolo.table import Table

from ottavino.declare.as_found import AsFound, RowSecurity
from ottavino.declare.column import Col, name_of, piccolo
from ottavino.declare.comment import Comment
from ottavino.declare.constraint import Check, Exclude, ForeignKey, PrimaryKey, Unique
from ottavino.declare.database_function import DatabaseFunction
from ottavino.declare.definition import Definition, unqualified
from ottavino.declare.fitting import shown
from ottavino.declare.generated import Generated, Named, column_name
from ottavino.declare.grant import Grant, privileges
from ottavino.declare.index import Index
from ottavino.declare.kinds import found
from ottavino.declare.members import Members
from ottavino.declare.own_search import OwnSearch
from ottavino.declare.partition import Partition
from ottavino.declare.policy import Policy, row_security
from ottavino.declare.publication import Published
from ottavino.declare.role import PUBLIC, AnyRole, definitions_of
from ottavino.declare.schema_object import SchemaObject
from ottavino.declare.search_vector import SearchVector
from ottavino.declare.sequence import SequencePrivileges
from ottavino.declare.statistics import NoStatistics, names_one
from ottavino.declare.trigger import Trigger
from ottavino.postgres.quoting import identifier, require_schema, schema_of

TableObject = (
    Policy
    | Grant
    | Index
    | Check
    | Exclude
    | Partition
    | Published
    | Unique
    | PrimaryKey
    | ForeignKey
    | Generated
    | SearchVector
    | OwnSearch
    | Trigger
    | DatabaseFunction
    | Comment
    | NoStatistics
    | SequencePrivileges
    | Members[Any, Any]
    | AsFound
    | RowSecurity
    | SchemaObject
)


OBJECTS: tuple[type, ...] = tuple(get_origin(each) or each for each in get_args(TableObject))
"""The classes of the objects of a table."""

OF_STORED = (Index, Unique, PrimaryKey, ForeignKey, Exclude, NoStatistics, Published)
"""The objects that PostgreSQL makes only over stored columns."""


def definitions(table: str, objects: Sequence[TableObject]) -> Iterator[Definition]:
    """All definitions of a table with these objects, without its columns."""
    yield from definitions_of(named_roles(objects))
    yield next(
        (item.definition(table) for item in objects if isinstance(item, RowSecurity)),
        row_security(table),
    )
    yield privileges(table, [item for item in objects if isinstance(item, Grant)])
    own = [item.search for item in objects if isinstance(item, OwnSearch)]
    unsampled = _unsampled(objects)
    as_found = {item.name for item in objects if isinstance(item, AsFound)}
    for item in objects:
        match item:
            case Grant() | RowSecurity():
                pass
            case AsFound():
                yield found(item)
            case SearchVector() if item in own:
                yield item.column(table)
            case SequencePrivileges(is_serial=True) if item.detail(table) in as_found:
                pass  # It revokes them too, and grants what was found.
            case SearchVector() | OwnSearch() | Trigger() | Members() | Unique():
                yield from item.definitions(table)
            case SchemaObject():
                yield from item.definitions()
            case DatabaseFunction():
                yield item.definition()
            case Index():
                yield item.definition(table, unsampled)
            case _:
                yield item.definition(table)


def named_roles(objects: Iterable[object]) -> Iterator[AnyRole]:
    """The roles that some objects name, beside a table or in an app."""
    for item in objects:
        match item:
            case Grant(to=role):
                yield role
            case Policy(roles=roles) | DatabaseFunction(execute=roles) | Members(to=roles):
                yield from roles
            case Trigger(function=function):
                yield from function.execute
            case SchemaObject(roles=roles):
                yield from roles
            case _:
                pass


def computed(objects: Iterable[TableObject]) -> list[str]:
    """The names of the columns that PostgreSQL computes."""
    return [item.name for item in objects if isinstance(item, Generated | SearchVector)]


def unstored(objects: Iterable[object]) -> list[str]:
    """The names of the columns that PostgreSQL computes whenever they are read."""
    return [item.name for item in objects if isinstance(item, Generated) and not item.stored]


def require_sense(
    table: type[Table], qualified: str, objects: Sequence[TableObject], *, is_view: bool = False
) -> None:
    """Refuse columns of another table, and duplicate names."""
    columns: list[Any] = table._meta.columns
    names = [name_of(each) for each in columns if each.generated is None]
    _require_plain(qualified)
    for name, count in Counter(map(name_of, columns)).items():
        if count > 1:
            raise ValueError(
                f"{count} columns are named {name} in PostgreSQL: give each another "
                "db_column_name."
            )
    made = computed(objects)
    for name in (*names, *made):
        identifier(name)
    for name in made:
        if name in names:
            raise ValueError(f"{name} is both a column and a generated one: rename one.")
    for item in objects:
        _require_object(item)
        if not is_view:
            _require_on_table(item)
        if not isinstance(item, Check | DatabaseFunction | Generated):
            _require_own(table, {*names, *made}, item, item.columns)
        _require_stored(item, unstored(objects))
        if isinstance(item, OwnSearch):
            item.require_sense(
                [each for each in objects if isinstance(each, Policy)],
                [each for each in objects if isinstance(each, Grant)],
                [each for each in objects if isinstance(each, Index)],
            )
    _require_lasting([each for each in objects if isinstance(each, Policy)])
    _require_unsampled(objects)
    _require_one_each(definitions(qualified, objects))


def require_partitioned(objects: Iterable[TableObject], partition_by: str) -> None:
    """Refuse a partition of a table that has none."""
    for item in objects:
        if isinstance(item, Partition) and not partition_by:
            raise ValueError(
                f"{item.name} is a partition of a table that is not partitioned: write "
                'partition_by="…" in the arguments of the class.'
            )


def _unsampled(objects: Iterable[TableObject]) -> list[str]:
    """The names of the columns without statistics."""
    return [name for item in objects if isinstance(item, NoStatistics) for name in item.names]


def _require_unsampled(objects: Iterable[TableObject]) -> None:
    unsampled = _unsampled(objects)
    for item in objects:
        match item:
            case Generated(name, _, expression, stored=True):
                shows = names_one(f"({expression})::text", unsampled)
            case SearchVector(name=name):
                shows = any(name_of(column) in unsampled for column in item.columns)
            case _:
                continue
        if shows and name not in unsampled:
            raise ValueError(
                f"NoStatistics leaves out {name}, which is computed from a column that it "
                "names, so that samples of it show that column's values: name it too."
            )


def _require_lasting(policies: Sequence[Policy]) -> None:
    """Refuse a restrictive policy for named roles if another policy is for PUBLIC: a role could
    remove itself from the restrictive one.

    `drop owned by` removes a role from each policy that names it; a policy for PUBLIC names
    none.
    """
    if not any(PUBLIC in each.roles for each in policies if not each.restrictive):
        return
    for each in policies:
        if each.restrictive and PUBLIC not in each.roles:
            raise ValueError(
                f"The restrictive policy {each.name!r} names roles, and another policy is "
                f"for PUBLIC. With `drop owned by`, a role can remove itself from the "
                f"restrictive policy, and only the other would apply. Write to=PUBLIC for "
                f"the restrictive policy."
            )


def _require_plain(qualified: str) -> None:
    if qualified == "public.migration":
        raise ValueError(
            "public.migration is where it is written down which migrations have run: take "
            "another name, or another schema."
        )
    require_schema(schema_of(qualified))
    name = unqualified(qualified)
    if '"' in name:
        raise ValueError(f"The table name {name!r} has a quotation mark: take one without.")


def _require_own(
    table: type[Table], names: set[str], item: TableObject, columns: Iterable[Named | str]
) -> None:
    kind = type(item).__name__
    for column in columns:
        if isinstance(column, Col):
            meta = piccolo(column)._meta
            if meta._name is None:  # noqa: SLF001  # `name` would raise an error of Piccolo
                raise ValueError(f"{kind} names a column that is not assigned in the class.")
            # While the class is being defined, a column has no table yet.
            if meta._table is not None and not issubclass(table, meta.table):  # noqa: SLF001  # likewise
                raise ValueError(
                    f"{kind} names {meta.table.__name__}.{name_of(column)}: name a column of "
                    f"{table.__name__} itself."
                )
        if column_name(column) not in names:
            raise ValueError(
                f"{kind} names {column_name(column)}, which is not a column of the table: "
                f"declare it in the class, or in database_objects if it is generated."
            )


def _require_object(item: object) -> None:
    """Refuse what is no object of a table, such as the class of one, or a column."""
    if not isinstance(item, OBJECTS):
        is_class = isinstance(item, type) and issubclass(item, OBJECTS)
        how = f"write {item.__name__}(…)" if is_class else "remove it"  # pyright: ignore[reportAttributeAccessIssue, reportUnknownMemberType]  # a class has a name
        raise TypeError(
            f"database_objects has {shown(item)}, which is no object of one: {how}."
        )


def _require_on_table(item: TableObject) -> None:
    if isinstance(item, Trigger) and item.when == "instead of" and item.on is None:
        raise ValueError(
            f"The trigger {item.name!r} is called instead of a command, as only one of a view "
            'can be: write when="before" or when="after".'
        )


def _require_stored(item: TableObject, unstored: Collection[str]) -> None:
    """Refuse an object over a column that is not stored, if it needs stored values."""
    if not isinstance(item, OF_STORED):
        return
    for name in map(column_name, item.columns):
        if name in unstored:
            raise ValueError(
                f"{type(item).__name__} names {name}, which is computed whenever it is read, "
                "and only stored columns can be in an index, in a key, in statistics or in a "
                f"publication: leave {name} out of it, or leave stored=False out of {name}."
            )


def _require_one_each(made: Iterable[Definition]) -> None:
    seen: dict[str, Definition] = {}
    for definition in made:
        for name in (definition.name, *map(str, definition.claims)):
            other = seen.setdefault(name, definition)
            # A function is declared by each trigger that calls it, a type by each column of it,
            # and a role by each grant.
            if other is not definition and (other != definition or not other.is_shared):
                raise ValueError(
                    f"{definition.name} is declared twice, or another object has its name: "
                    f"remove one, or rename it."
                )
