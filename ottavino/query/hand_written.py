"""SQL by hand: values are parameters, and names are those of declared tables and columns."""

import functools
import sys
from collections.abc import Generator, Iterator, Sequence
from dataclasses import dataclass
from string import Formatter
from typing import Any, LiteralString, NamedTuple, TypeVar, cast

from ottavino.declare.column import Col, name_of
from ottavino.declare.condition import Comparison, Condition
from ottavino.declare.expression import Expression
from ottavino.declare.readable import Readable
from ottavino.declare.table import Table
from ottavino.declare.tokens import tokens
from ottavino.postgres.quoting import identifier
from ottavino.postgres.scope import current_scope
from ottavino.query.output import decoder
from ottavino.query.printed_column import printed_column, source_of
from ottavino.query.printer import Printer, printed
from ottavino.query.query import Query, sql_of
from ottavino.query.reading import Reading, columns
from ottavino.query.row import Row
from ottavino.query.window import Windowed

if sys.version_info >= (3, 14):
    from string.templatelib import Template
else:

    @dataclass(frozen=True, slots=True)
    class Template:
        """The protocol of a t-string of Python 3.14."""

        strings: tuple[str, ...]
        interpolations: tuple[Any, ...]


Value = TypeVar("Value")
SomeRow = TypeVar("SomeRow", bound=Row)


class Field(NamedTuple):
    """A pair of braces: its name, if any, and the text after a colon."""

    name: str
    spec: str


class HandWritten:
    """A hand-written statement, or a part of one. Awaiting it runs it and returns None."""

    def __init__(self, template: str, operands: Sequence[Any]) -> None:
        self.template = template
        self.operands = operands

    def __await__(self) -> Generator[Any, None, None]:
        return self._run().__await__()

    async def _run(self) -> None:
        await current_scope().fetch(*sql_of(self))

    def rows(self, row: type[SomeRow]) -> Query[SomeRow]:
        """A query of its rows. The statement has to return a column for each name of the class,
        in any order.
        """
        return RowsByName(self, row.reading, row)

    def value(self, kind: type[Value]) -> Expression[Value]:
        """A value of this type, for a query to read, compare or sort by."""
        made = Windowed[Value] if self._has_window else Expression[Value]
        return made("({})", self, type=kind, decode=decoder(kind))

    def condition(self) -> Condition:
        """A condition, for `where`."""
        return Comparison("({})", self)

    @property
    def _has_window(self) -> bool:
        return any(each.text == "over" for each in tokens(self.template))

    def printed(self, outer: Printer) -> str:
        """Its text, with names and parameters in place of the braces."""
        printer = outer.within(*{printed_column(each).table for each in columns(self.operands)})
        text = printer.filled(self.template, self.operands)
        if printer.joins:
            raise TypeError(
                "Hand-written SQL names a column through a reference, which would need a "
                "join: write the join, and name the column of the parent's table."
            )
        return text


class RowsByName(Query[SomeRow]):
    """Reads the rows of a statement by the names of its columns."""

    def __init__(self, statement: HandWritten, reading: Reading, row: type[SomeRow]) -> None:
        super().__init__(statement, reading)
        self._row = row

    async def _fetch(self) -> list[Any]:
        records = await current_scope().fetch(*self.sql())
        if not records:
            return []
        given, named = list(records[0].keys()), self._row.__match_args__
        if missing := set(named).difference(given):
            raise TypeError(
                f"The statement returns no column {min(missing)}, which {self._row.__name__} "
                f"names: it returns {', '.join(given)}."
            )
        places = [given.index(name) for name in named]
        return self.reading.rows([[record[place] for place in places] for record in records])


def sql(template: LiteralString | Template, *operands: Any, **named: Any) -> HandWritten:
    """A statement, or a part of one, from a template with braces.

        sql("select {} from {} where {} > {}", ChunkRow, DocumentChunk, DocumentChunk.id, 9)

    Tables, columns and `Row` classes are printed as names; `:name` after a column leaves out
    its table. Queries, expressions and other hand-written SQL are printed as SQL. Everything
    else is a value, which is sent as a parameter. The braces are filled in order, or by the
    names of keywords. From Python 3.14 on, it takes a t-string: `sql(t"select
    {Document.filename} …")`.
    """
    if isinstance(template, Template):
        text, fields, given = _of_template(template)
    else:
        text, fields = _parsed(template)
        given = _given(fields, operands, named)
    parts = [_operand(value, field.spec) for field, value in zip(fields, given, strict=True)]
    return HandWritten(text, parts)


