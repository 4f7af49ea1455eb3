"""A migration is the same after it is written to a file and read."""

from dataclasses import replace
from pathlib import Path

import pytest

from ottavino.declare.column import ColumnSpec
from ottavino.declare.kinds import define
from ottavino.errors import MigrationError
from ottavino.migrate.files import MigrationFile, read_files, replayed
from ottavino.migrate.migration import Migration
from ottavino.migrate.render import render
from ottavino.migrate.steps import (
    AddColumn,
    Alter,
    AlterColumn,
    Create,
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

TEXTS = {
    "apostrophe": "it's",
    "quote": 'say "no"',
    "quote at the end": '"',
    "three quotes": 'a """ b """" c',
    "backslash": "\\ \\n \\\\",
    "backslash at the end": "a\\",
    "percent and braces": "100% {a} {{b}} %s $1",
    "tab": "a\tb",
    "accents and signs": "à ß 文 🎵",
    "signs that end a line": "a\f\v\r\x1c\x85\u2028b",
    "spaces at the end of a line": "a  \n \t \n  b \n",
    "line": "a\nb\n\n  c\n\td",
}

SPEC = ColumnSpec("text", null=True)
TABLE = CreateTable("public.a", {"b": ColumnSpec("text", default="''"), "c": SPEC})


def steps_with(text: str) -> list[Step]:
    """A step of every kind, with a text wherever one can stand."""
    spec = ColumnSpec("text", default=text)
    one = define("check public.a.one", f"create\n    {text} x", f"drop {text} x")
    two = define("check public.a.one", f"create\n    {text} y", f"drop {text} x")
    other = define("check public.a.two", f"create\n    {text} y", f"drop {text} x")
    return [
        CreateTable("public.a", {"b": spec, text: SPEC}),
        AddColumn("public.a", "c", spec),
        AlterColumn("public.a", "b", spec, SPEC),
        AlterColumn("public.a", "b", spec, SPEC, text, text),
        RenameColumn("public.a", text, "d"),
        RenameTable("public.a", "public.b"),
        RenameTable("public.b", "other.b", ("c",), {text: "d", "e": text}),
        Create(one),
        Replace(one, two),
        Alter(one, two, f"alter\n    {text} x", f"{text} x"),
        Alter(two, replace(two, drop=f"drop {text} y"), "alter", "alter"),
        Rename(two, other),
        Move(other, two),
        Undo(Create(other)),
        Undo(AddColumn("public.a", "c", spec)),
        Undo(CreateTable("public.a", {"b": spec})),
        Execute(f"select\n    {text} x", f"{text} x"),
    ]


def write(folder: Path, name: str, *steps: Step, migration_id: str | None = None) -> None:
    text = render(migration_id or name, "", steps)
    (folder / f"{name}.py").write_text(text, "utf-8")


@pytest.mark.parametrize("text", TEXTS.values(), ids=TEXTS)
def test_every_step_survives_any_text(tmp_path: Path, text: str) -> None:
    write(tmp_path, "1", *steps_with(text))
    (file,) = read_files(tmp_path)
    assert file.migration.steps == steps_with(text)


def test_what_stands_beside_the_sql_survives(tmp_path: Path) -> None:
    """Comparing objects does not compare their facts, so this test does."""
    long = tuple(f"a column with a long name {number}" for number in range(9))
    one = define("function public.f()", "1", "3", interface="()", uses={"public.a": ()})
    two = define("function public.f()", "2", "3", interface="()", uses={"public.b": ()})
    key = define("foreign-key public.a.k", "1", "2", uses={}, references={"public.b": long})
    index = define(
        "index public.i", "1", "2", uses={}, over="public.a", unique=True, calls=("public.f",)
    )
    steps: list[Step] = [Replace(one, two), Replace(two, two), Undo(Create(key)), Create(index)]
    write(tmp_path, "1", *steps)
    (file,) = read_files(tmp_path)
    assert repr(file.migration.steps) == repr(steps)


@pytest.mark.parametrize("text", TEXTS.values(), ids=TEXTS)
def test_a_description_survives_any_text(tmp_path: Path, text: str) -> None:
    (tmp_path / "1.py").write_text(render("1", text, []), "utf-8")
    (file,) = read_files(tmp_path)
    assert file.migration.description == text


def test_files_are_read_in_the_order_of_their_ids(tmp_path: Path) -> None:
    for name, migration_id in (("a", "3"), ("b", "1"), ("c", "2")):
        write(tmp_path, name, migration_id=migration_id)
    assert [file.id for file in read_files(tmp_path)] == ["1", "2", "3"]


def test_two_files_with_one_id_are_refused(tmp_path: Path) -> None:
    write(tmp_path, "a", migration_id="1")
    write(tmp_path, "b", migration_id="1")
    with pytest.raises(MigrationError, match=r"a\.py and b\.py have the same ID"):
        read_files(tmp_path)


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("def migration(", "1.py cannot be read: SyntaxError"),
        ("import nowhere", "1.py cannot be read: ModuleNotFoundError"),
        ("async def forwards(): ...", r"1.py has no migration\(\) that returns a Migration"),
    ],
)
def test_a_file_that_is_no_migration_is_named(tmp_path: Path, text: str, sentence: str) -> None:
    (tmp_path / "1.py").write_text(text)
    with pytest.raises(MigrationError, match=sentence):
        read_files(tmp_path)


def test_a_name_that_postgresql_would_cut_off_is_refused(tmp_path: Path) -> None:
    name = "b" * 64
    text = render("1", "", [TABLE]).replace('"b"', f'"{name}"')
    (tmp_path / "1.py").write_text(text)
    with pytest.raises(MigrationError, match=f"{name} is longer than 63 bytes"):
        read_files(tmp_path)


@pytest.mark.parametrize(
    ("step", "sentence"),
    [
        (TABLE, "makes public.a, which is there already"),
        (AddColumn("public.a", "b", SPEC), "makes b, which is there already"),
        (AddColumn("public.z", "b", SPEC), "changes public.z, which no earlier file makes"),
        (
            AlterColumn("public.a", "z", SPEC, SPEC),
            "changes z, which no earlier file makes",
        ),
        (RenameTable("public.z", "public.y"), "changes public.z, which no earlier file"),
        (RenameTable("public.a", "public.a"), "makes public.a, which is there already"),
        (RenameColumn("public.a", "z", "y"), "changes z, which no earlier file makes"),
        (RenameColumn("public.a", "b", "c"), "makes c, which is there already"),
        (Undo(CreateTable("public.z", {})), "changes public.z, which no earlier file makes"),
        (Undo(Create(define("check x", "", ""))), "changes check x, which no earlier file"),
    ],
)
def test_a_file_that_does_not_follow_from_the_ones_before_is_named(
    tmp_path: Path, step: Step, sentence: str
) -> None:
    write(tmp_path, "1", TABLE)
    write(tmp_path, "2", step)
    with pytest.raises(MigrationError, match=f"2.py {sentence}"):
        replayed(read_files(tmp_path))


def test_a_file_that_ran_with_other_sql_for_its_steps_is_not_taken_for_an_edited_one() -> None:
    migration = Migration("1")
    migration.rename_table("public.notes", new="other.tags", serial=("id",))
    migration.rename_column("other.tags", old="id", new="number", serial=True)
    found = MigrationFile(Path("1.py"), migration).checksum
    assert found == "17a5c3be3ec7830342f0c7c326f0d4209b3ce4e164f419cf7d623147c16974de"
