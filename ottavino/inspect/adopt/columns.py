"""The columns of a class."""

import re
from collections.abc import Iterator

from ottavino.inspect.adopt.column_source import (
    RANGES,
    TypeSource,
    declared_type,
    default_source,
    is_serial,
    type_source,
)
from ottavino.inspect.adopt.constraints import actions, is_plain_key
from ottavino.inspect.adopt.draft import Draft
from ottavino.inspect.adopt.found import FoundColumn, FoundConstraint
from ottavino.inspect.adopt.known import Enumeration
from ottavino.inspect.adopt.source import call, sql, string
from ottavino.postgres.quoting import identifier


def column_source(draft: Draft, column: FoundColumn) -> str:
    """The line of a column: its name, its type in Python, and its helper."""
    if draft.table.noun != "table":
        # The default of a view's column is declared beside it.
        column = column.model_copy(update={"default": None})
    kind = _kind(draft, column)
    key = _reference_of(draft, column)
    python = kind.python
    options = [*_options(draft, column)]
    default, null = column.default, column.null
    serial = is_serial(column, draft.table.name, draft.table.schema_)
    if column.generated or serial or column.identity:
        default = None
    if default is not None and not null:
        options.insert(0, f"default={_default(draft, column, default)}")
    elif null and default is None:
        options.insert(0, "default=None")
    source, annotation = _typed(draft, column, kind, options, key)
    if null and default is not None:
        given = f"default={_default(draft, column, default)}"
        source, annotation = draft.call("nullable", source, given), f"Col[{python} | None]"
    if column.generated:
        expression = sql(column.default or "")
        virtual = ("stored=False",) if column.generated == "v" else ()
        source = draft.call("generated", source, expression, *virtual)
    elif serial:
        source = draft.call("serial", source, _next_number(draft))
    elif column.identity == "a":
        source = draft.call("identity", source)
    elif column.identity:
        source = draft.call("identity", source, "always=False", _next_number(draft))
    return f"{draft.attributes[column.name]}: {annotation} = {source}"


def _next_number(draft: Draft) -> str:
    """The default of a column for which a row may have a number of its own."""
    return f"default={draft.helper('NEXT_NUMBER')}"


def _options(draft: Draft, column: FoundColumn) -> Iterator[str]:
    """The arguments of every helper, without the default."""
    if draft.table.key is not None and column.name in (draft.table.key.columns or ()):
        yield "primary_key=True"
    if draft.attributes[column.name] != column.name:
        yield f"db_column_name={string(column.name)}"
    if unique := _unique_of(draft, column):
        draft.within_columns.add(unique.name)
        yield "unique=True"


def _typed(
    draft: Draft,
    column: FoundColumn,
    kind: TypeSource,
    options: list[str],
    key: FoundConstraint | None,
) -> tuple[str, str]:
    """The helper of a column's type, and its annotation."""
    helper, arguments, python = kind.helper, kind.arguments, kind.python
    is_null = column.null and (column.default is None or column.generated != "")
    annotation = f"Col[{python} | None]" if is_null else f"Col[{python}]"
    for name in ("INET", "CIDR"):
        if name in python:
            draft.imports.add(name)
    draft.imports |= {*arguments} & {*RANGES.values()}
    if key is None:
        inner = [_inner(draft, each) for each in arguments]
        return draft.call(helper, *inner, *options, indent=40), annotation
    draft.within_columns.add(key.name)
    options = [*options, *actions(key)]
    if key.parent == "auth.users":
        return draft.call("reference", '"auth.users"', *options, indent=40), annotation
    if key.parent == draft.table.full_name:
        ref = "OptionalRef" if is_null else "Ref"
        draft.imports.add(ref)
        given = "" if python == "UUID" else f", {python}"
        reference = draft.call("reference", '"self"', *options, indent=40)
        return reference, f'{ref}["{draft.name}"{given}]'
    parent = draft.known.parents[key.parent or ""]
    draft.used[parent.name] = parent.module
    ref = "OptionalRef" if is_null else "Ref"
    draft.imports.add(ref)
    of = parent.name if python == "UUID" else f"{parent.name}, {python}"
    named = () if parent.key_type == "uuid" else (f"{parent.name}.{parent.key}",)
    return (
        draft.call("reference", parent.name, *named, *options, indent=40),
        f"{ref}[{of}]",
    )


