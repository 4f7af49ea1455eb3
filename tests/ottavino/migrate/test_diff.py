"""From one set of declared tables to another, by the migration that is generated for it."""

from dataclasses import fields
from typing import Any, cast

import pytest

from ottavino import (
    SQL,
    AsFound,
    Check,
    Col,
    Comment,
    DatabaseFunction,
    ForeignKey,
    Generated,
    Grant,
    Index,
    Policy,
    SearchVector,
    Trigger,
    Unique,
    bigint,
    boolean,
    integer,
    owner,
    reference,
    serial,
    text,
    updated_at,
)
from ottavino.declare.constraint import Action
from ottavino.declare.table import Table
from ottavino.declare.trigger import Event
from ottavino.identity import Role
from ottavino.migrate.diff import changes
from ottavino.migrate.files import replayed
from ottavino.migrate.history import files_of
from ottavino.migrate.state import State, declared
from ottavino.migrate.steps import (
    AddColumn,
    AlterColumn,
    Create,
    CreateTable,
    Rename,
    RenameColumn,
    RenameTable,
    Replace,
    Undo,
)
from ottavino.migrate.uses import informed
from ottavino.testing import Database
from tests.ottavino.databases import repeating
from tests.ottavino.declare.installed import install, migrator
from tests.ottavino.house.piccolo_app import APP_CONFIG
from tests.ottavino.migrate.project import Project, catalog, table

Tables = list[type[Table]]
READER = Grant.everything(to=Role.AUTHENTICATED)


def notes(*database_objects: Any, **columns: Col[Any]) -> Tables:
    """One table."""
    return [table("notes", *database_objects, **columns)]


def guarded(**columns: Col[Any]) -> Tables:
    """A table with one column, and an object of each kind that can depend on it."""
    (name, column), *_ = columns.items()
    return notes(
        Policy(name="few", command="select", using=f"{name} is not null"),
        Grant(to=Role.AUTHENTICATED, select=(column,), update=(column,)),
        Index(column),
        Index(f"abs({name}::bigint)", name="absolute"),
        Unique(column),
        Check("positive", f"{name}::bigint > 0"),
        **columns,
    )


def searchable(language: str = "english", **columns: Col[Any]) -> Tables:
    """A table with a search vector over its columns, and an index over what is in it."""
    search = SearchVector("search", *columns.values(), language=language)
    # The index needs the vector, and is declared before it.
    size = Index("length(search)", name="size")
    return notes(size, search, READER, **columns)


def computed(column: str) -> Tables:
    """A table with a column that PostgreSQL computes, and objects over that."""
    double = Generated("double", "integer", f"{column} * 2")
    check = Check("few", f"double < 9 and {column} > 0")
    return notes(
        double,
        Index(double),
        Index(f"double + {column}", name="sum"),
        check,
        **{column: integer()},
    )


def family(parent: Col[int], child: Col[int], *, nulls_distinct: bool = True) -> Tables:
    """A table with a key that refers to another, which is declared after it."""
    key = ForeignKey(("number",), "public.parents", ("number",))
    unique = Unique(parent, nulls_distinct=nulls_distinct)
    return [
        table("children", key, Index(child), number=child),
        table("parents", unique, number=parent),
    ]


def triggered(body: str, event: Event = "update", on: str | None = None) -> Tables:
    """A table with a trigger."""
    function = DatabaseFunction(name="touch", returns="trigger", body=body)
    trigger = Trigger(name="touch", function=function, when="before", event=event, on=on)
    return notes(trigger)


def kept(number: Col[int]) -> Tables:
    """A table with a trigger whose condition is over a column of the row."""
    function = DatabaseFunction(name="touch", returns="trigger", body=NEW)
    trigger = Trigger(
        name="touch",
        function=function,
        when="before",
        event="update",
        condition="new.number > old.number",
    )
    return notes(trigger, number=number)


def counted(
    returns: str, *, of: str = "notes", name: str = "notes", **columns: Col[Any]
) -> Tables:
    """A function that a column's default calls, and one that takes rows of the table."""
    count = DatabaseFunction(name="count", returns=returns, body="select 1", language="sql")
    first = DatabaseFunction(
        name="first",
        arguments=(f"public.{of}",),
        returns=f"setof public.{of}",
        body=f"select * from public.{of}",
        language="sql",
    )
    default = SQL("public.count()")
    return [table(name, count, first, a=bigint(default=default), **columns)]


