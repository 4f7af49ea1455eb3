"""What a migration may do to rows, and to those who use them while it runs.

Said where a table was there before: one that the same migration makes is empty, and nobody
else has seen it.
"""

import re
from collections.abc import Collection, Iterable, Iterator

from ottavino.declare.definition import Definition
from ottavino.migrate.dependents import calls
from ottavino.migrate.steps import (
    AddColumn,
    AlterColumn,
    Create,
    CreateConcurrently,
    CreateTable,
    RenameColumn,
    RenameTable,
    Step,
    Undo,
)

STEADY = re.compile(
    r"\b(now|statement_timestamp|transaction_timestamp|auth\.(uid|role|jwt)|current_setting)\(",
    re.IGNORECASE,
)
"""Calls that PostgreSQL makes once for all rows, besides those of functions of ours."""

CALL = re.compile(r"[\w\"]\s*\(")
LITERAL = re.compile(r"'(''|[^'])*'")
TABLE = re.compile(r"(?:alter table|(?<= )on) (?P<table>[\w.]+)")
NUMERIC = re.compile(r"numeric\((?P<digits>\d+), *(?P<scale>\d+)\)")
VARYING = re.compile(r"(?:character varying|varchar)(?:\((?P<length>\d+)\))?|text")


def hazards(
    steps: Iterable[Step], made: Collection[str], functions: Collection[Definition]
) -> list[str]:
    """A sentence for each step that can lose rows, fail over them, or keep others waiting.

    `made` are the tables that are made along with these steps. Whether one of the declared
    `functions` gives each row a value of its own stands in its definition.
    """
    said = [each for step in steps for each in _hazards(step, made, functions)]
    return list(dict.fromkeys(said))


def _hazards(
    step: Step, made: Collection[str], functions: Collection[Definition]
) -> Iterator[str]:
    match step:
        case Undo(CreateTable(table)):
            yield (
                f"Drops {table} with all its rows, and undoing it brings back none. Where it "
                "only has another name now, write migration.rename_table instead."
            )
        case Undo(AddColumn(table, column)):
            yield (
                f"Drops {table}.{column} with its values, and undoing it brings back none. "
                "Release what does without it first; where it only has another name now, "
                "write migration.rename_column instead."
            )
        case RenameTable(table) | RenameColumn(table):
            name = f"{table}.{step.old}" if isinstance(step, RenameColumn) else table
            yield (
                f"Gives {name} another name: what is running asks for the old one, and fails "
                "until it is released anew."
            )
        case AddColumn():
            yield from _added(step, functions)
        case AlterColumn():
            yield from _altered(step)
        case Create(definition) if _table(definition) not in made:
            yield from _created(definition)
        case CreateConcurrently():
            yield (
                f"Builds {step.name} while others write, and waits for every transaction that "
                "began before: release what needs it after this has run."
            )
        case _:
            pass


def _added(step: AddColumn, functions: Collection[Definition]) -> Iterator[str]:
    column, spec = f"{step.table}.{step.column}", step.spec
    if spec.default is None and not spec.null:
        yield (
            f"Adds {column}, which may not be null and has no default: it fails where there is "
            "a row. Give it a default; or make it nullable, fill it with migration.execute, "
            "and make it required in a later migration."
        )
    if _is_volatile(spec.default or "", functions):
        yield (
            f"Adds {column} with a default of its own for each row: {step.table} is written "
            "anew, locked for everyone. Where it is large, add it nullable and without the "
            "default; set that, and fill it, in later migrations."
        )


def _altered(step: AlterColumn) -> Iterator[str]:
    column, old, new = f"{step.table}.{step.column}", step.old, step.new
    if old.type != new.type and not _is_widened(old.type, new.type):
        yield (
            f"Makes {new.type} of {column}, which was {old.type}: {step.table} is written "
            "anew, locked for everyone, and it fails where a value does not fit. Where it is "
            "large, add another column, and fill it while this one is still there."
        )
    if old.null and not new.null:
        yield (
            f"Makes {column} required: it fails where a row has no value, and reads all of "
            f"{step.table}, locked for everyone. Fill it before, with migration.execute."
        )


def _created(definition: Definition) -> Iterator[str]:
    name, table = definition.name.partition(" ")[2], _table(definition)
    match definition.kind:
        case "index":
            unique = definition.create.startswith("create unique")
            fails = "it fails where two rows are alike, and " if unique else ""
            yield (
                f"Builds the index {name}: {fails}nobody can write to {table} meanwhile. "
                "Where that is large, declare it with concurrently=True."
            )
        case "unique" | "primary-key":
            yield (
                f"Adds {name}: it fails where two rows are alike, and {table} is locked for "
                "everyone while an index is built. Where it is large, declare "
                "Index(…, unique=True, concurrently=True) instead."
            )
        case "check":
            yield (
                f"Adds {name}: it fails where a row is not like that, and reads all of "
                f"{table}, locked for everyone. Mend the rows before, with migration.execute."
            )
        case "foreign-key":
            yield (
                f"Adds {name}: it fails where a row refers to none, and reads all of {table}, "
                "while nobody can write to either table. Mend the rows before, with "
                "migration.execute."
            )
        case "generated":
            yield (
                f"Adds the generated column {name}: {table} is written anew, locked for "
                "everyone. Where it is large, run this when nobody needs it."
            )
        case "statistics":
            yield (
                f"Keeps no samples of columns of {table} any more. Those of before go along "
                "from PostgreSQL 18 on; on an older one they stay, and `piccolo db drift` says "
                "how they go."
            )
        case _:
            pass


def _is_volatile(default: str, functions: Collection[Definition]) -> bool:
    """Whether each row may get another value; of a function that is unknown, one assumes so."""
    sql = STEADY.sub("", LITERAL.sub("", default))
    for each in functions:
        head = each.create.partition("\nas ")[0]
        if calls(sql, each):
            return not re.search(r"\nlanguage \w+ (stable|immutable)", head)
    return CALL.search(sql) is not None


def _is_widened(old: str, new: str) -> bool:
    """Whether every value is stored as it was before."""
    before, after = VARYING.fullmatch(old), VARYING.fullmatch(new)
    if before and after:
        length = after["length"]
        return length is None or (
            before["length"] is not None and int(before["length"]) <= int(length)
        )
    before, after = NUMERIC.fullmatch(old), NUMERIC.fullmatch(new)
    if before and after:
        same_scale = before["scale"] == after["scale"]
        return same_scale and int(before["digits"]) <= int(after["digits"])
    return False


def _table(definition: Definition) -> str:
    found = TABLE.search(definition.create)
    return found["table"] if found else ""