def _kind(draft: Draft, column: FoundColumn) -> TypeSource:
    item = column.type.removesuffix("[]")
    found = draft.known.enumerations.get(item) if column.labels else None
    if found is None and column.domain:
        python = type_source(column.domain.of).python
        return TypeSource("column", (string(column.type), f"python={python}"), python)
    if found is None and column.collation is not None and draft.table.noun == "table":
        python = type_source(column.type).python
        collated = string(declared_type(column))
        return TypeSource("column", (collated, f"python={python}"), python)
    if found is None:
        return type_source(column.type)
    if found.module != draft.module:
        draft.used[found.name] = found.module
    if item == column.type:
        return TypeSource("enum", found.arguments, found.name)
    return TypeSource("array", (call("enum", *found.arguments),), f"list[{found.name}]")


def _inner(draft: Draft, argument: str) -> str:
    """An argument, which may be the helper of an array's items."""
    if match := re.match(r"(\w+)\(", argument):
        return argument.replace(match[1], draft.helper(match[1]), 1)
    return argument


def _default(draft: Draft, column: FoundColumn, default: str) -> str:
    found = draft.known.enumerations.get(column.type) if column.labels else None
    value = re.fullmatch(r"'((?:[^'\\]|'')*)'::.*", default)
    if found and value and value[1].replace("''", "'") in found.members:
        return f"{found.name}.{found.members[value[1].replace(chr(39) * 2, chr(39))]}"
    written = default_source(column.type, default)
    if written == "NOW" or written.startswith("SQL("):
        name = written.partition("(")[0]
        return written.replace(name, draft.helper(name), 1)
    return written


def _reference_of(draft: Draft, column: FoundColumn) -> FoundConstraint | None:
    """The foreign key of this column alone that a helper declares, if there is one."""
    for each in draft.table.constraints:
        if each.type != "f" or each.columns != [column.name] or each.match != "s":
            continue
        if not is_plain_key(each):
            continue
        parent = draft.known.parents.get(each.parent or "")
        is_declarable = (
            (
                (each.parent, each.parent_columns) == ("auth.users", ["id"])
                and column.type == "uuid"
            )
            or (
                each.parent == draft.table.full_name
                and draft.table.key is not None
                and draft.table.key.columns == each.parent_columns
                and len(each.parent_columns or ()) == 1
                and declared_type(column) == _key_type(draft)
            )
            or (
                parent is not None
                and each.parent_columns == [parent.key_column]
                and declared_type(column) == parent.key_type
            )
        )
        is_named = each.name == f"{draft.table.name}_{column.name}_fkey"
        is_plain = column.default is None or not column.null
        if is_declarable and is_named and is_plain and not each.clears and not column.identity:
            return each
    return None


def _key_type(draft: Draft) -> str:
    """The type of the table's key, which is of one column."""
    names = draft.table.key.columns if draft.table.key else None
    return next(declared_type(each) for each in draft.table.columns if [each.name] == names)


def _unique_of(draft: Draft, column: FoundColumn) -> FoundConstraint | None:
    name, definition = f"{draft.table.name}_{column.name}_key", "UNIQUE"
    for each in draft.table.constraints:
        is_of = each.type == "u" and each.columns == [column.name] and each.name == name
        if is_of and each.definition == f"{definition} ({identifier(column.name)})":
            return each
    return None


def enumerated(draft: Draft) -> list[Enumeration]:
    """The enumerations that columns are of, each once."""
    types = [each.type.removesuffix("[]") for each in draft.table.columns if each.labels]
    return [
        draft.known.enumerations[each]
        for each in dict.fromkeys(types)
        if each in draft.known.enumerations
    ]


# Objects
