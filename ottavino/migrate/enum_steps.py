"""How the values of an enumerated type change.

PostgreSQL can add and rename values in place, but not remove them. A new value can be used only
after a commit, so a file of its own adds it. To remove or reorder values, a new type is
created, and each column is changed to it.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from ottavino.declare.definition import Definition
from ottavino.declare.enum_type import EnumDefinition
from ottavino.declare.type_name import sql_name
from ottavino.migrate.dependents import Column, recreated
from ottavino.migrate.order import in_order
from ottavino.migrate.state import State
from ottavino.migrate.steps import Alter
from ottavino.postgres.quoting import identifier, literal, split_name, unquoted

AskRename = Callable[[str, str, str], bool]


@dataclass(frozen=True, slots=True)
class EnumChange:
    """The change of one type, as its values after each step."""

    old: EnumDefinition
    new: EnumDefinition
    renamed: Mapping[str, str]
    """The renamed old values."""

    @property
    def extended(self) -> EnumDefinition:
        """The type with all values, by their old names."""
        values = [*self.old.values]
        for before, value in self._added:
            values.insert(values.index(before) + 1 if before else 0, value)
        return EnumDefinition.of(self.old.full_name, values)

    @property
    def with_new_names(self) -> EnumDefinition:
        """The type with all values, by their new names."""
        names = [self.renamed.get(each, each) for each in self.extended.values]
        return EnumDefinition.of(self.old.full_name, names)

    @property
    def is_rebuilt(self) -> bool:
        return self.with_new_names != self.new

    @property
    def _added(self) -> Iterator[tuple[str | None, str]]:
        """The new values, each with the value before it, by their old names."""
        olds = {new: old for old, new in self.renamed.items()}
        before: str | None = None
        for value in (olds.get(each, each) for each in self.new.values):
            if value not in self.old.values:
                yield before, value
            before = value

    def additions(self, state: State) -> Iterator[Alter]:
        """The statements that add values, and those that create the type again without them."""
        if self.extended == self.old:
            return
        first = self.old.values[0] if self.old.values else ""
        lines = [
            f"alter type {self.old.type} add value {literal(value)} "
            + (f"after {literal(before)}" if before else f"before {literal(first)}")
            for before, value in self._added
        ]
        undo = _rebuilt(self.old, columns_of(self.old, state), _dependents(self.old, state))
        yield Alter(self.old, self.extended, ";\n".join(lines), undo)

    def renames(self) -> Iterator[Alter]:
        if not self.renamed:
            return
        sql = [_renaming(self.old, old, new) for old, new in self.renamed.items()]
        undo = [_renaming(self.old, new, old) for old, new in self.renamed.items()]
        yield Alter(self.extended, self.with_new_names, ";\n".join(sql), ";\n".join(undo))

    def rebuilt(self, state: State) -> Iterator[Alter]:
        """The statements that create the type again, once no object uses its columns."""
        if self.is_rebuilt:
            columns = columns_of(self.new, state)
            forwards = _rebuilt(self.new, columns, [])
            backwards = _rebuilt(self.with_new_names, columns, [])
            yield Alter(self.with_new_names, self.new, forwards, backwards)


def enum_changes(old: State, new: State, ask: AskRename) -> list[EnumChange]:
    """The types whose values have changed."""
    return [
        EnumChange(before, after, _renamed(before, after, ask))
        for name, after in new.objects.items()
        if isinstance(after, EnumDefinition)
        and isinstance(before := old.objects.get(name), EnumDefinition)
        and before != after
    ]


def columns_of(made: EnumDefinition, state: State) -> list[tuple[Column, str, str | None]]:
    """The columns of a type, each with its exact type and its default."""
    return [
        ((table, name), spec.type, spec.default)
        for table, columns in state.tables.items()
        for name, spec in columns.items()
        if made.is_of(spec.type)
    ]


def _renamed(old: EnumDefinition, new: EnumDefinition, ask: AskRename) -> dict[str, str]:
    added = [each for each in new.values if each not in old.values]
    renamed: dict[str, str] = {}
    for gone in [each for each in old.values if each not in new.values]:
        for other in added:
            if ask(old.full_name, gone, other):
                renamed[gone] = other
                added.remove(other)
                break
    return renamed


def _renaming(made: EnumDefinition, old: str, new: str) -> str:
    return f"alter type {made.type} rename value {literal(old)} to {literal(new)}"


def _dependents(made: EnumDefinition, state: State) -> list[Definition]:
    columns = {column for column, _, _ in columns_of(made, state)}
    names = recreated(state, state, columns, {made.name}) - {made.name}
    return in_order(state.objects[name] for name in names)


def _rebuilt(
    made: EnumDefinition,
    columns: Iterable[tuple[Column, str, str | None]],
    dependents: Sequence[Definition],
) -> str:
    schema, name = split_name(made.full_name)
    before = f"{unquoted(name)}_before"
    return ";\n".join(
        [
            *(each.drop for each in reversed(dependents)),
            f"alter type {made.type} rename to {identifier(before)}",
            made.create,
            *(_retyped(*each) for each in columns),
            f"drop type {sql_name(f'{schema}.{before}')}",
            *(each.create for each in dependents),
        ]
    )


def _retyped(column: Column, becomes: str, default: str | None) -> str:
    table, name = column[0], identifier(column[1])
    lines = [f"alter column {name} type {becomes} using {name}::text::{becomes}"]
    if default is not None:
        lines = [
            f"alter column {name} drop default",
            *lines,
            f"alter column {name} set default {default}",
        ]
    return f"alter table {table}\n    " + ",\n    ".join(lines)
