"""What the steps of a file say about privileges: what a class granted before them, and which
roles it names after them.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace

from ottavino.declare.as_found import DetailDefinition
from ottavino.declare.database_function import FunctionDefinition
from ottavino.declare.default_privileges import DefaultPrivilegesDefinition
from ottavino.declare.definition import Definition
from ottavino.declare.grant import PrivilegesDefinition
from ottavino.declare.partition import PartitionDefinition
from ottavino.declare.privilege import Privilege, Target, closings_of, privileges_of
from ottavino.declare.raw import RawDefinition
from ottavino.declare.schema import SchemaDefinition
from ottavino.declare.sequence import SequenceDefinition
from ottavino.declare.tokens import without_defaults
from ottavino.declare.trigger import TriggerDefinition
from ottavino.declare.type_definition import TypeDefinition
from ottavino.declare.view_definition import ViewDefinition
from ottavino.migrate.access import Named, Place, Right
from ottavino.migrate.steps import Change, Create, Step, Undo
from ottavino.postgres.quoting import split_name, unquoted

NOUNS = {
    "domain": "type",
    "function": "function",
    "procedure": "function",
    "routine": "function",
    "schema": "schema",
    "type": "type",
}
"""The words before the names of what is no relation."""


GRANTING = (
    DefaultPrivilegesDefinition
    | DetailDefinition
    | FunctionDefinition
    | PrivilegesDefinition
    | RawDefinition
    | SchemaDefinition
    | SequenceDefinition
)
"""The kinds whose statements may grant something."""

BESIDE = PartitionDefinition | TriggerDefinition | TypeDefinition | ViewDefinition
"""The kinds whose statements grant something only if a person or `adopt` has written them."""


@dataclass(slots=True)
class Said:
    """What some steps say about each object."""

    granted: dict[Named, list[Privilege]] = field(default_factory=dict[Named, list[Privilege]])
    """What was granted before them."""
    stay: dict[Named, set[Privilege]] = field(default_factory=dict[Named, set[Privilege]])
    """What was granted before them and is after them, each on the object as it is then."""
    closed: dict[Named, set[str]] = field(default_factory=dict[Named, set[str]])
    """The roles from which they revoke all, and from which nothing did before them."""
    named: dict[Named, set[str]] = field(default_factory=dict[Named, set[str]])
    """The roles whose privileges they say."""
    beside: dict[Named, list[Privilege]] = field(default_factory=dict[Named, list[Privilege]])
    """What the statements of the other kinds grant after them."""

    @classmethod
    def by(cls, steps: Iterable[Step], *, backwards: bool) -> "Said":
        """What the steps say, or what undoing them says."""
        said, shut = cls(), dict[Named, set[str]]()
        ways = [_ways(step)[:: -1 if backwards else 1] for step in steps]
        for before, after in ways:
            for each in granted_by(before):
                said.granted.setdefault(named_by(each.target), []).append(each)
                _add(said.named, each.target)
            for target in _closings(before):
                _add(shut, target)
            for target in _closings(after):
                _add(said.closed, target)
                _add(said.named, target)
            for each in granted_by(after):
                _add(said.named, each.target)
            for each in _beside(after):
                said.beside.setdefault(named_by(each.target), []).append(each)
        for name in said.closed:
            said.closed[name] -= shut.get(name, set())
        said.stay = _staying(ways)
        return said

    def is_said(self, place: Place, right: Right) -> bool:
        """Whether a class granted a right before, or closes the object to its role now."""
        is_closed = right.role in self.closed.get(place.named, ()) and not right.grantor
        return is_closed or any(
            _is_of(each, place, right) for each in self.granted.get(place.named, ())
        )

    def leaves_granted(self, place: Place, right: Right) -> bool:
        """Whether a class granted a right before, and one grants it now. So whether a role has
        it is not theirs to say: somebody may have revoked it.
        """
        return any(_is_of(each, place, right) for each in self.stay.get(place.named, ()))

    def names(self, place: Place) -> bool:
        """Whether something is said about an object."""
        return place.named in self.named

    def leaves(self, place: Place, right: Right) -> bool:
        """Whether nothing is said about the role of a right, and nothing beside grants it."""
        return right.role not in self.named.get(place.named, ()) and not any(
            _is_of(each, place, right) for each in self.beside.get(place.named, ())
        )


def _is_of(privilege: Privilege, place: Place, right: Right) -> bool:
    """Whether a right on an object is the privilege, a part of it, or its option."""
    return (
        # What somebody else has granted is theirs.
        not right.grantor
        and unquoted(privilege.target.role) == right.role
        and privilege.name in {right.privilege, "all"}
        and privilege.column == place.column
    )


def _staying(
    ways: Sequence[Sequence[Definition | None]],
) -> dict[Named, set[Privilege]]:
    """The privileges that are granted before all steps and after them."""
    first, last = dict[str, Definition | None](), dict[str, Definition | None]()
    for before, after in ways:
        for each in (before, after):
            if each is not None:
                first.setdefault(each.name, before)
                last[each.name] = after
    olds, news = (_by_object(each.values()) for each in (first, last))
    return {name: {*_shared(olds[name], news[name])} for name in olds.keys() & news.keys()}


def _shared(olds: set[Privilege], news: set[Privilege]) -> Iterator[Privilege]:
    for each in news:
        is_old = each in olds or replace(each, name="all") in olds
        if is_old and not any(other.covers(each) for other in news - olds - {each}):
            yield each


def _by_object(definitions: Iterable[Definition | None]) -> dict[Named, set[Privilege]]:
    """The privileges on each object, whose arguments may be others then if it is a function. If
    there are several of its name, nobody can tell which is which.
    """
    found: dict[Named, set[Privilege]] = {}
    there: dict[Named, list[Target]] = {}
    for definition in definitions:
        granted = [*granted_by(definition)]
        for each in granted:
            found.setdefault(named_by(each.target), set()).add(each)
        for target in (*(each.target for each in granted), *_closings(definition)):
            there.setdefault(named_by(target), []).append(target)
    return {
        name: {replace(e, target=Target(e.target.before, "", e.target.role)) for e in of_name}
        for name, of_name in found.items()
        if all(is_same_object(there[name][0], each) for each in there[name])
    }


def is_same_object(one: Target, other: Target) -> bool:
    """Whether two privileges are on the same object, which each may spell otherwise: `function
    f(a int)` and `routine public.f(integer)`.
    """
    return (
        one.before == other.before
        and named_by(one) == named_by(other)
        and _may_be_same(*map(_arguments, (one, other)))
    )


def _may_be_same(one: Sequence[list[str]], other: Sequence[list[str]]) -> bool:
    """Whether two functions of a name have the same arguments. One may leave out the names of
    the arguments, the schemas of their types, or all of them.
    """
    return not (one and other) or (
        len(one) == len(other)
        and all(
            bool(a) == bool(b) and (a[-len(b) :] == b or b[-len(a) :] == a)
            for a, b in zip(one, other, strict=True)
        )
    )


def _arguments(target: Target) -> list[list[str]]:
    """The words of each argument that a function takes; nothing if it is named without them, or
    is no function.
    """
    _, opening, rest = target.on.partition("(")
    if not opening:
        return []
    found, depth = [list[str]()], 0
    for word in without_defaults(f"({rest}").split(" "):
        depth += (word == "(") - (word == ")")
        if (word, depth) == (",", 1):
            found.append([])
        elif depth == 1 and word not in {"(", ")"}:
            found[-1].append(unquoted(word))
    return [each for each in found if each[:1] != ["out"]]


def _ways(step: Step) -> Sequence[Definition | None]:
    """The object of a step before and after it."""
    match step:
        case Create(definition):
            return None, definition
        case Undo(Create(definition)):
            return definition, None
        case Change(old, new):
            return old, new
        case _:
            return None, None


def granted_by(definition: Definition | None) -> Iterator[Privilege]:
    """The privileges that an object grants."""
    if isinstance(definition, GRANTING):
        yield from privileges_of(definition.create)


def _beside(definition: Definition | None) -> Iterator[Privilege]:
    # A trigger has a grant only if its function is made with it.
    if isinstance(definition, BESIDE) and getattr(definition, "function", True):
        yield from privileges_of(definition.create)


def _closings(definition: Definition | None) -> Iterator[Target]:
    if isinstance(definition, GRANTING):
        yield from closings_of(definition.create)


def _add(roles: dict[Named, set[str]], target: Target) -> None:
    roles.setdefault(named_by(target), set()).add(unquoted(target.role))


def named_by(target: Target) -> Named:
    """The object of a privilege."""
    noun, _, name = target.on.partition(" ")
    kind = NOUNS.get(noun.lower(), "relation")
    if kind != "relation" or noun.lower() == "sequence":
        # A function with any arguments.
        schema, *own = split_name(name.strip().split("(", 1)[0])
    else:
        schema, *own = split_name(target.on)
    if not own and kind != "schema":
        # A person may leave out where PostgreSQL looks for it.
        schema, own = "public", [schema]
    return Named(kind, _folded(schema), "".join(map(_folded, own)))


def _folded(name: str) -> str:
    """A name as PostgreSQL knows it, of which a person may have written capitals."""
    return unquoted(name if name.startswith('"') else name.lower())
