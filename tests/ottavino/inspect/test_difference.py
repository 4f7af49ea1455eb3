"""Differences: how they are reported, and the SQL that removes them."""

from dataclasses import replace

import pytest

from ottavino.inspect.catalog import Catalog, CatalogObject
from ottavino.inspect.difference import Comparison, Difference, compared
from ottavino.inspect.finding import Finding
from ottavino.inspect.fix import Fix, altered, script

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


CHANGING = replace(
    NOTES,
    kind="sequence",
    facets={"a": "1", "b": "1", "c": "1"},
    changes={"a": "set a", "b": "set b", "c": "set c"},
)


def test_other_properties_are_changed_besides_those_that_another_statement_changes() -> None:
    there = replace(CHANGING, facets={"a": "2", "b": "2", "c": "1"})
    assert altered(there, CHANGING, None) == Fix(making=["set a", "set b"])
    assert altered(there, CHANGING, None, {"a"}) == Fix(making=["set b"])
    assert altered(there, CHANGING, None, {"b"}) == Fix(making=["set a"])
    assert altered(there, CHANGING, None, {"a", "b"}) == Fix()


def test_a_property_is_taken_before_others_are_given() -> None:
    there = replace(
        CHANGING,
        facets={"d": "1", "a": "2"},
        changes={"without d": "drop d", "without a": "drop a"},
    )
    found = altered(there, CHANGING, None)
    assert found == Fix(removal=["drop d", "drop a"], making=["set a", "set b", "set c"])
    # What has a statement that changes it needs none that takes it.
    changed = replace(CHANGING, changes={**CHANGING.changes, "changed a": "change a"})
    found = altered(there, changed, None)
    assert found == Fix(removal=["drop d"], making=["change a", "set b", "set c"])


def guard(condition: str) -> str:
    """The statement that ends the fix of a title where its condition is true."""
    return (
        "do $guard$\nbegin\n"
        f"    if exists (select from public.notes where {condition}) then\n"
        "        raise exception using message = "
        "'public.notes.title has values that would change.';\n"
        "    end if;\nend\n$guard$"
    )


@pytest.mark.parametrize(
    ("change", "kept"),
    [
        ("alter title type text", "(title::text)::text::integer"),
        ("alter title type text using to_char(title)", "(to_char(title))::text::integer"),
    ],
)
def test_a_type_is_changed_where_no_value_would_be_another(change: str, kept: str) -> None:
    ours = replace(TITLE, changes={"type": change})
    there = replace(TITLE, facets={"type": "integer"})
    check = guard(f"{kept}::text is distinct from title::text")
    assert altered(there, ours, None) == Fix(making=[check, change])


@pytest.mark.parametrize(
    "facet", ["collation", "default", "identity", "identity options", "null"]
)
def test_a_column_is_computed_where_no_value_would_be_another(facet: str) -> None:
    """What it gets with its expression is not set again."""
    ours = replace(
        TITLE,
        facets={"type": "text", "generated": "lower(a) stored", facet: "1"},
        changes={"generated": "add title again", facet: "set it"},
    )
    check = guard("(lower(a))::text is distinct from title::text")
    assert altered(TITLE, ours, None) == Fix(making=[check, "add title again"])
    # What another expression has computed is computed anew.
    there = replace(ours, facets={**ours.facets, "generated": "upper(a) stored"})
    assert altered(there, ours, None) == Fix(making=["add title again"])
    there = replace(ours, facets={**ours.facets, facet: "2"})
    assert altered(there, ours, None) == Fix(making=["set it"])


@pytest.mark.parametrize("facet", ["parents", "bounds"])
def test_a_partition_is_taken_first_and_given_last(facet: str) -> None:
    ours = replace(NOTES, facets={facet: "1"}, changes={facet: "attach"})
    there = replace(NOTES, facets={facet: "2"}, changes={f"without {facet}": "detach"})
    assert altered(there, ours, None) == Fix(first=["detach"], last=["attach"])


def test_what_needs_other_objects_is_given_last() -> None:
    ours = replace(NOTES, facets={"clustered": "1"}, changes={"clustered": "cluster"})
    there = replace(NOTES, facets={"clustered": "2"}, changes={"without clustered": "do not"})
    assert altered(there, ours, None) == Fix(removal=["do not"], last=["cluster"])


@pytest.mark.parametrize(
    ("there", "added"),
    [
        ("'a', 'b'", []),
        ("'b'", [" 'a' before 'b'"]),
        ("'a'", [" 'b' after 'a'"]),
        ("", [" 'a'", " 'b' after 'a'"]),
    ],
)
def test_labels_are_added_in_their_places(there: str, added: list[str]) -> None:
    ours = CatalogObject("type", "public.state", None, "", "", {"labels": "'a', 'b'"}, {})
    fix = altered(replace(ours, facets={"labels": there}), ours, None)
    assert fix == Fix(making=[f"alter type public.state add value{each}" for each in added])


@pytest.mark.parametrize("there", ["'b', 'a'", "'a', 'c', 'b'"])
def test_a_label_is_neither_moved_nor_removed(there: str) -> None:
    ours = CatalogObject("type", "public.state", None, "", "", {"labels": "'a', 'b'"}, {})
    assert altered(replace(ours, facets={"labels": there}), ours, None) is None


def test_a_fix_is_one_transaction_of_the_owner_in_which_each_statement_is_once() -> None:
    fix = Fix(["one"], ["two"], ["three", "one"], ["CREATE OR REPLACE FUNCTION f()"], ["four"])
    assert script(fix, "The owner").splitlines() == [
        "begin;",
        "set local check_function_bodies = off;",
        "one;",
        "-- By a superuser, or by the owner of what is named:",
        "two;",
        'set local role "The owner";',
        "three;",
        "CREATE OR REPLACE FUNCTION f();",
        "four;",
        "commit;",
    ]
    assert script(Fix(last=["four"]), "postgres").splitlines() == [
        "begin;",
        "set local role postgres;",
        "four;",
        "commit;",
    ]
