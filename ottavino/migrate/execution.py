"""Applies or undoes migration files: checks them, runs them, and records them."""

from collections.abc import Generator, Iterator, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass

from asyncpg import CheckViolationError, UndefinedTableError

from ottavino.declare.constraint import ForeignKeyDefinition
from ottavino.declare.partition import PartitionDefinition
from ottavino.errors import MigrationError
from ottavino.migrate import bookkeeping, concurrent
from ottavino.migrate.batches import Task, outside
from ottavino.migrate.closing import Closing, left_open
from ottavino.migrate.files import MigrationFile
from ottavino.migrate.function_check import FunctionCheck
from ottavino.migrate.keeping import (
    Changed,
    Keeping,
    as_record,
    by_hand,
    concerns,
    read_record,
)
from ottavino.migrate.occupied import Ownership, ahead, followers, occupied
from ottavino.migrate.run_order import Ordered, in_order, sql_of
from ottavino.migrate.said import Said
from ottavino.migrate.statements import ends_transaction, statement_texts, statements
from ottavino.migrate.steps import Create, CreateConcurrently, Execute, Step, Undo
from ottavino.migrate.transaction import PROCESS_INVALIDATIONS, RolledBack, execute
from ottavino.postgres.connection import Connection
from ottavino.postgres.quoting import identifier
from ottavino.sql.names import path_of


@dataclass(slots=True)
class Execution:
    """Runs files forwards or backwards on a connection, and overwrites no objects that are not
    ours.
    """

    connection: Connection
    ownership: Ownership
    backwards: bool = False

    async def require_possible(self, tasks: Sequence[Task]) -> None:
        """Refuse a run that is known to fail."""
        steps: list[Step] = []
        for _, file in tasks:
            for step, sql in sql_of(file, backwards=self.backwards):
                if step.is_by_hand:
                    _require_whole(file, sql)
                steps.append(step)
        claims = [*ahead(steps, self.ownership.copy(), backwards=self.backwards)]
        _require_free(await occupied(self.connection, claims, self.ownership))

    async def run(self, batch: Sequence[Task]) -> None:
        """Run and record a batch, which is one transaction or one index."""
        if (index := outside(batch)) is not None:
            ((app_name, file),) = batch
            await self._beside(app_name, file, index)
            await self._note(app_name, file)
        elif batch:
            await self._inside(batch)

    async def _inside(self, batch: Sequence[Task]) -> None:
        is_sure, functions = True, FunctionCheck(self.connection)
        await functions.begin()
        steps = in_order([file for _, file in batch], backwards=self.backwards)
        for (app_name, file), ordered in zip(batch, steps, strict=True):
            said = Said.by([step for _, step, _ in ordered], backwards=self.backwards)
            keeping = await self._keeping(app_name, file, ordered, said)
            closing = await Closing.of(self.connection, file, said)
            for source, step, sql in ordered:
                is_by_hand = isinstance(step, Execute)
                async with (
                    left_open(closing) if step.is_by_hand else nullcontext(),
                    by_hand(keeping) if is_by_hand else nullcontext(),
                ):
                    await self._take(source, step, sql, is_sure=is_sure)
                is_sure = is_sure and not is_by_hand
            if closing is not None:
                await closing.close()
            changed = None if keeping is None else await keeping.end()
            await functions.after(file)
            await self._note(app_name, file, changed)
        functions.require_none()

    async def _keeping(
        self, app_name: str, file: MigrationFile, ordered: Ordered, said: Said
    ) -> Keeping | None:
        """What keeps the privileges on objects that were there, if the file may change some."""
        record = None
        if self.backwards:
            text = await bookkeeping.recorded_access(self.connection, app_name, file.id)
            record = None if text is None else read_record(text)
        if record is None and not concerns([step for _, step, _ in ordered]):
            return None
        keeping = Keeping(self.connection, file, said, record)
        await keeping.begin()
        return keeping

    async def _take(self, file: MigrationFile, step: Step, sql: str, *, is_sure: bool) -> None:
        """Run a step, after a check that it overwrites nothing, unless that is known."""
        if not is_sure:
            claims = self.ownership.new(step, backwards=self.backwards)
            _require_free(await occupied(self.connection, claims, self.ownership))
        self.ownership.step(step, backwards=self.backwards)
        await self._require_nothing_follows(file, step)
        # A statement that fails is named by the step's object, or else by itself.
        alone = statement_texts(sql) if isinstance(step, Execute) else [sql]
        for text in filter(None, alone):
            with _naming_table(step), _moving_rows(step):
                # The SQL may end with a comment.
                sql = f"{text}\n;{PROCESS_INVALIDATIONS}"
                await execute(self.connection, file, sql, step.subject)
            self._require_transaction(file, step)

    def _require_transaction(self, file: MigrationFile, step: Step) -> None:
        """Refuse to continue after a step that has ended the transaction."""
        if not self.connection.is_in_transaction():
            raise MigrationError(
                f"{file.path.parent.name}/{file.path.name}: {step.subject}: it has ended the "
                "transaction that all migrations share. What ran before it may be committed, "
                "and is not recorded: take that out of the file, and undo those steps by hand."
            )

    async def _require_nothing_follows(self, file: MigrationFile, step: Step) -> None:
        """Refuse to drop something with `cascade` if objects depend on it that are not ours."""
        match step:
            case Create(definition) if self.backwards:
                dropped = definition
            case Undo(Create(definition)) if not self.backwards:
                dropped = definition
            case _:
                return
        if others := await followers(self.connection, dropped):
            raise RolledBack(
                f"{file.path.name}: dropping {dropped.name} would drop {others} too, which no "
                "migration made. Drop that first."
            )

    async def _beside(
        self, app_name: str, file: MigrationFile, index: CreateConcurrently
    ) -> None:
        if self.backwards:
            await concurrent.drop(self.connection, file, index)
        else:
            await concurrent.build(self.connection, app_name, file, index)

    async def _note(
        self, app_name: str, file: MigrationFile, changed: Sequence[Changed] | None = None
    ) -> None:
        if self.backwards:
            await bookkeeping.forget(self.connection, app_name, file.id)
            return
        access = None if changed is None else as_record(changed)
        await bookkeeping.note(
            self.connection, app_name, file.id, file.checksum, was_run=True, access=access
        )