@functools.lru_cache(1000)
def _parsed(template: str) -> tuple[str, list[Field]]:
    """A template with empty braces, and their contents."""
    texts = [""]
    fields: list[Field] = []
    for text, name, spec, conversion in Formatter().parse(template):
        # Doubled braces also end a piece.
        texts[-1] += text
        if name is None:
            continue
        if conversion or (name and not name.isidentifier()):
            raise TypeError(
                f"The braces {{{name}}} of SQL by hand are empty, or have the name of a "
                "keyword argument in them: sql('… {} …', Document.filename)."
            )
        fields.append(Field(name, spec or ""))
        texts.append("")
    _require_outside_of_quotes(texts)
    return "{}".join(map(_escaped, texts)), fields


def _of_template(template: Template) -> tuple[str, list[Field], list[Any]]:
    if any(each.conversion for each in template.interpolations):
        raise TypeError(
            "A value of SQL by hand is sent as it is: leave out !r, !s or !a in the t-string."
        )
    _require_outside_of_quotes(template.strings)
    text = "{}".join(map(_escaped, template.strings))
    fields = [Field("", each.format_spec) for each in template.interpolations]
    return text, fields, [each.value for each in template.interpolations]


def _require_outside_of_quotes(texts: Sequence[str]) -> None:
    """Refuse braces in a string, a quoted name, a comment or a word, where they would be plain
    text.
    """
    marks = [f"field_{number}_" for number in range(len(texts) - 1)]
    whole = "".join(text + mark for text, mark in zip(texts, [*marks, ""], strict=True))
    if set(marks) - {each.text for each in tokens(whole) if each.kind == "word"}:
        raise TypeError(
            "Braces of SQL by hand stand in quotation marks, in a comment or beside a word: "
            "write like {} and give the whole value, with its % signs."
        )


def _escaped(text: str) -> str:
    return text.replace("{", "{{").replace("}", "}}")


def _given(
    fields: Sequence[Field], operands: Sequence[Any], named: dict[str, Any]
) -> Iterator[Any]:
    """The value for each pair of braces."""
    wanted = {field.name for field in fields if field.name}
    places = sum(not field.name for field in fields)
    if places != len(operands) or wanted != named.keys():
        raise TypeError(
            f"The template has {places} empty braces and the names {sorted(wanted)}, and was "
            f"given {len(operands)} operands and the names {sorted(named)}."
        )
    following = iter(operands)
    return (named[field.name] if field.name else next(following) for field in fields)


def _operand(value: Any, spec: str) -> Any:
    """A name as text, and any other value unchanged."""
    if spec == "name" and isinstance(value, Col):
        return _text(identifier(name_of(cast("Col[Any]", value))))
    if spec:
        raise TypeError(
            "After the colon in braces of SQL by hand there can only be the word name, for a "
            f"column without its table, and not {spec!r} for {type(value).__name__}."
        )
    if not isinstance(value, type):
        return value
    if issubclass(value, Table):
        return _text(source_of(value))
    if issubclass(value, Row):
        return _listed(value)
    raise TypeError(
        f"{value.__name__} is neither a table nor a Row, so it has no name in "
        f"SQL: pass one of these, or a value."
    )


def _listed(row: type[Row]) -> Expression[Any]:
    """The columns of a `Row`, as the list of a `select`."""
    readables: Sequence[Readable[Any]] = row.reading.readables
    template = ", ".join(f"{{}} as {identifier(name)}" for name in row.__match_args__)
    return Expression(template, *readables)


def _text(text: str) -> Expression[Any]:
    return Expression(_escaped(text))


@printed.register
def _(operand: HandWritten, printer: Printer) -> str:
    return operand.printed(printer)
