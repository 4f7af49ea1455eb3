"""Frees the names that a migration takes, before it takes them.

Tables, views, sequences, types and indexes of a schema share their names. A table can take the
name of a dropped sequence, a view that of a renamed table, and two tables can swap theirs. So
what has such a name is dropped or renamed first, with what depends on it. The schema that is
there then is compared with the declared one. In a ring, one name is changed twice.
"""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import count
from typing import NamedTuple, TypeVar

from ottavino.declare.constraint import ForeignKeyDefinition
from ottavino.declare.database_function import FunctionDefinition
from ottavino.declare.definition import Claim, Definition, table_of, unqualified
from ottavino.declare.domain import DomainDefinition, DomainPartDefinition
from ottavino.declare.partition import PartitionDefinition
from ottavino.declare.sequence import SequenceDefinition
from ottavino.declare.type_definition import TypeDefinition
from ottavino.declare.view_definition import ViewDefinition
from ottavino.migrate.dependents import recreated
from ottavino.migrate.followers import Names, followers, freed_first, renaming, with_indexes
from ottavino.migrate.renames import AskRename, asked, exchanged, renaming_table, replayed
from ottavino.migrate.state import State
from ottavino.migrate.steps import (
    AlterColumn,
    Create,
    CreateTable,
    Move,
    Rename,
    RenameTable,
    Step,
    Undo,
)
from ottavino.migrate.table_steps import relation
from ottavino.migrate.uses import calls, is_about_rows_of
from ottavino.postgres.quoting import LONGEST_NAME, identifier, split_name
from ottavino.sql import Mention, Path, path_of, rewritten

Renamable = SequenceDefinition | TypeDefinition | ViewDefinition
"""What gets another name by itself, beside tables."""

Named = TypeVar("Named", bound=Definition)

Changes = Callable[[State, State, AskRename], list[Step]]


def with_free_names(old: State, new: State, ask: AskRename, changes: Changes) -> list[Step]:
    """The steps from one schema to another. `changes` computes those that take free names."""
    answers, steps = _Answers(ask), list[Step]()
    while True:
        taken = _exchange(old, new, answers)
        rest = changes(old, new, answers) if taken is None else []
        taken = taken or _first_taken(old, new, rest)
        if taken is None:
            return [*steps, *rest]
        without, renames = _freed(taken, old, new, answers)
        freeing = [*changes(old, without, _no), *_with_defaults(without, renames)]
        steps += freeing
        old = replayed(old, freeing)


@dataclass(slots=True)
class _Answers:
    """Asks each question once, by the names that were there at first."""

    ask: AskRename
    former: dict[str, str] = field(default_factory=dict[str, str])
    """The names at first, by those that are only there in between."""
    known: dict[tuple[str, str, str], bool] = field(
        default_factory=dict[tuple[str, str, str], bool]
    )

    def __call__(self, of: str, old: str, new: str) -> bool:
        full = f"{of}.{old}" if of else old
        if full in self.former:
            other = f"{of}.{new}" if of else new
            return self.former[full] != other and self(*asked(self.former[full], other))
        question = (of, old, new)
        if question not in self.known:
            self.known[question] = self.ask(*question)
        return self.known[question]


class _Taken(NamedTuple):
    """What has a name that another object takes."""

    there: str | Definition
    """The table by its name, or the object."""
    becomes: str | None
    """The name that it gets; None if it is dropped."""

    @property
    def name(self) -> str:
        return self.there if isinstance(self.there, str) else self.there.full_name


def _exchange(old: State, new: State, ask: AskRename) -> _Taken | None:
    """The first table or object whose name another one of its kind takes, and that can give it
    up now.
    """
    tables = dict(exchanged(old, new, ask))
    pairs = [*_exchanged_objects(old, new, ask)]
    objects = {each.name: other.full_name for each, other in pairs}
    targets = {*tables.values(), *(other.name for _, other in pairs)}
    taken = [
        *(
            _Taken(table, tables.get(table))
            for table in old.tables
            if table in new.tables and (table in tables or table in targets)
        ),
        *(
            _Taken(each, objects.get(name))
            for name, each in old.objects.items()
            if name in new.objects and (name in objects or name in targets)
        ),
    ]
    owners = dict(_owners(old))
    free = [each for each in taken if not (each.becomes and relation(each.becomes) in owners)]
    return next(iter(free or taken), None)


def _exchanged_objects(
    old: State, new: State, ask: AskRename
) -> Iterator[tuple[Renamable, Renamable]]:
    """The same for sequences, types and views, which differ in nothing but their names."""
    replaced = {
        name
        for name, each in old.objects.items()
        if isinstance(each, Renamable) and new.objects.get(name, each) != each
    }
    gone, added = (
        [
            each
            for name, each in state.objects.items()
            if isinstance(each, Renamable) and (name in replaced or name not in other.objects)
        ]
        for state, other in ((old, new), (new, old))
    )
    for each in gone if replaced else ():
        for other in added:
            if (
                type(each) is type(other)
                and each.name != other.name
                and {each.name, other.name} & replaced
                and _named(each, other.full_name) == other
                and ask(*asked(each.full_name, other.full_name))
            ):
                added.remove(other)
                yield each, other
                break