@contextmanager
def _naming_table(step: Step) -> Generator[None]:
    """A block in which an object is created, whose table may be missing."""
    try:
        yield
    except RolledBack as error:
        named = error.__cause__
        if not isinstance(named, UndefinedTableError):
            raise
        missing = [name for name in _tables(step) if _is_named(name, str(named))]
        if not missing:
            raise
        raise RolledBack(
            f"{error} No migration creates {missing[0]}: declare a class for it, or adopt it "
            "with `piccolo db adopt` from a database that has it."
        ) from error


@contextmanager
def _moving_rows(step: Step) -> Generator[None]:
    """A block in which a partition is made, whose rows the default partition may have."""
    try:
        yield
    except RolledBack as error:
        match step, error.__cause__:
            case Create(PartitionDefinition() as partition), CheckViolationError() as cause:
                default = f"{identifier(cause.schema_name)}.{identifier(cause.table_name)}"
                raise RolledBack(f"{error} {partition.moving_rows(default)}") from error
            case _:
                raise


def _tables(step: Step) -> Iterator[str]:
    """The tables and views that a step may need."""
    match step:
        case Create(definition):
            yield from (*definition.calls, *(definition.uses or ()))
            if isinstance(definition, ForeignKeyDefinition):
                yield from definition.references or ()
        case _:
            pass


def _is_named(name: str, error: str) -> bool:
    """Whether an error of PostgreSQL says that there is no relation of a name."""
    return f'"{".".join(path_of(name))}"' in error


def _require_whole(file: MigrationFile, sql: str) -> None:
    if any(map(ends_transaction, statements(sql))):
        statement = sql.strip().splitlines()[0]
        raise MigrationError(
            f"{file.path.parent.name}/{file.path.name}: {statement}: it would end the "
            "transaction that all migrations share. Take that out of the file. "
            "Nothing was changed."
        )


def _require_free(found: Sequence[str]) -> None:
    if found:
        raise RolledBack(
            f"The database has already, and no migration made it: {', '.join(found)}. Drop or "
            "rename it, or give what is declared another name."
        )
