"""The constraints of a class: by a helper that declares the same, otherwise by their SQL."""

import re
from collections.abc import Iterator

from ottavino.inspect.adopt.draft import Draft
from ottavino.inspect.adopt.found import FoundConstraint
from ottavino.inspect.adopt.source import sql, string, tuple_of
from ottavino.postgres.quoting import identifier

ACTIONS = {
    "a": "no action",
    "r": "restrict",
    "c": "cascade",
    "n": "set null",
    "d": "set default",
}
KINDS = {"p": "primary-key", "u": "unique", "c": "check", "f": "foreign-key"}
"""The names of the kinds of constraints in migrations, by their letters in `pg_constraint`."""


def constraint(draft: Draft, each: FoundConstraint) -> Iterator[str]:
    """A constraint that no column declares; nothing for the key that every class has."""
    table = draft.table.full_name
    if each.type == "p":
        # A class declares its key in the order of its columns.
        key = {*(each.columns or ())}
        ordered = [column.name for column in draft.table.columns if column.name in key]
        names = ", ".join(map(identifier, ordered))
        is_named = each.name == f"{draft.table.name}_pkey"
        if is_named and each.definition == f"PRIMARY KEY ({names})":
            return
    elif (written := _constraint_helper(draft, each)) is not None:
        yield written
        return
    name = identifier(each.name)
    create = f"alter table {table} add constraint {name} {each.definition}"
    drop = f"alter table {table} drop constraint {name}"
    if each.type not in KINDS:
        yield draft.detail(f"constraint {each.name}", create, drop)
        return
    facts: list[str] = []
    if each.type in "puf":
        facts.append(f"uses={_columns(table, each.columns)}")
    if each.type == "f":
        facts.append(f"references={_columns(each.parent or '', each.parent_columns)}")
    yield draft.as_found(KINDS[each.type], f"{table}.{each.name}", create, drop, *facts)


def _constraint_helper(draft: Draft, each: FoundConstraint) -> str | None:
    """A constraint by its helper, if the helper makes the same."""
    prefix = f"{draft.table.name}_"
    if not each.name.startswith(prefix) or each.type == "x":
        return None
    suffix = each.name.removeprefix(prefix)
    columns = [draft.attributes[name] for name in each.columns or ()]
    match each.type:
        case "c" if match := re.fullmatch(r"CHECK \((.*)\)", each.definition, re.DOTALL):
            return draft.call("Check", string(suffix), sql(match[1]))
        case "u":
            names = ", ".join(map(identifier, each.columns or ()))
            distinct = {
                f"UNIQUE ({names})": True,
                f"UNIQUE NULLS NOT DISTINCT ({names})": False,
            }
            if each.definition not in distinct:
                return None
            own = "_".join([*(each.columns or ()), "key"])
            named = () if suffix == own else (f"name={string(suffix)}",)
            nulls = () if distinct[each.definition] else ("nulls_distinct=False",)
            return draft.call("Unique", *columns, *named, *nulls)
        case "f" if each.match == "s" and not each.clears and is_plain_key(each):
            own = "_".join([*(each.columns or ()), "fkey"])
            named = () if suffix == own else (f"name={string(suffix)}",)
            then = [*actions(each)]
            if each.on_delete == "a":
                then.insert(0, 'on_delete="no action"')
            return draft.call(
                "ForeignKey",
                tuple_of(columns),
                string(each.parent or ""),
                tuple_of([*map(string, each.parent_columns or ())]),
                *then,
                *named,
            )
        case _:
            return None


def actions(key: FoundConstraint) -> Iterator[str]:
    """What a foreign key does, as the arguments of a helper."""
    if key.on_delete != "a":
        yield f"on_delete={string(ACTIONS[key.on_delete])}"
    if key.on_update != "a":
        yield f"on_update={string(ACTIONS[key.on_update])}"
    if key.deferrable:
        yield f"deferrable={string('deferred' if key.deferred else 'immediate')}"


def _columns(table: str, columns: list[str] | None) -> str:
    names = tuple_of([*map(string, columns or ())])
    return f"{{{string(table)}: {names}}}"


def is_plain_key(constraint: FoundConstraint) -> bool:
    """Whether a foreign key holds for all rows, and compares its columns for equality."""
    is_whole = not constraint.definition.endswith(("NOT VALID", "NOT ENFORCED"))
    return is_whole and re.search(r"\bPERIOD ", constraint.definition) is None
