"""Renders steps as a migration file that a person can read and edit."""

import textwrap
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import fields
from typing import cast

from ottavino.declare.column import ColumnSpec
from ottavino.declare.definition import Definition
from ottavino.declare.index import IndexDefinition
from ottavino.migrate.state import Columns
from ottavino.migrate.steps import (
    AddColumn,
    Alter,
    AlterColumn,
    Create,
    CreateConcurrently,
    CreateTable,
    Execute,
    Move,
    Rename,
    RenameColumn,
    RenameTable,
    Replace,
    Step,
    Undo,
)

WIDTH = 96

FILE = '''\
"""{title}.{hazards}"""

from ottavino.migrate import Migration{spec}

ID = {migration_id}
DESCRIPTION = {description}{replaced}


def migration() -> Migration:
    """The steps, in the order in which they are taken."""
    migration = Migration(ID, DESCRIPTION{replaces})
{body}
    return migration
'''


def render(
    migration_id: str,
    description: str,
    steps: Sequence[Step],
    hazards: Sequence[str] = (),
    replaces: Sequence[str] = (),
) -> str:
    """The text of a migration file; its docstring lists the hazards. `replaces` are the ids of
    the migrations that it replaces.
    """
    body = "\n".join(map(_step, steps)) or _EXAMPLE
    default = "Generated from the declared tables" if steps else "Written by hand"
    title = _docstring(description or default)
    return FILE.format(
        title=title,
        hazards=_hazards(hazards),
        migration_id=_string(migration_id),
        description=_string(description),
        replaced=f"\nREPLACES = {_enclosed('()', [*map(_string, replaces)])}"
        if replaces
        else "",
        replaces=", replaces=REPLACES" if replaces else "",
        spec=", ColumnSpec" if "ColumnSpec(" in body else "",
        body=textwrap.indent(body, "    "),
    )


def _hazards(sentences: Sequence[str]) -> str:
    if not sentences:
        return ""
    points = [
        textwrap.fill(
            sentence,
            WIDTH,
            initial_indent="- ",
            subsequent_indent="  ",
            break_long_words=False,
            break_on_hyphens=False,
        )
        for sentence in sentences
    ]
    return _escaped("\n\nHazards where tables have rows:\n\n" + "\n".join(points)) + "\n"


_EXAMPLE = '''\
# migration.execute(
#     """
#     update public.documents set status = 'pending' where status = 'processing'
#     """,
#     backwards="",
# )'''


def _step(step: Step) -> str:
    match step:
        case CreateTable(table, columns):
            return _call("create_table", _string(table), _columns(columns), *_spread(step))
        case RenameTable(table, new):
            names = (_string(table), f"new={_string(new)}")
            return _call("rename_table", *names, *_along(step))
        case AddColumn(table, column, spec):
            return _call("add_column", _string(table), _string(column), _spec(spec))
        case AlterColumn(table, column, old, new):
            column_specs = (f"old={_spec(old)}", f"new={_spec(new)}")
            casts = [
                f"{name}={_string(sql)}"
                for name, sql in (("using", step.using), ("back", step.back))
                if sql is not None
            ]
            return _call("alter_column", _string(table), _string(column), *column_specs, *casts)
        case RenameColumn(table, old, new):
            names = (f"old={_string(old)}", f"new={_string(new)}")
            return _call(
                "rename_column", _string(table), *names, *_numbered(step), *_spread(step)
            )
        case Create(definition):
            return _call("create", *_made(definition))
        case CreateConcurrently(definition):
            return _call("create_concurrently", *_built(definition))
        case Rename():
            return _rename(step)
        case Replace(old, new):
            return _replace(old, new)
        case Alter(old, new, forwards, backwards):
            return _alter(old, new, forwards, backwards)
        case Undo(undone):
            return _drop(undone)
        case Execute(sql, undo):
            return _call("execute", _sql(sql), f"backwards={_sql(undo)}")


def _drop(step: CreateTable | AddColumn | Create) -> str:
    match step:
        case CreateTable(table, columns):
            return _call("drop_table", _string(table), _columns(columns), *_spread(step))
        case AddColumn(table, column, spec):
            return _call("drop_column", _string(table), _string(column), _spec(spec))
        case Create(definition):
            sql = (_sql(definition.drop), f"create={_sql(definition.create)}")
            return _call("drop", _string(definition.name), *sql, *_facts(definition))


def _spread(step: CreateTable | RenameColumn) -> Iterator[str]:
    if step.partition_by:
        yield f"partition_by={_string(step.partition_by)}"


def _numbered(step: RenameColumn) -> Iterator[str]:
    """Whether a sequence is renamed with a column."""
    if step.serial:
        yield "serial=True"
    if step.identity:
        yield "identity=True"


def _along(step: RenameTable) -> Iterator[str]:
    """What is renamed with a table."""
    if step.serial:
        yield f"serial={step.serial!r}"
    if step.indexes is not None:
        yield f"indexes={_value(step.indexes)}"
    if step.identities:
        yield f"identities={step.identities!r}"


def _made(definition: Definition) -> tuple[str, ...]:
    sql = (_sql(definition.create), f"drop={_sql(definition.drop)}")
    return (_string(definition.name), *sql, *_facts(definition))


