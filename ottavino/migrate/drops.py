"""Decides when each dropped object goes: before the tables change, or after.

A function goes before them if another one with its name is created, because two with one name
can make a call ambiguous. So nothing may call it by then: a default is removed before, and set
again once the other function is there, and a column that is dropped goes before it too.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from ottavino.declare.as_found import DetailDefinition
from ottavino.declare.comment import CommentDefinition
from ottavino.declare.database_function import FunctionDefinition
from ottavino.declare.default_privileges import DefaultPrivilegesDefinition
from ottavino.declare.definition import Definition
from ottavino.declare.domain import DomainDefinition, DomainPartDefinition
from ottavino.declare.privilege import taking_back
from ottavino.declare.schema import SchemaDefinition
from ottavino.migrate.circles import is_bound
from ottavino.migrate.enum_steps import EnumChange
from ottavino.migrate.order import in_order
from ottavino.migrate.renames import replayed
from ottavino.migrate.state import State
from ottavino.migrate.steps import (
    AddColumn,
    AlterColumn,
    Create,
    RenameTable,
    Step,
    Undo,
)
from ottavino.migrate.uses import calls, is_about_rows_of
from ottavino.postgres.quoting import identifier
from ottavino.sql import names_in_expression


@dataclass(frozen=True, slots=True)
class Drops:
    """The steps that drop objects, and those that make it possible."""

    before: list[Step]
    """They come before the tables change."""
    after: list[Step]
    """They come after the tables have changed."""
    old: State
    """The old schema after the steps of `before` that change columns."""


def drops(  # noqa: PLR0913  # all that changes beside objects
    old: State,
    new: State,
    names: Iterable[str],
    tables: Sequence[Step],
    enums: Sequence[EnumChange],
    *,
    moved: Sequence[Definition],
) -> Drops:
    """The steps that drop the objects of these names. `tables` are the changes of tables, their
    renames among them. `moved` are objects that have another name then.
    """
    gone = [old.objects[name] for name in old.objects if name in {*names}]
    _require_ways_back(gone, old, new)
    late = _late(gone, old, new)
    early = in_order(each for each in gone if each not in late)[::-1]
    changed = [each for each in [*early, *overloads(old, new)] if _is_routine(each)]
    _require_other_partitioning(new, changed)
    # A default is removed while what it calls moves, so that undoing sets it under the name
    # that this has then.
    changed += moved
    columns = [*_columns(tables, changed)]
    without = replayed(old, columns)
    defaults = [*_defaults(without, new, changed, enums)]
    last = _called(columns, early)
    return Drops(
        [
            *defaults,
            *(_removal(each) for each in early if each not in last),
            *columns,
            *(_removal(each) for each in early if each in last),
        ],
        [_removal(each) for each in in_order(late)[::-1]],
        replayed(without, defaults),
    )


def _removal(definition: Definition) -> Undo:
    """The step that drops an object. A schema may stay, as default privileges of others do."""
    if isinstance(definition, SchemaDefinition | DefaultPrivilegesDefinition):
        drop = taking_back(definition.create, definition.drop)
        return Undo(Create(replace(definition, drop=drop)))
    return Undo(Create(definition))


def overloads(old: State, new: State) -> Iterator[Definition]:
    """The new functions that an old one shares its name with: a call can mean either."""
    there = {each.called for each in old.objects.values() if _is_routine(each)}
    for name, each in new.objects.items():
        is_new = isinstance(each, FunctionDefinition) and name not in old.objects
        if is_new and each.called in there:
            yield each


def _is_routine(definition: Definition) -> bool:
    return isinstance(definition, FunctionDefinition)


def _late(gone: Sequence[Definition], old: State, new: State) -> list[Definition]:
    """The objects that columns may use as long as they are there."""
    late = [each for each in gone if _outlives_tables(each, old, new)]
    left = [each for each in gone if not is_bound(each, old, new)]
    while more := [each for each in left if each not in late and _is_used(each, late, new)]:
        late += more
    while True:
        changed = [*(each for each in gone if each not in late), *overloads(old, new)]
        staying = [each for each in late if not any(map(each.needs, changed))]
        if staying == late:
            return late
        late = staying


def _outlives_tables(definition: Definition, old: State, new: State) -> bool:
    if isinstance(definition, DomainPartDefinition) and not _has_its_domain(definition, old):
        # The domain moves with the tables, and this is dropped by the name it has before.
        return False
    if not isinstance(definition, FunctionDefinition):
        return definition.precedes_tables and definition.name not in new.objects
    return (
        _is_removed(definition, new)
        and not is_about_rows_of(definition, old.tables)
        and not is_bound(definition, old, new)
        and any(calls(default, definition) for default in _all_defaults(old))
    )


def _has_its_domain(part: DomainPartDefinition, old: State) -> bool:
    """Whether the domain still has the name that its part names it by."""
    return any(
        isinstance(each, DomainDefinition) and each.full_name in part.calls
        for each in old.objects.values()
    )


def _is_used(definition: Definition, late: Sequence[Definition], new: State) -> bool:
    return (
        isinstance(definition, FunctionDefinition)
        and _is_removed(definition, new)
        and any(each.needs(definition) for each in late)
    )


def _is_removed(function: FunctionDefinition, new: State) -> bool:
    """Whether no other function takes its name."""
    return function.called not in {each.called for each in new.objects.values()}


def _all_defaults(state: State) -> Iterator[str | None]:
    return (spec.default for columns in state.tables.values() for spec in columns.values())


def _columns(tables: Sequence[Step], changed: Sequence[Definition]) -> Iterator[Undo]:
    """The dropped columns whose default calls a changed function, by the old names of tables.

    Without its default, a required column could not be added again to a table with rows.
    """
    olds = {each.new: each.table for each in tables if isinstance(each, RenameTable)}
    for step in tables:
        match step:
            case Undo(AddColumn(table, column, spec)) if _calls_one(spec.default, changed):
                yield Undo(AddColumn(olds.get(table, table), column, spec))
            case _:
                pass


def _defaults(
    old: State, new: State, changed: Sequence[Definition], enums: Sequence[EnumChange]
) -> Iterator[AlterColumn]:
    """The columns whose default is removed, since it names an object that changes."""
    renamed = [each.old for each in enums if each.renamed]
    for table, columns in old.tables.items():
        for name, spec in columns.items():
            becomes = new.tables.get(table, {}).get(name)
            is_other = becomes is None or becomes.default != spec.default
            is_renamed = is_other and any(each.is_of(spec.type) for each in renamed)
            if (is_renamed and spec.default is not None) or _calls_one(spec.default, changed):
                yield AlterColumn(table, name, spec, replace(spec, default=None))


def _calls_one(default: str | None, functions: Iterable[Definition]) -> bool:
    return any(
        calls(default, each)
        if isinstance(each, FunctionDefinition)
        else _numbers(default, each)
        for each in functions
    )


def _numbers(default: str | None, sequence: Definition) -> bool:
    """Whether a default may take the next number of a sequence.

    PostgreSQL also finds a sequence whose name is a plain literal without a schema.
    """
    if default is None or "nextval" not in default:
        return False
    return sequence.own_name in default or names_in_expression(default).has_table(
        sequence.full_name
    )


def _called(columns: Sequence[Undo], early: Sequence[Definition]) -> list[Definition]:
    """The functions that the defaults of dropped columns call, and what those need."""
    last: list[Definition] = []
    specs = [each.step.spec for each in columns if isinstance(each.step, AddColumn)]
    for each in early:
        is_called = any(_calls_one(spec.default, [each]) for spec in specs)
        if is_called or any(other.needs(each) for other in last):
            last.append(each)
    return last


def _require_ways_back(gone: Sequence[Definition], old: State, new: State) -> None:
    """Refuse to remove a property or a comment alone whose `drop` is empty."""
    for each in gone:
        if _has_no_way_back(each, new) and _is_alone(each, gone, old, new):
            raise ValueError(
                f"Nothing says how {each.name} is removed: write the statement that gives back "
                "PostgreSQL's default as the drop of its AsFound, generate a migration, and "
                "then remove the AsFound."
            )


def _has_no_way_back(definition: Definition, new: State) -> bool:
    return (
        isinstance(definition, DetailDefinition | CommentDefinition)
        and bool(definition.create)
        and not definition.drop
        and definition.name not in new.objects
    )


def _is_alone(
    definition: Definition, gone: Sequence[Definition], old: State, new: State
) -> bool:
    """Whether the part of a table that it belongs to stays, or the table if it has no part."""
    parts = [each for each in old.objects.values() if definition.needs(each)]
    if parts:
        return not any(each in gone for each in parts)
    if not isinstance(definition, DetailDefinition):
        return False
    columns = new.tables.get(definition.table)
    if columns is None or not definition.part:
        return columns is not None
    of = f"column {definition.table}."
    return any(definition.part == f"{of}{identifier(column)}" for column in columns)


def _require_other_partitioning(state: State, changed: Sequence[Definition]) -> None:
    """Refuse to change a function by which PostgreSQL has spread the rows of a table."""
    for table, spread in state.partitioned.items():
        for each in changed:
            if _calls_one(spread, [each]):
                raise ValueError(
                    f"{each.full_name} decides in which partition a row of {table} is, so "
                    "PostgreSQL cannot change its arguments or its result: declare another "
                    "function and another table, and move the rows."
                )
