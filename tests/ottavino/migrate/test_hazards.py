"""Dangers are named in the file, and by the command that writes it."""

import re
from enum import StrEnum
from typing import Any, Literal

import pytest
from piccolo.apps.migrations.commands.backwards import backwards
from piccolo.apps.migrations.commands.forwards import forwards
from piccolo.apps.migrations.commands.new import new

from ottavino import (
    NOW,
    SQL,
    AsFound,
    Check,
    Col,
    DatabaseFunction,
    ForeignKey,
    Generated,
    Index,
    Partition,
    Policy,
    Sequence,
    Unique,
    bigint,
    enum,
    identity,
    integer,
    serial,
    timestamptz,
)
from ottavino.declare.column import ColumnSpec
from ottavino.declare.database_function import FunctionDefinition
from ottavino.declare.table import Table
from ottavino.migrate.batches import made_tables
from ottavino.migrate.diff import changes
from ottavino.migrate.hazards import default_partitions, hazards
from ottavino.migrate.state import State, declared
from ottavino.migrate.steps import AlterColumn, RenameColumn, RenameTable, Step
from ottavino.testing import Database
from ottavino.testing.database import connected
from tests.ottavino.migrate.project import Project, table
from tests.ottavino.migrate.test_diff import no, yes

Volatility = Literal["volatile", "stable"]


def notes(*database_objects: Any, **columns: Col[Any]) -> list[type[Table]]:
    """One table."""
    return [table("notes", *database_objects, **columns)]


def numbered(volatility: Volatility) -> list[type[Table]]:
    """A table with a column whose default a function gives."""
    function = DatabaseFunction(
        name="number",
        returns="integer",
        body="select 1",
        language="sql",
        volatility=volatility,
    )
    return notes(function, a=integer(default=SQL("public.number()")))


def said(steps: list[Step], state: State | None = None) -> list[str]:
    objects = state.objects.values() if state else ()
    functions = [each for each in objects if isinstance(each, FunctionDefinition)]
    defaults = default_partitions(steps, objects)
    return hazards(steps, made_tables(steps), functions, defaults)


def between(old: list[type[Table]], new: list[type[Table]]) -> list[str]:
    """The hazards of the migration from some tables to others."""
    wanted = declared(new)
    return said(changes(declared(old), wanted, no), wanted)


def stated(*values: str) -> list[type[Table]]:
    """A table with a column of an enumerated type."""
    state: Any = StrEnum("State", {each.upper(): each for each in values})
    return notes(a=enum(state, name="state"))


ADOPTED = AsFound(
    "partition public.found",
    """
    create table public.found partition of public.notes DEFAULT;
    revoke all on public.found from public
    """,
    drop="drop table public.found",
    uses={"public.notes": ()},
)


def parts(*names: str) -> list[type[Table]]:
    """A table with these partitions."""
    number = integer(primary_key=True)
    partitions = tuple(
        Partition(name, "default" if name == "rest" else f"in ({i})")
        for i, name in enumerate(names)
    )
    if "found" in names:
        partitions = (*(e for e in partitions if e.name != "found"), ADOPTED)
    members = {"number": number, "database_objects": partitions}
    make: Any = type(Table)
    return [make("Notes", (Table,), members, tablename="notes", partition_by="list (number)")]


KEY = timestamptz()

