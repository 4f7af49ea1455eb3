"""Differences: how they are reported, and the SQL that removes them."""

from dataclasses import replace

import pytest

from ottavino.inspect.catalog import Catalog, CatalogObject
from ottavino.inspect.comparing import compared
from ottavino.inspect.difference import Comparison, Difference
from ottavino.inspect.finding import Finding
from ottavino.inspect.fix import Fix
from ottavino.inspect.renames import Rename

NOTES = CatalogObject(
    kind="table",
    name="public.notes",
    part_of=None,
    creation="create notes",
    removal="drop notes",
    facets={"owner": "postgres"},
    changes={"owner": "give notes to postgres"},
)
TITLE = CatalogObject(
    kind="column",
    name="public.notes.title",
    part_of=str(NOTES),
    creation="add title",
    removal="drop title",
    facets={"type": "text"},
    changes={"type": "make title a text"},
)
INDEX = CatalogObject(
    kind="index",
    name="public.notes_title_idx",
    part_of=str(NOTES),
    creation="create index",
    removal="drop index",
    facets={"definition": "on title"},
    changes={},
)
WITHOUT = replace(NOTES, creation=None)
PARTITIONED = replace(WITHOUT, facets={"partitioned": "by a"})
TYPE = replace(INDEX, kind="type")
CLASSES: Catalog = {str(each): each for each in (NOTES, TITLE, INDEX)}


def other(entry: CatalogObject) -> CatalogObject:
    """The same object with other facets."""
    return replace(entry, facets=dict.fromkeys(entry.facets, "other"))


def differences(classes: Catalog, files: Catalog, database: Catalog) -> list[Difference]:
    return compared(classes, files, database, {}).differences


def told(**database: CatalogObject | None) -> list[Difference]:
    """The report about a database that differs from classes and files."""
    changed = {"notes": NOTES, "title": TITLE, "index": INDEX, **database}
    there = {str(each): each for each in changed.values() if each is not None}
    return differences(CLASSES, CLASSES, there)


def test_a_changed_part_of_a_changed_whole_is_told_beside_it() -> None:
    found = told(notes=other(NOTES), title=other(TITLE))
    assert [each.facets for each in found] == [["owner"], ["type"]]
    assert found[0].fix == Fix(by_others=["give notes to postgres"])
    assert found[1].fix.making[-1] == "make title a text"


def test_a_missing_whole_is_told_without_its_parts_and_made_with_them() -> None:
    (found,) = told(notes=None, title=None, index=None)
    assert found.entry == NOTES
    assert found.fix.making == [
        "create notes",
        "give notes to postgres",
        "add title",
        "create index",
    ]


def test_an_unexpected_whole_is_unknown_and_told_without_its_parts() -> None:
    assert compared({}, {}, CLASSES, {}) == Comparison([], [NOTES])


def test_a_missing_part_of_a_changed_whole_is_told_beside_it() -> None:
    found = told(notes=other(NOTES), index=None)
    assert [each.fix for each in found] == [
        Fix(by_others=["give notes to postgres"]),
        Fix(making=["create index"]),
    ]


def test_what_holds_no_rows_is_made_anew_where_it_cannot_be_changed() -> None:
    (found,) = told(index=other(INDEX))
    assert found.fix == Fix(removal=["drop index"], making=["create index"])


def test_on_a_table_of_others_its_owner_takes_away_what_is_made_anew() -> None:
    trigger = replace(INDEX, kind="trigger", name="auth.users.keep", part_of=None)
    classes = {str(trigger): trigger}
    (found,) = differences(classes, classes, {str(trigger): other(trigger)})
    assert found.fix == Fix(by_others=["drop index"], making=["create index"])


@pytest.mark.parametrize(
    "kind", ["table", "foreign table", "column", "sequence", "materialized view"]
)
def test_what_holds_rows_is_never_made_anew(kind: str) -> None:
    entry = replace(INDEX, kind=kind)
    classes = {str(entry): entry}
    (found,) = differences(classes, classes, {str(entry): other(entry)})
    assert (bool(found.fix), bool(found.undecided)) == (False, True)


def test_a_foreign_key_is_told_beside_its_missing_table_and_comes_after_it() -> None:
    key = replace(INDEX, kind="foreign key", name="public.notes_key", creation="add key")
    classes = {str(each): each for each in (key, NOTES)}
    found = differences(classes, classes, {})
    assert [each.fix.making for each in found] == [
        ["create notes", "give notes to postgres"],
        ["add key"],
    ]


def test_only_what_is_not_the_same_on_every_side_is_said_of_an_object() -> None:
    entry = replace(NOTES, facets={"owner": "postgres", "comment": "a", "counts": "1"})
    changed = replace(NOTES, facets={"owner": "postgres", "comment": "b"})
    assert Difference(entry, entry, changed).facets == ["comment", "counts"]
    assert Difference(entry, entry, None).facets == ["owner", "comment", "counts"]


