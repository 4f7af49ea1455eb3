"""Orders the steps of the files that run together.

Objects can be adopted one at a time, in any order. So a file may create a view, a policy, a
function or a foreign key over a table that a later file creates. Such a step waits: it runs at
the end of that file, and so does each step that needs it. Undoing reverses this order.
"""

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from ottavino.declare.as_found import DetailDefinition
from ottavino.declare.comment import CommentDefinition
from ottavino.declare.constraint import ForeignKeyDefinition
from ottavino.declare.database_function import FunctionDefinition
from ottavino.declare.definition import Claim, Definition
from ottavino.migrate.files import MigrationFile
from ottavino.migrate.steps import Change, Create, CreateConcurrently, Step, Undo
from ottavino.postgres.quoting import identifier

Ordered = list[tuple[MigrationFile, Step, str]]
"""The steps that run with a file, each with the file that has it, and its SQL."""

NEEDED_BY_NONE = (CommentDefinition, DetailDefinition)
"""The kinds that may be about any part of a table."""


def in_order(files: Sequence[MigrationFile], *, backwards: bool) -> list[Ordered]:
    """The steps of some files in the order in which they are run, or undone, file by file."""
    first_to_last = files[::-1] if backwards else files
    queue = _Queue(_first_made(first_to_last))
    steps = [[*queue.steps_of(place, file)] for place, file in enumerate(first_to_last)]
    steps[-1:] = [[*each, *queue.waiting] for each in steps[-1:]]
    ordered = [[(file, *_with_sql(step, backwards)) for file, step in each] for each in steps]
    return [each[::-1] for each in ordered[::-1]] if backwards else ordered


def sql_of(file: MigrationFile, *, backwards: bool) -> Iterator[tuple[Step, str]]:
    """The steps of a file in the order in which they are run, or undone."""
    for _, step, sql in in_order([file], backwards=backwards)[0]:
        yield step, sql


def needed(step: Step, names: Collection[str]) -> set[str]:
    """Those of some tables, views and other objects without which a step fails."""
    match step:
        case Create(definition) | Change(new=definition):
            return {*_needed(definition, names)} & {*names}
        case _:
            return set()


def _needed(definition: Definition, names: Collection[str]) -> Iterator[str]:
    yield definition.table
    yield from definition.calls
    match definition:
        case ForeignKeyDefinition():
            yield from definition.references or ()
        case FunctionDefinition():
            # PostgreSQL looks up the names of other bodies when they run.
            used = {*names} & {*(definition.uses or ())}
            yield from used if used and definition.is_parsed else ()
        case _:
            yield from definition.uses or ()


@dataclass(slots=True)
class _Queue:
    """The steps that wait for a later file, in the order of their files."""

    made: dict[str, int]
    """The names that the run creates, each with the place of the first file that does."""
    waiting: list[tuple[MigrationFile, Step]] = field(
        default_factory=list[tuple[MigrationFile, Step]]
    )

    def steps_of(self, place: int, file: MigrationFile) -> Iterator[tuple[MigrationFile, Step]]:
        """The steps that run with a file."""
        for step in file.migration.steps:
            if not self._is_undone(step):
                if self._waits(step, place, self.waiting):
                    self.waiting.append((file, step))
                else:
                    yield file, step
        while ready := next(
            (each for each in self.waiting if self._is_ready(each, place)), None
        ):
            self.waiting.remove(ready)
            yield ready

    def _is_ready(self, waiting: tuple[MigrationFile, Step], place: int) -> bool:
        """Whether a step need not wait for a later file, nor for another step that waits."""
        at = self.waiting.index(waiting)
        before, after = self.waiting[:at], self.waiting[at + 1 :]
        _, step = waiting
        return not (
            self._waits(step, place, before) or any(_needs(step, other) for _, other in after)
        )

    def _waits(
        self, step: Step, place: int, before: Sequence[tuple[MigrationFile, Step]]
    ) -> bool:
        later = [name for name, made in self.made.items() if made > place]
        return bool(needed(step, later)) or any(
            _needs(step, other) or _changes(step, other) for _, other in before
        )

    def _is_undone(self, step: Step) -> bool:
        """Whether a step drops what waits to be created: then neither runs."""
        match step:
            case Undo(Create(definition)) if self._creates(definition):
                self.waiting = [
                    each for each in self.waiting if _definition(each[1]) != definition.name
                ]
                return True
            case _:
                return False

    def _creates(self, definition: Definition) -> bool:
        made = (each.definition for _, each in self.waiting if isinstance(each, Create))
        return any(each.name == definition.name for each in made)


def _needs(step: Step, waiting: Step) -> bool:
    """Whether a step needs what another one creates or changes."""
    match step, waiting:
        case (
            (Create(definition) | Change(new=definition)),
            (Create(other) | Change(new=other)),
        ):
            is_about = (
                isinstance(definition, NEEDED_BY_NONE)
                and not isinstance(other, NEEDED_BY_NONE)
                and {definition.table, *(definition.uses or ())} & {other.table}
            )
            made = {*_names(waiting.takes, Create(other))}
            return bool(is_about or needed(step, made) or definition.needs(other))
        case _:
            return False


def _changes(step: Step, waiting: Step) -> bool:
    """Whether a step changes what another one creates or changes."""
    return _definition(step) is not None and _definition(step) == _definition(waiting)


def _definition(step: Step) -> str | None:
    match step:
        case Create(definition) | Change(new=definition):
            return definition.name
        case _:
            return None


def _first_made(files: Sequence[MigrationFile]) -> dict[str, int]:
    """The names that are not there before some files, each with the place of its file."""
    first: dict[str, tuple[int, bool]] = {}
    for place, file in enumerate(files):
        for step in file.migration.steps:
            for name in _names(step.takes, step if isinstance(step, Create) else None):
                first.setdefault(name, (place, True))
            undone = step.step if isinstance(step, Undo) else None
            for name in _names(step.frees, undone if isinstance(undone, Create) else None):
                first.setdefault(name, (place, False))
    return {name: place for name, (place, is_new) in first.items() if is_new}


def _names(claims: Iterable[Claim], made: Create | None) -> Iterator[str]:
    """The names of relations and types among some claims, and those of an object."""
    for each in claims:
        if each.kind == "relation":
            yield ".".join(map(identifier, (each.place, each.name)))
    if made is not None:
        yield from filter(None, (made.definition.name, made.definition.called))


def _with_sql(step: Step, backwards: bool) -> tuple[Step, str]:  # its only caller passes it on
    inside = step.inside if isinstance(step, CreateConcurrently) else step
    return inside, inside.backwards() if backwards else inside.forwards()
