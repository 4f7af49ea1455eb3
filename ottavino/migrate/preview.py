"""Shows the SQL that a run would send."""

from collections.abc import Iterator, Sequence

from ottavino.migrate.batches import Task, outside
from ottavino.migrate.execution import sql_of
from ottavino.postgres.quoting import literal


def preview(batch: Sequence[Task], *, backwards: bool = False) -> str:
    """The SQL of one transaction with its records; a concurrent index comes before it."""
    beside = outside(batch)
    notes = [_note(task, backwards=backwards) for task in batch]
    if beside is not None:
        index = beside.backwards() if backwards else beside.forwards()
        return "\n\n".join([_head(batch[0]), f"{index};", "begin;", *notes, "commit;"])
    lines = ["begin;"]
    for task, note in zip(batch, notes, strict=True):
        lines += [_head(task), *_statements(task, backwards=backwards), note]
    return "\n\n".join([*lines, "commit;"])


def _head(task: Task) -> str:
    return f"-- {task[1].path.name}"


def _statements(task: Task, *, backwards: bool) -> Iterator[str]:
    for step, sql in sql_of(task[1], backwards=backwards):
        if sql:
            yield f"{sql.rstrip(';') if step.is_by_hand else sql};"


def _note(task: Task, *, backwards: bool) -> str:
    app_name, file = task
    name, app = literal(file.id), literal(app_name)
    if backwards:
        return f"delete from public.migration where name = {name} and app_name = {app};"  # noqa: S608  # it is only shown, and its values are quoted
    values = f"{name}, {app}, {literal(file.checksum)}"
    return f"insert into public.migration (name, app_name, checksum) values ({values});"  # noqa: S608  # likewise
