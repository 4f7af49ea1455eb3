"""Objects that depend on one that is dropped: they are found, unless a person has to decide."""

from dataclasses import replace

import pytest

from ottavino.inspect.catalog import Catalog, CatalogObject
from ottavino.inspect.comparing import compared
from ottavino.inspect.dependents import dependents, depends, lost_with, names, views_below

NOTES = "table public.notes"


def entry(name: str, part_of: str | None = None, **facets: str) -> CatalogObject:
    kind, own = next(
        (kind, name.removeprefix(f"{kind} "))
        for kind in (
            *("primary key", "unique constraint", "check constraint", "foreign key"),
            *("materialized view", "exclusion constraint", name.partition(" ")[0]),
        )
        if name.startswith(f"{kind} ")
    )
    return CatalogObject(kind, own, part_of, f"create {own}", f"drop {own}", facets, {})


def catalog(*entries: CatalogObject) -> Catalog:
    return {str(each): each for each in entries}


TITLE = entry("column public.notes.title", NOTES)
KEY = entry("primary key public.notes.k", NOTES, definition="PRIMARY KEY (id, part)")
INDEX = entry(
    "index public.i",
    NOTES,
    definition="CREATE UNIQUE INDEX i ON public.notes USING btree (id, part) INCLUDE (title)",
)


def refers(to: str) -> CatalogObject:
    return entry(
        "foreign key public.tags.f",
        "table public.tags",
        definition=f"FOREIGN KEY (note, title) REFERENCES {to}",
    )


@pytest.mark.parametrize(
    ("one", "other", "is_held"),
    [
        *((refers("public.notes(id, part)"), key, True) for key in (KEY, INDEX)),
        *(
            (refers("public.notes(part, id) ON DELETE CASCADE"), key, True)
            for key in (KEY, INDEX)
        ),
        *((refers("public.notes(id)"), key, False) for key in (KEY, INDEX)),
        *((refers("public.lists(id, part)"), key, False) for key in (KEY, INDEX)),
        (replace(refers("public.notes(id, part)"), kind="check constraint"), KEY, False),
        *(
            (entry(f"{kind} public.notes.x", NOTES, using="title = 'a'"), TITLE, held)
            for kind, held in (
                *(("policy", True), ("trigger", True), ("rule", True), ("view", True)),
                *(("check constraint", False), ("index", False)),
            )
        ),
        (entry("policy public.tags.x", "table public.tags", using="title"), TITLE, False),
        (entry("policy public.tags.x", "table public.tags", using="notes.title"), TITLE, False),
        (
            entry("policy public.tags.x", "table public.tags", using="public.notes.title"),
            TITLE,
            True,
        ),
        *(
            (
                entry(f"{kind} public.x", query="select public.f(a)"),
                entry(f"{of} public.f(integer)"),
                held,
            )
            for of, kind, held in (
                *(("function", kind, True) for kind in ("view", "materialized view", "domain")),
                *(
                    ("procedure", kind, True)
                    for kind in ("policy", "trigger", "column", "rule")
                ),
                *(("aggregate", kind, False) for kind in ("function", "sequence", "privilege")),
            )
        ),
        (entry("view public.x", query="from public.v"), entry("view public.v"), True),
        (entry("view public.x", query="from public.v"), entry("table public.v"), False),
        (entry("view public.x", comment="public.v"), entry("view public.v"), False),
    ],
)
def test_what_keeps_another_from_being_dropped(
    one: CatalogObject, other: CatalogObject, *, is_held: bool
) -> None:
    assert depends(one, other) == is_held


def test_a_column_takes_along_what_is_beside_it() -> None:
    kinds = (
        *("primary key", "unique constraint", "check constraint", "exclusion constraint"),
        *("foreign key", "index", "statistics", "privilege"),
    )
    own = [entry(f"{kind} public.notes.x", NOTES, definition="(title)") for kind in kinds]
    others = [
        entry("index public.y", NOTES, definition="(body)"),
        entry("index public.z", "table public.tags", definition="(public.notes.title)"),
        entry("policy public.notes.p", NOTES, using="title"),
    ]
    assert [*lost_with(TITLE, catalog(*others, *own))] == own


FUNCTION = entry("function public.f()", body="1")
VIEW = entry("view public.v", query="select public.f()")
OVER = entry("view public.w", query="select from public.v")
RULE = entry("policy public.notes.p", NOTES, using="exists (select from public.w)")


def test_what_depends_through_views_is_found_once() -> None:
    ours = catalog(FUNCTION, VIEW, OVER, RULE)
    assert dependents(FUNCTION, ours, ours) == ([VIEW, OVER, RULE], None)
    assert dependents(OVER, ours, ours) == ([RULE], None)
    # It is made again as it is declared.
    live = {**ours, str(VIEW): replace(VIEW, facets={"query": "select 1 + public.f()"})}
    assert dependents(FUNCTION, ours, live) == ([VIEW, OVER, RULE], None)


def test_what_is_not_declared_or_holds_rows_is_told() -> None:
    ours = catalog(FUNCTION, VIEW)
    assert dependents(FUNCTION, ours, {**ours, str(OVER): OVER}) == (
        [],
        "the view public.w, which is not declared, depends on it",
    )
    stored = replace(OVER, kind="materialized view")
    ours |= catalog(stored)
    assert dependents(FUNCTION, ours, ours) == (
        [],
        "the materialized view public.w depends on it",
    )


def test_a_fix_makes_again_what_depends_on_an_object_that_it_drops() -> None:
    grant = entry("privilege select on public.v to editor", str(VIEW))
    ours = catalog(FUNCTION, VIEW, OVER, grant)
    found = compared(
        ours, ours, {**ours, str(FUNCTION): replace(FUNCTION, facets={"body": "2"})}, {}
    )
    assert [each.entry for each in found.differences] == [FUNCTION]
    assert [each.entry for each in found.dependents] == [VIEW, OVER]
    assert found.fix is not None
    assert found.fix.splitlines()[2:-1] == [
        *("drop public.w;", "drop public.v;", "drop public.f();"),
        *("create public.f();", "create public.v;"),
        *("create select on public.v to editor;", "create public.w;"),
    ]


def test_views_are_counted_that_are_below_another_and_below_functions_between() -> None:
    between = entry("function public.g()", returns="setof public.v")
    above = entry("view public.x", query="select from public.g()")
    everything = catalog(VIEW, OVER, between, above, FUNCTION)
    depths = {each.name: views_below(each, everything) for each in everything.values()}
    assert depths == {
        "public.v": 0,
        "public.w": 1,
        "public.g()": 1,
        "public.x": 2,
        "public.f()": 0,
    }
    parsed = replace(between, facets={"body": "BEGIN ATOMIC select from public.v; END"})
    text = replace(between, facets={"body": "select from public.v"})
    assert views_below(parsed, everything) == 1
    assert views_below(text, everything) == 0
    assert views_below(entry("table public.t", body="public.v"), everything) == 0
    # Two that call each other have an end.
    one, other = (
        entry(f"view public.{name}", query=f"from public.{of}") for name, of in ("ab", "ba")
    )
    assert views_below(one, catalog(one, other)) == 1


def test_a_name_without_its_schema_is_another() -> None:
    view = entry("view public.x", query="select from notes, public.tags")
    assert names(view, "table public.tags")
    assert not names(view, "table public.notes")
