"""Objects of an adopted database that no helper declares: their SQL, as PostgreSQL gives it."""

import textwrap
from dataclasses import dataclass, field
from functools import lru_cache
from typing import ClassVar

from ottavino.declare.definition import Columns, Definition
from ottavino.declare.fitting import require_declared
from ottavino.declare.policy import RowSecurityDefinition
from ottavino.declare.privilege import are_alike, changing, grants_on_all
from ottavino.declare.sequence import SequencePrivilegesDefinition
from ottavino.declare.tokens import names
from ottavino.postgres.quoting import identifier


@dataclass(frozen=True, slots=True)
class DetailDefinition(Definition):
    """The definition of a property of a table that has no kind of its own, for migrations."""

    kind: ClassVar[str] = "detail"
    rank: ClassVar[int] = 21
    """After the trigger, policy or index that may have the property."""

    @property
    def part(self) -> str:
        """The part of the table that has the property, as in `fires of trigger public.a.b`;
        empty if the table itself has it.
        """
        _, _, part = self.own_name.partition(" of ")
        return part if " " in part else ""

    def needs(self, other: Definition) -> bool:
        """Whether the other object is the part that has the property, and goes with it; or
        revokes the privileges on a sequence, which it grants afterwards; or has the index
        that it names, as the replica identity does.
        """
        if (self.table, self.own_name) == (other.table, f"{other.own_name}.storage"):
            # The parameters of a key's index, of which a file may not say what they need.
            return True
        if isinstance(other, SequencePrivilegesDefinition):
            return (self.table, self.own_name) == (other.table, f"sequence of {other.own_name}")
        if other.table not in {self.table, ""}:
            return Definition.needs(self, other)
        if other.kind in INDEXED and not _named(self.create).isdisjoint(
            each.name for each in other.claims
        ):
            return True
        if not self.part:
            return Definition.needs(self, other)
        noun = CONSTRAINTS.get(other.kind, other.kind)
        return self.part in {
            f"{noun} {other.full_name}",
            f"{noun} {other.table}.{identifier(other.own_name)}",
            other.own_name,
        }

    def becomes(self, new: Definition) -> bool:
        """Whether it is the same, but for the privileges that it grants."""
        return self == new or are_alike(self.create, new.create)

    def altered(self, new: Definition) -> tuple[str, str] | None:
        """What is revoked and granted. The privileges that others have granted stay."""
        if self == new:
            return None
        return changing(self.create, new.create), changing(new.create, self.create)

    def rename(self, old: str, new: str) -> str:
        """Empty: the property belongs to the renamed table."""
        return ""


INDEXED = {"exclusion", "index", "primary-key", "unique"}
"""The kinds of which each has an index."""

CONSTRAINTS = {
    "check": "check constraint",
    "exclusion": "exclusion constraint",
    "foreign-key": "foreign key",
    "primary-key": "primary key",
    "unique": "unique constraint",
}
"""What PostgreSQL calls the kinds of constraints."""


@lru_cache(maxsize=512)
def _named(sql: str) -> frozenset[str]:
    """Every name in a piece of SQL."""
    return frozenset(names(sql))


@dataclass(frozen=True, slots=True)
class AsFound:
    """An object by its SQL: a policy, a constraint, a function … as PostgreSQL writes it.

    The name begins with the kind, as in a migration: `policy public.notes.read`.
    """

    name: str
    create: str
    drop: str
    uses: Columns | None = field(default=None, kw_only=True)
    """The columns that it uses, by table, if known."""
    references: Columns | None = field(default=None, kw_only=True)
    """Of a foreign key: the table and the columns that it refers to."""

    def __post_init__(self) -> None:
        # Most of them say nothing of a schema, and are not read.
        if "in schema" in self.create.lower() and grants_on_all(self.create):
            raise ValueError(
                f"{self.name} grants on all that a schema has when it runs, which nobody can "
                "tell from it: name each object in the grant, and declare DefaultPrivileges "
                "for later ones."
            )

    @property
    def is_key(self) -> bool:
        """Whether it is the key of its table."""
        return self.name.startswith("primary-key ")

    @property
    def columns(self) -> tuple[str, ...]:
        """Empty: its SQL names columns, and no class does."""
        return ()


@dataclass(frozen=True, slots=True, kw_only=True)
class RowSecurity:
    """Row level security that is not both enabled and forced upon the owner."""

    enabled: bool
    forced: bool

    def __post_init__(self) -> None:
        require_declared(self)

    @property
    def columns(self) -> tuple[str, ...]:
        return ()

    def definition(self, table: str) -> Definition:
        enable = "enable" if self.enabled else "disable"
        force = "force" if self.forced else "no force"
        return RowSecurityDefinition.on(
            table,
            None,
            f"alter table {table} {enable} row level security;\n"
            f"alter table {table} {force} row level security",
            f"alter table {table} no force row level security;\n"
            f"alter table {table} disable row level security",
            uses={},
        )


def plain(sql: str) -> str:
    """SQL without the indentation of its Python file."""
    return (textwrap.dedent(sql) if sql.startswith("\n") else sql).strip()
