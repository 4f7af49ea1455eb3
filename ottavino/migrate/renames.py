"""Finds renamed tables and columns, and tables that are in another schema."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from functools import partial

from ottavino.declare.column import ColumnSpec
from ottavino.migrate.casts import is_cast_by_itself
from ottavino.migrate.state import Columns, State
from ottavino.migrate.steps import RenameColumn, RenameTable, Step
from ottavino.postgres.quoting import split_name
from ottavino.sql import rewritten

AskRename = Callable[[str, str, str], bool]
"""Called with a table and two columns, or a schema and two tables or sequences: is the second
the first one under another name? Two tables of different schemas are given with their schemas,
after an empty name."""

Renames = Sequence[RenameTable | RenameColumn]

RESEMBLANCE = 0.5
"""Two tables may be the same, renamed and changed, if they share this part of their columns."""


def find_renames(old: State, new: State, ask: AskRename) -> Renames:
    """The renamed tables, and then the renamed columns, as far as `ask` agrees."""
    tables = [*_tables(old, new, ask)]
    between = replayed(State(dict(old.tables), {}, dict(old.partitioned)), tables)
    return [*tables, *_with_partitioning(between, _columns(between, new, ask))]


def replayed(state: State, steps: Sequence[Step]) -> State:
    """The schema after some steps."""
    state = state.copy()
    for step in steps:
        step.replay(state)
    return state


def _tables(old: State, new: State, ask: AskRename) -> Iterator[RenameTable]:
    if not old.tables:
        return
    gone = [table for table in old.tables if table not in new.tables]
    added = [table for table in new.tables if table not in old.tables]
    pairs = sorted(((table, other) for table in gone for other in added), key=distance)
    shared = _shared(old)
    for is_alike in (_are_same, partial(_resemble, shared)):
        for table, other in pairs:
            if (
                (table in gone and other in added)
                and _are_spread_alike(table, old, other, new)
                and is_alike(old.tables[table], new.tables[other])
                and ask(*asked(table, other))
            ):
                gone.remove(table)
                added.remove(other)
                columns = old.tables[table]
                yield RenameTable(
                    table,
                    other,
                    tuple(serial(columns)),
                    identities=tuple(identities(columns)),
                )


def distance(pair: tuple[str, str]) -> tuple[bool, bool]:
    """A sort key that puts tables of one schema first, and then those of one name."""
    (schema, name), (in_schema, other_name) = map(split_name, pair)
    return schema != in_schema, name != other_name


def asked(table: str, other: str) -> tuple[str, str, str]:
    """The arguments with which `AskRename` is called for two names with their schemas."""
    (schema, name), (in_schema, other_name) = split_name(table), split_name(other)
    return (schema, name, other_name) if schema == in_schema else ("", table, other)


def _are_same(old: Columns, new: Columns) -> bool:
    return old == new


def _resemble(shared: Columns, old: Columns, new: Columns) -> bool:
    # What a default calls may have moved too, so one default is like another.
    before, after = (
        {
            name: replace(spec, default=spec.default and "")
            for name, spec in columns.items()
            if shared.get(name) != spec
        }
        for columns in (old, new)
    )
    same = sum(after.get(name) == spec for name, spec in before.items())
    return old != new and same >= max(1, RESEMBLANCE * max(len(before), len(after)))


def _shared(state: State) -> Columns:
    """The columns that all tables have: no table is recognised by them."""
    first, *others = state.tables.values()
    return {
        name: spec
        for name, spec in first.items()
        if others and all(columns.get(name) == spec for columns in others)
    }


def _columns(old: State, new: State, ask: AskRename) -> Iterator[RenameColumn]:
    for table, columns in new.tables.items():
        before = old.tables.get(table, columns)
        gone = [name for name in before if name not in columns]
        added = [name for name in columns if name not in before]
        pairs = [(name, other) for name in gone for other in added]
        for is_alike in (_have_one_type, _is_cast):
            for name, other in pairs:
                if (
                    (name in gone and other in added)
                    and is_alike(before[name], columns[other])
                    and ask(table, name, other)
                ):
                    gone.remove(name)
                    added.remove(other)
                    yield RenameColumn(
                        table,
                        name,
                        other,
                        name in serial(before),
                        identity=name in identities(before),
                    )


def _with_partitioning(state: State, renames: Iterable[RenameColumn]) -> Iterator[RenameColumn]:
    """The same renames, with the partitioning of the tables whose key contains the column."""
    partitioned = dict(state.partitioned)
    for each in renames:
        spread = partitioned.get(each.table, "")
        renamed = _spread(spread, each.old, each.new)
        partitioned[each.table] = renamed
        yield replace(each, partition_by=renamed if renamed != spread else "")


def _are_spread_alike(table: str, old: State, other: str, new: State) -> bool:
    """Whether two tables have the same partitioning, if one column of it may be renamed."""
    before, after = old.partitioned.get(table), new.partitioned.get(other)
    if before is None or after is None or before == after:
        return before == after
    columns, others = old.tables[table], new.tables[other]
    gone = [name for name in columns if name not in others]
    added = [name for name in others if name not in columns]
    return any(_spread(before, name, to) == after for name in gone for to in added)


def _spread(partition_by: str, old: str, new: str) -> str:
    """The partitioning of a table with another name for a column."""
    return rewritten(partition_by, lambda each: (new,) if each.path == (old,) else each.path)


def _have_one_type(old: ColumnSpec, new: ColumnSpec) -> bool:
    return old.type == new.type


def _is_cast(old: ColumnSpec, new: ColumnSpec) -> bool:
    """Whether PostgreSQL casts each value to the other type without a conversion by hand."""
    return (
        old.type != new.type
        and old.identity == new.identity
        and is_cast_by_itself(old.type, new.type)
    )


def serial(columns: Columns) -> list[str]:
    """The columns that take their numbers from a sequence of their own."""
    return [name for name, spec in columns.items() if spec.identity == "serial"]


def identities(columns: Columns) -> list[str]:
    """The identity columns."""
    return [name for name, spec in columns.items() if spec.identity in {"always", "by default"}]
