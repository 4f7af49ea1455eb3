"""Finds renamed tables and columns, and tables that are in another schema."""

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import replace

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
    gone = [table for table in old.tables if table not in new.tables]
    added = [table for table in new.tables if table not in old.tables]
    pairs = [(table, other) for table in gone for other in added]
    for table, other in _matched(old, new, pairs, ask):
        yield renaming_table(table, other, old.tables[table])


def _matched(
    old: State,
    new: State,
    pairs: Iterable[tuple[str, str]],
    ask: AskRename,
    *,
    replaced: Collection[str] = (),
) -> Iterator[tuple[str, str]]:
    """The pairs of one table under two names, each table once. `replaced` are the tables whose
    names another table may have now, and which do not resemble themselves if they resemble
    another one.
    """
    pairs = sorted(pairs, key=distance)
    shared = _shared(old) if pairs else {}

    def resemble(table: str, other: str) -> bool:
        return _resemble(shared, old.tables[table], new.tables[other])

    def are_same(table: str, other: str) -> bool:
        is_known = not replaced or old.tables[table].items() - shared.items()
        return bool(is_known) and old.tables[table] == new.tables[other]

    def are_alike(table: str, other: str) -> bool:
        itself = [each for each in (table, other) if each in replaced]
        return resemble(table, other) and not any(resemble(each, each) for each in itself)

    for is_alike in (are_same, are_alike):
        for table, other in [*pairs]:
            if (
                (table, other) in pairs
                and _are_spread_alike(table, old, other, new)
                and is_alike(table, other)
                and ask(*asked(table, other))
            ):
                pairs = [(t, o) for t, o in pairs if t != table and o != other]
                yield table, other


def renaming_table(table: str, becomes: str, columns: Columns) -> RenameTable:
    """The step that gives a table another name."""
    numbered = tuple(identities(columns))
    return RenameTable(table, becomes, tuple(serial(columns)), identities=numbered)


def exchanged(old: State, new: State, ask: AskRename) -> list[tuple[str, str]]:
    """The tables that have another name now, if another table has their name, or if they have
    that of another table. A table that has lost a column and has a new one is taken for another
    one if its columns are those of that.
    """
    replaced = [
        table
        for table, columns in old.tables.items()
        if table in new.tables
        and columns.keys() - new.tables[table]
        and new.tables[table].keys() - columns
    ]
    gone = [table for table in old.tables if table not in new.tables or table in replaced]
    added = [table for table in new.tables if table not in old.tables or table in replaced]
    pairs = [
        (table, other)
        for table in gone
        for other in added
        if table != other and (table in replaced or other in replaced)
    ]
    return [*_matched(old, new, pairs, ask, replaced=replaced)] if pairs else []


def distance(pair: tuple[str, str]) -> tuple[bool, bool]:
    """A sort key that puts tables of one schema first, and then those of one name."""
    (schema, name), (in_schema, other_name) = map(split_name, pair)
    return schema != in_schema, name != other_name


def asked(table: str, other: str) -> tuple[str, str, str]:
    """The arguments with which `AskRename` is called for two names with their schemas."""
    (schema, name), (in_schema, other_name) = split_name(table), split_name(other)
    return (schema, name, other_name) if schema == in_schema else ("", table, other)


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
