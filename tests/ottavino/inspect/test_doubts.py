"""What a person has to decide about a missing object, before SQL can create it."""

from dataclasses import replace

import pytest

from ottavino.inspect.catalog import Catalog, CatalogObject
from ottavino.inspect.doubts import doubt, in_doubt
from ottavino.inspect.renames import Renamed

NEEDED = (
    "every row needs a value of it, and those that there were are lost. Add it with a value "
    "for each row"
)
IN_ITS_PLACE = "is in its place. Rename, remove or declare that one"


def entry(name: str, part_of: str | None = None, **facets: str) -> CatalogObject:
    kind, _, own = name.rpartition(" ")
    return CatalogObject(kind, own, part_of, f"create {own}", f"drop {own}", facets, {})


def catalog(*entries: CatalogObject) -> Catalog:
    return {str(each): each for each in entries}


NOTES = entry("table public.notes")
TITLE = entry("column public.notes.title", str(NOTES), null="refused", type="text")
ID = entry("column public.notes.id", str(NOTES), type="uuid")
PARTITION = entry("table public.a", parents="public.notes", bounds="in (1)")


def doubts(
    classes: Catalog, database: Catalog, elsewhere: dict[str, str] | None = None
) -> dict[str, str]:
    """The doubts about a database that is to be as the classes declare, and has no renames."""
    seen = Renamed(database, {}, {}, {}, {})
    return {**in_doubt(classes, classes, seen, elsewhere or {})}


@pytest.mark.parametrize(
    ("missing", "is_asked"),
    [
        (TITLE, True),
        (replace(TITLE, facets={"type": "text"}), False),
        *(
            (replace(TITLE, facets={**TITLE.facets, given: "1"}), False)
            for given in ("default", "generated", "identity")
        ),
        (replace(TITLE, kind="domain"), False),
    ],
)
def test_a_column_needs_values_where_rows_have_none(
    missing: CatalogObject, *, is_asked: bool
) -> None:
    classes = catalog(NOTES, missing)
    assert doubts(classes, catalog(NOTES)) == ({str(missing): NEEDED} if is_asked else {})
    # A table that is missing too has no rows, and neither is asked about that is there.
    assert doubts(classes, {}) == doubts(classes, classes) == {}


def test_what_is_elsewhere_or_has_another_name_is_asked_about() -> None:
    schema = entry("schema reports")
    classes = catalog(NOTES, schema)
    told = {str(NOTES): "it is moved", "schema former": "it is gone"}
    assert doubts(classes, {}, told) == told
    assert doubts(classes, classes, told) == {"schema former": "it is gone"}
    seen = Renamed({}, {}, {str(NOTES): ["table public.a", "table public.b"]}, {}, {})
    assert in_doubt(classes, classes, seen, {})[str(NOTES)] == (
        "it may be table public.a or table public.b, renamed"
    )


@pytest.mark.parametrize(
    ("ours", "stranger"),
    [
        ("view public.v", "table public.v"),
        ("table public.v", "materialized view public.v"),
        ("sequence public.v", "index public.v"),
        ("foreign table public.v", "sequence public.v"),
        ("table public.v", "type public.v"),
        ("domain public.v", "view public.v"),
        ("domain public.v", "type public.v"),
        ("function public.f()", "procedure public.f()"),
        ("aggregate public.f()", "function public.f()"),
        ("unique constraint public.notes.k", "check constraint public.notes.k"),
        ("foreign key public.notes.k", "primary key public.notes.k"),
        ("table public.k", "unique constraint public.notes.k"),
        ("exclusion constraint public.notes.k", "view public.k"),
    ],
)
def test_another_kind_of_object_may_be_in_its_place(ours: str, stranger: str) -> None:
    for one, other in ((ours, stranger), (stranger, ours)):
        parts = (str(NOTES) if ".notes." in each else None for each in (one, other))
        wanted, there = (entry(*each) for each in zip((one, other), parts, strict=True))
        told = {one: f"the {other}, which is not declared, {IN_ITS_PLACE}"}
        assert doubts(catalog(wanted), catalog(there)) == told
        # What is declared itself is taken away or changed.
        assert doubts(catalog(wanted, there), catalog(there)) == {}


