"""Keeps who may do what through the run of a file, but for what the file says.

What others have granted on an object goes with it if it is dropped, and comes back with the
object of its name. What a file takes and gives on objects that were there is recorded, so that
undoing it restores exactly that, whatever others have granted or revoked since.
"""

import json
from collections.abc import AsyncGenerator, Iterable, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from ottavino.declare.as_found import DetailDefinition
from ottavino.declare.default_privileges import DefaultPrivilegesDefinition
from ottavino.declare.grant import PrivilegesDefinition
from ottavino.declare.raw import RawDefinition
from ottavino.declare.schema import SchemaDefinition
from ottavino.declare.sequence import SequencePrivilegesDefinition
from ottavino.migrate.access import (
    OWNER,
    Access,
    Held,
    Number,
    Place,
    Right,
    granting,
    read,
    revoking,
)
from ottavino.migrate.files import MigrationFile
from ottavino.migrate.said import Said
from ottavino.migrate.steps import (
    AddColumn,
    Create,
    CreateTable,
    Execute,
    Rename,
    RenameColumn,
    RenameTable,
    Step,
)
from ottavino.migrate.transaction import PROCESS_INVALIDATIONS, execute
from ottavino.postgres.connection import Connection

Changed = tuple[Place, Right, bool]
"""A right on an object, and whether a file gave it; otherwise the file took it."""

Rights = dict[Place, set[Right]]

OF_WHAT_IS_THERE = SchemaDefinition | DefaultPrivilegesDefinition | RawDefinition
"""The kinds whose objects may be there before they are declared."""

OF_OTHERS = PrivilegesDefinition | SequencePrivilegesDefinition | DetailDefinition
"""The kinds that are about another object."""

NAMED = {"function", "table", "view", "materialized view"}
"""The kinds of objects that the statements of a file name if they change the rights on them."""

ROLES = "select array_agg(rolname::text) from pg_roles where rolname = any($1)"


def concerns(steps: Sequence[Step]) -> bool:
    """Whether some steps may change who may do what with an object that was there."""
    made = {each.table for each in steps if isinstance(each, CreateTable)}
    made |= {
        each.definition.full_name
        for each in steps
        if isinstance(each, Create) and not isinstance(each.definition, OF_OTHERS)
    }
    return any(_concerns(step, made) for step in steps)


def _concerns(step: Step, made: set[str]) -> bool:
    match step:
        case Create(definition) if isinstance(definition, OF_WHAT_IS_THERE):
            return True
        case Create(definition) if isinstance(definition, OF_OTHERS):
            return definition.table not in made
        case CreateTable() | AddColumn() | Create() | Execute():
            return False
        case RenameTable() | RenameColumn() | Rename():
            return False
        case _:
            return True


