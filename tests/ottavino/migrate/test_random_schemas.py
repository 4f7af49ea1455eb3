"""The random schemas have every kind of object that can be declared, in every variant."""

import inspect
import re
from collections.abc import Iterable, Iterator
from functools import cache
from types import ModuleType
from typing import Any, get_args

import pytest
from hypothesis import Phase, given, settings

import ottavino
from ottavino import (
    DatabaseFunction,
    DefaultPrivileges,
    Exclude,
    ForeignKey,
    Index,
    Policy,
    Publication,
    Table,
    Trigger,
)
from ottavino.declare.column import Numbering, name_of
from ottavino.declare.constraint import Action, Deferrable
from ottavino.declare.database_function import Volatility
from ottavino.declare.default_privileges import Later
from ottavino.declare.index import Method
from ottavino.declare.kinds import KINDS
from ottavino.declare.policy import Command
from ottavino.declare.publication import Operation
from ottavino.declare.trigger import Event
from ottavino.migrate.state import declared
from ottavino.settings import ROOT
from ottavino.testing import SettingsFrom
from tests.ottavino.migrate import random_columns, random_groups, random_objects
from tests.ottavino.migrate.random_columns import EVERY
from tests.ottavino.migrate.random_objects import EDITOR, RULES, TableObject
from tests.ottavino.migrate.schemas import BESIDES, Schema, histories

PAGE = (ROOT / "docs" / "coverage.md").read_text("utf-8")
EXAMPLES = 60


@pytest.fixture(autouse=True)
def api_roles(settings_from: SettingsFrom) -> None:
    settings_from(API_ROLES=EDITOR)


@pytest.fixture(scope="module")
def drawn() -> list[Schema]:
    """The same schemas in each run."""
    found: list[Schema] = []

    @settings(max_examples=EXAMPLES, derandomize=True, phases=[Phase.generate])
    @given(histories())
    def draw(history: list[Schema]) -> None:
        found.extend(history)

    draw()
    return found


def objects_of(schema: Schema) -> Iterator[Any]:
    """What a schema declares: tables, the objects beside their columns, and the others."""
    for table in schema.classes():
        yield table
        yield from table.database_objects
        columns: list[Any] = table._meta.columns
        for column in columns:
            yield from (make(name_of(column)) for make in column.objects)
            yield from column.declares
    yield from schema.objects()


@cache
def possible() -> list[Any]:
    """All objects that the generator can draw, over each kind of column, in each variant."""
    return [each for schema in _of_columns() for each in objects_of(schema)] + [
        each
        for variant in range(6)
        for each in objects_of(
            Schema({"notes": {"a": "integer"}}, {}, tuple((n, variant) for n in BESIDES))
        )
    ]


def _of_columns() -> Iterator[Schema]:
    for variant in range(8):
        for kinds in zip(*[iter([*EVERY, *EVERY[:3]])] * 3, strict=False):
            there = dict(zip("abc", kinds, strict=True))
            objects = tuple(
                TableObject(kind, number, column, variant, "notes")
                for number, column in enumerate(there)
                for kind in RULES
            )
            yield Schema({"notes": there}, {"notes": objects})


def helpers() -> set[str]:
    """What the page says that objects are declared by: `Check`, `identity` …"""
    chapter = PAGE.split("## Kinds in migrations\n", 1)[1].split("\n## ", 1)[0]
    column = [line.split("|")[2] for line in chapter.splitlines() if line.startswith("| `")]
    named = {word for each in column for word in re.findall(r"`(\w+)(?=[(`])", each)}
    return {each for each in named if hasattr(ottavino, each)}


@pytest.mark.whole
def test_every_kind_of_object_is_drawn(drawn: list[Schema]) -> None:
    kinds = {
        each.kind
        for schema in drawn
        for each in declared(schema.classes(), schema.objects()).objects.values()
    }
    assert {*KINDS} - kinds == set()


@pytest.mark.whole
def test_every_class_that_declares_objects_is_drawn(drawn: list[Schema]) -> None:
    classes = {each for each in helpers() if inspect.isclass(getattr(ottavino, each))}
    assert len(classes) > 20
    found = [each for schema in drawn for each in objects_of(schema)]
    bases = {base.__name__ for each in found for base in _class(each).__mro__}
    assert classes - bases == set()


def _class(each: Any) -> type:
    return each if isinstance(each, type) else type(each)


def test_every_function_that_makes_a_column_or_an_object_is_called() -> None:
    functions = {
        name
        for name in ottavino.__all__
        if name not in {"session", "claim"} and inspect.isfunction(getattr(ottavino, name))
    }
    assert functions >= {each for each in helpers() if each.islower()}
    # ruff refuses an import that is not used.
    generators: Iterable[ModuleType] = (random_columns, random_objects, random_groups)
    assert functions - {name for module in generators for name in vars(module)} == set()


def attributes() -> Iterator[tuple[object, object]]:
    """Each attribute that takes one of some words, with those that are drawn."""
    identities = {
        spec.identity
        for each in possible()
        if isinstance(each, type) and issubclass(each, Table) and not each.is_view()
        for spec in each.column_specs().values()
    }
    yield {None, *get_args(Numbering)}, identities
    yield {*get_args(Method)}, {each.method for each in possible() if isinstance(each, Index)}
    yield (
        {*get_args(Command)},
        {each.command for each in possible() if isinstance(each, Policy)},
    )
    keys = [each for each in possible() if isinstance(each, ForeignKey)]
    for name in ("on_delete", "on_update"):
        yield {*get_args(Action)}, {getattr(each, name) for each in keys}
    triggers = [each for each in possible() if isinstance(each, Trigger)]
    for each in (keys, triggers, [each for each in possible() if isinstance(each, Exclude)]):
        yield {None, *get_args(Deferrable)}, {one.deferrable for one in each}
    yield {*get_args(Event)}, {event for each in triggers for event in each.events}
    yield {"before", "after", "instead of"}, {each.when for each in triggers}
    yield {"row", "statement"}, {each.each for each in triggers}
    later = [each for each in possible() if isinstance(each, DefaultPrivileges)]
    yield {*get_args(Later)}, {each.on for each in later}
    published = [each for each in possible() if isinstance(each, Publication)]
    yield {*get_args(Operation)}, {one for each in published for one in each.operations}
    functions = [each for each in possible() if isinstance(each, DatabaseFunction)]
    yield {*get_args(Volatility)}, {each.volatility for each in functions}


@pytest.mark.whole("makes every object that can be drawn")
def test_every_word_that_an_object_may_say_can_be_drawn() -> None:
    for words, said in attributes():
        assert words == said