DANGEROUS = {
    "a table goes": (
        ([*notes(), table("tags", a=integer())], notes()),
        ["Drops public.tags with all its rows, .* write migration.rename_table instead"],
    ),
    "a partition goes": (
        (parts("notes_26", "notes_27"), parts("notes_26")),
        ["Drops public.notes_27 with all its rows, .* move them to another partition before"],
    ),
    "a partition comes beside the default one": (
        (parts("notes_26", "rest"), parts("notes_26", "rest", "notes_27")),
        [
            (
                "Adds public.notes_27: it fails where public.rest has rows of it, .*"
                "'alter table public.notes detach partition public.rest', .*"
                "attach partition public.rest default'"
            )
        ],
    ),
    "a partition comes beside a default one that was adopted": (
        (parts("notes_26", "found"), parts("notes_26", "found", "notes_28")),
        ["Adds public.notes_28: it fails where public.found has rows of it"],
    ),
    "a sequence goes": (
        (notes(Sequence("numbers")), notes()),
        ["Drops public.numbers, and undoing it begins with its first number again"],
    ),
    "a column goes": (
        (notes(a=timestamptz()), notes()),
        ["Drops public.notes.a with its values, .* write migration.rename_column instead"],
    ),
    "another table has the name of one that has another": (
        (notes(a=timestamptz()), [*notes(), table("old_notes", a=timestamptz())]),
        [
            "Drops public.notes.a with its values",
            (
                "Creates public.old_notes with the columns that public.notes loses. .* "
                r"migration\.rename_table\('public.notes', new='public.old_notes'\) first"
            ),
        ],
    ),
    "a column goes beside a new table without it": (
        (notes(a=timestamptz()), [*notes(), table("others", b=timestamptz())]),
        ["Drops public.notes.a with its values"],
    ),
    "a column is required at once": (
        (notes(), notes(a=timestamptz())),
        ["Adds public.notes.a, which may not be null .* fails .* make it nullable, fill it"],
    ),
    "a default is another for each row": (
        (notes(), notes(a=timestamptz(default=SQL("clock_timestamp()")))),
        ["Adds public.notes.a with a default of its own for each row: .* rewritten"],
    ),
    "a function is called for each row": (
        (notes(), numbered("volatile")),
        ["Adds public.notes.a with a default of its own for each row"],
    ),
    "a column becomes required": (
        (notes(a=timestamptz(default=None)), notes(a=timestamptz())),
        ["Makes public.notes.a required: .* reads all of public.notes.* Fill it before"],
    ),
    "a column numbers rows that are there": (
        (notes(), notes(a=identity(bigint()))),
        ["Adds public.notes.a with a default of its own for each row: .* rewritten"],
    ),
    "a type is another": (
        (notes(a=integer()), notes(a=bigint())),
        ["Makes bigint of public.notes.a, which was integer: .* add another column"],
    ),
    "an index is built": (
        (notes(), notes(Index("1", name="one"))),
        ["Builds the index public.one: nobody can write .* concurrently=True"],
    ),
    "a unique index is built": (
        (notes(), notes(Index("1", name="one", unique=True))),
        ["Builds the index public.one: it fails where two rows are alike, and nobody"],
    ),
    "an index is built concurrently": (
        (notes(), notes(Index("1", name="one", concurrently=True))),
        ["Builds public.one while others write, and waits for every transaction"],
    ),
    "a key is added": (
        (notes(a=KEY), notes(Unique(KEY), a=KEY)),
        [r"Adds public.notes.notes_a_key: .* Index\(…, unique=True, concurrently=True\)"],
    ),
    "a check is added": (
        (notes(), notes(Check("odd", "true"))),
        ["Adds public.notes.notes_odd: .* reads all of public.notes, locked for everyone"],
    ),
    "a reference is added": (
        (
            notes(),
            notes(ForeignKey(("id",), "auth.users", ("id",))),
        ),
        ["Adds public.notes.notes_id_fkey: it fails where a row refers to none"],
    ),
    "a value goes that rows may have": (
        (stated("open", "late", "done"), stated("open", "done")),
        [
            "Removes 'late' from public.state: it fails where a row has .*migration.execute",
            "Creates public.state again: every table with a column of it is rewritten",
        ],
    ),
    "a value goes, and another comes": (
        (stated("open", "late"), stated("open", "done")),
        ["Removes 'late' from public.state: it fails", "Creates public.state again"],
    ),
    "values are in another order": (
        (stated("open", "done"), stated("done", "open")),
        ["Creates public.state again: every table with a column of it is rewritten"],
    ),
    "a column is computed": (
        (notes(), notes(Generated("one", "integer", "1"))),
        ["Adds the generated column public.notes.one: public.notes is rewritten"],
    ),
    "a required column is computed when it is read": (
        (notes(), notes(Generated("one", "integer", "1", stored=False, null=False))),
        ["Adds the generated column public.notes.one, which may not be null: it fails where"],
    ),
}

HARMLESS = {
    "a table comes": (notes(), [*notes(), table("tags", Index("1", name="one"), a=integer())]),
    "a column that may be null": (notes(), notes(a=timestamptz(default=None))),
    "a default that is one for all": (notes(), notes(a=timestamptz(default=NOW))),
    **{
        f"the default {each}, which is one for all": (
            notes(),
            notes(a=timestamptz(default=SQL(f"cast({each} as timestamptz)"))),
        )
        for each in (
            *("now()", "statement_timestamp()", "transaction_timestamp()"),
            *("current_setting('a')", "auth.uid()", "auth.role()", "auth.jwt()"),
        )
    },
    "a default with something like a call in it": (
        notes(Policy(name="all", using="true")),
        notes(
            Policy(name="all", using="true"),
            a=timestamptz(default=SQL("'2000-01-01 (it''s)'")),
        ),
    ),
    "a function that gives all rows the same": (notes(), numbered("stable")),
    "a partition comes": (parts("notes_26"), parts("notes_26", "notes_27")),
    "the default partition comes too": (parts("a"), parts("a", "rest", "b")),
    "null is allowed": (notes(a=timestamptz()), notes(a=timestamptz(default=None))),
    "a column is computed when it is read": (
        notes(),
        notes(Generated("one", "integer", "1", stored=False)),
    ),
    "a value comes": (stated("open"), stated("new", "open", "done")),
    "an index goes": (notes(Index("1", name="one")), notes()),
    "a policy": (notes(), notes(Policy(name="all", using="true"))),
}