def called(*arguments: str, through: bool = False) -> Tables:
    """A function, and perhaps one that a default calls and that PostgreSQL has parsed."""
    told: Any = {"returns": "bigint", "body": "select 1", "language": "sql"}
    count = DatabaseFunction(name="count", arguments=arguments, **told)
    calling = AsFound(
        "function public.calling()",
        "create or replace function public.calling() returns bigint language sql\n"
        "begin atomic select public.count(); end",
        "drop function public.calling()",
    )
    if not through:
        return [table("notes", count, a=bigint())]
    return [table("notes", count, calling, a=bigint(default=SQL("public.calling()")))]


def named(name: str) -> Tables:
    """A table that others refer to, with an object of every kind that has its name in it."""
    key = ForeignKey(("number",), f"public.{name}", ("number",))
    number = integer(minimum=0)
    through = f"exists (select from public.{name} as n where n.number = number)"
    return [
        table(
            name,
            Unique(number),
            Policy(name="few", using=f"{name}.number > 0"),
            Index(number.desc()),
            Comment("Kept."),
            Trigger(
                name="touch",
                function=DatabaseFunction(name="touch", returns="trigger", body=NEW),
                when="before",
                event="update",
            ),
            READER,
            number=number,
        ),
        table("children", key, Policy(name="few", using=through), number=integer()),
    ]


def leaving(on_delete: Action) -> Tables:
    """A table with a reference into another schema."""
    key = ForeignKey(("author",), "auth.users", ("id",), on_delete=on_delete)
    author = owner()
    author.objects = ()
    return notes(key, author=author)


NEW = "begin return new; end"
OTHER = 'begin\n    -- It\'s \\ "new", 100% {new}.\n    return new;\nend'

