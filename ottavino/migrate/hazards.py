"""Finds what a migration may do to rows, and to programs that use them while it runs.

A table that the same migration creates is left out: it is empty, and no program uses it.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from functools import singledispatch
from itertools import takewhile

from ottavino.declare.as_found import DetailDefinition
from ottavino.declare.column import ColumnSpec
from ottavino.declare.constraint import (
    CheckDefinition,
    ForeignKeyDefinition,
    UniqueDefinition,
)
from ottavino.declare.database_function import FunctionDefinition
from ottavino.declare.definition import Definition
from ottavino.declare.enum_type import EnumDefinition
from ottavino.declare.generated import GeneratedDefinition
from ottavino.declare.index import IndexDefinition
from ottavino.declare.partition import PartitionDefinition
from ottavino.declare.sequence import SequenceDefinition, SequencePrivilegesDefinition
from ottavino.declare.statistics import StatisticsDefinition
from ottavino.declare.view_definition import ViewDefinition
from ottavino.migrate.casts import has_cast
from ottavino.migrate.statements import statements
from ottavino.migrate.steps import (
    AddColumn,
    Alter,
    AlterColumn,
    Create,
    CreateConcurrently,
    CreateTable,
    Rename,
    RenameColumn,
    RenameTable,
    Step,
    Undo,
)
from ottavino.migrate.uses import calls
from ottavino.postgres.quoting import literal
from ottavino.sql import names_in_expression, read_type

STEADY = {
    ("now",),
    ("statement_timestamp",),
    ("transaction_timestamp",),
    ("current_setting",),
    ("auth", "uid"),
    ("auth", "role"),
    ("auth", "jwt"),
}
"""PostgreSQL's functions that have the same value for all rows."""


def default_partitions(
    steps: Iterable[Step], definitions: Iterable[Definition]
) -> dict[str, str]:
    """For each table, its default partition, unless these steps create it: then it is empty."""
    new = {each.definition.name for each in steps if isinstance(each, Create)}
    return {
        parent: each.full_name
        for each in definitions
        if isinstance(each, PartitionDefinition)
        # An adopted one has only its SQL.
        and next(statements(each.create))[-1:] == ["default"]
        and each.name not in new
        for parent in each.uses or ()
    }


def hazards(
    steps: Iterable[Step],
    made: Collection[str],
    functions: Collection[FunctionDefinition],
    defaults: Mapping[str, str],
) -> list[str]:
    """A sentence for each step that can lose rows, fail because of them, or block other
    sessions.

    `made` are the tables that these steps create. `functions` are the declared ones, which know
    whether they return another value for each row. `defaults` are the default partitions of
    tables.
    """
    steps = [*steps]
    sentences = [each for step in steps for each in _hazards(step, made, functions, defaults)]
    return list(dict.fromkeys([*sentences, *_taken_over(steps), *_closed(steps, made)]))


def _hazards(
    step: Step,
    made: Collection[str],
    functions: Collection[FunctionDefinition],
    defaults: Mapping[str, str],
) -> Iterator[str]:
    match step:
        case Undo(undone):
            yield from _dropped(undone)
        case RenameTable() | RenameColumn() | Rename():
            yield from _renames(step)
        case AddColumn():
            yield from _added(step, functions)
        case AlterColumn():
            yield from _altered(step)
        case Create(PartitionDefinition() as partition):
            for parent in partition.uses or ():
                yield from _split_off(partition, defaults.get(parent))
        case Create(definition) if definition.table not in made:
            yield from _created(definition)
        case Alter(EnumDefinition() as old, EnumDefinition() as new):
            yield from _revalued(old, new)
        case CreateConcurrently():
            yield (
                f"Builds {step.name} while others write, and waits for every transaction that "
                "began before: release what needs it after this has run."
            )
        case _:
            pass


def _taken_over(steps: Sequence[Step]) -> Iterator[str]:
    """The hazard of a table that loses columns which a new table has: that may be the table
    itself, whose name another one has taken.
    """
    lost: dict[str, dict[str, ColumnSpec]] = {}
    for step in steps:
        match step:
            case Undo(AddColumn(table, column, spec)):
                lost.setdefault(table, {})[column] = spec
            case _:
                pass
    for made in [each for each in steps if isinstance(each, CreateTable)]:
        for table, columns in lost.items():
            if columns.items() <= made.columns.items():
                yield (
                    f"Creates {made.table} with the columns that {table} loses. Where it is to "
                    f"be {table} under another name, with its rows, and another table takes "
                    f"the name {table}, write migration.rename_table({table!r}, "
                    f"new={made.table!r}) first, and create {table} then."
                )


