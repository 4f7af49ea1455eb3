"""Names as Piccolo writes them into its SQL."""

from collections.abc import Iterable
from typing import Any, cast

from ottavino.errors import QueryRefused


class PiccoloName(str):
    """The name of a column that Piccolo writes into SQL as it has to be written there.

    Piccolo formats names between quotation marks, and escapes none. So a formatted name is an
    escaped one; in all other ways it is the name itself.
    """

    __slots__ = ()

    def __format__(self, _: str) -> str:
        # Piccolo takes each brace for a placeholder, also two in a row.
        if {*"{}"} & {*self}:
            raise QueryRefused(
                f"The name of the column {self!r} has a brace, which Piccolo's queries cannot "
                "have: write it as a query of ottavino.query."
            )
        return self.replace('"', '""')


class KeyName(str):
    """The name of a key in Python, which Piccolo writes into a join in place of that in
    PostgreSQL. So it is formatted as that one.
    """

    __slots__ = ("in_database",)
    in_database: str

    def __format__(self, _: str) -> str:
        return f"{self.in_database}"


def key_name(name: str, in_database: str) -> KeyName:
    """The name of a key that has another one in PostgreSQL."""
    made = KeyName(name)
    made.in_database = in_database
    return made


def as_in_piccolo(name: str) -> str:
    """The name, or one that Piccolo writes correctly."""
    return PiccoloName(name) if {*'"{}'} & {*name} else name


def path_of(column: Any) -> str | None:
    """The name by which a query returns a column of a parent, if Piccolo would not write it
    correctly: the names of the references that lead to it, and its own.
    """
    names = [each._meta.db_column_name for each in (*column._meta.call_chain, column)]
    is_odd = any(isinstance(each, PiccoloName) for each in names)
    return PiccoloName(".".join(map(str, names))) if is_odd else None


def require_readable(references: Iterable[Any]) -> None:
    """Refuse to read parents with their children where the name of a column has a period:
    Piccolo takes what is before it for the name of a reference.
    """
    for each in references:
        if isinstance(each, list):
            require_readable(cast("list[Any]", each))
            continue
        parent = each._foreign_key_meta.resolved_references  # noqa: SLF001  # Piccolo's
        for column in (*each._meta.call_chain, each, *parent._meta.columns):
            if "." in (name := column._meta.db_column_name):
                raise QueryRefused(
                    f"The name of the column {str(name)!r} has a period, so Piccolo cannot "
                    f"read the parent of {each._meta.name} with it: write it as a query of "
                    "ottavino.query."
                )
