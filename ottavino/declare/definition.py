"""The definition of an object for migrations: its SQL to create and drop it, and facts about
it.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import Any, ClassVar, NamedTuple, Self

from ottavino.declare.rendered import Rendered
from ottavino.declare.tokens import literals
from ottavino.postgres.quoting import identifier, split_name, unquoted

Columns = Mapping[str, tuple[str, ...]]
"""Names of columns, by table; an empty tuple stands for a use of the table alone."""


class Claim(NamedTuple):
    """A name that an object occupies in the database: no other object may have it."""

    kind: str
    place: str
    """The schema, or the qualified table, in which the name is unique."""
    name: str
    signature: str = ""
    """The qualified name and the arguments of a function."""


FACT = {"fact": True}
"""Marks a field that cannot be read from the SQL, so a migration file states it beside the SQL.
The other fields that are not compared are known only for declared objects, and are in no file.
"""


@dataclass(frozen=True, slots=True)
class Definition:
    """One object of the schema. Each kind of object has a class of its own.

    `name` begins with the kind and is unique in the schema: `policy public.documents.owner`.
    Definitions with equal names are the same object; with equal SQL, they are also the same
    state of it.
    """

    kind: ClassVar[str]
    is_key: ClassVar[bool] = False
    """Whether a foreign key may refer to its columns."""
    is_replaced: ClassVar[bool] = False
    """Whether it is changed in place, without dropping the objects that depend on it."""
    is_shared: ClassVar[bool] = False
    """Whether several objects may declare it, like a type that several columns have."""
    rank: ClassVar[int] = 20
    """Its place among objects that do not need each other: the lowest rank is created first."""
    precedes_tables: ClassVar[bool] = False
    """Whether a column's type may need it: it is created before the tables and dropped after
    them.
    """
    is_query: ClassVar[bool] = False
    """Whether its hand-written SQL is a query and not a condition."""

    name: str
    create: str
    drop: str
    uses: Columns | None = field(default=None, compare=False, kw_only=True, metadata=FACT)
    """The columns that it uses; None if unknown."""
    calls: tuple[str, ...] = field(default=(), compare=False, kw_only=True, metadata=FACT)
    """The declared functions, types, views … that it needs: `public.own_words`.

    An object without a name in SQL is named with its kind: `raw audit rule`.
    """
    read: str = field(default="", compare=False, kw_only=True, metadata=FACT)
    """A query for its state in the database, as text or null; needed if no catalog query reads
    it.
    """
    free: tuple[str, ...] = field(default=(), compare=False, kw_only=True)
    """Its hand-written SQL, whose names are not in `uses` yet."""
    accepted: frozenset[str] = field(default=frozenset(), compare=False, kw_only=True)
    """The rules of `piccolo db lint` that it breaks on purpose."""

    @classmethod
    def on(cls, table: str, own_name: str | None, create: str, drop: str, **facts: Any) -> Self:
        """An object of a table; its own name is left out if a table can have only one such
        object.
        """
        name = table if own_name is None else f"{table}.{own_name}"
        return cls(f"{cls.kind} {name}", create.strip(), drop.strip(), **facts)

    @property
    def full_name(self) -> str:
        """The name without its kind."""
        return self.name[len(self.kind) + 1 :]

    @property
    def table(self) -> str:
        """The table that it belongs to, with its schema; empty if there is none."""
        return table_of(self.full_name)

    @property
    def own_name(self) -> str:
        """Its name within its table."""
        return "".join(split_name(self.full_name, 3)[2:])

    @property
    def is_known(self) -> bool:
        """Whether everything that it uses is known."""
        return self.uses is not None and not self.free

    @property
    def is_by_hand(self) -> bool:
        """Whether a person wrote its statements, so that a generated file has to state what
        they use.
        """
        return self.uses is None

    @property
    def tables(self) -> frozenset[str] | None:
        """Every table that it touches; None if unknown."""
        if not self.is_known or self.uses is None:
            return None
        return frozenset({self.table, *self.uses})

    @property
    def claims(self) -> tuple[Claim, ...]:
        """The names that it occupies; none if it only changes a table."""
        return ()

    def is_over(self, table: str, column: str) -> bool:
        """Whether PostgreSQL refuses to change a column because of it."""
        return column in (self.uses or {}).get(table, ())

    def needs(self, other: "Definition") -> bool:
        """Whether it cannot exist without another object."""
        return other.name in self.calls or (
            other.called is not None and other.called in self.calls
        )

    @property
    def called(self) -> str | None:
        """The name by which the SQL of other objects refers to it, if that can depend on it."""
        return None

    @property
    def schema(self) -> str | None:
        """The schema that it creates, or the schema of an object without a table."""
        return None

    @property
    def expected(self) -> str | None:
        """The expected result of its query `read`, if that is known in advance."""
        return None

    @property
    def address(self) -> str:
        """Its name in a `comment on` statement: `policy owner on public.notes`."""
        return self.name

    @property
    def column(self) -> tuple[str, str] | None:
        """The table and the name of the column that it creates, if it does."""
        return None

    def becomes(self, new: "Definition") -> bool:
        """Whether it can be changed into another in place."""
        return self == new or self.is_replaced

    def replacing(self, old: "Definition") -> str:  # only a function with triggers uses it
        """The SQL that changes an old state of it in place."""
        return self.create

    def rename(self, old: str, new: str) -> str:
        """SQL that gives it another name of its own; none if the names are the same."""
        raise TypeError(
            f"{self.kind} {old} cannot be renamed: drop it, and create it under the new name."
        )

    def move_from(self, old: str) -> str:  # only what moves by itself uses it
        """SQL that moves it here from another schema, where it had an old name; empty if it
        moves with its table.
        """
        return ""

    def altered(self, new: "Definition") -> tuple[str, str] | None:  # most are not
        """The SQL that changes it into another definition and back, if `create` cannot do
        so.
        """
        return None

    def read_as(self, names: Mapping[str, str]) -> str:  # only objects without a schema use it
        """Its query `read` in a shadow database, where some objects without a schema have other
        names.
        """
        return self.read

    def with_uses(self, uses: Columns, calls: tuple[str, ...]) -> Self:
        """A copy with the names that its hand-written SQL uses."""
        return replace(self, uses=uses, calls=calls, free=())


@lru_cache(maxsize=512)
def unindented(sql: str) -> str:
    """SQL without the indentation of its Python file; literals are not changed. The first line
    may begin right after the quotation marks.
    """
    if not isinstance(sql, Rendered) and any("\n" in text for text in literals(sql)):
        return sql.strip("\n")
    first, *others = sql.split("\n")
    margin = min(
        (len(line) - len(line.lstrip(" \t")) for line in others if line.strip()), default=0
    )
    lines = [first.lstrip(" \t"), *(line[margin:] for line in others)]
    return "\n".join("" if line.isspace() else line for line in lines).strip("\n")


def unqualified(name: str) -> str:
    """The name of a table or a function without its schema, and without quotation marks."""
    return unquoted(split_name(name)[-1])


def table_of(name: str) -> str:
    """The table in the name of a part of it: `public.notes` of `public.notes.title`."""
    return ".".join(split_name(name, 3)[:2])


def renaming(kind: str, old: str, new: str) -> list[str]:
    """The statements that move a relation to another schema and rename it, as far as its
    names differ. Both names are qualified, as SQL has them.
    """
    (schema, name), (new_schema, new_name) = split_name(old), split_name(new)
    moved = [f"alter {kind} {old} set schema {new_schema}"]
    renamed = [f"alter {kind} {new_schema}.{name} rename to {new_name}"]
    return [*(moved if schema != new_schema else []), *(renamed if name != new_name else [])]


def qualified(table: Any) -> str:
    """The name of a table of Piccolo with its schema, as SQL has it."""
    return f"{identifier(table._meta.schema)}.{identifier(table._meta.tablename)}"


def merged(*uses: Columns) -> Columns:
    """The columns of several objects, each once."""
    tables: dict[str, tuple[str, ...]] = {}
    for each in uses:
        for table, columns in each.items():
            tables[table] = tuple(dict.fromkeys((*tables.get(table, ()), *columns)))
    return tables


def require_reasons(of: str, accepted: Mapping[str, str]) -> None:
    """Refuse an accepted rule of `piccolo db lint` without a reason."""
    for rule, reason in accepted.items():
        if not reason.strip():
            raise ValueError(f"The {of} accepts {rule} without a reason: write one.")