def _closed(steps: Sequence[Step], made: Collection[str]) -> Iterator[str]:
    """The hazard of revoking the privileges on a sequence that is there, and that no step
    makes.
    """
    numbered = {
        (each.table, each.column) for each in steps if isinstance(each, AddColumn | AlterColumn)
    }
    for step in steps:
        match step:
            case Create(SequencePrivilegesDefinition(table=table, own_name=column)):
                if table not in made and (table, column) not in numbered:
                    yield (
                        "Revokes all privileges of callers on the sequence of "
                        f"{table}.{column}: where it is a serial, a role that inserts rows "
                        "needs USAGE of the sequence, which a Raw grants."
                    )
            case _:
                pass


def _renames(step: RenameTable | RenameColumn | Rename) -> Iterator[str]:
    match step:
        case RenameTable(table):
            yield _renamed(table)
        case RenameColumn(table, column):
            yield _renamed(f"{table}.{column}")
        case Rename(old, new) if isinstance(old, CALLED) and old.called != new.called:
            yield _renamed(old.full_name)
        case _:
            pass


CALLED = SequenceDefinition | FunctionDefinition | ViewDefinition
"""The kinds of objects that programs name."""


def _renamed(name: str) -> str:
    return (
        f"Gives {name} another name: running programs use the old one, and fail until they are "
        "released again."
    )


def _dropped(undone: CreateTable | AddColumn | Create) -> Iterator[str]:
    match undone:
        case CreateTable(table):
            yield (
                f"Drops {table} with all its rows, and undoing it brings back none. Where it "
                "only has another name now, write migration.rename_table instead."
            )
        case AddColumn(table, column):
            yield (
                f"Drops {table}.{column} with its values, and undoing it brings back none. "
                "First release programs that do without it; where it only has another name "
                "now, write migration.rename_column instead."
            )
        case Create(PartitionDefinition() as partition):
            yield (
                f"Drops {partition.full_name} with all its rows, and undoing it brings back "
                "none. Where they are needed, move them to another partition before, with "
                "migration.execute."
            )
        case Create(SequenceDefinition() as sequence):
            yield (
                f"Drops {sequence.full_name}, and undoing it begins with its first number "
                "again. Where it only has another name now, generate this file once more, and "
                "answer so."
            )
        case Create(DetailDefinition() as detail):
            yield from _restarted(detail, detail.drop)
        case Create():
            pass


def _split_off(partition: PartitionDefinition, default: str | None) -> Iterator[str]:
    if default is not None:
        yield (
            f"Adds {partition.full_name}: it fails where {default} has rows of it, and reads "
            f"all of {default}, locked for everyone. {partition.moving_rows(default)}"
        )


def _restarted(detail: DetailDefinition, sql: str) -> Iterator[str]:
    """The hazard of a statement that restarts a sequence, whatever numbers were taken."""
    if any("restart" in words for words in statements(sql)):
        yield (
            f"Restarts the {detail.own_name} of {detail.table}, so that it gives numbers again "
            "that rows have: remove `restart` from the SQL of its AsFound, and from this file."
        )


def _added(step: AddColumn, functions: Collection[FunctionDefinition]) -> Iterator[str]:
    column, spec = f"{step.table}.{step.column}", step.spec
    if spec.is_required:
        yield (
            f"Adds {column}, which may not be null and has no default: it fails where there is "
            "a row. Give it a default; or make it nullable, fill it with migration.execute, "
            "and make it required in a later migration."
        )
    if spec.identity is not None or _is_volatile(spec.default, functions):
        yield (
            f"Adds {column} with a default of its own for each row: {step.table} is rewritten, "
            "locked for everyone. Where it is large, add it nullable and without the "
            "default; set that, and fill it, in later migrations."
        )


def _altered(step: AlterColumn) -> Iterator[str]:
    column, old, new = f"{step.table}.{step.column}", step.old, step.new
    if old.type != new.type and not _is_widened(old.type, new.type):
        yield (
            f"Makes {new.type} of {column}, which was {old.type}: {step.table} is rewritten, "
            "locked for everyone, and it fails where a value does not fit. Where it is "
            "large, add another column, and fill it while this one is still there."
        )
    if old.type != new.type and step.back is None and not has_cast(new.type, old.type):
        yield (
            f"Makes {new.type} of {column}, and undoing it casts that to {old.type}, which "
            "PostgreSQL may refuse: write the conversion back as back=…, SQL over the column."
        )
    if old.null and not new.null:
        yield (
            f"Makes {column} required: it fails where a row has no value, and reads all of "
            f"{step.table}, locked for everyone. Fill it before, with migration.execute."
        )


