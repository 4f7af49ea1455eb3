"""Replaces Piccolo's `migrations` commands: ours see every declared object, and apply all or
nothing.

`piccolo migrations new|forwards|backwards|check|clean` look these functions up in Piccolo's
modules. `piccolo_conf.py` is imported earlier and replaces them there, so the commands keep
their names.
"""

import asyncio
import signal
import sys
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import ModuleType
from typing import NamedTuple, NoReturn

from piccolo.apps.migrations.commands import backwards as backwards_module
from piccolo.apps.migrations.commands import forwards as forwards_module
from piccolo.apps.migrations.commands import new as new_module
from piccolo.apps.migrations.commands.base import MigrationResult
from piccolo.apps.migrations.commands.check import CheckMigrationManager, MigrationStatus
from piccolo.apps.migrations.commands.clean import CleanMigrationManager
from piccolo.conf.apps import AppConfig
from targ import CLI

from ottavino.declare.database_function import FunctionDefinition
from ottavino.errors import MigrationError, OttavinoError, in_a_sentence
from ottavino.migrate import bookkeeping, command_line, runner
from ottavino.migrate import transaction as apply
from ottavino.migrate.app import is_migrated, objects_of
from ottavino.migrate.batches import made_tables, split
from ottavino.migrate.bodies import otherwise, stale_bodies
from ottavino.migrate.casts import has_cast, is_cast_by_itself
from ottavino.migrate.diff import changes
from ottavino.migrate.files import MigrationFile, replayed
from ottavino.migrate.hazards import default_partitions, hazards
from ottavino.migrate.history import apps, files_of, histories
from ottavino.migrate.recursion import declared_cycles
from ottavino.migrate.recursion import sentence as cycle_sentence
from ottavino.migrate.render import render
from ottavino.migrate.squash import squashed
from ottavino.migrate.stale_sql import stale_sql
from ottavino.migrate.state import State, declared
from ottavino.migrate.steps import AlterColumn, Step
from ottavino.migrate.uses import informed
from ottavino.postgres.quoting import identifier

INTERRUPTED = 130
"""The exit status after Ctrl-C, as in a shell."""


class Contents(NamedTuple):
    """The steps of a migration file, and the hazards in its docstring."""

    steps: Sequence[Step]
    hazards: Sequence[str]


def extend_piccolo() -> None:
    """Replace functions in Piccolo's modules, where its commands look them up. Piccolo ignores
    an app's command with the name of one of its own, so the commands cannot be changed in
    another way.
    """
    # Piccolo's commits file by file, and records each on another connection.
    _replace(forwards_module, "run_forwards", forwards)
    _replace(backwards_module, "run_backwards", backwards)
    # Piccolo's compares columns and single-column indexes, and none of the other objects.
    _replace(new_module, "_create_new_migration", new)
    # Piccolo's creates its table in order to read it, and queries outside of any session.
    _replace(CheckMigrationManager, "get_migration_statuses", statuses)
    _replace(CleanMigrationManager, "run", clean)
    # Piccolo connects before every command of an app, even one that needs no database.
    _replace(CheckMigrationManager, "havent_ran_count", _not_counted)
    # A command with the name of a group, `db functions`, would hide the group `functions`.
    _replace(CLI, "_get_command", command_line.command)
    # targ would exit with 0 after a mistyped command.
    _replace(CLI, "run", command_line.run)


async def forwards(
    app_name: str, migration_id: str = "all", fake: bool = False, preview: bool = False
) -> MigrationResult:
    """Apply the pending migrations up to an id, `1` of them or `all`, in one transaction."""
    # As in Piccolo, an id belongs to one app.
    migration_id = "all" if app_name == "all" else migration_id
    if preview:
        return await _report(runner.preview_forwards(app_name, migration_id))
    return await _report(runner.forwards(app_name, migration_id, fake=fake))


async def backwards(
    app_name: str,
    migration_id: str = "1",
    auto_agree: bool = False,
    clean: bool = False,
    preview: bool = False,
) -> MigrationResult:
    """Undo the applied migrations back to an id, `1` of them or `all`, in one transaction."""
    migration_id = "all" if app_name == "all" else migration_id
    if preview:
        return await _report(runner.preview_backwards(app_name, migration_id))
    extent = {"1": "the last migration", "all": "all migrations"}
    what = extent.get(migration_id, f"the migrations back to {migration_id}")
    with in_a_sentence():
        of = "every app" if app_name == "all" else app_name
        if not auto_agree:
            lost = await runner.losses(app_name, migration_id)
            question = f"{_dropping(lost)}Undo {what} of {of}?"
            if not _agrees(question, "--auto_agree"):
                return _failed("Nothing was changed.")
    return await _report(runner.backwards(app_name, migration_id, clean=clean))


def _dropping(lost: Sequence[str]) -> str:
    """What a question says first that drops rows or values."""
    return f"This drops {', '.join(lost)}, and forwards brings none back. " if lost else ""