def _built(index: IndexDefinition) -> Iterator[str]:
    """An index by its parts, from which its statements are rendered again."""
    if index.statements is None:
        yield from _made(index)
        return
    yield _string(index.name)
    yield f"on={_sql(index.statements.on)}"
    if index.statements.settings:
        yield f"settings={_value(index.statements.settings)}"
    yield from _facts(index)


def _replace(old: Definition, new: Definition) -> str:
    sql = (_sql(new.create), f"old={_sql(old.create)}", f"drop={_sql(new.drop)}")
    return _call("replace", _string(new.name), *sql, *_both_facts(old, new))


def _alter(old: Definition, new: Definition, forwards: str, backwards: str) -> str:
    sql = (_sql(forwards), f"backwards={_sql(backwards)}")
    made = [f"old={_sql(old.create)}", f"new={_sql(new.create)}", f"drop={_sql(new.drop)}"]
    made += [f"old_drop={_sql(old.drop)}"] if old.drop != new.drop else []
    return _call("alter", _string(new.name), *sql, *made, *_both_facts(old, new))


def _both_facts(old: Definition, new: Definition) -> list[str]:
    facts, before = [*_facts(new)], [*_facts(old)]
    was = [f"was={{{', '.join(_items(old))}}}"] if facts != before else []
    return [*was, *facts]


def _rename(step: Rename) -> str:
    old, new = step.old, step.new
    names = (_string(old.name), f"new={_string(new.name)}")
    sql = (f"create={_sql(new.create)}", f"drop={_sql(new.drop)}")
    before = (f"old_create={_sql(old.create)}", f"old_drop={_sql(old.drop)}")
    was = f"was={_enclosed('{}', [*_items(old)])}"
    return _call(_how(step), *names, *sql, *before, was, *_facts(new))


def _how(step: Rename) -> str:
    return "move" if isinstance(step, Move) else "rename"


def _facts(definition: Definition) -> Iterator[str]:
    """The facts that the SQL does not show, as arguments of a call."""
    for name, value in _written(definition):
        yield f"{name}={value}"


def _items(definition: Definition) -> Iterator[str]:
    """The facts as items of a dictionary."""
    for name, value in _written(definition):
        yield f"{_string(name)}: {value}"


def _written(definition: Definition) -> Iterator[tuple[str, str]]:
    # If some of its SQL could not be parsed, the facts would be incomplete.
    unknown = {"uses", "calls"} if definition.free else set[str]()
    for each in fields(definition):
        value = getattr(definition, each.name)
        if each.metadata.get("fact") and value != each.default and each.name not in unknown:
            yield each.name, _value(value)


def _value(value: object) -> str:
    match value:
        case str():
            return _string(value)
        case Mapping():
            items = cast("Mapping[str, object]", value).items()
            return _enclosed("{}", [f"{_string(name)}: {_value(each)}" for name, each in items])
        case tuple():
            return _enclosed("()", [*map(_value, cast("tuple[object, ...]", value))])
        case _:
            return repr(value)


def _enclosed(brackets: str, items: Sequence[str]) -> str:
    """Items between brackets, on separate lines if they are long."""
    text = ", ".join(items)
    if len(text) > WIDTH - 24:
        lines = "".join(textwrap.indent(item, "    ") + ",\n" for item in items)
        return f"{brackets[0]}\n{lines}{brackets[1]}"
    comma = "," if brackets == "()" and len(items) == 1 else ""
    return f"{brackets[0]}{text}{comma}{brackets[1]}"


def _call(method: str, *arguments: str) -> str:
    lines = "".join(textwrap.indent(argument, "    ") + ",\n" for argument in arguments)
    return f"migration.{method}(\n{lines})"


def _columns(columns: Columns) -> str:
    lines = "".join(f"    {_string(name)}: {_spec(spec)},\n" for name, spec in columns.items())
    return f"{{\n{lines}}}"


def _spec(spec: ColumnSpec) -> str:
    parts = [_string(spec.type)]
    if spec.null:
        parts.append("null=True")
    if spec.default is not None:
        parts.append(f"default={_string(spec.default)}")
    if spec.identity is not None:
        parts.append(f"identity={_string(spec.identity)}")
    return f"ColumnSpec({', '.join(parts)})"


def _sql(sql: str) -> str:
    """A string literal; if it has several lines, each is on a line of the file."""
    if "\n" not in sql:
        return _string(sql)
    if _is_plain(sql):
        return f'"""\n{_escaped(sql)}\n"""'
    lines = "".join(f"    {_string(line)}\n" for line in sql.splitlines(keepends=True))
    return f"(\n{lines})"


def _is_plain(sql: str) -> bool:
    """Whether indenting and reading the SQL again preserves each line."""
    return all(line.isprintable() and line == line.rstrip() for line in sql.split("\n"))


def _docstring(text: str) -> str:
    sentence = " ".join(text.split())
    return _escaped(sentence[:1].upper() + sentence[1:]).rstrip(".")


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"""', '\\"\\"\\"')


def _string(text: str) -> str:
    if '"' in text or not text.isprintable():
        return repr(text)
    escaped = text.replace("\\", "\\\\")
    return f'"{escaped}"'
