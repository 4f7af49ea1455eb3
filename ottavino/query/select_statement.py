"""What a query asks, and its SQL: built by Piccolo once for each shape of question.

Building costs Piccolo more than PostgreSQL needs to answer. Two questions have one shape
when they differ in nothing but the values that they compare with, and those are arguments.
"""

from collections.abc import Hashable, Sequence
from dataclasses import dataclass, field
from typing import Any

from piccolo.columns.base import Column
from piccolo.columns.combination import UNDEFINED, And, Or, Where, WhereRaw
from piccolo.querystring import QueryString

from ottavino.declare.column import Col, Condition, Expression, Readable
from ottavino.declare.own_search import Found

MOST_SHAPES = 1000
"""How many are kept. A service has a few dozen; a limit that callers choose multiplies them."""

_built: dict[Hashable, str] = {}


class _Unknown(Exception):
    """The shape of something is not known here: Piccolo builds its SQL each time."""


@dataclass(slots=True)
class SelectStatement:
    """A question to one table: what is read, of which rows, in which order, how many."""

    table: Any
    reading: Sequence[Readable[Any]]
    found: Found | None = None
    """What is read instead of the whole table."""
    conditions: list[Condition] = field(default_factory=list[Condition])
    order: list[tuple[Any, bool]] = field(default_factory=list[tuple[Any, bool]])
    """Columns, each with whether it ascends."""
    groups: list[Any] = field(default_factory=list[Any])
    limit: int | None = None

    def sql(self) -> tuple[str, Sequence[Any]]:
        """The statement, and its arguments."""
        arguments: list[Any] = []
        try:
            shape = self._shape(arguments)
        except _Unknown:
            return self.build()
        if (sql := _built.get(shape)) is not None:
            return sql, arguments
        sql, built = self.build()
        # Kept only if Piccolo takes the very arguments that were counted here.
        if len(built) == len(arguments) and all(map(_same, built, arguments)):
            if len(_built) >= MOST_SHAPES:
                _built.clear()
            _built[shape] = sql
        return sql, built

    def build(self) -> tuple[str, list[Any]]:
        """The same, by Piccolo."""
        columns = [
            each.query if isinstance(each, Expression) else each for each in self.reading
        ]
        query = self.table.select(*columns)
        for condition in self.conditions:
            query = query.where(condition)
        for column, ascending in self.order:
            query = query.order_by(column, ascending=ascending)
        if self.groups:
            query = query.group_by(*self.groups)
        if self.limit is not None:
            query = query.limit(self.limit)
        (querystring,) = query.querystrings
        if self.found is not None:
            querystring = _reading_from(self.found, querystring)
        return querystring.compile_string()

    def _shape(self, arguments: list[Any]) -> Hashable:
        return (
            self.table,
            tuple([_read(each) for each in self.reading]),
            None if self.found is None else _source(self.found.source, arguments),
            tuple([_condition(each, arguments) for each in self.conditions]),
            tuple([(_column(column), ascending) for column, ascending in self.order]),
            tuple([_column(each) for each in self.groups]),
            self.limit,
        )


def _reading_from(found: Found, querystring: QueryString) -> QueryString:
    """Piccolo's statement, with what was found under the name of the table."""
    table = f" FROM {found.table._meta.get_formatted_tablename()}"
    before, _, after = querystring.template.partition(table)
    place = before.count("{}")
    arguments = querystring.args
    return QueryString(
        f"{before} FROM {{}}{after}", *arguments[:place], found.source, *arguments[place:]
    )


def _read(readable: Readable[Any]) -> Hashable:
    if isinstance(readable, Expression):
        return readable.query.template, _column(readable.column)
    return _column(readable)


def _column(column: Any) -> Hashable:
    meta = column._meta
    if meta.call_chain:
        return meta.table, meta.name, *(each._meta.name for each in meta.call_chain)
    return meta.table, meta.name


def _condition(condition: Condition, arguments: list[Any]) -> Hashable:
    """The shape of a condition; its values are added to the arguments, in Piccolo's order."""
    match condition:
        case And() | Or():
            first: Any = condition.first
            second: Any = condition.second
            return (
                type(condition),
                _condition(first, arguments),
                _condition(second, arguments),
            )
        case Where():
            return condition.operator, _column(condition.column), _values(condition, arguments)
        case WhereRaw():
            return _source(condition.querystring, arguments)


def _source(querystring: QueryString, arguments: list[Any]) -> Hashable:
    return querystring.template, _count(querystring.args, arguments)


def _values(condition: Where, arguments: list[Any]) -> Hashable:
    value, values = condition.value, condition.values
    if isinstance(value, Col):
        return _column(value)
    one = () if value is UNDEFINED else (value,)
    several: Any = () if values is UNDEFINED else values
    return _count((*one, *several), arguments)


def _count(values: Sequence[Any], arguments: list[Any]) -> int:
    for value in values:
        if isinstance(value, QueryString | Column):
            raise _Unknown
        arguments.append(value)
    return len(values)


def _same(one: object, other: object) -> bool:
    return one is other