async def new(
    app_config: AppConfig,
    auto: bool = False,
    description: str = "",
    auto_input: str | None = None,
) -> new_module.NewMigrationMeta:
    """Write migration files: what was declared since the last one, or one to fill in."""
    folder = Path(app_config.resolved_migrations_folder_path)
    with in_a_sentence():
        if not (auto or app_config.table_classes):
            raise MigrationError(f"The app {app_config.app_name} has no tables to migrate.")
        files = _changes(app_config, auto_input) if auto else [Contents([], [])]
    if not files:
        raise new_module.NoChanges
    written: list[new_module.NewMigrationMeta] = []
    for number, (steps, sentences) in enumerate(files):
        migration_id, name = _named(app_config, number)
        path = folder / f"{name}.py"
        path.write_text(render(migration_id, description, steps, sentences), "utf-8")
        written.append(new_module.NewMigrationMeta(migration_id, name, str(path)))
        print(_wrote(path, description), *sentences, sep="\n- ")
    return written[0]


def squash(app_name: str = "all", auto_agree: bool = False) -> None:
    """Write one migration file that replaces all files of an app, and delete these.

    It creates the same schema. In a database that has run all of them, the new file counts as
    applied; a database that has run only some has to run the others first. Nothing is written
    to any database.

    :param app_name:
        The app, where the project has several.
    :param auto_agree:
        Do not ask.
    """
    with in_a_sentence():
        for app in apps(app_name):
            files = files_of(app)
            if len(files) > 1 and (
                auto_agree or _agrees(_replaces(app, files), "--auto_agree")
            ):
                _squash(app, files)
            else:
                print(f"Nothing was changed: {app.app_name} has {len(files)} migrations.")


def _replaces(app: AppConfig, files: Sequence[MigrationFile]) -> str:
    return (
        f"Delete the {len(files)} migrations of {app.app_name}, {files[0].path.name} to "
        f"{files[-1].path.name}, and write one in their place?"
    )


def _squash(app: AppConfig, files: Sequence[MigrationFile]) -> None:
    steps, description = squashed(files), f"{len(files)} migrations in one"
    migration_id, name = _named(app)
    path = files[0].path.with_name(f"{name}.py")
    replaces = [file.id for file in files]
    path.write_text(render(migration_id, description, steps, (), replaces), "utf-8")
    for file in files:
        file.path.unlink()
    print(_wrote(path, description))


async def statuses(self: CheckMigrationManager) -> list[MigrationStatus]:
    """The migrations, each with whether it has run. Reading them writes nothing."""
    found: list[MigrationStatus] = []
    with in_a_sentence():
        async with apply.reading() as connection:
            for history in await histories(connection, self.app_name):
                described = {file.id: file.migration.description for file in history.files}
                described |= {file.id: "edited after it had run" for file in history.edited}
                for each in sorted({*history.ran, *described}):
                    description = described.get(each, "its file is gone")
                    status = (history.app_name, each, description, each in history.ran)
                    found.append(MigrationStatus(*status))
    return found


async def clean(self: CleanMigrationManager) -> None:
    """Delete the records of migrations without a file, if the user agrees."""
    with in_a_sentence():
        async with apply.reading() as connection:
            gone = [
                (history.app_name, migration_id)
                for history in await histories(connection, self.app_name)
                for migration_id in history.gone
            ]
        if not gone:
            print("Every migration that has run has its file.")
            return
        print("These migrations have run, and their files are gone:")
        for _, migration_id in gone:
            print(migration_id)
        if not (self.auto_agree or _agrees("Forget that they ran?", "--auto_agree")):
            print("Nothing was changed.")
            return
        async with apply.migrating() as connection:
            for app_name, migration_id in gone:
                await bookkeeping.forget(connection, app_name, migration_id)
        print("Forgotten.")


async def _report(lines: runner.Lines) -> MigrationResult:
    """Print each line at once, and with an error whether the database was changed."""
    printed: list[str] = []
    try:
        async for line in lines:
            print(line, flush=True)
            printed.append(line)
    except asyncio.CancelledError:
        _interrupted()
    except apply.RolledBack as error:
        changed = "Nothing else was changed." if printed else "Nothing was changed."
        return _failed(f"{error} {changed}")
    except OttavinoError as error:
        return _failed(str(error))
    return MigrationResult(success=True, message="".join(printed[-1:]))


def _interrupted() -> NoReturn:
    print(
        "Interrupted. What had not been committed is rolled back; `piccolo migrations check` "
        "says what is applied.",
        file=sys.stderr,
    )
    sys.exit(INTERRUPTED)


def _failed(sentence: str) -> MigrationResult:
    print(sentence, file=sys.stderr)
    return MigrationResult(success=False, message=sentence)


