"""Finds sequences, types, views and routines that are in another schema or have another name.

Dropping one and creating it again would drop what others have made over it and take away what
others were granted, a materialized view would lose its rows, and a sequence would give the same
numbers again.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import TypeVar

from ottavino.declare.database_function import FunctionDefinition
from ottavino.declare.definition import Definition, unqualified
from ottavino.declare.domain import DomainDefinition
from ottavino.declare.enum_type import EnumDefinition
from ottavino.declare.sequence import SequenceDefinition
from ottavino.declare.tokens import without_defaults
from ottavino.declare.type_definition import TypeDefinition
from ottavino.declare.view_definition import ViewDefinition
from ottavino.migrate.followers import Names, Pair, renaming
from ottavino.migrate.renames import AskRename, Renames, asked, distance
from ottavino.migrate.state import State
from ottavino.migrate.steps import AlterColumn, Move, Rename

T = TypeVar("T", bound=Definition)


def renamed_sequences(old: State, new: State, ask: AskRename) -> list[Rename]:
    """The sequences that have another name or are in another schema, as far as `ask` agrees.
    Those in the same schema and those with the same options are asked about first.
    """
    pairs = _pairs(SequenceDefinition, old, new)
    return [
        renaming(each, each.named(other.full_name))
        for each, other in _agreed(sorted(pairs, key=_sequence_distance), ask)
    ]


def moved_types(old: State, new: State, ask: AskRename) -> tuple[list[AlterColumn], list[Move]]:
    """The types that are in another schema, with the same values, as far as `ask` agrees; and
    before them, the steps that remove defaults of such types. These are set again under the new
    name.
    """
    enums = [
        pair
        for pair in _pairs(EnumDefinition, old, new)
        if _is_near(pair) and pair[0].values == pair[1].values
    ]
    found: list[Pair] = [*_agreed(sorted(enums, key=_is_renamed), ask)]
    domains = sorted(filter(_is_near, _pairs(DomainDefinition, old, new)), key=_is_renamed)
    found += _adapted(domains, lambda pairs: Names((), old, [*found, *pairs]), new, ask)
    moved = [Move(each, other) for each, other in found]
    defaults = [
        AlterColumn(table, name, spec, replace(spec, default=None))
        for table, columns in old.tables.items()
        for name, spec in columns.items()
        if spec.default is not None
        and any(isinstance(e.old, TypeDefinition) and e.old.is_of(spec.type) for e in moved)
    ]
    return defaults, moved


def moved_objects(
    old: State, new: State, renames: Renames, moved: Sequence[Pair], ask: AskRename
) -> list[Pair]:
    """The views and routines that are in another schema, or have another name there, as far as
    `ask` agrees. `moved` are the sequences and types.
    """
    pairs: list[Pair] = [
        *_pairs(ViewDefinition, old, new),
        *(
            pair
            for pair in _pairs(FunctionDefinition, old, new)
            if _is_respelled(pair) or _are_all(pair, old, new)
        ),
    ]
    near: list[Pair] = sorted(filter(_is_near, pairs), key=_is_renamed)
    found = _adapted(near, lambda pairs: Names(renames, old, [*moved, *pairs]), new, ask)
    if left := [pair for pair in found if pair not in together(found, old)]:
        near = [
            pair for pair in near if pair[0].called not in {each.called for each, _ in left}
        ]
        return _adapted(near, lambda pairs: Names(renames, old, [*moved, *pairs]), new, ask)
    return found


def together(pairs: Sequence[Pair], old: State) -> list[Pair]:
    """The pairs without the routines that leave another one of their name behind, which a call
    could mean.
    """
    found = [each.called for each, _ in pairs]
    there = [each.called for each in _routines(old)]
    return [
        pair
        for pair in pairs
        if not isinstance(pair[0], FunctionDefinition)
        or _is_respelled(pair)
        or found.count(pair[0].called) == there.count(pair[0].called)
    ]


def _routines(state: State) -> Iterator[FunctionDefinition]:
    return (each for each in state.objects.values() if isinstance(each, FunctionDefinition))


def _pairs(kind: type[T], old: State, new: State) -> list[tuple[T, T]]:
    """Each object that is gone, with each one of its kind that is added."""
    gone, added = (
        [
            each
            for name, each in state.objects.items()
            if isinstance(each, kind) and name not in other.objects
        ]
        for state, other in ((old, new), (new, old))
    )
    return [(each, other) for each in gone for other in added if type(each) is type(other)]


def _agreed(pairs: Sequence[tuple[T, T]], ask: AskRename) -> Iterator[tuple[T, T]]:
    """The pairs of one object under two names, each object once."""
    taken: list[Definition] = []
    for each, other in pairs:
        is_free = each not in taken and other not in taken
        if is_free and ask(*asked(each.full_name, other.full_name)):
            taken += [each, other]
            yield each, other


def _adapted(
    pairs: Sequence[Pair], named: Callable[[Sequence[Pair]], Names], new: State, ask: AskRename
) -> list[Pair]:
    """The pairs in which the first becomes the second once it is moved, as far as `ask` agrees.
    One can need that another has moved.
    """
    found, left = list[Pair](), [*pairs]
    while pair := next((p for p in left if _becomes(p, named([*found, p]), new)), None):
        left.remove(pair)
        if _is_respelled(pair) or ask(*asked(pair[0].full_name, pair[1].full_name)):
            found.append(pair)
            left = [each for each in left if not (each[0] in pair or each[1] in pair)]
    return found


def _becomes(pair: Pair, names: Names, new: State) -> bool:
    each, other = pair
    adapted = names.adapted(each, new)
    if adapted is None or adapted.name != other.name:
        return False
    # Another name and another body are another function.
    return _is_moved(pair) or _is_respelled(pair) or adapted == other


def _is_near(pair: Pair) -> bool:
    """Whether both have one schema, or one name in two schemas."""
    return _is_moved(pair) or _is_renamed(pair)


def _is_moved(pair: Pair) -> bool:
    """Whether both have one name, in two schemas."""
    return pair[0].schema != pair[1].schema and _name(pair[0]) == _name(pair[1])


def _is_renamed(pair: Pair) -> bool:
    """Whether both have the same schema, and the same arguments if they are routines."""
    each, other = pair
    if isinstance(each, FunctionDefinition) and isinstance(other, FunctionDefinition):
        return each.schema == other.schema and _arguments(each) == _arguments(other)
    return each.schema == other.schema


def _is_respelled(pair: Pair) -> bool:
    """Whether both are one routine, the types of whose arguments have two names each in SQL."""
    return (
        isinstance(pair[0], FunctionDefinition)
        and isinstance(pair[1], FunctionDefinition)
        and pair[0].called == pair[1].called
        and _arguments(pair[0]) == _arguments(pair[1])
    )


def _arguments(routine: FunctionDefinition) -> str:
    return without_defaults(routine.arguments)


def _name(definition: Definition) -> str:
    is_named = isinstance(definition, FunctionDefinition)
    return definition.own_name if is_named else unqualified(definition.full_name)


def _are_all(
    pair: tuple[FunctionDefinition, FunctionDefinition], old: State, new: State
) -> bool:
    """Whether all routines of the first name may get the second one, which no other has. By its
    name alone, PostgreSQL finds a routine only if it is the only one.
    """
    names = {each.called for each in pair}
    before, after = (
        [each.called for each in _routines(state) if each.called in names]
        for state in (old, new)
    )
    is_only = len(before) == 1 or pair[0].arguments == pair[1].arguments
    return is_only and (
        before == [pair[0].called] * len(after) and after == [pair[1].called] * len(before)
    )


def _sequence_distance(
    pair: tuple[SequenceDefinition, SequenceDefinition],
) -> tuple[bool, bool, bool]:
    each, other = pair
    return (*distance((each.full_name, other.full_name)), each.named(other.full_name) != other)