CASES: dict[str, tuple[Tables, Tables]] = {
    "a table": (notes(), [*notes(), table("tags", READER, Index("1", name="one"))]),
    "all tables of a family": (
        notes(),
        [*notes(), *family(integer(), integer())],
    ),
    "a column": (notes(), notes(body=text(max_length=9, default="it's"))),
    "a column among others": (
        guarded(number=integer()),
        guarded(number=integer(), body=text(max_length=9, default=None)),
    ),
    "a column that all depends on": (notes(), guarded(number=integer())),
    "null": (notes(body=text(max_length=9)), notes(body=text(max_length=9, default=None))),
    "a default": (notes(a=integer()), notes(a=integer(default=3))),
    "a default with quotes": (
        notes(a=text(max_length=99, default="it's")),
        notes(a=text(max_length=99, default='""" \\ 100% {a} {{b}} \' "')),
    ),
    "a type": (notes(a=integer(default=3)), notes(a=bigint(default=3))),
    "a type with a default that does not fit": (
        notes(a=boolean(default=True)),
        notes(a=text(max_length=9, default="yes")),
    ),
    "a type that all depends on": (
        guarded(number=integer()),
        guarded(number=bigint()),
    ),
    "a type that a key refers to": (
        family(integer(), integer()),
        family(bigint(), bigint()),
    ),
    "a name": (notes(a=text(max_length=9)), notes(b=text(max_length=9))),
    "a name that all depends on": (guarded(a=integer()), guarded(b=integer())),
    "a name of what a column is computed from": (computed("a"), computed("amount")),
    "a name that is searched": (
        searchable(a=text(max_length=9)),
        searchable(b=text(max_length=9)),
    ),
    "a name and a type": (
        guarded(a=integer(), b=integer()),
        guarded(c=integer(), b=bigint()),
    ),
    "a policy": (
        notes(Policy(name="own", using="user_id = auth.uid()")),
        notes(Policy(name="own", using="user_id = (select auth.uid())")),
    ),
    "a grant": (
        notes(Grant(to=Role.AUTHENTICATED, select=True)),
        notes(Grant(to=Role.AUTHENTICATED, delete=True), Grant.everything(Role.SERVICE_ROLE)),
    ),
    "an index": (
        notes(Index("id", name="some", where="id is not null")),
        notes(Index("id", name="some", unique=True)),
    ),
    "a check under the same name": (
        notes(Check("odd", "a % 2 = 1"), a=integer()),
        notes(Check("odd", "a % 2 <> 0 and '\\''{}' <> '\"\"\"'"), a=integer()),
    ),
    "a key that another refers to": (
        family(integer(), integer()),
        family(integer(), integer(), nulls_distinct=False),
    ),
    "no key, and nothing that refers to it": (
        family(integer(), integer()),
        [table("parents", number=integer()), table("children", number=integer())],
    ),
    "a trigger": (triggered(NEW), triggered(NEW, "insert")),
    "a function": (triggered(NEW), triggered(OTHER)),
    "a type that the condition of a trigger is over": (
        kept(integer()),
        kept(bigint()),
    ),
    "a trigger on the users": (notes(), triggered(NEW, on="auth.users")),
    "a function of a trigger on the users": (
        triggered(NEW, on="auth.users"),
        triggered(OTHER, on="auth.users"),
    ),
    "a search vector": (notes(a=text(max_length=9)), searchable(a=text(max_length=9))),
    "the language of a search vector": (
        searchable(a=text(max_length=9)),
        searchable("simple", a=text(max_length=9)),
    ),
    "a column of a search vector": (
        searchable(a=text(max_length=9)),
        searchable(a=text(max_length=9), b=text(max_length=9, default="")),
    ),
    "a function that a default calls": (notes(), counted("bigint")),
    "what a function returns that a default calls": (counted("integer"), counted("bigint")),
    "a column among those of a function": (
        counted("integer"),
        counted("integer", b=integer()),
    ),
    "a function that another calls, which goes with its default": (
        called(through=True),
        called("n bigint default 1"),
    ),
    "the default that calls a function": (counted("integer"), notes(a=bigint())),
    "the name of a table": (named("notes"), named("tags")),
    "the name of a table whose rows a function takes": (
        counted("integer"),
        counted("integer", of="tags", name="tags"),
    ),
    "what becomes of what a user leaves": (leaving("cascade"), leaving("restrict")),
    "a column that a trigger keeps": (notes(), notes(updated_at=updated_at())),
}


@pytest.mark.whole("migrates four times, and reads the catalog six times")
@pytest.mark.parametrize(
    ("one", "other"),
    CASES.values(),
    ids=CASES,
)
async def test_a_change_is_made_and_undone_in_both_directions(
    empty_database: Database, project: Project, one: Tables, other: Tables
) -> None:
    """The migrated tables are the same as tables that are made at once."""
    async with repeating(empty_database.superuser_url) as connection:
        async with migrator(empty_database) as making:
            await install(making, *other)
            other_at_once = await catalog(making)
        project.declare(one)
        await project.migrate()
        one_at_once = await catalog(connection)
        assert one_at_once != other_at_once
        for tables, at_once in ((other, other_at_once), (one, one_at_once)):
            project.declare(tables)
            await project.migrate()
            assert project.replayed == project.declared
            assert await project.generate() is None
            assert await catalog(connection) == at_once
        for at_once in (other_at_once, one_at_once):
            await project.undo()
            assert await catalog(connection) == at_once


def test_our_migrations_add_up_to_our_tables() -> None:
    ours = replayed(files_of(APP_CONFIG))
    assert changes(ours, declared(APP_CONFIG.table_classes), no) == []


def test_another_default_leaves_alone_what_depends_on_the_column() -> None:
    one, other = (declared(guarded(a=integer(default=number))) for number in (1, 2))
    old, spec = (state.tables["public.notes"]["a"] for state in (one, other))
    assert changes(one, other, no) == [AlterColumn("public.notes", "a", old, spec)]


ALIKE: dict[str, list[Any]] = {
    "a literal": [Index("id", name="one", where="other <> 'status'")],
    "its own name": [Index("id", name="status")],
    "a longer word": [Index("other_status", name="one")],
    "a function": [Index("public.status(other)", name="one")],
    "a comment": [Check("one", "other > 0 /* not the status */")],
    "a column of another table": [
        Policy(name="few", using="exists (select from public.tags as t where t.status = 1)")
    ],
    "a setting": [Index("id", name="one", storage=("fillfactor = 70",), include=())],
}