def _first_taken(old: State, new: State, steps: Sequence[Step]) -> _Taken | None:
    """What has the first name that a step takes before another step has freed it, or a table
    whose name an object has now: the objects of both have the same names too.
    """
    owners = dict(_owners(old))
    becomes = dict(_owners(new))
    for claim, owner in owners.items():
        if isinstance(owner, str) and not isinstance(becomes.get(claim, owner), str):
            return _found(claim, owners, steps)
    occupied = {*owners}
    for step in steps:
        occupied.difference_update(step.frees)
        for claim in (each for each in step.takes if each.kind == "relation"):
            if claim in occupied:
                return _found(claim, owners, steps)
            occupied.add(claim)
    return None


def _owners(state: State) -> Iterator[tuple[Claim, str | Definition]]:
    """The tables and objects of a schema by the names that they share."""
    for table in state.tables:
        yield relation(table), table
    for each in state.objects.values():
        yield from ((claim, each) for claim in each.claims if claim.kind == "relation")


def _found(
    claim: Claim, owners: Mapping[Claim, str | Definition], steps: Sequence[Step]
) -> _Taken:
    """What has a name, and what some steps make of it."""
    there = owners.get(claim, "")
    name = there if isinstance(there, str) else there.name
    for step in steps:
        match step:
            case RenameTable(table, becomes) if table == name:
                return _Taken(there, becomes)
            case Rename(before, after) if before.name == name:
                return _Taken(there, after.full_name)
            case Undo(CreateTable(table)) if table == name:
                return _Taken(there, None)
            case Undo(Create(definition)) if definition.name == name:
                return _Taken(there, None)
            case _:
                pass
    raise ValueError(
        f"Two objects in the schema {claim.place} have the name {claim.name}, which tables, "
        "views, sequences, types and indexes share: give one of them another name."
    )


def _freed(
    taken: _Taken, old: State, new: State, answers: _Answers
) -> tuple[State, list[Step]]:
    """The old schema without what depends on something, and then the steps that free its name.

    It gets the name that it has in the new schema. If that is taken too, it gets another one in
    between. So does a dropped type or sequence, since columns may use it until they change.
    """
    there, becomes = taken
    is_used = isinstance(there, SequenceDefinition | TypeDefinition)
    if not (isinstance(there, str | Renamable) and (becomes or is_used)):
        return _without(old, new, there, is_dropped=True), []
    if becomes is None or relation(becomes) in dict(_owners(old)):
        between = _in_between(taken.name, old, new)
        answers.former[between] = answers.former.get(taken.name, taken.name)
        parts = [*_parts(there, between, old)]
        without = _without(old, new, there, kept={each.old.name for each in parts})
        return without, [_renaming(there, between, old), *parts]
    renaming = _renaming(there, becomes, old)
    followed = _followed(there, renaming, old, new)
    without = _without(old, new, there, kept={each.old.name for each in followed})
    while lost := [each for each in followed if each.old.name not in without.objects]:
        followed = [each for each in followed if each not in lost]
        without = _without(old, new, there, kept={each.old.name for each in followed})
    if isinstance(renaming, RenameTable):
        return without, [*with_indexes([renaming], followed), *freed_first(followed)]
    return without, [renaming, *freed_first(followed)]


def _followed(
    there: str | Definition, renaming: RenameTable | Rename, old: State, new: State
) -> list[Rename]:
    """The steps for what is adapted to one new name."""
    is_table = isinstance(renaming, RenameTable)
    names = Names(
        [renaming] if is_table else [],
        old,
        [] if is_table else [(renaming.old, renaming.new)],
    )
    return [each for each in followers(old, new, names) if _touches(each.old, there)]


def _renaming(there: str | Renamable, becomes: str, old: State) -> RenameTable | Rename:
    match there:
        case str():
            return renaming_table(there, becomes, old.tables[there])
        case SequenceDefinition():
            return renaming(there, there.named(becomes))
        case TypeDefinition():
            return Move(there, _named(there, becomes))
        case ViewDefinition():
            return renaming(there, _named(there, becomes))


def _parts(there: str | Definition, becomes: str, old: State) -> Iterator[Rename]:
    """The steps for the checks and the default of a domain that has another name."""
    if not isinstance(there, DomainDefinition):
        return
    own, name = path_of(there.full_name), there.full_name
    for each in old.objects.values():
        if isinstance(each, DomainPartDefinition) and table_of(each.full_name) == name:
            named = f"{becomes}{each.full_name.removeprefix(name)}"
            calls = tuple(becomes if of == name else of for of in each.calls)
            part = _named(each, named, own, path_of(becomes))
            yield Rename(each, replace(part, calls=calls))