@dataclass(slots=True)
class Keeping:
    """The run of one file. Statements that a person wrote may change whatever they say."""

    connection: Connection
    file: MigrationFile
    said: Said
    record: Sequence[Sequence[Changed]] | None = None
    """What the file, and each file that it replaces, took and gave, if it is undone."""
    before: Access = field(default_factory=dict[Number, Held])
    _left: Access = field(default_factory=dict[Number, Held])
    _taken_by_hand: dict[Number, frozenset[Right]] = field(
        default_factory=dict[Number, frozenset[Right]]
    )
    _given_by_hand: dict[Number, frozenset[Right]] = field(
        default_factory=dict[Number, frozenset[Right]]
    )
    _recorded: set[Place] = field(init=False)

    def __post_init__(self) -> None:
        self._recorded = {each for changes in self.record or () for each, _, _ in changes}

    async def begin(self) -> None:
        """Read who may do what before the file."""
        self.before = await read(self.connection)

    async def pause(self) -> None:
        """Read it before a statement that a person wrote."""
        self._left = await read(self.connection)

    async def go_on(self) -> None:
        """Read it after that statement, and remember what it has changed."""
        there = await read(self.connection)
        for number in {*self._left, *there}:
            before, after = (_rights(each, number) for each in (self._left, there))
            for changed, was, becomes in (
                (self._taken_by_hand, before, after),
                (self._given_by_hand, after, before),
            ):
                changed[number] = changed.get(number, frozenset()) | (was - becomes)

    async def end(self) -> list[Changed]:
        """Restore what was not to change, and return what has changed."""
        after = await read(self.connection)
        wanted = self._wanted(after)
        # PostgreSQL revokes the privileges on columns with those on their table.
        after = await self._run(self._revoked(after, wanted), after)
        after = await self._regranted(after, wanted)
        return [*self._changes(after)]

    def _wanted(self, after: Access) -> dict[Number, set[Right]]:
        """The rights on each object that has to have exactly these, or at least these."""
        if self.record is None:
            return {
                number: {*self._kept(number, old, after[number].place)}
                for number, old in self._olds(after).items()
            }
        held = self._held(after)
        for changes in reversed(self.record):
            _undo(changes, held, self._moved(after))
        return {
            number: held.get(place, set())
            for number, (place, *_) in after.items()
            if self._is_touched(number, place)
        }

    def _kept(self, number: Number, old: Number, place: Place) -> Iterator[Right]:
        """What stays on an object that was there, and what a person gave."""
        for each in self._rights_before(old):
            if not self.said.is_said(place, each) or self.said.leaves_granted(place, each):
                yield each
        yield from self._given_by_hand.get(number, frozenset())

    def _olds(self, after: Access) -> Mapping[Number, Number]:
        """The numbers that the objects had which the file says something about, or which are
        there again.
        """
        stay = {
            number: number
            for number, (place, *_) in after.items()
            if number in self.before and self._is_named(number, place)
        }
        return stay | dict(self._made_again(after))

    def _is_named(self, number: Number, place: Place) -> bool:
        """Whether the file says something about an object, or its record does."""
        before = self.before[number].place if number in self.before else place
        return any(self.said.names(each) or each in self._recorded for each in (place, before))

    def _is_touched(self, number: Number, place: Place) -> bool:
        """Whether the file may change the rights on an object. What happens to others meanwhile
        is done by somebody else.
        """
        return (
            number not in self.before
            or place.kind not in NAMED
            or self._is_named(number, place)
        )

    def _held(self, after: Access) -> Rights:
        """The rights before, with what a person changed, by the names of the objects now."""
        held: Rights = {}
        moved = self._moved(after)
        for number, (place, *_) in self.before.items():
            held.setdefault(moved.get(place, place), set()).update(self._rights_before(number))
        for number, given in self._given_by_hand.items():
            if number in after:
                held.setdefault(after[number].place, set()).update(given)
        return held

    def _rights_before(self, number: Number) -> set[Right]:
        return {*self.before[number].rights} - self._taken_by_hand.get(number, frozenset())

    def _moved(self, after: Access) -> Mapping[Place, Place]:
        """The names of the objects now, by their names before."""
        stay = {number: number for number in self.before if number in after}
        again = {old: number for number, old in self._made_again(after)}
        return {
            self.before[old].place: after[number].place
            for old, number in (stay | again).items()
        }

    def _made_again(self, after: Access) -> Iterator[tuple[Number, Number]]:
        """The numbers of the objects that are there again, with those that they had."""
        gone = {
            held.place: number for number, held in self.before.items() if number not in after
        }
        new = {
            held.place: number for number, held in after.items() if number not in self.before
        }
        for place, number in new.items():
            if (same := gone.get(place)) is not None:
                yield number, same
            elif place.kind == "function":
                # It may have other arguments, if no other one of its name has gone or come.
                olds, news = (
                    [each for each in some if each.named == place.named and each not in others]
                    for some, others in ((gone, new), (new, gone))
                )
                if len(olds) == len(news) == 1:
                    yield number, gone[olds[0]]

    def _revoked(self, after: Access, wanted: Mapping[Number, set[Right]]) -> Iterator[str]:
        for number, rights in wanted.items():
            held = after[number]
            more = held.rights - rights
            yield from revoking(
                held, (e for e in more if self._is_superfluous(number, held.place, e))
            )

    def _is_superfluous(self, number: Number, place: Place, right: Right) -> bool:
        """Whether a right that is there, and was not, has not been given by an edit."""
        is_new = number not in self.before
        if right.grantor:
            return False
        if self.record is not None:
            return is_new or place.kind == "default" or self._is_named(number, place)
        # What default privileges, or PostgreSQL's own, have granted.
        is_by_default = is_new and self.said.leaves(place, right)
        return is_by_default or self.said.leaves_granted(place, right)

    async def _regranted(self, after: Access, wanted: Mapping[Number, set[Right]]) -> Access:
        """Grant what is lacking: by the owner, then by the others who had granted it, each when
        it may do so, and the rest by the owner too.
        """
        named = {each.role for rights in wanted.values() for each in rights}
        roles = {"public", OWNER, *(await self.connection.fetchval(ROLES, [*named]) or ())}
        there = {n: {e for e in rights if e.role in roles} for n, rights in wanted.items()}
        of_owner = {n: {e for e in rights if not e.grantor} for n, rights in there.items()}
        after, tried = await self._run(_granted(after, of_owner), after), list[str]()
        while (statements := [*_granted(after, there)]) != tried:
            after, tried = await self._run(statements, after), statements
        of_owner = {
            number: {each.by_owner for each in rights}
            for number, rights in _lacking(after, there).items()
        }
        return await self._run(_granted(after, of_owner), after)

    async def _run(self, statements: Iterable[str], after: Access) -> Access:
        """Run some statements, and read who may do what if there are any."""
        if not (texts := [*statements]):
            return after
        sql = ";\n".join([*texts, PROCESS_INVALIDATIONS])
        await execute(self.connection, self.file, sql, "privileges of others")
        return await read(self.connection)

    def _changes(self, after: Access) -> Iterator[Changed]:
        """What has changed on the objects that were there, by the names that they had before
        it or have after it.
        """
        again = {old: number for number, old in self._made_again(after)}
        for number, (place, rights, _) in self.before.items():
            now = number if number in after else again.get(number)
            if now == number and not self._is_touched(number, after[number].place):
                continue
            there = _rights(after, now) if now else frozenset[Right]()
            by_hand = self._taken_by_hand.get(number, frozenset())
            yield from ((place, each, False) for each in sorted(rights - there - by_hand))
            if now:
                by_hand = self._given_by_hand.get(now, frozenset())
                given = there - rights - by_hand
                yield from ((after[now].place, each, True) for each in sorted(given))


