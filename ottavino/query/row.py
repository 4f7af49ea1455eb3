"""Rows as classes, whose attributes are the readables of a query."""

import inspect
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

from ottavino.declare.column import Col
from ottavino.declare.readable import OfReadables, Readable
from ottavino.query.output import outputs
from ottavino.query.python_type import python_type
from ottavino.query.reading import KeptReading, Reading


class _RowType(type):
    """Returns the readables of a class by name. They are not stored as class attributes, which
    would slow down the creation of rows.
    """

    if not TYPE_CHECKING:

        def __getattr__(cls, name: str) -> Readable[Any]:
            reading = cls.__dict__.get("reading")
            if reading is None or name not in cls.__match_args__:
                raise AttributeError(f"{cls.__name__} has no column {name!r}.")
            return reading.readables[cls.__match_args__.index(name)]


class Row(OfReadables, metaclass=_RowType):
    """A row of the columns and expressions that its class names.

        class ChunkRow(Row):
            id = DocumentChunk.id
            filename = DocumentChunk.document_id.parent.filename

    `select(ChunkRow)` gives such rows, and so does `returning(ChunkRow)`. A class that inherits
    from it adds its own. It is a dataclass, so it can be constructed, compared, and returned by
    a handler.
    """

    reading: ClassVar[KeptReading]

    def __init_subclass__(cls) -> None:
        """Turn the class into a dataclass, with the types of the columns."""
        own: dict[str, Any] = {
            name: each for name, each in vars(cls).items() if isinstance(each, Readable)
        }
        own.update(outputs(cls))
        _require_readables(cls, own)
        cls.__annotations__ = {name: python_type(each) for name, each in own.items()}
        named = _inherited(cls) | own
        for name in own.keys() & vars(cls).keys():
            delattr(cls, name)
        dataclass(cls)
        cls.reading = KeptReading([named[name] for name in cls.__match_args__], cls)

    if TYPE_CHECKING:
        __match_args__: ClassVar[tuple[str, ...]]

        def __init__(self, **values: Any) -> None: ...


def _inherited(cls: type[Row]) -> dict[str, Readable[Any]]:
    rows: list[Any] = [base for base in cls.__mro__[:0:-1] if "reading" in vars(base)]
    return {name: getattr(base, name) for base in rows for name in base.__match_args__}


def reading_of(columns: tuple[Any, ...]) -> Reading:
    """The reading of a single `Row`, or of a tuple of columns."""
    match columns:
        case ():
            raise TypeError("The query reads nothing: name a Row, or columns of a table.")
        case (row,) if isinstance(row, type) and issubclass(row, Row):
            return row.reading
        case _:
            return _tuple_of(columns)


MOST_KEPT = 1000
"""The number of cached lists: a service has a few hundred."""

_kept: dict[tuple[int, ...], KeptReading] = {}
"""Each entry references its columns, so that no other object can get their ids."""


def _tuple_of(columns: tuple[Any, ...]) -> Reading:
    """The select list of a tuple, which is cached if it has only columns."""
    key = tuple(map(id, columns))
    kept = _kept.get(key)
    if kept is not None:
        return kept
    if not all(isinstance(each, Col) for each in columns):
        return Reading(columns)
    if len(_kept) == MOST_KEPT:
        _kept.clear()
    made = _kept[key] = KeptReading(columns)
    return made


def _require_readables(cls: type, own: dict[str, Any]) -> None:
    annotated = set(inspect.get_annotations(cls)) - set(own)
    if annotated:
        raise TypeError(
            f"{cls.__name__}.{min(annotated)} has no column: write "
            f"{min(annotated)} = Table.column, whose type it then has, or annotate it with "
            "Output[…], where a database function gives it, or SQL by hand."
        )
    if not own and cls.__mro__[1] is Row:
        raise TypeError(f"{cls.__name__} names no column: write id = Table.id in it.")
