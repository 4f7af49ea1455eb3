"""Grants again what one class has granted before and another one grants still.

A privilege on an object that a `Grant` and an `AsFound` declare is one in PostgreSQL, so what
revokes the one takes the other too. So it is if one of them is a part of `all`, and if both
spell a function in their own ways.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace

from ottavino.declare.definition import Definition
from ottavino.declare.privilege import Privilege, granting
from ottavino.migrate.said import granted_by, is_same_object, named_by
from ottavino.migrate.state import State
from ottavino.migrate.steps import Alter, Create, Replace, Step, Undo
from ottavino.postgres.quoting import unquoted


def regranted(steps: Sequence[Step], new: State) -> list[Step]:
    """The same steps, and those that grant it again."""
    taking = [(place, *each) for place, step in enumerate(steps) for each in _taken(step)]
    if not taking:
        return [*steps]
    last = max(place for place, _, _ in taking)
    later = {each.definition.name for each in steps[last + 1 :] if isinstance(each, Create)}
    again: list[Step] = []
    for definition in new.objects.values():
        others = [each for _, name, each in taking if name != definition.name]
        if definition.name not in later and (lost := _lost(definition, others)):
            again.append(Alter(definition, definition, ";\n".join(granting(lost)), ""))
    return [*steps[: last + 1], *again, *steps[last + 1 :]]


def _taken(step: Step) -> Iterator[tuple[str, Privilege]]:
    """What a step revokes, with the name of what granted it."""
    match step:
        case Undo(Create(definition)):
            yield from ((definition.name, each) for each in granted_by(definition))
        case Alter(old, new) | Replace(old, new):
            stays = {*granted_by(new)}
            yield from ((old.name, each) for each in granted_by(old) if each not in stays)
        case _:
            pass


def _lost(definition: Definition, taken: Sequence[Privilege]) -> list[Privilege]:
    sql = definition.create.lower()
    if not any(_own_name(each) in sql for each in taken):
        return []
    shared = (
        part
        for each in granted_by(definition)
        for other in taken
        if unquoted(each.target.role) == unquoted(other.target.role)
        and is_same_object(each.target, other.target)
        and (part := each.taken_with(replace(other, target=each.target)))
    )
    return [*dict.fromkeys(shared)]


def _own_name(privilege: Privilege) -> str:
    """The name of its object as SQL has it, without a schema and quotation marks."""
    named = named_by(privilege.target)
    return (named.name or named.schema).replace('"', '""').lower()
