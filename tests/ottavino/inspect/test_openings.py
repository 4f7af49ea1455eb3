"""Unknown objects that let somebody reach rows of ours, and those that only look like it."""

from dataclasses import replace

import pytest

from ottavino.inspect.catalog import Catalog, CatalogObject
from ottavino.inspect.finding import Finding
from ottavino.inspect.openings import calls_function, names_table, openings, ways_out

OURS = "table public.notes"


def entry(name: str, part_of: str | None = None, **facets: str) -> CatalogObject:
    kind, own = next(
        (kind, name.removeprefix(f"{kind} "))
        for kind in ("materialized view", "foreign table", name.partition(" ")[0])
        if name.startswith(f"{kind} ")
    )
    return CatalogObject(kind, own, part_of, "", "", facets, {})


NOTES = (
    entry(OURS, **{"row security": "forced"}),
    entry("column public.notes.id", OURS, type="uuid"),
    entry("column public.notes.body", OURS, type="text"),
    entry("view public.seen", definition="select id from public.notes"),
)
OWNED = ("view public.seen", OURS, "column public.notes.id", "column public.notes.body")


def told(unknown: CatalogObject, *others: CatalogObject, kept: str = "") -> list[str]:
    """What is said of an unknown object beside our table, without how it begins and ends."""
    database: Catalog = {str(each): each for each in (*NOTES, unknown, *others)}
    found = openings([unknown], database, OWNED, [kept] if kept else [])
    begins = f"No class declares the {unknown}, and no migration made it. "
    ends = f" {ways_out(str(unknown))}"
    for each in found:
        assert (each.severity, each.rule, each.where) == ("error", "OTT114", str(unknown))
        assert each.message.startswith(begins)
        assert each.message.endswith(ends)
    return [each.message.removeprefix(begins).removesuffix(ends) for each in found]


POLICY = entry(
    "policy public.notes.p",
    OURS,
    mode="permissive",
    command="select",
    roles="anon",
    using="a\n b",
)


@pytest.mark.parametrize(
    ("facets", "what"),
    [
        ({}, "anon select rows of public.notes where a b"),
        (
            {"command": "all"},
            "anon select, insert, update and delete rows of public.notes where a b",
        ),
        ({"with check": "c"}, "anon select rows of public.notes where a b"),
        ({"using": "", "with check": "c"}, "anon select rows of public.notes where c"),
        ({"using": ""}, "anon select rows of public.notes where true"),
    ],
)
def test_a_policy_shows_rows_besides_those_of_the_declared_ones(
    facets: dict[str, str], what: str
) -> None:
    policy = replace(POLICY, facets={**POLICY.facets, **facets})
    assert told(policy) == [f"It lets {what}, besides those of the declared policies."]
    assert told(policy, kept="policy public.notes.p") == []
    # A pattern that names no kind is about other tables.
    assert len(told(policy, kept="public.*")) == 1


@pytest.mark.parametrize(
    ("name", "of", "opens"),
    [
        (
            "select on public.notes to anon",
            OURS,
            ["With it anon may use select on public.notes, which no class grants."],
        ),
        (
            "truncate on public.notes to anon",
            OURS,
            ["No policy bounds it: with it anon can delete the rows of every user."],
        ),
        (
            "truncate on public.seen to anon",
            "view public.seen",
            ["With it anon may use truncate on public.seen, which no class grants."],
        ),
        (
            "trigger on public.m to anon",
            "materialized view public.m",
            ["With it anon may use trigger on public.m, which no class grants."],
        ),
        (
            "usage on schema public to anon",
            None,
            ["With it anon may use usage on schema public, which no class grants."],
        ),
        ("select on public.notes to its owner", OURS, []),
    ],
)
def test_a_privilege_is_for_others_than_the_owner(
    name: str, of: str | None, opens: list[str]
) -> None:
    assert told(entry(f"privilege {name}", of)) == opens


WRITES = "create trigger t after insert on public.notes execute function public.f()"
DEFINER = entry("function public.f()", security="definer", returns="trigger")


@pytest.mark.parametrize(
    ("function", "is_told"),
    [
        (DEFINER, True),
        (replace(DEFINER, facets={"returns": "trigger"}), False),
        (replace(DEFINER, name="public.g()"), False),
        (replace(DEFINER, name="public.notes()"), False),
    ],
)
def test_a_trigger_may_run_a_function_with_rights(
    function: CatalogObject, *, is_told: bool
) -> None:
    trigger = entry("trigger public.notes.t", OURS, definition=WRITES)
    what = (
        "It runs public.f() with the rights of that function's owner whenever somebody writes "
        "to public.notes."
    )
    assert told(trigger, function) == ([what] if is_told else [])
    assert told(replace(trigger, part_of="table public.strange"), function) == []
    # No role can call the function itself.
    called = entry("privilege execute on public.f() to anon", str(function))
    assert (
        told(replace(function, facets={**function.facets, "body": "public.notes"}), called)
        == []
    )


def test_a_rule_replaces_statements_on_ours() -> None:
    rule = entry("rule public.notes.r", OURS)
    (what,) = told(rule)
    assert what.startswith("It replaces or adds to statements on public.notes, with the rights")
    assert told(replace(rule, part_of="table public.strange")) == []
    assert told(replace(rule, part_of=None)) == []
    assert told(replace(POLICY, part_of="table public.strange")) == []
    restrictive = replace(POLICY, facets={**POLICY.facets, "mode": "restrictive"})
    assert told(restrictive) == told(entry("index public.i", OURS)) == []


