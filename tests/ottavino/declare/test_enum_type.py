"""Types of PostgreSQL that have the values of an `Enum`."""

from collections.abc import Callable, Sequence
from enum import Enum, StrEnum
from typing import Any, cast
from uuid import UUID

import asyncpg
import pytest
from piccolo.apps.migrations.commands.backwards import backwards
from piccolo.apps.migrations.commands.forwards import forwards
from piccolo.apps.migrations.commands.new import new

from ottavino import (
    Check,
    Col,
    DatabaseFunction,
    EnumType,
    Generated,
    Grant,
    Index,
    Policy,
    Role,
    Table,
    array,
    enum,
    owner,
    primary_key,
    text,
)
from ottavino.identity import Identity
from ottavino.inspect.drift import find_drift
from ottavino.migrate.diff import changes
from ottavino.migrate.state import State, declared
from ottavino.migrate.steps import Create, Step
from ottavino.postgres.session import session
from ottavino.query import insert, objects, select, update
from ottavino.testing import Database
from ottavino.testing.database import connected
from tests.ottavino.declare.installed import migrator, move, there_and_back
from tests.ottavino.declare.test_every_column import USER, drifts, migrated
from tests.ottavino.migrate.project import Project, dump, table
from tests.ottavino.migrate.test_diff import no


class Status(Enum):
    """The state of a task."""

    OPEN = "open"
    IN_WORK = "in work"
    DONE = "done"


class Task(Table, tablename="tasks"):
    """A task with states of all kinds."""

    id: Col[UUID] = primary_key()
    user_id: Col[UUID] = owner()
    status: Col[Status] = enum(Status, default=Status.OPEN)
    before: Col[Status | None] = enum(Status, default=None)
    history: Col[list[Status]] = array(enum(Status), default=[Status.OPEN])

    database_objects = (Grant.everything(to=Role.SERVICE_ROLE),)


def tasks(values: Sequence[str], *objects: Any, **columns: Col[Any]) -> list[Any]:
    """A table with a column of a type of some values."""
    states: Any = StrEnum("Status", {each.upper().replace(" ", "_"): each for each in values})
    made = {"status": enum(states, default=states(values[0])), **columns}
    members: dict[str, Any] = {
        "id": primary_key(),
        "user_id": owner(),
        **made,
        "database_objects": objects,
    }
    make = cast("Callable[..., type[Table]]", type(Table))
    return [make("Tasks", (Table,), members, tablename="tasks")]


def answer(_of: str, old: str, new: str) -> bool:
    """Only what begins alike is another name."""
    return old[0] == new[0]


def steps(old: Sequence[Any], new: Sequence[Any]) -> list[Step]:
    return changes(declared(old), declared(new), answer)


@pytest.mark.whole
async def test_is_given_and_comes_back_as_the_enum(
    empty_database: Database, project: Project
) -> None:
    before = dump(empty_database)
    await migrated(empty_database, project, Task)
    async with session(Identity.service()):
        await insert(Task(user_id=USER), Task(user_id=USER, status=Status.DONE))
        await update(Task).set(Task.before, Status.IN_WORK).where(Task.status == Status.DONE)
        await (
            update(Task)
            .set(Task.history, [Status.DONE])
            .where(Task.before.is_in([Status.IN_WORK]))
        )
        assert await select(Task.status, Task.before, Task.history).order_by(Task.status) == [
            (Status.OPEN, None, [Status.OPEN]),
            (Status.DONE, Status.IN_WORK, [Status.DONE]),
        ]
        row = await objects(Task).where(Task.status != Status.OPEN).first()
        assert row is not None
        assert row.status is Status.DONE
    assert await drifts(empty_database, [Task]) == []
    assert await project.generate() is None
    await backwards("db", migration_id="all", auto_agree=True)
    assert dump(empty_database) == before


LONG = pytest.mark.whole("migrates there and back, and reads the catalog after each")


