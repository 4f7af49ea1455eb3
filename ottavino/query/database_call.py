"""Calls of declared database functions: a value in a query, or rows to read.

def twice(number: Input[int]) -> Call[int]:
    return call(TWICE, int, number)

await twice(21)
await select(Document.id).where(twice(Document.file_size) > 10)
"""

import functools
from collections.abc import Generator, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal, TypeAlias, TypeVar, cast, overload

from pydantic_core import to_json

from ottavino.declare.column_types.times import moment
from ottavino.declare.condition import Comparison
from ottavino.declare.database_function import DatabaseFunction, without_default
from ottavino.declare.expression import Expression
from ottavino.declare.readable import Readable
from ottavino.declare.tokens import tokens
from ottavino.postgres.scope import current_scope
from ottavino.query.output import Output, decoder
from ottavino.query.printer import Printer
from ottavino.query.reading import Reading
from ottavino.query.row import Row
from ottavino.query.select_query import Select
from ottavino.query.select_statement import SelectStatement

Value = TypeVar("Value")
SomeRow = TypeVar("SomeRow", bound=Row)

Input: TypeAlias = Value | Readable[Value]
"""An argument: a value, or inside a query also an expression."""

MODES = ("out", "inout", "variadic")
"""The modes other than `in`, which is that of an argument without one."""
SEVERAL_WORDS = {
    "bit": {"varying"},
    "character": {"varying"},
    "double": {"precision"},
    "national": {"char", "character"},
    "time": {"with", "without"},
    "timestamp": {"with", "without"},
}
"""The first words of type names that have several words."""
SEVERAL = {"setof", "table", "record"}
"""The first words of result types with several rows or columns."""
JSON = {"json", "jsonb"}
MOMENTS = {"timestamptz", "timestamp with time zone"}


@dataclass(frozen=True, slots=True)
class Argument:
    """An argument that a function declares."""

    type: str
    is_optional: bool
    is_variadic: bool = False

    @property
    def template(self) -> str:
        """The template for its value."""
        return f"{'variadic ' if self.is_variadic else ''}{{}}::{self.type}"


class Call(Expression[Value]):
    """The value of a function call: used in a query, or awaited alone."""

    def __await__(self) -> Generator[Any, None, Value]:
        return self._fetch().__await__()

    async def _fetch(self) -> Value:
        printer = Printer()
        text = f"select {printer.text(self)}"
        ((value,),) = await current_scope().fetch(text, printer.arguments)
        decoded: Any = value if value is None or self.decode is None else self.decode(value)
        return decoded


@overload
def call(  # pyright: ignore[reportOverlappingOverload]  # a Row is also a type of values
    function: DatabaseFunction, row: type[SomeRow], /, *arguments: Any
) -> Select[SomeRow]: ...
@overload
def call(function: DatabaseFunction, kind: type[Value], /, *arguments: Any) -> Call[Value]: ...
@overload
def call(
    function: DatabaseFunction, kind: type[Value], /, *arguments: Any, optional: Literal[True]
) -> Call[Value | None]: ...
def call(
    function: DatabaseFunction, result: Any, /, *arguments: Any, optional: bool = False
) -> Any:
    """A call that returns a value of a type, or a query of the rows that the function returns.

    Each argument is sent as a parameter of the declared type. Arguments with a default may be
    left out at the end. With `optional`, the value may be None.
    """
    if isinstance(result, type) and issubclass(result, Row):
        return _rows(function, result.reading, arguments)
    template, given = _called(function, arguments)
    decode = decoder(result, of_json=_gives_json(function))
    return Call[Any](template, *given, type=result, optional=optional, decode=decode)


def call_set(
    function: DatabaseFunction, kind: type[Value], /, *arguments: Any
) -> Select[tuple[Value]]:
    """A query of the values of a function that returns a set of single values."""
    value = Output[Value](VALUE, kind)
    value.decode = decoder(kind, of_json=_gives_json(function))
    return _rows(function, Reading([value]), arguments, f' as called("{VALUE}")')


VALUE = "value"


def _rows(
    function: DatabaseFunction, reading: Reading, arguments: Sequence[Any], alias: str = ""
) -> Select[Any]:
    template, given = _called(function, arguments)
    table = reading.table
    own = table._meta.tablename if table else "called"
    source = Expression[Any](template + (alias or f' as "{own}"'), *given)
    statement = SelectStatement(table, reading, source=source)
    if table is not None and next(tokens(function.returns)).text not in SEVERAL:
        # A function without a result returns one row of nulls, which is left out.
        statement.conditions.append(Comparison(f'not ("{own}" is null)'))
    return Select(statement, reading)


def _gives_json(function: DatabaseFunction) -> bool:
    return function.returns.lower().removeprefix("setof ").strip() in JSON


def _called(function: DatabaseFunction, given: Sequence[Any]) -> tuple[str, list[Any]]:
    """The template of a call, and its operands."""
    taken = arguments_of(function)
    least = sum(not each.is_optional for each in taken)
    if not least <= len(given) <= len(taken):
        raise TypeError(
            f"The function {function.name!r} takes {_number(least, len(taken))}, and was given "
            f"{len(given)}."
        )
    places = ", ".join(each.template for each in taken[: len(given)])
    operands = [_encoded(each, value) for each, value in zip(taken, given, strict=False)]
    return f"{function.qualified.replace('{', '{{')}({places})", operands


def _number(least: int, most: int) -> str:
    plural = "" if most == 1 else "s"
    return f"{most} argument{plural}" if least == most else f"{least} to {most} arguments"


def _encoded(argument: Argument, value: object) -> object:
    kind = argument.type.lower()
    if value is None or isinstance(value, Readable):
        return cast("object", value)
    if kind in JSON:
        return to_json(value).decode()
    if kind.removesuffix("[]") in JSON:
        items = cast("Iterable[object]", value)
        return [None if each is None else to_json(each).decode() for each in items]
    if kind in MOMENTS and isinstance(value, datetime):
        return moment(value)
    return value


@functools.cache
def arguments_of(function: DatabaseFunction) -> list[Argument]:
    """The arguments of a function, in their order."""
    return list(_arguments(function.arguments))


def _arguments(declared: Sequence[str]) -> Iterator[Argument]:
    for each in declared:
        text = without_default(each).strip()
        is_optional = text != each.strip()
        first = next(tokens(text))
        mode = first.text if first.kind == "word" and first.text in MODES else "in"
        if mode == "out":
            continue
        if first.text == mode:
            text = text[first.end :].strip()
        yield Argument(_type_in(text), is_optional, is_variadic=mode == "variadic")


def _type_in(text: str) -> str:
    """The type of an argument, which may have no name."""
    first, *others = tokens(text)
    if not others or not text[first.end].isspace():
        return text
    is_one = first.kind == "word" and others[0].text in SEVERAL_WORDS.get(first.text, ())
    return text if is_one else text[first.end :].strip()