@pytest.mark.parametrize(("tables", "sentences"), DANGEROUS.values(), ids=DANGEROUS)
def test_what_is_dangerous_is_named_with_what_to_do(
    tables: tuple[list[type[Table]], list[type[Table]]], sentences: list[str]
) -> None:
    found = between(*tables)
    assert len(found) == len(sentences), found
    for each, sentence in zip(found, sentences, strict=True):
        assert re.match(sentence, each)
        assert each.endswith(".")


@pytest.mark.parametrize(("old", "new"), HARMLESS.values(), ids=HARMLESS)
def test_of_what_is_harmless_nothing_is_said(
    old: list[type[Table]], new: list[type[Table]]
) -> None:
    assert between(old, new) == []


@pytest.mark.parametrize(
    ("old", "new", "is_written_anew"),
    [
        ("varchar(9)", "varchar(10)", False),
        ("varchar(9)", "character varying(9)", False),
        ("varchar(9)", "text", False),
        ("varchar(9)", "varchar", False),
        ("varchar", "varchar(9)", True),
        ("text", "varchar(9)", True),
        ("varchar(9)", "varchar(8)", True),
        ("numeric(9, 2)", "numeric(10, 2)", False),
        ("numeric(9, 2)", "numeric(9,2)", False),
        ("numeric(9, 2)", "numeric(10, 3)", True),
        ("numeric(9, 2)", "numeric(9, 1)", True),
        ("numeric(9, 2)", "numeric(8, 2)", True),
        ("text", "integer", True),
    ],
)
def test_only_a_type_that_stores_values_in_another_way_writes_the_table_anew(
    old: str, new: str, *, is_written_anew: bool
) -> None:
    step = AlterColumn("public.notes", "a", ColumnSpec(old), ColumnSpec(new))
    assert bool(said([step])) == is_written_anew


def test_another_name_is_one_that_running_programs_do_not_know() -> None:
    steps: list[Step] = [
        RenameTable("public.a", "public.b"),
        RenameColumn("public.c", "d", "e"),
    ]
    assert [each.partition(" another name: ")[0] for each in said(steps)] == [
        "Gives public.a",
        "Gives public.c.d",
    ]


def test_another_name_of_a_sequence_is_one_too() -> None:
    old, new = (declared(notes(), [Sequence(each)]) for each in ("numbers", "counts"))
    (sentence,) = said(changes(old, new, yes))
    assert sentence.startswith("Gives public.numbers another name: running programs")


def test_another_name_of_a_value_is_one_too() -> None:
    old, new = (declared(stated(each, "done")) for each in ("open", "opened"))
    (sentence,) = said(changes(old, new, yes))
    assert sentence.startswith("Gives 'open' of public.state another name: running programs")


async def test_the_file_and_the_command_that_writes_it_say_so(
    project: Project, capsys: pytest.CaptureFixture[str]
) -> None:
    project.declare(notes(a=timestamptz()))
    await project.generate()
    assert "To know" not in project.files[0].path.read_text()
    project.declare(notes(b=timestamptz()))
    capsys.readouterr()
    await new("db", auto=True, auto_input="n")
    output = capsys.readouterr().out
    head, _, docstring = project.files[1].path.read_text().partition("\n\n")
    assert head == '"""Generated from the declared tables.'
    assert docstring.startswith("Hazards where tables have rows:\n\n- Drops")
    points = docstring.partition(":\n\n")[2].partition('\n"""')[0].splitlines()
    assert all(line.startswith(("- ", "  ")) for line in points if line)
    assert any(line.startswith("  ") for line in points)
    for sentence in (
        "- Drops public.notes.a with its values, and undoing it brings back none.",
        "- Adds public.notes.b, which may not be null and has no default: it fails where",
    ):
        assert sentence in output
        assert sentence in docstring