class TestOtherValues:
    """Values change in place where PostgreSQL can change them."""

    def test_are_added_in_their_place_and_renamed(self) -> None:
        one, two = tasks(["open", "done"]), tasks(["new", "open", "late", "done", "x"])
        step, *_ = steps(one, two)
        assert step.forwards().splitlines() == [
            "alter type public.status add value 'new' before 'open';",
            "alter type public.status add value 'late' after 'open';",
            "alter type public.status add value 'x' after 'done'",
        ]
        renaming = steps(tasks(["open", "done"]), tasks(["opened", "done"]))
        assert [each.forwards().splitlines()[-1].strip() for each in renaming] == [
            "alter column status drop default",
            "alter type public.status rename value 'open' to 'opened'",
            "alter column status set default 'opened'",
        ]

    @pytest.mark.whole("reads the catalog after each of many edits")
    @pytest.mark.parametrize(
        ("old", "new"),
        [
            (["open", "done"], ["open", "in work", "done", "it's"]),
            (["open", "done"], ["opened", "done"]),
            (["open", "done", "late"], ["done", "open"]),
            pytest.param(["open", "done"], ["done", "opened", "late"], marks=LONG),
            pytest.param(["open", "done"], ["new"], marks=LONG),
        ],
    )
    async def test_go_there_and_back_with_all_that_is_over_the_column(
        self, empty_database: Database, old: list[str], new: list[str]
    ) -> None:
        def over(values: list[str]) -> list[Any]:
            first = f"status = '{values[0]}'"
            function = DatabaseFunction(
                name="is_first",
                arguments=("of public.status",),
                returns="boolean",
                language="sql",
                body="select true",
            )
            return tasks(
                values,
                Policy(name="open", command="select", using=first),
                Check("not_first", f"not {first} or user_id is not null"),
                Generated("first", "boolean", first),
                function,
                title=text(default=""),
            )

        async with migrator(empty_database) as connection:
            before, after = declared(over(old)), declared(over(new))
            await there_and_back(connection, before, after)
            await there_and_back(connection, declared(tasks(old)), declared(tasks(new)))
            await move(connection, State(), after)
            assert (await find_drift(connection, after, after)).differences == []

    @pytest.mark.whole("migrates there and back, and compares the whole catalog")
    async def test_that_are_added_can_be_used_at_once(
        self, empty_database: Database, project: Project
    ) -> None:
        """PostgreSQL refuses the use until they are committed: the run is cut there."""
        await migrated(empty_database, project, *tasks(["open", "done"]))
        async with connected(empty_database.direct_url) as connection:
            await connection.execute(f"insert into public.tasks (user_id) values ('{USER}')")
        last = tasks(["late", "open", "done"], Check("late", "status <> 'late'"))
        project.declare(last)
        await new("db", auto=True, auto_input="n")
        assert len(project.files) == 3
        await forwards("db")
        await backwards("db", migration_id="all", auto_agree=True)
        # Before version 17, not even the transaction that makes the type could use them.
        await forwards("db")
        assert await drifts(empty_database, last) == []

    async def test_cannot_go_while_a_row_has_them(self, empty_database: Database) -> None:
        old, fewer = declared(tasks(["open", "done"])), declared(tasks(["done"]))
        async with migrator(empty_database, USER) as connection:
            await move(connection, State(), old)
            await connection.execute(f"insert into public.tasks (user_id) values ('{USER}')")
            with pytest.raises(asyncpg.InvalidTextRepresentationError, match="open"):
                await move(connection, old, fewer)


async def test_a_column_becomes_one_of_another_type_and_back(
    empty_database: Database,
) -> None:
    async with migrator(empty_database) as connection:
        other: Any = StrEnum("Other", {"OPEN": "open"})
        as_text = tasks(["a"], status=text(default="open"))
        as_other = tasks(["a"], status=enum(other, default=other.OPEN))
        as_status = tasks(["open"])
        for old, new_ in ((as_text, as_status), (as_status, as_other)):
            await there_and_back(connection, declared(old), declared(new_))


def test_what_is_over_a_column_goes_while_its_type_is_made_again() -> None:
    """The index does not name the type."""

    def state(*values: str) -> State:
        states: Any = StrEnum("Status", {each.upper(): each for each in values})
        phase = enum(states)
        return declared([table("tasks", Index(phase), phase=phase)])

    steps = changes(state("open", "done"), state("open"), no)
    index = "index public.tasks_phase_idx"
    assert [each.definition.name for each in steps if isinstance(each, Create)] == [index]


def test_values_are_texts() -> None:
    numbers: Any = Enum("Numbers", {"ONE": 1})
    with pytest.raises(TypeError, match="each has to be a non-empty text"):
        enum(numbers)
    EnumType(StrEnum("Longest", {"ONE": "x" * 63}))
    long: Any = StrEnum("Long", {"ONE": "x" * 64})
    with pytest.raises(ValueError, match="longer than 63 bytes"):
        EnumType(long)
