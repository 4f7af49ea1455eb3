"""A column of another type: the values that PostgreSQL casts, and those it does not."""

import io
import itertools

import pytest
from piccolo.apps.migrations.commands.new import new

from ottavino import array, boolean, integer, text
from ottavino.declare.column import ColumnSpec
from ottavino.migrate.casts import CASTS, NUMBERS, TEXTS, has_cast, is_cast_by_itself
from ottavino.migrate.steps import AlterColumn
from ottavino.testing import Database
from ottavino.testing.database import connected
from tests.ottavino.declare.installed import migrator
from tests.ottavino.migrate.project import Project, run, table

OTHERS = ("boolean", "uuid", "bytea", "int4range", "integer[]", "text[]", "numeric(9, 2)[]")
WORDS = ("character varying", "character", "integer", "numeric", "timestamp with time zone")
TYPES = sorted({*WORDS, *TEXTS, *NUMBERS, *CASTS, *OTHERS, "numeric(9, 2)", "varchar(9)"})


CASTS_OF_POSTGRESQL = """
create function pg_temp.casts(types text[]) returns setof text[] language plpgsql as $$
declare
    old text;
    new text;
begin
    foreach old in array types loop
        foreach new in array types loop
            begin
                execute format('create temporary table t (a %s)', old);
                execute format('alter table t alter column a type %s', new);
                return next array[old, new];
                drop table t;
            exception when datatype_mismatch then
                -- All of the block is rolled back.
            end;
        end loop;
    end loop;
end
$$
"""


@pytest.mark.whole("tries every pair of types")
async def test_postgresql_casts_by_itself_what_is_said_to_be_cast(
    empty_database: Database,
) -> None:
    async with connected(empty_database.superuser_url) as connection:
        await connection.execute(CASTS_OF_POSTGRESQL)
        casts = await connection.fetch("select * from pg_temp.casts($1)", TYPES)
    assert {tuple(cast) for (cast,) in casts} == {
        pair for pair in itertools.product(TYPES, TYPES) if is_cast_by_itself(*pair)
    }


async def test_postgresql_has_each_cast_that_is_said_to_be_there(
    empty_database: Database,
) -> None:
    pairs = [pair for pair in itertools.product(TYPES, TYPES) if has_cast(*pair)]
    casts = ", ".join(f"null::{old}::{new}" for old, new in pairs)
    async with connected(empty_database.superuser_url) as connection:
        await connection.execute(f"select {casts}")


class TestNew:
    """`piccolo migrations new`."""

    @pytest.fixture
    async def retyped(self, project: Project) -> Project:
        """A project in which a text has become a truth value, and a number a text."""
        project.declare([table("notes", a=text(max_length=9), b=integer())])
        await project.generate()
        project.declare([table("notes", a=boolean(), b=text(max_length=9))])
        return project

    async def test_asks_what_becomes_of_values_that_are_not_cast_by_themselves(
        self, retyped: Project, empty_database: Database, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        questions: list[str] = []

        def answer(question: str) -> str:
            questions.append(question)
            return "a = 'yes'"

        monkeypatch.setattr("builtins.input", answer)
        await new("db", auto=True)
        assert len(questions) == 1
        assert "public.notes.a was text and becomes boolean." in questions[0]
        first, second = retyped.files
        async with migrator(empty_database) as connection:
            await run(connection, [step.forwards() for step in first.migration.steps])
            await connection.execute("set local row_security = off")
            await connection.execute(
                """
                alter table public.notes drop constraint notes_user_id_fkey;
                insert into public.notes (user_id, a, b)
                values (gen_random_uuid(), 'yes', 1), (gen_random_uuid(), 'no', 2)
                """
            )
            await run(connection, [step.forwards() for step in second.migration.steps])
            rows = await connection.fetch("select a, b from public.notes order by b")
        assert [(row["a"], row["b"]) for row in rows] == [(True, "1"), (False, "2")]

    @pytest.mark.parametrize("back", ["array[a]", ""])
    async def test_asks_what_becomes_of_them_again_where_there_is_no_cast_back(
        self, project: Project, monkeypatch: pytest.MonkeyPatch, back: str
    ) -> None:
        questions: list[str] = []

        def answer(question: str) -> str:
            questions.append(question)
            return "a[1]" if len(questions) == 1 else back

        monkeypatch.setattr("builtins.input", answer)
        project.declare([table("notes", a=array(integer()))])
        await project.generate()
        project.declare([table("notes", a=integer())])
        await new("db", auto=True)
        first, second = questions
        assert first.startswith("public.notes.a was integer[] and becomes integer. ")
        assert second == (
            "Undone, public.notes.a is integer[] again. What becomes of each value, in SQL? "
            "[a::integer[]] "
        )
        (step,) = project.files[-1].migration.steps
        assert step.backwards().endswith(f"using {back or 'a::integer[]'}")
        written = project.files[-1].path.read_text("utf-8")
        assert ("undoing it casts that to integer[]" in " ".join(written.split())) == (not back)

    async def test_casts_where_that_is_answered_before(self, retyped: Project) -> None:
        await new("db", auto=True, auto_input="y")
        sql = [step.forwards() for step in retyped.files[-1].migration.steps]
        assert any("type boolean using a::boolean" in each for each in sql)

    async def test_fails_with_its_question_where_nobody_answers(
        self,
        retyped: Project,
        monkeypatch: pytest.MonkeyPatch,
        capsys: pytest.CaptureFixture[str],
    ) -> None:
        monkeypatch.setattr("sys.stdin", io.StringIO())
        with pytest.raises(SystemExit, match=r"^The input ended .*--auto_input=y"):
            await new("db", auto=True)
        assert capsys.readouterr().out.count("in SQL?") == 1
        assert len(retyped.files) == 1


@pytest.mark.parametrize(
    ("old", "new", "value"),
    [
        ("public.s", "public.t", "b::text::public.t"),
        ("public.s", "text", "b::text"),
        ("integer", "public.s", "b::public.s"),
        ("integer", "bigint", "b::bigint"),
    ],
)
def test_two_types_of_a_project_are_converted_through_text(
    old: str, new: str, value: str
) -> None:
    step = AlterColumn("public.a", "b", ColumnSpec(old), ColumnSpec(new))
    assert step.forwards().endswith(f"alter column b type {new} using {value}")
