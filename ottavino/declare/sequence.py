"""Declared sequences, and the sequences of identity columns."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from typing import ClassVar, Literal, Self

from ottavino.declare.column import SQL
from ottavino.declare.definition import FACT, Definition, unqualified
from ottavino.declare.fitting import require_declared
from ottavino.declare.moving import moving
from ottavino.declare.privilege import changing
from ottavino.declare.rendered import Rendered
from ottavino.declare.role import PUBLIC, AnyRole, require_role
from ottavino.declare.schema_object import QualifiedDefinition, SchemaObject
from ottavino.declare.type_name import sql_name, with_schema
from ottavino.identity import Role
from ottavino.postgres.quoting import identifier, literal


@dataclass(frozen=True, slots=True)
class SequencePrivilegesDefinition(Definition):
    """The definition of the privileges on the sequence of a column, for migrations."""

    kind: ClassVar[str] = "sequence-privileges"

    def is_over(self, table: str, column: str) -> bool:
        """Whether a column cannot change because of it: never, and privileges stay."""
        return False

    def rename(self, old: str, new: str) -> str:
        """Empty: the sequence keeps its privileges when its column is renamed."""
        return ""


@dataclass(frozen=True, slots=True)
class SequenceDefinition(QualifiedDefinition):
    """The definition of a sequence for migrations."""

    kind: ClassVar[str] = "sequence"
    is_shared: ClassVar[bool] = True
    is_replaced: ClassVar[bool] = True
    rank: ClassVar[int] = 5
    precedes_tables: ClassVar[bool] = True
    options: str = field(default="", compare=False, kw_only=True, metadata=FACT)
    """Its type and all of its options, including defaults."""
    usage: tuple[str, ...] = field(default=(), compare=False, kw_only=True, metadata=FACT)
    """The roles that may take its next number."""
    as_change: str = field(default="", compare=False, kw_only=True)
    """The SQL that changes any other state to this one; for files that do not state the
    options.
    """

    @classmethod
    def of(cls, name: str, options: str, usage: Iterable[str]) -> Self:
        """The sequence of a name, with its schema."""
        made = cls(f"sequence {name}", "", "", uses={}, options=options, usage=tuple(usage))
        create = made._sql(f"create {made.address} {options}")
        return replace(made, create=create, drop=f"drop {made.address}")

    @property
    def address(self) -> str:
        return f"sequence {sql_name(self.full_name)}"

    @property
    def own_name(self) -> str:
        """Its name in the schema."""
        return unqualified(self.full_name)

    def named(self, name: str) -> Self:
        """The same sequence under another name, with its schema."""
        create, drop, as_change = (
            sql.replace(self.address, f"sequence {sql_name(name)}")
            for sql in (self.create, self.drop, self.as_change)
        )
        changed = {"create": create, "drop": drop, "as_change": as_change}
        return replace(self, name=f"sequence {name}", **changed)

    def rename(self, old: str, new: str) -> str:
        """The SQL that renames it."""
        schema = identifier(self.schema)
        return f"alter sequence {schema}.{identifier(old)} rename to {identifier(new)}"

    def move_from(self, old: str) -> str:
        """The SQL that moves it here, and renames it. Its next number stays the same."""
        return moving("sequence", sql_name(old), sql_name(self.full_name))

    def altered(self, new: Definition) -> tuple[str, str] | None:
        """The other options, and what is revoked and granted. The privileges that others have
        granted stay.
        """
        if not isinstance(new, SequenceDefinition):
            return None
        return changing(self.altering, new.altering), changing(new.altering, self.altering)

    @property
    def altering(self) -> str:
        """The statements that change any other sequence of its name to this one."""
        of = sql_name(self.full_name)
        alter = f"alter {self.address} {self.options}"
        return self.as_change or self._sql(
            ALTERING.format(alter=alter, sequence=of, of=literal(of))
        )

    def _sql(self, change: str) -> str:
        named = dict.fromkeys([PUBLIC, *Role, *self.usage])
        statements = [
            change,
            f"revoke all on {self.address} from {', '.join(named)}",
        ]
        if self.usage:
            statements.append(f"grant usage on {self.address} to {', '.join(self.usage)}")
        return ";\n".join(statements)


ALTERING = """\
do $$
begin
    -- If no number was taken, it begins with its start.
    if (
        select is_called or last_value <> seqstart from {sequence}
        join pg_sequence on seqrelid = {of}::regclass
    ) then
        {alter};
    else
        {alter} restart;
    end if;
end
$$"""


@dataclass(frozen=True, slots=True)
class Sequence(SchemaObject):
    """A sequence: `NUMBERS = Sequence("public.invoice_numbers")`, used by
    `default=NUMBERS.next`.

    A role that inserts such a default needs the right to use the sequence. With this right it
    can also call the sequence, and so learn how many numbers all users have taken.
    """

    name: str
    type: Literal["smallint", "integer", "bigint"] = "bigint"
    start: int = 1
    increment: int = 1
    cache: int = 1
    cycle: bool = False
    usage: tuple[AnyRole, ...] = ()

    def __post_init__(self) -> None:
        for role in self.usage:
            require_role(f"sequence {self.name!r}", role)
        if self.increment == 0 or self.cache < 1:
            raise ValueError(
                f"The sequence {self.name!r} needs an increment other than 0, and a cache of "
                "at least 1."
            )
        require_declared(self)

    @property
    def roles(self) -> tuple[AnyRole, ...]:
        return self.usage

    @property
    def full_name(self) -> str:
        return with_schema(self.name)

    @property
    def next(self) -> SQL:
        """The default of a column that takes the next number."""
        return SQL(Rendered(f"nextval({literal(sql_name(self.full_name))}::regclass)"))

    def definitions(self) -> Iterator[Definition]:
        counts = f"start {self.start} increment {self.increment} cache {self.cache}"
        cycle = "cycle" if self.cycle else "no cycle"
        options = f"as {self.type}\n    {counts} {cycle}"
        yield SequenceDefinition.of(self.full_name, options, map(str, self.usage))


@dataclass(frozen=True, slots=True)
class SequencePrivileges:
    """Revokes all privileges on the sequence of a column that PostgreSQL numbers. A role that
    may read the sequence could learn how many rows all users have inserted. Supabase's default
    privileges used to let all API roles read and set it.

    An insert needs no privilege on the sequence of an identity, and USAGE of that of a serial.
    """

    column: str
    is_serial: bool = False

    @property
    def columns(self) -> tuple[str]:
        return (self.column,)

    def detail(self, table: str) -> str:
        """The name of the property by which an adopted table states them."""
        return f"detail {table}.sequence of {self.column}"

    def definition(self, table: str) -> Definition:
        """The revoke. PostgreSQL looks up the sequence by its column, and drops it with the
        column.
        """
        return SequencePrivilegesDefinition.on(
            table,
            self.column,
            f"do $$\n"
            f"begin\n"
            f"    execute format(\n"
            f"        'revoke all on sequence %s from public, {', '.join(Role)}',\n"
            f"        pg_get_serial_sequence(\n"
            f"            {literal(table)}::regclass::text, {literal(self.column)}\n"
            f"        )\n"
            f"    );\n"
            f"end\n"
            f"$$",
            "",
            uses={table: (self.column,)},
        )
