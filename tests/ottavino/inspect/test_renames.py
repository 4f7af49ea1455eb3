"""An object in the database that is a declared one under another name is recognised."""

import pytest

from ottavino.inspect.catalog import Catalog, CatalogObject
from ottavino.inspect.renames import renamed

TYPES = {"id": "uuid", "title": "text", "price": "integer", "paid": "boolean"}


def entry(kind: str, name: str, part_of: str | None = None, **facets: str) -> CatalogObject:
    return CatalogObject(kind, name, part_of, f"create {name}", f"drop {name}", facets, {})


def table(name: str, **types: str) -> Catalog:
    """A table with some columns."""
    made = [entry("table", name)]
    made += [
        entry("column", f"{name}.{column}", f"table {name}", type=type_)
        for column, type_ in types.items()
    ]
    return {str(each): each for each in made}


NOTES = table("public.notes", **TYPES)
MORE = {f"more_{number}": "text" for number in range(5)}


def test_a_table_with_the_same_columns_is_ours() -> None:
    found = renamed(NOTES, table("public.papers", **TYPES))
    assert found.catalog == NOTES
    assert found.renames["table public.notes"].statement == (
        "alter table public.papers rename to notes"
    )


@pytest.mark.parametrize(
    ("columns", "may_be"),
    [
        ({"id": "uuid", "title": "text", "price": "integer"}, True),
        ({"id": "uuid", "title": "text"}, False),
        ({**TYPES, "more": "text"}, True),
        ({**TYPES, **MORE}, False),
        ({**TYPES, "price": "text", "paid": "text"}, False),
    ],
    ids=["most of them", "half of them", "and one more", "among many", "of other types"],
)
def test_a_table_with_most_of_the_columns_and_few_others_may_be_ours(
    columns: dict[str, str], may_be: bool
) -> None:
    found = renamed(NOTES, table("public.papers", **columns))
    assert found.renames == {}
    doubts = {"table public.notes": ["table public.papers"]}
    assert found.doubts == (doubts if may_be else {})


@pytest.mark.parametrize(
    "facet", ["default", "definition", "generated", "using", "with check", "comment"]
)
def test_where_sql_names_a_column_by_its_other_name_it_is_given_back_its_own(
    facet: str,
) -> None:
    of = "table public.notes"
    names = ("head", "notes.head", "public.notes.head", "new.head", "old.head")
    others = ("tags.head", "public.tags.head", "'head'")
    text = " and ".join((*names, *others))
    title = {name: each for name, each in NOTES.items() if not name.endswith(".title")}
    head = entry("column", "public.notes.head", of, type="text")
    user = entry("index", "public.of_title", of, **{facet: text})
    database = {**title, str(head): head, str(user): user}
    found = renamed(NOTES, database)
    assert {*found.renames} == {"column public.notes.title"}
    ours = " and ".join((*(each.replace("head", "title") for each in names), *others))
    # A comment for people stays as it is written.
    assert found.catalog[str(user)].facets == {facet: text if facet == "comment" else ours}


@pytest.mark.parametrize(
    ("facet", "is_same"),
    [("comment", True), ("owner", True), ("owned by", True), ("increment", False)],
)
def test_a_sequence_of_another_owner_or_comment_may_be_ours(
    facet: str, *, is_same: bool
) -> None:
    ours = entry("sequence", "public.numbers", **{facet: "one"})
    other = entry("sequence", "public.digits", **{facet: "another"})
    found = renamed({str(ours): ours}, {str(other): other})
    assert ({*found.renames} == {str(ours)}) == is_same