def _changes(app: AppConfig, auto_input: str | None) -> list[Contents]:
    if not is_migrated(app):
        # It may share its folder with a migrated app, whose tables it must not drop.
        return []

    def ask_rename(of: str, old: str, new: str) -> bool:
        question = f"Is {of}.{new} what was {of}.{old}, under another name?"
        if not of:
            question = f"Is {new} what was {old}, moved to another schema?"
        if auto_input is not None:
            return auto_input == "y"
        return _agrees(question, "--auto_input=y or --auto_input=n")

    try:
        written = declared(app.table_classes, objects_of(app))
        for cycle in declared_cycles(written):
            raise MigrationError(f"{cycle_sentence(cycle)} Nothing was written.")
        wanted = informed(written)
        there = replayed(files_of(app))
        steps = [_cast(step, auto_input) for step in changes(there, wanted, ask_rename)]
    except (ValueError, TypeError) as error:
        raise MigrationError(str(error)) from error
    functions = [f for f in wanted.objects.values() if isinstance(f, FunctionDefinition)]
    _require_fresh(written, steps)
    made, stale = made_tables(steps), _stale(wanted, steps)
    defaults = default_partitions(steps, wanted.objects.values())
    files = split(steps)
    return [
        Contents(
            each,
            [*hazards(each, made, functions, defaults), *(stale if each is files[0] else ())],
        )
        for each in files
    ]


def _cast(step: Step, auto_input: str | None) -> Step:
    """The step, with conversions of the values there and back, if PostgreSQL needs them."""
    if not isinstance(step, AlterColumn) or not step.is_retyped or auto_input is not None:
        return step
    named, old, new = f"{step.table}.{step.column}", step.old.type, step.new.type
    using = back = None
    if not is_cast_by_itself(old, new):
        using = _converted(f"{named} was {old} and becomes {new}.", step.column, new)
    if not has_cast(new, old):
        back = _converted(f"Undone, {named} is {old} again.", step.column, old)
    return replace(step, using=using, back=back)


def _converted(change: str, column: str, type_: str) -> str | None:
    """The answer to what becomes of the values of a column; None if they are cast."""
    cast = f"{identifier(column)}::{type_}"
    question = f"{change} What becomes of each value, in SQL? [{cast}] "
    return _answer(question, "--auto_input=y, which casts it") or None


def _require_fresh(new: State, steps: Sequence[Step]) -> None:
    """Refuse SQL that names a dropped or renamed thing, since a new database could not be built
    from it.
    """
    for of, gone in stale_sql(new, steps):
        raise MigrationError(
            f"The SQL of {of} names {gone}, which {gone.end}. Change it too. If "
            f"it means something else by that name, write the comment `{otherwise(gone)}` into "
            "it. Nothing was written."
        )


def _stale(new: State, steps: Sequence[Step]) -> list[str]:
    """Warnings for functions that may name a dropped or renamed thing. Those that certainly do
    are refused.
    """
    sentences: list[str] = []
    for sentence, is_certain, comment in stale_bodies(new, steps):
        if is_certain:
            raise MigrationError(
                f"{sentence}, and each call would fail. Change the body too. Where it means "
                f"something else by that name, write the comment `{comment}` into it. "
                "Nothing was written."
            )
        sentences.append(
            f"{sentence}: where it means that, each call fails. Where it does not, the "
            f"comment `{comment}` in it says so."
        )
    return sentences


def _named(app: AppConfig, number: int = 0) -> tuple[str, str]:
    """The id of a new migration and the name of its file; `number` distinguishes several."""
    now = datetime.now(UTC) + timedelta(microseconds=number)
    migration_id = f"{now:%Y-%m-%dT%H:%M:%S:%f}"
    return migration_id, f"{app.app_name}_{migration_id.translate(str.maketrans('-:T', '___'))}"


def _wrote(path: Path, description: str) -> str:
    shown = path.relative_to(Path.cwd()) if path.is_relative_to(Path.cwd()) else path
    return f"Wrote {shown}" + (f": {description}" if description else "")


def _agrees(question: str, option: str) -> bool:
    """Whether the question is answered with y; `option` answers it without a terminal."""
    return _answer(f"{question} [y/N] ", option).lower() == "y"


def _answer(question: str, option: str) -> str:
    """The user's answer. Without a terminal, the error names the option to use instead."""
    # The event loop would delay Ctrl-C until the question is answered.
    handler = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        return input(question).strip()
    except EOFError:
        # The question is printed already, and its line is not ended.
        print(flush=True)
        raise MigrationError(
            "The input ended before an answer: answer the question in a terminal, or write "
            f"{option}. Nothing was changed."
        ) from None
    except KeyboardInterrupt:
        print("\nNothing was changed.", file=sys.stderr)
        sys.exit(INTERRUPTED)
    finally:
        signal.signal(signal.SIGINT, handler)


async def _not_counted(self: CheckMigrationManager) -> int:  # noqa: ARG001  # it is a method
    return 0


def _replace(owner: ModuleType | type, name: str, value: object) -> None:
    if not hasattr(owner, name):
        raise ImportError(f"This version of Piccolo has no {owner.__name__}.{name} to extend.")
    setattr(owner, name, value)
