"""What may stand in the rules of a table, and what has to be true of it there.

It is checked when the class is made: a mistake is refused where it is written, in a
sentence, and not in the middle of a migration.
"""

from collections.abc import Iterable, Iterator, Sequence

from piccolo.table import Table

from ottavino.declare.column import Col, name_of, piccolo
from ottavino.declare.comment import Comment
from ottavino.declare.constraint import Check, ForeignKey, PrimaryKey, Unique
from ottavino.declare.database_function import DatabaseFunction
from ottavino.declare.definition import Definition, identifier
from ottavino.declare.generated import Generated, Named, column_name
from ottavino.declare.grant import Grant, privileges
from ottavino.declare.index import Index
from ottavino.declare.own_search import OwnSearch
from ottavino.declare.policy import Policy, row_security
from ottavino.declare.search_vector import SearchVector
from ottavino.declare.statistics import NoStatistics, names_one
from ottavino.declare.trigger import Trigger

TableObject = (
    Policy
    | Grant
    | Index
    | Check
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
)

CONSTRAINTS = {"check", "unique", "primary-key", "foreign-key"}


def definitions(table: str, objects: Sequence[TableObject]) -> Iterator[Definition]:
    """Everything besides its columns that a table with these rules is made of."""
    yield row_security(table)
    yield privileges(table, [rule for rule in objects if isinstance(rule, Grant)])
    own = [rule.search for rule in objects if isinstance(rule, OwnSearch)]
    unsampled = _unsampled(objects)
    for rule in objects:
        match rule:
            case Grant():
                pass
            case SearchVector() if rule in own:
                yield rule.column(table)
            case SearchVector() | OwnSearch() | Trigger():
                yield from rule.definitions(table)
            case DatabaseFunction():
                yield rule.definition()
            case Index():
                yield rule.definition(table, unsampled)
            case _:
                yield rule.definition(table)


def computed(objects: Iterable[TableObject]) -> list[str]:
    """The names of the columns that PostgreSQL computes."""
    return [rule.name for rule in objects if isinstance(rule, Generated | SearchVector)]


def require_sense(table: type[Table], qualified: str, objects: Sequence[TableObject]) -> None:
    """Refuse names that are not the table's, or not a name of one thing alone."""
    names = [column._meta.db_column_name for column in table._meta.columns]
    _require_plain(qualified)
    made = computed(objects)
    for name in (*names, *made):
        identifier(name)
    for name in made:
        if name in names:
            raise ValueError(f"{name} is both a column and a generated one: rename one.")
    for rule in objects:
        if not isinstance(rule, Check | DatabaseFunction | Generated):
            _require_own(table, {*names, *made}, rule, rule.columns)
        if isinstance(rule, OwnSearch):
            rule.require_sense(
                [each for each in objects if isinstance(each, Policy)],
                [each for each in objects if isinstance(each, Grant)],
                [each for each in objects if isinstance(each, Index)],
            )
    _require_unsampled(objects)
    _require_one_each(definitions(qualified, objects))


def _unsampled(objects: Iterable[TableObject]) -> list[str]:
    """The names of the columns of which nothing is kept."""
    return [name for rule in objects if isinstance(rule, NoStatistics) for name in rule.names]


def _require_unsampled(objects: Iterable[TableObject]) -> None:
    unsampled = _unsampled(objects)
    for rule in objects:
        match rule:
            case Generated(name, _, expression):
                tells = names_one(f"({expression})::text", unsampled)
            case SearchVector(name=name):
                tells = any(name_of(column) in unsampled for column in rule.columns)
            case _:
                continue
        if tells and name not in unsampled:
            raise ValueError(
                f"NoStatistics leaves out {name}, which is computed from a column that it "
                "names, and tells of it: name it too."
            )


def _require_plain(qualified: str) -> None:
    for name in qualified.split("."):
        if identifier(name) != name:
            raise ValueError(
                f"The table name {name!r} would have to be quoted wherever it is written: "
                "take one in lower case that SQL does not reserve."
            )


def _require_own(
    table: type[Table], names: set[str], rule: TableObject, columns: Iterable[Named | str]
) -> None:
    kind = type(rule).__name__
    for column in columns:
        if isinstance(column, Col):
            meta = piccolo(column)._meta
            if meta._name is None:  # noqa: SLF001  # `name` would raise words of Piccolo's
                raise ValueError(f"{kind} names a column that is not assigned in the class.")
            # In the body of its class, a column belongs to no table yet.
            if meta._table is not None and not issubclass(table, meta.table):  # noqa: SLF001  # likewise
                raise ValueError(
                    f"{kind} names {meta.table.__name__}.{name_of(column)}: name a column of "
                    f"{table.__name__} itself."
                )
        if column_name(column) not in names:
            raise ValueError(
                f"{kind} names {column_name(column)}, which is no column of it: declare it in "
                "the class, or in the rules if it is a generated one."
            )


def _require_one_each(made: Iterable[Definition]) -> None:
    seen: dict[str, Definition] = {}
    for definition in made:
        for name in _taken(definition):
            other = seen.setdefault(name, definition)
            # A function is declared by each trigger that calls it.
            if other is not definition and (other != definition or other.kind != "function"):
                raise ValueError(
                    f"{definition.name} is declared twice, or its name is taken: leave one "
                    "out, or give it another name."
                )


def _taken(definition: Definition) -> Iterator[str]:
    """The name, in each of PostgreSQL's lists of names that it stands in."""
    kind, _, name = definition.name.partition(" ")
    yield definition.name
    if kind in CONSTRAINTS:
        yield f"constraint {name}"
    if kind in {"index", "unique", "primary-key"}:
        schema, _, rest = name.partition(".")
        yield f"relation {schema}.{rest.rpartition('.')[2]}"