@pytest.mark.parametrize(
    "beside",
    [
        "function public.v()",
        "index public.w",
        "trigger public.notes.v",
        "check constraint public.notes.v",
    ],
)
def test_what_has_another_place_is_in_nobodys_way(beside: str) -> None:
    of = str(NOTES) if ".notes." in beside else None
    assert doubts(catalog(entry("view public.v")), catalog(entry(beside, of))) == {}


def test_a_table_has_one_primary_key() -> None:
    tags = entry("table public.tags")
    ours, theirs = (
        entry(f"primary key public.notes.{name}", str(NOTES)) for name in ("a", "b")
    )
    others = entry("primary key public.tags.b", str(tags))
    assert {*doubts(catalog(NOTES, ours), catalog(NOTES, theirs))} == {str(ours)}
    assert doubts(catalog(NOTES, ours), catalog(NOTES, tags, others)) == {}


def test_an_index_of_another_table_has_its_name() -> None:
    ours = entry("index public.i", str(NOTES))
    theirs = entry("index public.i", "table public.strange")
    assert doubts(catalog(NOTES, ours), catalog(NOTES, theirs)) == {
        str(ours): f"the index public.i of the table public.strange, which is not declared, "
        f"{IN_ITS_PLACE}"
    }
    # Of a table that is ours, too, it may be somebody else's.
    tags = entry("table public.tags")
    moved = replace(theirs, part_of=str(tags))
    assert {*doubts(catalog(NOTES, tags, ours), catalog(NOTES, tags, moved))} == {str(ours)}


def columns(**types: str) -> list[CatalogObject]:
    return [
        entry(f"column public.notes.{name}", str(NOTES), type=type_)
        for name, type_ in types.items()
    ]


@pytest.mark.parametrize(
    ("there", "exchanged"),
    [
        ({"a": "text", "b": "integer", "c": "uuid"}, {"a": "b", "b": "a"}),
        ({"a": "text", "b": "text", "c": "uuid"}, {}),
        ({"a": "text", "b": "uuid", "c": "integer"}, {"a": "c", "b": "a", "c": "b"}),
        ({"a": "text", "b": "uuid", "c": "uuid"}, {}),
        ({"a": "integer", "b": "text", "c": "text"}, {}),
    ],
)
def test_columns_may_have_exchanged_their_names(
    there: dict[str, str], exchanged: dict[str, str]
) -> None:
    classes = catalog(NOTES, *columns(a="integer", b="text", c="uuid"))
    column = "column public.notes"
    told = "its name may be exchanged with that of the {}. Give both their names back"
    assert doubts(classes, catalog(NOTES, *columns(**there))) == {
        f"{column}.{name}": told.format(f"{column}.{other}")
        for name, other in exchanged.items()
    }


@pytest.mark.parametrize(
    ("there", "is_asked"), [("index", True), ("check", False), ("both", False)]
)
def test_two_columns_of_a_type_may_have_exchanged_their_names(
    there: str, *, is_asked: bool
) -> None:
    def written(a: str, b: str) -> list[CatalogObject]:
        of = str(NOTES)
        return [
            entry("index public.i", of, definition=f"create index i on notes ({a})"),
            entry("check constraint public.notes.c", of, definition=f"check (({b} > 0))"),
        ]

    both = columns(a="integer", b="integer")
    index, check = written("b", "a") if there == "index" else written("b", "b")
    if there == "both":
        index = written("a", "b")[0]
    found = doubts(
        catalog(NOTES, *both, *written("a", "b")), catalog(NOTES, *both, index, check)
    )
    names = {"column public.notes.a", "column public.notes.b"} if is_asked else set[str]()
    assert {*found} == names


