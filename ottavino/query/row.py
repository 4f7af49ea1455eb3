"""Rows with names: a class whose attributes are what a query reads."""

import inspect
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

from ottavino.declare.column import Col
from ottavino.declare.readable import OfReadables, Readable
from ottavino.query.output import outputs
from ottavino.query.python_type import python_type
from ottavino.query.reading import KeptReading, Reading


class _RowType(type):
    """Gives the readables of a class by their names.

    They are no attributes of the class, which would make it slower to set those of a row.
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
    from it adds its own. It is a dataclass: it can be made by hand, compared, and returned by a
    handler.
    """

    reading: ClassVar[KeptReading]

    def __init_subclass__(cls) -> None:
        """Make a dataclass of the readables, whose types are those of their columns."""
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
            raise TypeError("A query reads something: name a Row, or columns of a table.")
        case (row,) if isinstance(row, type) and issubclass(row, Row):
            return row.reading
        case _:
            return _tuple_of(columns)


MOST_KEPT = 1000
"""How many readings of tuples are kept: a service has a few hundred."""

_kept: dict[tuple[int, ...], KeptReading] = {}
"""Each with its columns, so that no other object can have the number of one."""


def _tuple_of(columns: tuple[Any, ...]) -> Reading:
    """The reading of a tuple. It is kept if there are only columns, as that of a `Row` is."""
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