COPY = entry("table public.copy")
COLUMNS = (
    entry("column public.copy.id", str(COPY), type="uuid"),
    entry("column public.copy.body", str(COPY), type="text"),
    entry("column public.copy.more", str(COPY), type="text"),
)
GRANTED = (
    entry("privilege select on public.copy to editor", str(COPY)),
    entry("privilege insert on public.copy to editor", str(COPY)),
    entry("privilege select on public.copy to anon", str(COPY)),
    entry("privilege select on public.copy to its owner", str(COPY)),
    entry("privilege select on public.other to nobody", "table public.other"),
)
COPIED = (
    "It has the columns of public.notes, its row level security is disabled, and anon, editor "
    "may use it: if it is a copy, they see the rows of every user."
)


@pytest.mark.parametrize(
    ("copy", "others", "is_told"),
    [
        (COPY, (*COLUMNS, *GRANTED), True),
        (replace(COPY, kind="foreign table"), (), False),
        (COPY, (*COLUMNS, *GRANTED[3:]), False),
        (COPY, (*COLUMNS[1:], *GRANTED), False),
        (COPY, (replace(COLUMNS[0], facets={"type": "text"}), *COLUMNS[1:], *GRANTED), False),
        (replace(COPY, facets={"row security": "on"}), (*COLUMNS, *GRANTED), False),
        # One that has no columns has those of no table.
        (COPY, (*COLUMNS[1:], *GRANTED, entry("table public.empty")), False),
    ],
)
def test_a_table_may_be_a_copy_of_ours(
    copy: CatalogObject, others: tuple[CatalogObject, ...], *, is_told: bool
) -> None:
    assert told(copy, *others) == ([COPIED] if is_told else [])


@pytest.mark.parametrize("kind", ["table", "foreign table"])
@pytest.mark.parametrize(
    ("facets", "is_told"),
    [
        ({"parents": "public.notes"}, True),
        ({"parents": "public.strange, public.notes"}, True),
        ({"parents": "public.strange"}, False),
        ({}, False),
        ({"parents": "public.notes", "row security": "on"}, False),
    ],
)
def test_a_child_of_ours_may_be_bounded_by_no_policy(
    kind: str, facets: dict[str, str], *, is_told: bool
) -> None:
    child = replace(entry("table public.child", **facets), kind=kind)
    grant = entry("privilege select on public.child to anon", str(child))
    what = (
        "It is a child of public.notes, its row level security is disabled, and anon may use "
        "it: rows of public.notes that are stored in it are bounded by no policy."
    )
    assert told(child, grant) == ([what] if is_told else [])
    assert told(child) == []


READS = "select * from public.notes"
BETWEEN = entry("view public.between", definition="select id from notes")


@pytest.mark.parametrize(
    ("unknown", "reaches"),
    [
        (entry("view public.v", definition=READS), "public.notes"),
        (
            entry("view public.v", definition=READS, options="security_invoker=false"),
            "public.notes",
        ),
        *(
            (
                entry(
                    "view public.v",
                    definition=READS,
                    options=f"a=1, Security_Invoker = {value}",
                ),
                None,
            )
            for value in ("true", "on", "yes", "1", "true, b=2")
        ),
        (entry("materialized view public.v", definition=READS), "public.notes"),
        (
            entry(
                "materialized view public.v", definition=READS, options="security_invoker=on"
            ),
            "public.notes",
        ),
        (entry("view public.v", definition="select 'public.notes'"), "public.notes"),
        (entry("view public.v", definition="select * from public.strange"), None),
        (entry("view public.v", definition="select * from other.notes"), None),
        (entry("view public.v", definition="select email from auth.users"), "auth.users"),
        (entry("view public.v", definition="table public.between"), "public.notes"),
        (entry("view public.v", definition="select from seen"), "public.seen"),
        (entry("view public.v", definition="select public.helper()"), None),
        (
            entry("view public.v", definition="select from notes, seen"),
            "public.notes, public.seen",
        ),
        (entry("function public.v()", body=READS, security="definer"), "public.notes"),
        (entry("procedure public.v()", body=READS, security="definer"), "public.notes"),
        (entry("function public.v()", body=READS), None),
        *(
            (
                entry("function public.v()", body=READS, security="definer", returns=returns),
                None,
            )
            for returns in ("trigger", "event_trigger")
        ),
        (entry("sequence public.v", definition=READS, security="definer"), None),
    ],
)
def test_what_has_the_rights_of_its_owner_may_reach_ours(
    unknown: CatalogObject, reaches: str | None
) -> None:
    grant = entry(f"privilege select on {unknown.name} to anon", str(unknown))
    what = f"It lets anon reach {reaches} with the rights of its owner."
    helper = entry("function public.helper()", body=READS)
    assert told(unknown, BETWEEN, helper, grant) == ([what] if reaches else [])
    assert told(unknown, BETWEEN) == []


def test_a_table_is_named_with_its_schema_or_without() -> None:
    for sql in ("select from notes", "public.notes", "execute 'table notes'", "'public.notes'"):
        assert names_table(sql, "public.notes")
    assert not names_table("select from other.notes, public.tags", "public.notes")
    for sql in ("select f(1)", "select public.f()", "execute 'select f()'"):
        assert calls_function(sql, "public.f(integer)")
    for sql in ("select f", "select other.f()", "'public.f'", "select g()"):
        assert not calls_function(sql, "public.f(integer)")


def test_what_can_be_done_is_told_with_the_name_to_keep() -> None:
    assert '("view public.v")' in ways_out("view public.v")
    unknown = entry("rule public.notes.r", OURS)
    (found,) = openings([unknown], {str(each): each for each in NOTES}, OWNED, ())
    assert isinstance(found, Finding)
    assert found.message.endswith(ways_out("rule public.notes.r"))
