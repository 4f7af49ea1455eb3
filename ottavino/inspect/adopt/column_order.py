"""The columns of an adopted table in the order that they have in the database.

A migration adds a generated column after the others. So a baseline creates the table with the
columns before it, and adds those that follow after it.
"""

from collections.abc import Iterable, Sequence

from ottavino.declare.generated import GeneratedDefinition
from ottavino.inspect.adopt.found import FoundTable
from ottavino.migrate.steps import AddColumn, Create, CreateTable, Step
from ottavino.sql import mentions


def in_column_order(steps: Sequence[Step], tables: Iterable[FoundTable]) -> list[Step]:
    """The same steps, so that the tables get their columns in this order where that is
    possible.
    """
    ordered = [*steps]
    for table in tables:
        for at, step in enumerate(ordered):
            if isinstance(step, CreateTable) and step.table == table.full_name:
                ordered = _ordered(ordered, at, step, table)
                break
    return ordered


def _ordered(
    steps: list[Step], at: int, creation: CreateTable, table: FoundTable
) -> list[Step]:
    names = [each.name for each in table.columns]
    generated = {
        step.definition.own_name: step
        for step in steps
        if isinstance(step, Create) and _is_generated(step, table)
    }
    first = next((place for place, name in enumerate(names) if name in generated), len(names))
    made_later = {each.definition.called for each in steps[at:] if isinstance(each, Create)}
    columns = creation.columns
    known = {*names[:first]}
    following: list[Step] = []
    for name in names[first:]:
        if name in generated:
            definition = generated[name].definition
            used = {*(definition.uses or {}).get(table.full_name, ())} - {name}
            if not used <= known or made_later & {*definition.calls}:
                return steps
            following.append(generated[name])
        else:
            following.append(AddColumn(table.full_name, name, columns[name]))
        known.add(name)
    keys = {each.path[-1] for each in mentions(creation.partition_by)} & {*names}
    if not any(isinstance(each, AddColumn) for each in following) or not keys <= {
        *names[:first]
    }:
        return steps
    start = CreateTable(
        table.full_name, {n: columns[n] for n in names[:first]}, creation.partition_by
    )
    rest = [each for each in steps[at + 1 :] if each not in following]
    return [*steps[:at], start, *following, *rest]


def _is_generated(step: Create, table: FoundTable) -> bool:
    definition = step.definition
    return isinstance(definition, GeneratedDefinition) and definition.table == table.full_name
