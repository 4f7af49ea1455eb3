"""Which migrations share a transaction, and which indexes are built after it."""

import pytest

from ottavino.declare.column import ColumnSpec
from ottavino.declare.kinds import define
from ottavino.errors import MigrationError
from ottavino.migrate.batches import first_batch
from ottavino.migrate.files import read_files
from ottavino.migrate.steps import (
    AddColumn,
    Create,
    CreateConcurrently,
    CreateTable,
    Execute,
    Step,
)
from tests.ottavino.migrate.project import Project, index_over

NUMBER = ColumnSpec("integer", null=True)
NOTES, TAGS = (CreateTable(f"public.{name}", {"a": NUMBER}) for name in ("notes", "tags"))
OF_NOTES = AddColumn("public.notes", "b", NUMBER)
OF_TAGS = AddColumn("public.tags", "b", NUMBER)
INDEX, OTHER = index_over("public.notes", "one"), index_over("public.tags", "two")
HAND = Execute("select public.refresh()", "")

UNKNOWN = define("check public.tags.c", "alter table tags …", "alter table tags …")
OVER = define("function public.f()", "create …", "drop …", uses={"public.notes": ("a",)})
ALIKE = define("check public.tags.notes", "alter table tags … notes", "…", uses={})

CASES: dict[str, tuple[list[Step], list[str]]] = {
    "transactions alone": ([OF_NOTES, OF_TAGS, HAND], ["012"]),
    "an index after all others": ([OF_TAGS, INDEX, OF_TAGS, OF_TAGS], ["023", "1"]),
    "an index before what changes its table": ([OF_TAGS, INDEX, OF_NOTES], ["0", "1", "2"]),
    "an index before what a hand has written": ([INDEX, HAND], ["0", "1"]),
    "an index before what is not known": ([INDEX, Create(UNKNOWN)], ["0", "1"]),
    "an index before a function over its table": ([INDEX, Create(OVER)], ["0", "1"]),
    "an index after what only sounds like it": ([INDEX, Create(ALIKE)], ["1", "0"]),
    "each index alone": ([INDEX, OTHER], ["0", "1"]),
    "an index of a new table along with it": ([NOTES, INDEX, OF_NOTES], ["012"]),
    "an index of a table that is there beside a new one": (
        [NOTES, OTHER, INDEX, OF_NOTES],
        ["023", "1"],
    ),
    "what is undone along with its table": ([OF_NOTES, INDEX, NOTES], ["012"]),
}


@pytest.mark.parametrize(("steps", "batches"), CASES.values(), ids=CASES)
def test_all_that_can_be_is_one_transaction(
    project: Project, steps: list[Step], batches: list[str]
) -> None:
    for number, step in enumerate(steps):
        project.write(str(number), step)
    left = [("db", file) for file in project.files]
    found: list[str] = []
    while left:
        batch = first_batch(left)
        found.append("".join(file.id for _, file in batch))
        left = [task for task in left if task not in batch]
    assert found == batches


def test_an_index_that_is_built_concurrently_has_a_file_of_its_own(project: Project) -> None:
    project.write("1", OF_NOTES, INDEX)
    with pytest.raises(MigrationError, match="give it a file without other steps"):
        read_files(project.folder)


def test_an_index_knows_its_name_and_its_table() -> None:
    assert (INDEX.name, INDEX.table) == ("public.one", "public.notes")
    assert isinstance(INDEX, CreateConcurrently)