@pytest.mark.whole("migrates in each case")
async def test_rows_are_moved_out_of_the_default_partition_as_the_file_says(
    empty_database: Database, project: Project, capsys: pytest.CaptureFixture[str]
) -> None:
    project.declare(parts("notes_26", "rest"))
    await project.generate()
    await forwards("db")
    async with connected(empty_database.direct_url) as connection:
        await connection.execute("insert into notes values (0), (2), (3)")
        project.declare(parts("notes_26", "rest", "notes_28"))
        await project.generate()
        path = project.files[1].path
        with pytest.raises(SystemExit):
            await forwards("db")
        sentence = capsys.readouterr().err
        steps = re.findall(r"migration\.execute\('.*?', backwards='.*?'\)", sentence)
        assert len(steps) == 2
        assert all(each in " ".join(path.read_text().split()) for each in steps)
        text, indented = path.read_text(), "\n    migration.create("
        before, _, after = text.partition(indented)
        inside, _, end = after.partition("\n    return")
        detach, move = (each.replace("…", "number = 2") for each in steps)
        path.write_text(
            f"{before}\n    {detach}{indented}{inside}\n    {move}\n    return{end}"
        )
        await forwards("db")
        where = "select tableoid::regclass::text, number from notes order by 1, 2"
        rows = await connection.fetch(where)
        assert [*map(tuple, rows)] == [("notes_26", 0), ("notes_28", 2), ("rest", 3)]
        await backwards("db", auto_agree=True)
        rows = await connection.fetch(where)
        assert [*map(tuple, rows)] == [("notes_26", 0), ("rest", 2), ("rest", 3)]


COUNTING = "alter table public.notes alter column number set start"


def test_closing_the_sequence_of_a_serial_that_is_there_is_a_hazard() -> None:
    """Migrations of an earlier version left it open."""
    new = declared(notes(a=serial(integer())))
    old = new.copy()
    del old.objects["sequence-privileges public.notes.a"]
    (sentence,) = said(changes(old, new, no), new)
    assert "a role that inserts rows needs USAGE" in sentence
    added = between(notes(), notes(a=serial(integer())))
    assert not any("USAGE" in each for each in added)


def test_sql_that_restarts_a_sequence_is_a_hazard() -> None:
    def with_detail(sql: str) -> State:
        name = "detail public.notes.sequence of number"
        found = AsFound(name, sql, drop=f"{COUNTING} 1 restart")
        return declared(notes(found, number=identity(integer())))

    restarting, counting = with_detail(f"{COUNTING} 5 restart"), with_detail(f"{COUNTING} 5")
    sentence = (
        "Restarts the sequence of number of public.notes, so that it gives numbers again that "
        "rows have: remove `restart` from the SQL of its AsFound, and from this file."
    )
    without = declared(notes(number=identity(integer())))
    for before, after in ((without, restarting), (restarting, counting)):
        assert said(changes(before, after, no)) == [sentence]
    assert said(changes(without, counting, no)) == []


@pytest.mark.parametrize(
    ("closing", "is_told"),
    [
        ("", True),
        ("; revoke all on routine public.f() from anon", True),
        ("; grant execute on function public.f() to authenticated", True),
        ("; revoke execute on function public.f() from anon, public", False),
        ("; grant execute on function public.f() to public", False),
    ],
)
def test_a_function_as_found_that_everybody_may_execute_is_named(
    closing: str, *, is_told: bool
) -> None:
    function = "create function public.f() returns {} language sql as 'select 1'" + closing
    made = [
        AsFound(
            "function public.f()", function.format(returns), drop="drop function public.f()"
        )
        for returns in ("integer", "trigger")
    ]
    told = [said(changes(State(), declared([], [each]), no)) for each in made]
    assert told[1] == []
    assert [each.partition(",")[0] for each in told[0]] == (
        ["Lets every role execute public.f()"] if is_told else []
    )


def test_a_property_is_not_removed_by_no_statement() -> None:
    found = AsFound(
        "detail public.notes.statistics of column public.notes.a",
        "alter table public.notes alter column a set statistics 9",
        drop="",
    )
    table_is_left = declared(notes(found, a=integer(), b=integer()))
    with pytest.raises(ValueError, match=r"^Nothing says how detail public\.notes\.statistics"):
        changes(table_is_left, declared(notes(a=integer(), b=integer())), no)
    steps = changes(table_is_left, declared(notes(b=integer())), no)
    assert [step.subject for step in steps] == [found.name, "column public.notes.a"]
