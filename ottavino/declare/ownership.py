"""Conditions on the owner of a row, for policies."""

from dataclasses import dataclass
from typing import Any

from piccolo.table import TableMeta

from ottavino.declare.column import Col, name_of, piccolo
from ottavino.declare.definition import Columns, qualified, unqualified
from ottavino.declare.fitting import require_declared
from ottavino.postgres.quoting import identifier, literal

CALLER_ID = "(select ottavino.uid())"
"""The id of the caller in SQL: auth.uid(), or null if the claims are not signed.

The sub-select is evaluated once per query, a bare call once per row.
"""


CALLER_TEXT = "(select ottavino.claim('sub'))"
"""The caller's id if user ids are text, as with Auth0, Clerk and Firebase."""


def claim(*path: str, cast: str | None = None) -> str:
    """A claim of the caller's token in SQL, for a condition: `claim("app_metadata", "plan")`.

    It is text or of the type `cast`, and null if the token lacks the claim.
    """
    if not path or path[0] == "user_metadata":
        raise ValueError(
            "A policy cannot rely on user_metadata, which users change themselves: name a "
            "claim that the issuer of the token sets, such as one of app_metadata."
        )
    for each in path:
        if not isinstance(each, str) or not each:  # pyright: ignore[reportUnnecessaryIsInstance]  # not every caller checks types
            raise TypeError(f"The path of a claim names {each!r}: write the name of a key.")
    names = ", ".join(map(literal, path))
    return f"(select ottavino.claim({names}){f'::{cast}' if cast else ''})"


def caller_id(column: Col[Any]) -> str:
    """The id of the caller in SQL, with the type of the compared column."""
    return caller_of_type(column.spec.type)


def caller_of_type(kind: str) -> str:
    """The id of the caller in SQL, with one of the types that user ids have."""
    return CALLER_ID if kind == "uuid" else CALLER_TEXT


@dataclass(frozen=True, slots=True)
class ClaimedBy:
    """The condition that a column equals a claim of the caller."""

    column: Col[Any]
    path: tuple[str, ...]

    def __post_init__(self) -> None:
        require_declared(self)

    def sql(self, table: str) -> str:
        """The SQL condition for rows of a table."""
        kind = self.column.spec.type
        value = claim(*self.path, cast=None if kind == "text" else kind)
        return f"{identifier(name_of(self.column))} = {value}"

    def uses(self, table: str) -> Columns:
        """The column that it compares."""
        return {table: (name_of(self.column),)}


@dataclass(frozen=True, slots=True)
class OwnedBy:
    """The condition that a column contains the caller's id."""

    column: Col[Any]

    def __post_init__(self) -> None:
        require_declared(self)

    def sql(self, table: str) -> str:
        """The SQL condition for rows of a table."""
        return f"{identifier(name_of(self.column))} = {caller_id(self.column)}"

    def uses(self, table: str) -> Columns:
        """The column that it compares."""
        return {table: (name_of(self.column),)}


@dataclass(frozen=True, slots=True)
class OwnedThrough:
    """The condition that a column refers to a row of another table that belongs to the
    caller.
    """

    column: Col[Any]
    owner: Col[Any]

    def __post_init__(self) -> None:
        require_declared(self)

    @property
    def parent(self) -> TableMeta:
        """The other table."""
        meta = piccolo(self.owner)._meta
        if meta._table is None:  # noqa: SLF001  # `table` would raise an error of Piccolo
            raise ValueError(
                "A policy through a parent needs the parent's column that names the user: "
                "write Policy.owner_through(album_id, Album.user_id)."
            )
        return meta.table._meta

    def sql(self, table: str) -> str:
        """The SQL condition for rows of a table."""
        parent = self._qualified_parent
        self._require_sense(table, parent)
        owner = f"parent.{identifier(name_of(self.owner))}"
        key = identifier(str(self.parent.primary_key._meta.db_column_name))
        # Both tables may have a column of the same name.
        child = f"{identifier(unqualified(table))}.{identifier(name_of(self.column))}"
        return (
            "exists (\n"
            f"        select from {parent} as parent\n"
            f"        where parent.{key} = {child}\n"
            f"            and {owner} = {caller_id(self.owner)}\n"
            "    )"
        )

    def uses(self, table: str) -> Columns:
        """The column of the row, and those of its parent."""
        key = str(self.parent.primary_key._meta.db_column_name)
        return {
            table: (name_of(self.column),),
            self._qualified_parent: (key, name_of(self.owner)),
        }

    @property
    def _qualified_parent(self) -> str:
        return qualified(piccolo(self.owner)._meta.table)

    def _require_sense(self, table: str, parent: str) -> None:
        if table == parent:
            raise ValueError(
                f"A policy on {table} that reads {table} is recursive: write Policy.owner "
                f"with a column of the row itself."
            )
        key: Any = getattr(self.column, "_foreign_key_meta", None)
        if key is not None and key.resolved_references._meta is not self.parent:
            named = key.resolved_references._meta.tablename
            raise ValueError(
                f"{name_of(self.column)} is the id of a row of {named}, not of {parent}: "
                f"name the column of {named} that names the user."
            )