def _rights(access: Access, number: Number) -> frozenset[Right]:
    return access[number].rights if number in access else frozenset()


def _lacking(after: Access, wanted: Mapping[Number, set[Right]]) -> dict[Number, set[Right]]:
    return {number: rights - _rights(after, number) for number, rights in wanted.items()}


def _granted(after: Access, wanted: Mapping[Number, set[Right]]) -> Iterator[str]:
    """The statements that grant what is lacking."""
    for number, rights in _lacking(after, wanted).items():
        yield from granting(after[number], rights)


def _undo(changes: Iterable[Changed], held: Rights, moved: Mapping[Place, Place]) -> None:
    """Take what was given, and give what was taken."""
    for place, right, is_given in changes:
        if is_given:
            held.get(moved.get(place, place), set()).discard(right)
        else:
            held.setdefault(place, set()).add(right)


@asynccontextmanager
async def by_hand(keeping: Keeping | None) -> AsyncGenerator[None]:
    """A block that runs statements which a person wrote."""
    if keeping is not None:
        await keeping.pause()
    yield
    if keeping is not None:
        await keeping.go_on()


def as_record(changed: Sequence[Changed]) -> str:
    """What one file took and gave, as it is recorded."""
    return json.dumps([[[*place, *right, is_given] for place, right, is_given in changed]])


def read_record(text: str) -> list[list[Changed]]:
    """What a file, and each that it replaces, took and gave."""
    size = len(Place.__annotations__)
    return [
        [(Place(*each[:size]), Right(*each[size:-1]), each[-1]) for each in changes]
        for changes in json.loads(text)
    ]