@pytest.mark.parametrize("objects", ALIKE.values(), ids=ALIKE)
def test_what_only_has_a_word_like_the_column_is_not_made_anew(objects: list[Any]) -> None:
    tags = table("tags", status=integer())
    function = DatabaseFunction(
        name="status",
        arguments=("one integer",),
        returns="integer",
        body="select one",
        language="sql",
        volatility="immutable",
    )
    others = {"other": integer(), "other_status": integer()}
    one, other = (
        declared([tags, table("notes", function, *objects, **{name: integer()}, **others)])
        for name in ("status", "state")
    )
    assert changes(one, other, yes) == [RenameColumn("public.notes", "status", "state")]


STATED = {"calls", "function", "interface", "over", "references", "unique", "uses", "values"}
"""Facts that a file has to state, whatever the objects mark as one."""


async def test_a_file_says_of_its_objects_what_the_classes_say(project: Project) -> None:
    """Comparing objects does not compare their facts: this test does."""
    for tables in (guarded(a=integer()), named("notes"), searchable(a=text(max_length=9))):
        generated = Generated("c", "int", "a + 1")
        project.declare([*tables, table("other", generated, Index(generated), a=integer())])
        await project.generate()
        facts_are_those_of(project.replayed, project.declared)
    ours = replayed(files_of(APP_CONFIG))
    facts_are_those_of(ours, declared(APP_CONFIG.table_classes))


def facts_are_those_of(replayed: State, declared: State) -> None:
    """Whether the objects of files have the facts of those of classes."""
    wanted = informed(declared).objects
    assert replayed.objects == wanted
    for name, each in replayed.objects.items():
        for fact in fields(each):
            if fact.name in STATED or fact.metadata.get("fact"):
                said, known = getattr(each, fact.name), getattr(wanted[name], fact.name)
                assert said == known, (name, fact.name)


def test_a_column_that_is_not_a_renamed_one_takes_its_place() -> None:
    one, other = (declared(notes(**{name: integer()})) for name in ("a", "b"))
    spec = one.tables["public.notes"]["a"]
    assert changes(one, other, no) == [
        Undo(AddColumn("public.notes", "a", spec)),
        AddColumn("public.notes", "b", spec),
    ]


def test_a_column_that_is_renamed_and_changed_in_one_edit_keeps_its_values() -> None:
    """Where PostgreSQL casts them; a column of the same type is asked about before."""
    asked: list[tuple[str, str, str]] = []

    def note(*question: str) -> bool:
        asked.append(cast("tuple[str, str, str]", question))
        return True

    one, other = declared(notes(a=integer())), declared(notes(b=bigint()))
    before, after = one.tables["public.notes"]["a"], other.tables["public.notes"]["b"]
    assert changes(one, other, yes) == [
        RenameColumn("public.notes", "a", "b"),
        AlterColumn("public.notes", "b", before, after),
    ]
    assert RenameColumn("public.notes", "a", "c") in changes(
        one, declared(notes(b=bigint(), c=integer())), note
    )
    assert asked == [("public.notes", "a", "c")]


def test_only_a_column_to_which_values_are_cast_can_be_a_renamed_one() -> None:
    asked: list[tuple[str, str, str]] = []

    def note(*question: str) -> bool:
        asked.append(cast("tuple[str, str, str]", question))
        return True

    one = declared(notes(a=integer(), b=boolean()))
    other = declared(notes(c=boolean(), d=integer(), e=boolean()))
    assert changes(one, other, note)[:2] == [
        RenameColumn("public.notes", "a", "d"),
        RenameColumn("public.notes", "b", "c"),
    ]
    assert asked == [("public.notes", "a", "d"), ("public.notes", "b", "c")]


def test_one_column_is_renamed_to_one() -> None:
    one, other = declared(notes(a=integer(), b=integer())), declared(notes(c=integer()))
    assert changes(one, other, yes) == [
        RenameColumn("public.notes", "a", "c"),
        Undo(AddColumn("public.notes", "b", one.tables["public.notes"]["b"])),
    ]