@pytest.mark.parametrize(
    ("classes", "files", "database", "outlier"),
    [
        (NOTES, NOTES, None, "database"),
        (NOTES, NOTES, other(NOTES), "database"),
        (None, NOTES, NOTES, "classes"),
        (other(NOTES), NOTES, NOTES, "classes"),
        (NOTES, None, NOTES, "files"),
        (NOTES, None, other(NOTES), "all"),
    ],
)
def test_the_odd_one_is_the_side_with_which_the_others_do_not_agree(
    classes: CatalogObject | None,
    files: CatalogObject | None,
    database: CatalogObject | None,
    outlier: str,
) -> None:
    assert Difference(classes, files, database).outlier == outlier


def test_where_the_files_are_wrong_or_behind_there_is_nothing_to_fix_in_the_database() -> None:
    for sides in ((NOTES, None, NOTES), (None, NOTES, None), (other(NOTES), NOTES, NOTES)):
        assert not Difference(*sides).fix
        assert Difference(*sides).undecided is None


def test_what_is_dropped_goes_before_what_it_hangs_on_and_comes_back_after_it() -> None:
    function = replace(
        INDEX, kind="function", name="public.f()", part_of=None, removal="drop f"
    )
    policy = replace(INDEX, kind="policy", name="public.notes.p", removal="drop p")
    classes = {str(each): each for each in (NOTES, function, policy)}
    changed = {str(each): each for each in (NOTES, other(function), other(policy))}
    fix = compared(classes, classes, changed, {}).fix
    assert fix is not None
    assert fix.splitlines()[2:4] == ["drop p;", "drop f;"]


def test_what_a_pending_migration_removes_is_ours_and_opens_nothing() -> None:
    kept = replace(NOTES, name="public.kept")
    findings = [Finding("error", "OTT114", str(each), "Opens.") for each in (NOTES, kept)]
    found = Comparison([], [NOTES, kept], openings=findings).with_superseded({str(NOTES)})
    assert [each.database for each in found.differences] == [NOTES]
    assert (found.unknown, found.openings) == ([kept], findings[1:])


@pytest.mark.parametrize(
    ("entry", "lost"),
    [
        (NOTES, "rows"),
        (TITLE, "values"),
        (replace(TITLE, facets={"type": "text", "generated": "1 stored"}), None),
        (INDEX, None),
    ],
)
def test_what_is_made_again_without_its_rows_or_values_is_told(
    entry: CatalogObject, lost: str | None
) -> None:
    assert Difference(entry, entry, None).lost == lost
    assert Difference(entry, entry, other(entry)).lost is None
    assert Difference(entry, None, None).lost is None
    assert Difference(entry, entry, None, doubt="it is another").lost is None


@pytest.mark.parametrize(
    ("difference", "reason"),
    [
        (Difference(NOTES, NOTES, other(TITLE)), "it may hold data that exists nowhere else"),
        (Difference(TYPE, TYPE, other(TYPE)), "columns may have values of it"),
        (
            Difference(INDEX, INDEX, replace(INDEX, facets={"passed on to": "anon"})),
            "anon would lose the privilege too",
        ),
        (
            Difference(PARTITIONED, PARTITIONED, None),
            "a partitioned table is created with its columns, as its migration does it",
        ),
        (
            Difference(WITHOUT, WITHOUT, None),
            "PostgreSQL has no statement that creates it, but its migration has one",
        ),
        (Difference(NOTES, NOTES, None, doubt="it is another"), "it is another"),
        (Difference(NOTES, NOTES, None), None),
        (Difference(None, None, NOTES), None),
        (Difference(NOTES, None, None), None),
    ],
)
def test_why_a_person_has_to_decide_is_told(difference: Difference, reason: str | None) -> None:
    assert difference.undecided == reason


RENAMED = Rename(NOTES, replace(NOTES, name="public.papers"))
BACK = Fix(first=["alter table public.papers rename to notes"])
GIVEN = Fix(by_others=["give notes to postgres"])


def test_another_name_is_given_back_whatever_else_is_to_be_decided() -> None:
    both = Difference(NOTES, NOTES, other(NOTES), rename=RENAMED)
    assert both.fix == replace(both, doubt="it is another").fix == BACK + GIVEN
    assert (both.undecided, replace(both, doubt="it is another").undecided) == (None, None)
    assert replace(both, rename=None).fix == GIVEN
    assert replace(both, rename=None, doubt="it is another").fix == Fix()
    # A column of a partition has the name that is given back to that of the table.
    assert replace(both, of_table=both).fix == GIVEN


