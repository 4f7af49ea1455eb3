"""Sorts objects into an order in which they can be created, and in reverse dropped."""

from collections.abc import Iterable

from ottavino.declare.definition import Definition


def in_order(definitions: Iterable[Definition]) -> list[Definition]:
    """Sort objects by rank, but each after the objects that it needs."""
    ranked = sorted(definitions, key=lambda each: each.rank)
    by_name: dict[str, list[Definition]] = {}
    for each in ranked:
        for name in {each.name, each.called} - {None}:
            by_name.setdefault(str(name), []).append(each)
    made: dict[str, Definition] = {}
    begun: set[str] = set()

    def make(definition: Definition) -> None:
        if definition.name in begun:
            return
        begun.add(definition.name)
        for name in definition.calls:
            for each in by_name.get(name, ()):
                make(each)
        made[definition.name] = definition

    for each in ranked:
        make(each)
    return list(made.values())
