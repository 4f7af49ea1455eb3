"""Comments: on the table and its columns, whatever is in their text."""

import pytest

from ottavino import Comment, Domain, integer, text
from ottavino.migrate.diff import changes
from ottavino.migrate.steps import Replace
from ottavino.testing import Database
from tests.ottavino.declare.installed import (
    BODY,
    TITLE,
    Edits,
    each_edit_goes_there_and_back,
    migrator,
    notes,
    schema,
    there_and_back,
)
from tests.ottavino.migrate.project import Project

ODD = """It's "odd": \\n, {}, $1, %s, $$, é and 🎺.

    Over lines,\twith a tab and two spaces at the end.  \r

  """

EDITS: Edits = {
    "another text": ([Comment("One.")], [Comment("Another.")]),
    "another text of a column": ([Comment("One.", on=TITLE)], [Comment("Another.", on=TITLE)]),
    "an odd text": ([Comment("One.")], [Comment(ODD)]),
    "another column": ([Comment("One.", on=TITLE)], [Comment("One.", on=BODY)]),
    "one more": ([Comment("One.")], [Comment("One."), Comment("Two.", on=TITLE)]),
    "one less": ([Comment("One."), Comment("Two.", on=TITLE)], []),
}


@pytest.mark.whole("makes many edits and undoes them")
async def test_an_edit_of_any_attribute_goes_there_and_back(
    shared_empty_database: Database,
) -> None:
    await each_edit_goes_there_and_back(shared_empty_database, EDITS)


async def test_a_comment_is_stored_exactly_as_given(
    empty_database: Database, project: Project
) -> None:
    """Also through the text of a migration file."""
    padded = " \tThe first line.\n"
    domain = Domain("percent", "integer")
    beside = [domain, Comment(ODD, on=domain)]
    project.declare([notes(Comment(ODD), Comment(padded, on=TITLE))], beside)
    await project.migrate()
    async with empty_database.superuser() as connection:
        row = await connection.fetchrow("""
            select
                obj_description(attrelid, 'pg_class'), col_description(attrelid, attnum),
                obj_description('public.percent'::regtype, 'pg_type')
            from pg_attribute where attrelid = 'public.notes'::regclass and attname = 'title'
        """)
    assert row is not None
    assert [*row] == [ODD, padded, ODD]


def test_another_text_is_one_step() -> None:
    old, new = (schema(notes(Comment(text))) for text in ("One.", "Another."))
    (step,) = changes(old, new, lambda _table, _old, _new: False)
    assert isinstance(step, Replace)


@pytest.mark.whole("migrates there and back")
async def test_a_comment_stays_with_its_column(shared_empty_database: Database) -> None:
    title, heading, number = text(max_length=9), text(max_length=9), integer()
    async with migrator(shared_empty_database) as connection:
        old = schema(notes(Comment("The title.", on=title), title=title))
        for new in (
            schema(notes(Comment("The title.", on=heading), heading=heading)),
            schema(notes(Comment("The title.", on=number), title=number)),
        ):
            await there_and_back(connection, old, new)


def test_a_comment_without_a_text_is_refused() -> None:
    with pytest.raises(ValueError, match="needs a text: write one"):
        Comment(" ")
