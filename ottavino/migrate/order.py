"""Sorts objects into an order in which they can be created, and in reverse dropped."""

from collections.abc import Iterable, Iterator

from ottavino.declare.database_function import FunctionDefinition
from ottavino.declare.definition import Definition
from ottavino.declare.partition import PartitionDefinition


def in_order(definitions: Iterable[Definition]) -> list[Definition]:
    """Sort objects by rank, but each after the objects that it needs."""
    ranked = sorted(definitions, key=lambda each: each.rank)
    by_name: dict[str, list[Definition]] = {}
    for each in ranked:
        for name in {each.name, each.called} - {None}:
            by_name.setdefault(str(name), []).append(each)
    partitions = {each.called for each in ranked if isinstance(each, PartitionDefinition)}
    of_tables = [each for each in ranked if each.column or each.kind == "primary-key"]
    made: dict[str, Definition] = {}
    begun: set[str] = set()

    def first(definition: Definition) -> Iterator[Definition]:
        # A policy of a partition comes after that.
        for name in (*definition.calls, *({definition.table} & partitions)):
            yield from by_name.get(name, ())
        # A function may need a view, which needs generated columns and primary keys.
        is_parsed = isinstance(definition, FunctionDefinition) and definition.is_parsed
        if definition.is_query or is_parsed:
            yield from (each for each in of_tables if each.table in (definition.uses or {}))

    def make(definition: Definition) -> None:
        if definition.name in begun:
            return
        begun.add(definition.name)
        for each in first(definition):
            make(each)
        made[definition.name] = definition

    for each in ranked:
        make(each)
    return list(made.values())
