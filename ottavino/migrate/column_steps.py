"""The steps that change columns."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

from ottavino.declare.column import ColumnSpec
from ottavino.declare.definition import Claim
from ottavino.migrate.serial import (
    free_sequence_name,
    go_on,
    recorded_renaming,
    rename_own_sequence,
    rename_sequence,
    sequence_name,
    with_privileges,
)
from ottavino.migrate.state import State
from ottavino.migrate.table_steps import Operation, require_known, require_new
from ottavino.postgres.quoting import identifier, literal, split_name


@dataclass(frozen=True, slots=True)
class AddColumn(Operation):
    """A new column of a table that exists."""

    table: str
    column: str
    spec: ColumnSpec

    def forwards(self) -> str:
        column = f"{identifier(self.column)} {self.spec.sql}"
        return f"alter table {self.table}\n    add column {column}"

    def backwards(self) -> str:
        return f"alter table {self.table} drop column {identifier(self.column)}"

    def replay(self, state: State) -> None:
        require_known(state.tables, self.table)
        require_new(state.tables[self.table], self.column)
        state.tables[self.table][self.column] = self.spec

    @property
    def subject(self) -> str:
        return f"column {self.table}.{self.column}"

    @property
    def tables(self) -> frozenset[str]:
        return frozenset({self.table})

    @property
    def takes(self) -> tuple[Claim, ...]:
        return (Claim("column", self.table, self.column),)


@dataclass(frozen=True, slots=True)
class AlterColumn(Operation):
    """A column with another type, default or nullability."""

    table: str
    column: str
    old: ColumnSpec
    new: ColumnSpec
    using: str | None = None
    """The conversion of a value if the type changes, in SQL; without one, a cast."""
    back: str | None = None
    """The same for `backwards`."""

    @property
    def is_retyped(self) -> bool:
        """Whether its type changes."""
        return self.old.type != self.new.type

    def forwards(self) -> str:
        return self._changed(self.old, self.new, self.using)

    def backwards(self) -> str:
        return self._changed(self.new, self.old, self.back)

    @property
    def recorded(self) -> tuple[str, str]:
        return (
            self._change(self.old, self.new, self.using),
            self._change(self.new, self.old, self.back),
        )

    def replay(self, state: State) -> None:
        require_known(state.tables, self.table)
        require_known(state.tables[self.table], self.column)
        state.tables[self.table][self.column] = self.new

    @property
    def subject(self) -> str:
        return f"column {self.table}.{self.column}"

    @property
    def is_by_hand(self) -> bool:
        return self.using is not None or self.back is not None

    @property
    def tables(self) -> frozenset[str]:
        return frozenset({self.table})

    def _change(self, old: ColumnSpec, new: ColumnSpec, using: str | None) -> str:
        if old.type != new.type and old.identity and new.identity is None:
            # PostgreSQL looks at the new type before it drops the identity.
            plain = replace(old, identity=None)
            return f"{self._change(old, plain, None)};\n{self._altered(plain, new, using)}"
        if "serial" not in {old.identity, new.identity} or old.identity == new.identity:
            return self._altered(old, new, using)
        # Only an identity's sequence changes its type along with the column.
        counted = new if new.identity == "serial" else old
        sides = (replace(old, identity=None), replace(new, identity=None))
        rest = [] if sides[0] == sides[1] else [self._altered(*sides, using)]
        numbered = self._numbered(old, new, counted.type)
        parts = [*rest, numbered] if new.identity == "serial" else [numbered, *rest]
        return ";\n".join(parts)

    def _changed(self, old: ColumnSpec, new: ColumnSpec, using: str | None) -> str:
        is_made = new.identity == "serial" != old.identity
        free = [free_sequence_name(self.table, self.column)] if is_made else []
        numbers = self._numbers(old, new)
        change = self._change(old, new, using)
        is_replaced = old.identity != new.identity and "serial" in {old.identity, new.identity}
        if is_replaced and old.identity and new.identity:
            change = with_privileges(self.table, self.column, change)
        return ";\n".join([*free, change, *numbers])

    def _numbers(self, old: ColumnSpec, new: ColumnSpec) -> Iterator[str]:
        """The statements that make the sequence fit the column, which earlier versions did not
        run.
        """
        if old.identity is None and new.identity is not None:
            yield go_on(self.table, self.column)
        elif old.identity == new.identity == "serial" and old.type != new.type:
            schema, _ = split_name(self.table)
            sequence = identifier(sequence_name(self.table, self.column))
            yield f"alter sequence {schema}.{sequence} as {new.type}"

    def _numbered(self, old: ColumnSpec, new: ColumnSpec, type_: str) -> str:
        """The SQL that changes a serial column to an identity column or back, and continues its
        numbers.
        """
        lines = [*self._without_numbers(old), *self._with_numbers(new, type_)]
        body = "\n".join(f"    {line}" for line in lines)
        place = f"{self._named}::text, {literal(self.column)}"
        return (
            "do $$\n"
            "declare\n"
            f"    sequence text := pg_get_serial_sequence({place});\n"
            "    number bigint := 1;\n"
            f"begin\n{body}\nend\n$$"
        )

    def _without_numbers(self, old: ColumnSpec) -> Iterator[str]:
        if old.identity is None:
            return
        last = "select last_value + is_called::int from %s"
        yield f"execute format({literal(last)}, sequence) into number;"
        if old.identity == "serial":
            yield f"{self._alter} drop default;"
            yield "execute format('drop sequence %s', sequence);"
        else:
            yield f"{self._alter} drop identity;"

    def _with_numbers(self, new: ColumnSpec, type_: str) -> Iterator[str]:
        schema, _ = split_name(self.table)
        column = identifier(self.column)
        sequence = identifier(sequence_name(self.table, self.column))
        of = literal(f"{schema}.{sequence}")
        if new.identity == "serial":
            owned = f"owned by {self.table}.{column}"
            yield f"create sequence {schema}.{sequence} as {type_} {owned};"
            yield f"perform setval({of}::regclass, number, false);"
            yield f"{self._alter} set default nextval({of}::regclass);"
        elif new.identity is not None:
            yield f"{self._alter} add generated {new.identity} as identity;"
            restart = literal("alter table %s alter column %I restart with %s")
            given = f"{self._named}, {literal(self.column)}, number"
            yield f"execute format({restart}, {given});"

    @property
    def _alter(self) -> str:
        return f"alter table {self.table} alter column {identifier(self.column)}"

    @property
    def _named(self) -> str:
        # Due to the cast, a shadow database recognises the literal as a name.
        return f"{literal(self.table)}::regclass"

    def _altered(self, old: ColumnSpec, new: ColumnSpec, using: str | None) -> str:
        column = identifier(self.column)
        retyped = old.type != new.type
        actions: list[str] = []
        if old.identity is not None and new.identity is None:
            actions.append("drop identity")
        # A default of the old type may not fit the new one.
        if old.default is not None and (retyped or new.default is None):
            actions.append("drop default")
        if old.identity is not None and new.identity not in {None, old.identity}:
            # The sequence continues.
            actions.append(f"set generated {new.identity}")
        if retyped:
            # Two user-defined types can be converted only through text.
            through = "::text" if "." in old.type and "." in new.type else ""
            value = using or f"{column}{through}::{new.type}"
            actions.append(f"type {new.type} using {value}")
        if new.default is not None and (retyped or old.default != new.default):
            actions.append(f"set default {new.default}")
        if old.null != new.null:
            actions.append("drop not null" if new.null else "set not null")
        if old.identity is None and new.identity is not None:
            actions.append(f"add generated {new.identity} as identity")
        return f"alter table {self.table}\n" + ",\n".join(
            f"    alter column {column} {action}" for action in actions
        )


@dataclass(frozen=True, slots=True)
class RenameColumn(Operation):
    """A renamed column."""

    table: str
    old: str
    new: str
    serial: bool = False
    """Whether its sequence has the name of the column in its own."""
    partition_by: str = ""
    """The partitioning of the table after it, if that contains the column."""
    identity: bool = False
    """Whether it is an identity column, whose sequence PostgreSQL has named after it."""

    def forwards(self) -> str:
        return self._rename(self.old, self.new)

    def backwards(self) -> str:
        return self._rename(self.new, self.old)

    @property
    def recorded(self) -> tuple[str, str]:
        return (
            self._rename(self.old, self.new, recorded_renaming),
            self._rename(self.new, self.old, recorded_renaming),
        )

    def _rename(
        self, old: str, new: str, renaming: Callable[[str, str], str] = rename_sequence
    ) -> str:
        names = f"{identifier(old)} to {identifier(new)}"
        sequences = [renaming(self.table, new)] if self.serial else []
        if self.identity:
            named = sequence_name(self.table, old)
            sequences = [rename_own_sequence(self.table, new, named)]
        return ";\n".join([f"alter table {self.table} rename column {names}", *sequences])

    def replay(self, state: State) -> None:
        require_known(state.tables, self.table)
        columns = state.tables[self.table]
        require_known(columns, self.old)
        require_new(columns, self.new)
        state.tables[self.table] = {
            self.new if name == self.old else name: spec for name, spec in columns.items()
        }
        if self.partition_by:
            require_known(state.partitioned, self.table)
            state.partitioned[self.table] = self.partition_by

    @property
    def tables(self) -> frozenset[str]:
        return frozenset({self.table})

    @property
    def takes(self) -> tuple[Claim, ...]:
        return (Claim("column", self.table, self.new),)

    @property
    def frees(self) -> tuple[Claim, ...]:
        return (Claim("column", self.table, self.old),)
