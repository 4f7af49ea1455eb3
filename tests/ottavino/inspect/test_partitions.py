"""Differences of partitions: what is changed along with their table, and what is their own."""

from dataclasses import replace

from ottavino.inspect.catalog import Catalog, CatalogObject
from ottavino.inspect.comparing import compared
from ottavino.inspect.difference import Difference
from ottavino.inspect.fix import Fix

EVENTS = CatalogObject(
    "table", "public.events", None, None, "drop events", {"partitioned": "by list (a)"}, {}
)
PART = CatalogObject(
    kind="table",
    name="public.part",
    part_of=None,
    creation="create part",
    removal="drop part",
    facets={"parents": "public.events", "bounds": "in (1)"},
    changes={},
)


def column(table: CatalogObject, **facets: str) -> CatalogObject:
    """A column of one of the tables, with a statement for each of its properties."""
    own = table.name.removeprefix("public.")
    changes = {each: f"set {each} of {own}" for each in (*facets, "generated")}
    name = f"{table.name}.a"
    return CatalogObject("column", name, str(table), f"add to {own}", "", facets, changes)


def catalog(*entries: CatalogObject) -> Catalog:
    return {str(each): each for each in entries}


def differences(classes: Catalog, database: Catalog) -> list[Difference]:
    found = compared(classes, classes, database, {})
    assert found.unknown == []
    return found.differences


def test_the_type_of_a_column_is_changed_with_that_of_the_table() -> None:
    ours = [column(each, type="text") for each in (EVENTS, PART)]
    theirs = [column(each, type="integer") for each in (EVENTS, PART)]
    of_table, of_part = differences(
        catalog(EVENTS, PART, *ours), catalog(EVENTS, PART, *theirs)
    )
    assert of_part.of_table == of_table
    assert of_table.fix.making[-1] == "set type of events"
    assert of_part.fix == Fix()
    # What only the partition has otherwise is its own.
    own = [ours[0], column(PART, type="text", default="1")]
    _, of_part = differences(catalog(EVENTS, PART, *own), catalog(EVENTS, PART, *theirs))
    assert of_part.fix.making == ["set default of part"]
    (alone,) = differences(catalog(EVENTS, PART, *own), catalog(EVENTS, PART, *ours))
    assert (alone.of_table, alone.fix.making) == (None, ["set default of part"])


def test_a_column_is_added_with_that_of_the_table_and_then_gets_what_is_its_own() -> None:
    ours = [column(EVENTS, type="text"), column(PART, type="text", default="1")]
    of_table, of_part = differences(catalog(EVENTS, PART, *ours), catalog(EVENTS, PART))
    assert of_table.fix == Fix(making=["add to events"])
    assert of_part.fix == Fix(making=["set default of part"])
    needed = [column(each, type="text", null="refused") for each in (EVENTS, PART)]
    for each in differences(catalog(EVENTS, PART, *needed), catalog(EVENTS, PART)):
        assert each.fix == Fix()
        assert each.undecided is not None


def test_what_is_lost_with_a_computed_column_of_a_partition_is_made_again() -> None:
    generated = {"type": "text", "generated": "lower(b) stored"}
    ours = [column(each, **generated) for each in (EVENTS, PART)]
    theirs = [column(each, type="text", generated="b stored") for each in (EVENTS, PART)]
    over = [
        replace(PART, kind=kind, name=name, part_of=str(PART), creation=f"create {kind}")
        for kind, name in (("index", "public.i"), ("check constraint", "public.part.c"))
    ]
    over = [replace(each, facets={"definition": "(a)"}) for each in over]
    same = catalog(EVENTS, PART, *over)
    of_table, of_part = differences({**same, **catalog(*ours)}, {**same, **catalog(*theirs)})
    assert of_table.fix.making[-1] == "set generated of events"
    assert of_part.fix.making == ["create check constraint", "create index"]


INDEX = CatalogObject(
    "index", "public.i", str(EVENTS), "make i", "", {"definition": "on a"}, {}
)
OF_PART = replace(INDEX, name="public.part_i", part_of=str(PART))
MADE = replace(OF_PART, facets={"definition": "on a", "made for": str(INDEX)})


def test_an_index_that_a_partition_has_for_its_table_is_not_compared() -> None:
    one, several = catalog(EVENTS, PART, INDEX), catalog(EVENTS, PART, INDEX, MADE)
    assert differences(several, several) == differences(one, several) == []
    assert differences(several, one) == []


def test_a_partition_that_was_detached_keeps_its_index() -> None:
    alone = replace(PART, facets={})
    there = catalog(EVENTS, alone, INDEX, OF_PART)
    (found,) = differences(catalog(EVENTS, PART, INDEX, MADE), there)
    assert found.entry == PART
    # Another one of this name is somebody else's.
    other = replace(OF_PART, facets={"definition": "on b"})
    ours = catalog(EVENTS, PART, INDEX, MADE)
    unknown = compared(ours, ours, {**there, str(other): other}, {}).unknown
    assert unknown == [other]


def test_a_table_that_was_attached_has_its_own_index() -> None:
    alone = replace(PART, facets={})
    there = catalog(EVENTS, PART, INDEX, MADE)
    (found,) = differences(catalog(EVENTS, alone, INDEX, OF_PART), there)
    assert found.entry == alone