def _revalued(old: EnumDefinition, new: EnumDefinition) -> Iterator[str]:
    """The hazards of an enumerated type with other values, of which a step only adds some, only
    renames some, or leaves some out.
    """
    gone = [each for each in old.values if each not in new.values]
    named = ", ".join(map(literal, gone))
    if len(new.values) == len(old.values) and gone:
        yield (
            f"Gives {named} of {new.full_name} another name: running programs use the old one, "
            "and fail until they are released again."
        )
    elif gone:
        yield (
            f"Removes {named} from {new.full_name}: it fails where a row has such a value. "
            "Give those rows another one before, with migration.execute."
        )
    if len(new.values) < len(old.values) or not {*new.values} ^ {*old.values}:
        yield (
            f"Creates {new.full_name} again: every table with a column of it is rewritten, "
            "locked for everyone. Where one is large, run this when no program needs it."
        )


@singledispatch
def _created(definition: Definition) -> Iterator[str]:  # noqa: ARG001  # most kinds have no hazard
    """The hazard of creating an object on a table with rows."""
    yield from ()


@_created.register
def _(detail: DetailDefinition) -> Iterator[str]:
    yield from _restarted(detail, detail.create)


@_created.register
def _(function: FunctionDefinition) -> Iterator[str]:
    if _is_open(function):
        yield (
            f"Lets every role execute {function.full_name}, as PostgreSQL does by itself: "
            "write `revoke all on routine … from public` into the SQL of its AsFound, or grant "
            "it to public there."
        )


def _is_open(function: FunctionDefinition) -> bool:
    """Whether its SQL neither revokes it from `public` nor grants it, and roles may call it."""
    is_said = any(
        "public" in takewhile(lambda word: word not in {"to", "from"}, words[::-1])
        for words in statements(function.create)
        if words[:1] in (["grant"], ["revoke"])
    )
    return not is_said and not function.interface.endswith("trigger")


@_created.register
def _(index: IndexDefinition) -> Iterator[str]:
    fails = "it fails where two rows are alike, and " if index.unique else ""
    yield (
        f"Builds the index {index.full_name}: {fails}nobody can write to {index.table} "
        "meanwhile. Where that is large, declare it with concurrently=True."
    )


@_created.register
def _(key: UniqueDefinition) -> Iterator[str]:
    yield (
        f"Adds {key.full_name}: it fails where two rows are alike, and {key.table} is locked "
        "for everyone while an index is built. Where it is large, declare "
        "Index(…, unique=True, concurrently=True) instead."
    )


@_created.register
def _(check: CheckDefinition) -> Iterator[str]:
    yield (
        f"Adds {check.full_name}: it fails where a row does not meet it, and reads all of "
        f"{check.table}, locked for everyone. Correct the rows before, with migration.execute."
    )


@_created.register
def _(key: ForeignKeyDefinition) -> Iterator[str]:
    yield (
        f"Adds {key.full_name}: it fails where a row refers to none, and reads all of "
        f"{key.table}, while nobody can write to either table. Correct the rows before, with "
        "migration.execute."
    )


@_created.register
def _(column: GeneratedDefinition) -> Iterator[str]:
    if not column.is_stored:
        if not column.may_be_null:
            yield (
                f"Adds the generated column {column.full_name}, which may not be null: it "
                f"fails where it is null of a row, and reads all of {column.table}, locked for "
                "everyone."
            )
        return
    yield (
        f"Adds the generated column {column.full_name}: {column.table} is rewritten, "
        "locked for everyone. Where it is large, run this when no program needs it."
    )


@_created.register
def _(statistics: StatisticsDefinition) -> Iterator[str]:
    yield (
        f"Keeps no samples of columns of {statistics.table} any more. PostgreSQL 18 and later "
        "delete the old samples with it; on an older version they stay, and `piccolo db drift` "
        "prints how to delete them."
    )


def _is_volatile(default: str | None, functions: Collection[FunctionDefinition]) -> bool:
    """Whether rows may get different values, which is assumed for an unknown function."""
    if default is None:
        return False
    for each in functions:
        if calls(default, each):
            return each.volatility == "volatile"
    names = names_in_expression(default)
    return not names.is_exact or not names.functions <= STEADY


def _is_widened(old: str, new: str) -> bool:
    """Whether every value keeps its stored form."""
    match read_type(old), read_type(new):
        case ("text" | "varchar", _, 0), (("text", _, 0) | ("varchar", (), 0)):
            return True
        case ("varchar", (before,), 0), ("varchar", (after,), 0):
            return before <= after
        case ("decimal", (before, old_scale), 0), ("decimal", (after, new_scale), 0):
            return old_scale == new_scale and before <= after
        case _:
            return False