@pytest.mark.parametrize(
    ("kind", "facets", "is_in_use"),
    [
        ("column", {"type": "integer"}, True),
        ("column", {"type": "text", "collation": "C"}, True),
        ("column", {"type": "text", "generated": "1"}, True),
        ("column", {"type": "text", "default": "1"}, False),
        ("sequence", {"type": "integer"}, False),
        ("index", {"type": "integer"}, True),
    ],
)
def test_what_is_dropped_or_gets_another_type_is_in_use(
    kind: str, facets: dict[str, str], *, is_in_use: bool
) -> None:
    changes = {} if kind == "index" else {"type": "set it", "default": "set it"}
    taking = {} if kind == "index" else {f"without {each}": "take it" for each in facets}
    ours = replace(TITLE, kind=kind, changes=changes)
    there = replace(ours, facets=facets, changes=taking)
    found = Difference(ours, ours, there)
    assert (bool(found.fix), found.is_in_use) == (True, is_in_use)
    assert not Difference(ours, ours, None).is_in_use
    # What its fix leaves to a person is not touched, unless that of its table touches it.
    assert not replace(found, doubt="it is another").is_in_use
    assert replace(found, of_table=Difference(NOTES, NOTES, NOTES)).is_in_use == (
        is_in_use and kind == "column"
    )


def test_what_is_unknown_is_told_without_what_another_unknown_has_for_itself() -> None:
    strange = replace(NOTES, name="public.strange")
    part = replace(INDEX, name="public.strange_idx", part_of=str(strange))
    own, strangers, free = (
        CatalogObject("sequence", f"public.s_{name}", None, "", "", facets, {})
        for name, facets in (
            ("own", {"owned by": "public.notes.id"}),
            ("strangers", {"owned by": "public.strange.id"}),
            ("free", {"increment": "1"}),
        )
    )
    added = replace(INDEX, name="public.added")
    grant = replace(INDEX, kind="privilege", name="select on public.notes to public")
    alone = replace(grant, name="usage on schema public to public", part_of=None)
    there = (grant, alone, strange, part, own, strangers, free, added)
    found = compared(CLASSES, CLASSES, CLASSES | {str(each): each for each in there}, {})
    assert found.unknown == [free, own, strange, added, grant, alone]
    assert found.on_ours == [added, grant, alone]


OPEN = replace(INDEX, kind="privilege", creation="grant it", removal="revoke it")


@pytest.mark.parametrize(
    ("role", "is_declared", "is_given"),
    [
        ("anon", True, True),
        ("anon", False, False),
        ("public", False, False),
        ('"stranger"', False, True),
        ("stranger", True, True),
        ("public to its owner", True, False),
    ],
)
def test_what_is_made_again_is_opened_to_callers_only_as_it_is_declared(
    role: str, *, is_declared: bool, is_given: bool
) -> None:
    view = replace(INDEX, kind="view", name="public.v", part_of=None)
    grant = replace(OPEN, name=f"select on public.v to {role}", part_of=str(view))
    ours = {str(each): each for each in ((view, grant) if is_declared else (view,))}
    there = {str(each): each for each in (other(view), grant)}
    found = compared(ours, ours, there, {})
    assert found.differences[0].fix.making == ["create index", *["grant it"] * is_given]
    assert found.unknown == ([] if is_declared else [grant])


COMPUTED = replace(
    TITLE,
    facets={"type": "text", "generated": "lower(a) stored"},
    changes={"generated": "add title again", "type": "make it a text"},
)
OVER = replace(INDEX, creation="create index on title", facets={"definition": "on (title)"})


@pytest.mark.parametrize(
    ("there", "is_lost"),
    [
        (replace(COMPUTED, facets={"type": "text", "generated": "upper(a) stored"}), True),
        (replace(COMPUTED, facets={"type": "text"}), True),
        (
            replace(
                COMPUTED,
                facets={"type": "integer", "generated": "lower(a) stored"},
            ),
            False,
        ),
    ],
)
def test_what_is_lost_with_a_column_that_is_computed_otherwise_is_made_again(
    there: CatalogObject, *, is_lost: bool
) -> None:
    ours = {str(each): each for each in (NOTES, COMPUTED, OVER)}
    found = compared(ours, ours, {**ours, str(there): there}, {})
    assert [each.entry for each in found.differences] == [COMPUTED]
    assert [each for each in found.differences[0].fix.making if "index" in each] == (
        [OVER.creation] if is_lost else []
    )
    strange = replace(OVER, name="public.strange")
    found = compared(ours, ours, {**ours, str(there): there, str(strange): strange}, {})
    assert found.differences[0].undecided == (
        "the index public.strange, which is not declared, would be lost" if is_lost else None
    )


def test_what_only_the_classes_or_the_files_have_is_not_taken_for_another_name() -> None:
    papers = replace(NOTES, name="public.papers")
    for classes, files in (([NOTES], []), ([], [NOTES])):
        found = compared(
            {str(each): each for each in classes},
            {str(each): each for each in files},
            {str(papers): papers},
            {},
        )
        assert [each.rename for each in found.differences] == [None]
        assert found.unknown == [papers]