def test_a_table_with_the_columns_of_one_that_is_gone_can_be_it_under_another_name() -> None:
    one, other = (declared([table(name, a=integer())]) for name in ("notes", "tags"))
    assert RenameTable("public.notes", "public.tags") in changes(one, other, yes)
    assert not any(isinstance(s, RenameTable) for s in changes(one, other, no))


def test_a_table_with_other_columns_is_another_table() -> None:
    """Columns that all tables have, such as an id, identify none of them."""
    asked: list[tuple[str, str, str]] = []

    def note(*question: str) -> bool:
        asked.append(cast("tuple[str, str, str]", question))
        return False

    one = declared([table("notes", a=integer()), table("lists", b=integer())])
    changes(one, declared([table("tags", a=integer(default=1))]), note)
    assert asked == []
    changes(one, declared([table("tags", a=integer())]), note)
    assert asked == [("public", "notes", "tags")]


def test_a_table_that_is_renamed_and_changed_in_one_edit_keeps_its_rows() -> None:
    lists = table("lists", x=integer())
    one = declared([table("notes", a=integer(), b=integer(), c=integer()), lists])
    other = declared([table("tags", a=integer(), b=integer(), d=integer()), lists])
    steps = changes(one, other, yes)
    assert RenameTable("public.notes", "public.tags") in steps
    assert RenameColumn("public.tags", "c", "d") in steps
    assert not any(
        isinstance(step, Undo) and isinstance(step.step, CreateTable) for step in steps
    )


def test_keys_checks_and_indexes_follow_a_table_and_its_columns() -> None:
    """Built again, each would read all rows, and a large index would take minutes."""

    def schema(name: str, column: str) -> State:
        columns = {column: text(max_length=9), "b": text(max_length=9)}
        notes = table(
            name,
            Check("long", f"length({column}) > 1 and b <> 'x'"),
            Unique(*columns.values()),
            Index(*columns.values()),
            Index("lower(b)", name="kept", where=f"{column} <> 'a'"),
            **columns,
        )
        return declared([notes, table("lists", note_id=reference(notes))])

    one, other = schema("notes", "a"), schema("tags", "title")
    steps = changes(one, other, yes)
    renamed = [step.forwards() for step in steps if isinstance(step, Rename)]
    assert sorted(filter(None, renamed)) == [
        "alter index public.notes_a_b_idx rename to tags_title_b_idx",
        "alter table public.tags rename constraint notes_a_b_key to tags_title_b_key",
        "alter table public.tags rename constraint notes_a_length to tags_title_length",
        "alter table public.tags rename constraint notes_b_length to tags_b_length",
        "alter table public.tags rename constraint notes_long to tags_long",
        "alter table public.tags rename constraint notes_pkey to tags_pkey",
        "alter table public.tags rename constraint notes_user_id_fkey to tags_user_id_fkey",
    ]
    kept = ("index ", "unique ", "check ", "primary-key ", "foreign-key ")
    assert not [
        step
        for step in steps
        if isinstance(step, Create | Undo | Replace) and (step.subject or "").startswith(kept)
    ]


def test_a_generated_column_follows_a_table_and_its_columns() -> None:
    """Made again, it would be written to every row, and its index would be built again."""

    def schema(name: str, column: str) -> State:
        size = Generated("size", "integer", f"{column} + b")
        columns = {column: integer(), "b": integer()}
        return declared([table(name, size, Index(size, name="over"), **columns)])

    one, other = schema("notes", "a"), schema("tags", "amount")
    steps = changes(one, other, yes)
    assert not [
        step
        for step in steps
        if isinstance(step, Create | Undo)
        and (step.subject or "").startswith(("generated ", "index "))
    ]


def test_an_index_does_not_follow_a_table_whose_generated_column_is_made_again() -> None:
    """PostgreSQL drops the index with the column that it is over."""

    def schema(name: str, more: int) -> State:
        size = Generated("size", "integer", f"a + {more}")
        return declared([table(name, size, Index(size), a=integer(), b=integer())])

    steps = changes(schema("notes", 1), schema("tags", 2), yes)
    assert RenameTable("public.notes", "public.tags") in steps
    made = [step.subject for step in steps if isinstance(step, Create)]
    assert "index public.tags_size_idx" in made
    renamed = [step.subject for step in steps if isinstance(step, Rename)]
    assert "index public.tags_size_idx" not in renamed
    assert "primary-key public.tags.tags_pkey" in renamed