def _named(definition: Named, name: str, own: Path = (), becomes: Path = ()) -> Named:
    """The same object under another name, which is its own or that of its domain."""
    own, becomes = own or path_of(definition.full_name), becomes or path_of(name)

    def change(mention: Mention) -> Path:
        is_own = mention.path[:2] == own
        return (*becomes, *mention.path[2:]) if is_own else mention.path

    return replace(
        definition,
        name=f"{definition.kind} {name}",
        create=rewritten(definition.create, change),
        drop=rewritten(definition.drop, change),
    )


def _with_defaults(state: State, renames: Sequence[Step]) -> Iterator[Step]:
    """The same steps, and those that name what has another name then in the defaults of
    columns. In both directions, a default names what is there.
    """
    names = {
        path_of(each.old.full_name): path_of(each.new.full_name)
        for each in renames
        if isinstance(each, Rename)
        and isinstance(each.old, SequenceDefinition | TypeDefinition)
    }

    def change(mention: Mention) -> Path:
        path = mention.path
        return (*names[path[:2]], *path[2:]) if path[:2] in names else path

    defaults = [
        (table, name, spec, rewritten(spec.default, change))
        for table, columns in (state.tables.items() if names else ())
        for name, spec in columns.items()
        if spec.default is not None and rewritten(spec.default, change) != spec.default
    ]
    for table, name, spec, _ in defaults:
        yield AlterColumn(table, name, spec, replace(spec, default=None))
    yield from renames
    after = replayed(state, renames)
    for table, name, _, default in defaults:
        spec = after.tables[table][name]
        yield AlterColumn(
            table, name, replace(spec, default=None), replace(spec, default=default)
        )


def _in_between(name: str, *states: State) -> str:
    """A free name that begins like another one."""
    schema, own = split_name(name)[0], unqualified(name)
    taken = {claim.name for state in states for claim, _ in _owners(state)}
    for number in count():
        end = f"_before{number or ''}"
        start = own.encode()[: LONGEST_NAME - len(end)].decode(errors="ignore")
        if start + end not in taken:
            return f"{schema}.{identifier(start + end)}"
    raise AssertionError


def _without(
    old: State,
    new: State,
    there: str | Definition,
    *,
    is_dropped: bool = False,
    kept: Collection[str] = (),
) -> State:
    """The old schema without what depends on a table or an object, and without that itself if
    it is dropped.
    """
    without = old.copy()
    gone = {
        each.name
        for each in old.objects.values()
        if (is_dropped and each == there) or (_touches(each, there) and each.name not in kept)
    }
    if is_dropped and isinstance(there, str):
        del without.tables[there]
        without.partitioned.pop(there, None)
    without.objects = {name: each for name, each in old.objects.items() if name not in gone}
    gone = recreated(old, without, set())
    without.objects = {name: each for name, each in old.objects.items() if name not in gone}
    _require_no_loss([old.objects[name] for name in gone], there, new)
    functions = [old.objects[name] for name in gone]
    for columns in without.tables.values():
        for name, spec in columns.items():
            if any(
                isinstance(each, FunctionDefinition) and calls(spec.default, each)
                for each in functions
            ):
                columns[name] = replace(spec, default=None)
    return without


def _touches(definition: Definition, there: str | Definition) -> bool:
    """Whether an object belongs to a table or to another object, or cannot exist without it."""
    if isinstance(there, Definition):
        is_of_view = isinstance(there, ViewDefinition) and _touches(definition, there.full_name)
        return definition.name != there.name and (definition.needs(there) or is_of_view)
    if isinstance(definition, FunctionDefinition):
        is_parsed = definition.is_parsed and there in (definition.uses or {})
        return is_parsed or is_about_rows_of(definition, [there])
    uses = definition.uses or {}
    if isinstance(definition, ForeignKeyDefinition):
        uses = {**uses, **(definition.references or {})}
    return there in {definition.table, *uses}


def _require_no_loss(gone: Iterable[Definition], there: str | Definition, new: State) -> None:
    """Refuse to drop a partition that stays, or a type that columns have."""
    for each in gone:
        is_lost = isinstance(each, PartitionDefinition) and each.name in new.objects
        if each != there and (is_lost or isinstance(each, TypeDefinition)):
            name = there if isinstance(there, str) else there.full_name
            raise ValueError(
                f"{each.full_name} depends on {name}, whose name something else has now: give "
                "that another name, generate a migration, and then rename it."
            )


def _no(of: str, old: str, new: str) -> bool:  # noqa: ARG001  # an answer to any question
    return False
