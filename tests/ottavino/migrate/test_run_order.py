"""A step that needs what a later file makes waits for it, as does each step that needs that."""

from pathlib import Path

import pytest

from ottavino.declare.column import ColumnSpec
from ottavino.declare.kinds import define
from ottavino.migrate.files import MigrationFile
from ottavino.migrate.migration import Migration
from ottavino.migrate.run_order import in_order
from ottavino.migrate.steps import Create, CreateTable, Step, Undo

TABLE = CreateTable("public.t", {"a": ColumnSpec("text")})
VIEW = Create(define("view public.v", "create v", "drop v", uses={"public.t": ("a",)}))
OVER = Create(define("view public.w", "create w", "drop w", uses={"public.v": ()}))
BESIDE = Create(define("view public.x", "create x", "drop x", uses={"public.t": ("a",)}))
ALONE = Create(define("view public.y", "create y", "drop y", uses={}))


def files(*steps: list[Step]) -> list[MigrationFile]:
    made: list[MigrationFile] = []
    for number, those in enumerate(steps, start=1):
        migration = Migration(str(number))
        migration.steps.extend(those)
        made.append(MigrationFile(Path(f"{number}.py"), migration))
    return made


@pytest.mark.parametrize(
    ("steps", "ordered"),
    [
        ([[TABLE, VIEW], [OVER]], [[TABLE, VIEW], [OVER]]),
        ([[VIEW, ALONE], [TABLE]], [[ALONE], [TABLE, VIEW]]),
        ([[VIEW, OVER], [ALONE], [TABLE]], [[], [ALONE], [TABLE, VIEW, OVER]]),
        ([[OVER], [VIEW], [TABLE]], [[], [], [TABLE, VIEW, OVER]]),
        # What is dropped before it could be made is not made, and what waits beside it is.
        ([[VIEW, BESIDE, Undo(VIEW)], [TABLE]], [[], [TABLE, BESIDE]]),
        ([[BESIDE, VIEW], [Undo(VIEW)], [TABLE]], [[], [], [TABLE, BESIDE]]),
        ([[TABLE, VIEW, Undo(VIEW)]], [[TABLE, VIEW, Undo(VIEW)]]),
        # No file makes what it needs: it is there, or the statement says that it is not.
        ([[VIEW], [ALONE]], [[VIEW], [ALONE]]),
    ],
)
def test_steps_run_once_what_they_need_is_made(
    steps: list[list[Step]], ordered: list[list[Step]]
) -> None:
    found = in_order(files(*steps), backwards=False)
    assert [[step for _, step, _ in each] for each in found] == ordered
    sql = [[text for _, _, text in each] for each in found]
    assert sql == [[step.forwards() for step in each] for each in ordered]
    undone = in_order(files(*steps)[::-1], backwards=True)
    assert [[step for _, step, _ in each] for each in undone] == [
        each[::-1] for each in ordered[::-1]
    ]