def test_a_table_of_another_schema_can_be_one_that_is_gone() -> None:
    asked: list[tuple[str, str, str]] = []

    def note(*question: str) -> bool:
        asked.append(cast("tuple[str, str, str]", question))
        return len(asked) > 1

    columns = declared([table("notes", a=integer())]).tables["public.notes"]
    one = State({"public.notes": columns})
    other = State({"private.tags": columns, "private.notes": columns, "public.tags": columns})
    assert RenameTable("public.notes", "private.notes", indexes={}) in changes(one, other, note)
    assert asked == [
        ("public", "notes", "tags"),
        ("", "public.notes", "private.notes"),
    ]
    other = State({"private.notes": columns})
    assert changes(one, other, yes) == [
        RenameTable("public.notes", "private.notes", indexes={})
    ]
    assert changes(one, other, no) == [
        Undo(CreateTable("public.notes", columns)),
        CreateTable("private.notes", columns),
    ]


def test_one_table_is_renamed_to_one() -> None:
    one = declared([table("notes", a=integer()), table("lists", a=integer())])
    steps = changes(one, declared([table("tags", a=integer())]), yes)
    assert [step for step in steps if isinstance(step, RenameTable)] == [
        RenameTable("public.notes", "public.tags")
    ]
    assert Undo(CreateTable("public.lists", one.tables["public.lists"])) in steps


def test_a_function_of_which_nothing_is_left_goes_when_no_default_calls_it() -> None:
    steps = changes(declared(counted("integer")), declared(notes()), no)
    count = "function public.count()"
    undone = [step.step for step in steps if isinstance(step, Undo)]
    names = [
        step.column if isinstance(step, AddColumn) else step.definition.name
        for step in undone
        if isinstance(step, AddColumn | Create)
    ]
    assert names.index("a") < names.index(count)


class TestAFunctionThatAPolicyCalls:
    def test_is_replaced_where_it_stands(self) -> None:
        one, other = calling("integer", "1"), calling("integer", "2")
        assert changes(one, other, no) == [
            Replace(one.objects[FUNCTION], other.objects[FUNCTION])
        ]

    def test_makes_way_with_it_to_return_something_else(self) -> None:
        one, other = calling("integer", "1"), calling("bigint", "1")
        assert changes(one, other, no) == [
            Undo(Create(one.objects[POLICY])),
            Undo(Create(one.objects[FUNCTION])),
            Create(other.objects[FUNCTION]),
            Create(other.objects[POLICY]),
        ]


FUNCTION = "function public.one()"
POLICY = "policy public.notes.few"


def calling(returns: str, body: str) -> State:
    """A function, and a policy that calls it."""
    one = DatabaseFunction(name="one", returns=returns, body=f"select {body}", language="sql")
    few = Policy(name="few", using="public.one() = 1").definition("public.notes")
    return State({}, {POLICY: few, FUNCTION: one.definition()})


def yes(table: str, old: str, new: str) -> bool:
    """Every column that can be a renamed one is."""
    return True


def no(table: str, old: str, new: str) -> bool:
    """No column is one that was renamed."""
    return False


@pytest.mark.parametrize("named", ["notes_number_seq", "news_number_seq"])
def test_sql_by_hand_names_a_sequence_as_it_is_called_after_its_table_is_renamed(
    named: str,
) -> None:
    def numbered(name: str, sequence: str) -> State:
        cached = AsFound(
            f"detail public.{name}.sequence of number",
            f"alter sequence public.{sequence} cache 5",
            f"alter sequence public.{sequence} cache 1",
        )
        return declared([table(name, cached, number=serial(bigint()))])

    old, new = numbered("notes", "notes_number_seq"), numbered("news", named)
    if named == "news_number_seq":
        assert changes(old, new, yes)
        return
    with pytest.raises(ValueError, match=r"write public\.news_number_seq in its SQL"):
        changes(old, new, yes)