def test_a_column_of_others_keeps_a_partition_from_being_attached() -> None:
    classes = catalog(NOTES, PARTITION)
    alone = replace(PARTITION, facets={})
    more = entry("column public.a.more", str(PARTITION))
    told = (
        "the column public.a.more, which is not declared, keeps it from being attached. "
        "Remove or declare it"
    )
    assert doubts(classes, catalog(NOTES, alone, more)) == {str(PARTITION): told}
    same = entry("column public.notes.more", str(NOTES))
    for there in (catalog(NOTES, PARTITION, more), catalog(NOTES, alone, more, same)):
        assert doubts(classes, there) == {}


@pytest.mark.parametrize(
    ("there", "is_asked"),
    [
        (PARTITION, False),
        (replace(PARTITION, facets={"bounds": "in (1)", "parents": "public.tags"}), True),
        (None, True),
    ],
)
def test_rows_may_be_in_a_partition_that_is_not_declared(
    there: CatalogObject | None, *, is_asked: bool
) -> None:
    strange = replace(PARTITION, name="public.b")
    elsewhere = replace(strange, name="public.c", facets={"bounds": "x", "parents": "public.x"})
    found = catalog(NOTES, strange, elsewhere, *([there] if there else []))
    told = (
        "rows may belong to table public.b, a partition that is not declared. Move them, and "
        "detach or declare that one"
    )
    assert doubts(catalog(NOTES, PARTITION), found) == (
        {str(PARTITION): told} if is_asked else {}
    )


def why(asked: CatalogObject, classes: Catalog, database: Catalog) -> str | None:
    """Why it cannot be created, if nothing else is in doubt."""
    return doubt(asked, {}, classes, classes, database)


def test_what_depends_on_something_undecided_waits_for_it() -> None:
    index = entry("index public.i", str(NOTES), definition="on title")
    reader = entry("view public.v", query="select title from public.notes")
    ours = catalog(NOTES, TITLE, index, reader, entry("schema public"), entry("schema other"))
    told = {str(NOTES): "it may be another"}

    def waits(asked: CatalogObject, database: Catalog) -> str | None:
        return doubt(asked, told, ours, ours, database)

    first = "it depends on the table public.notes, which has to be decided first"
    assert waits(NOTES, {}) == "it may be another"
    assert waits(reader, {}) == waits(reader, ours) == waits(index, {}) == first
    # A part of a table that is there has the reason of that.
    assert waits(index, ours) == "it may be another"
    assert waits(entry("view public.w", query="select 1"), ours) is None
    of_schema = doubt(reader, {"schema public": "it is x"}, ours, ours, {})
    assert of_schema == "it depends on the schema public, which has to be decided first"
    assert doubt(reader, {"schema other": "it is x"}, ours, ours, {}) is None
    assert doubt(None, told, ours, ours, {}) is None


def test_a_partition_waits_for_its_table() -> None:
    spread = replace(NOTES, facets={"partitioned": "by list (a)"})
    index = entry("index public.i", str(PARTITION))
    ours = catalog(spread, PARTITION, index)
    first = "it depends on the table public.notes, which has to be decided first"
    for there in (catalog(NOTES), {}):
        assert why(PARTITION, ours, there) == why(index, ours, there) == first
    assert why(PARTITION, ours, catalog(spread)) is None
    assert why(index, ours, catalog(spread)) is None


def test_a_foreign_key_waits_for_the_rows_of_a_table_that_is_made_without_them() -> None:
    tags = entry("table public.tags")
    key = entry("foreign key public.notes.k", str(NOTES), definition="references public.tags")
    ours = catalog(NOTES, tags, key)
    told = why(key, ours, catalog(NOTES))
    assert told is not None
    assert told.startswith("the rows of the table public.tags are lost, to which rows of the")
    assert why(key, ours, ours) is None
    # Where both are made, neither has rows.
    assert why(key, ours, {}) is None
    assert why(replace(key, kind="check constraint"), ours, catalog(NOTES)) is None
