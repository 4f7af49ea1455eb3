"""The SQL that changes one object into the declared one, and the script of a whole fix."""

from dataclasses import replace

import pytest

from ottavino.inspect.catalog import CatalogObject
from ottavino.inspect.fix import Fix, altered, script
from tests.ottavino.inspect.test_difference import NOTES, TITLE

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


@pytest.mark.parametrize(
    ("ours", "there", "dropped"),
    [
        ({"type": "text", "default": "'a'"}, {"type": "integer", "default": "1"}, True),
        ({"type": "text"}, {"type": "integer", "default": "1"}, True),
        ({"type": "text", "default": "'a'"}, {"type": "integer"}, False),
        ({"type": "text", "default": "1"}, {"type": "integer", "default": "1"}, False),
        ({"type": "text", "default": "'a'"}, {"type": "text", "default": "1"}, False),
    ],
)
def test_a_default_that_may_not_be_cast_goes_before_the_type_changes(
    ours: dict[str, str], there: dict[str, str], *, dropped: bool
) -> None:
    setting = {"type": "make it a text", "default": "set it", "changed default": "set it"}
    declared = replace(TITLE, facets=ours, changes=setting)
    live = replace(TITLE, facets=there, changes={"without default": "drop default"})
    found = altered(live, declared, None)
    assert found is not None
    assert ("drop default" in found.removal) == dropped
    assert ("set it" in found.making) == (
        "default" in ours and ours["default"] != there.get("default")
    )


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
