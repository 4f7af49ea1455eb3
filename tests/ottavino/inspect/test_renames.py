"""An object in the database that is a declared one under another name is recognised."""

from dataclasses import replace

import pytest

from ottavino.inspect.catalog import Catalog, CatalogObject
from ottavino.inspect.fix import Fix
from ottavino.inspect.renames import Rename, renamed

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
    "facet",
    ["default", "definition", "generated", "partitioned", "using", "with check", "comment"],
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


def of_table(name: str, schema: str) -> Catalog:
    """A table with what moves along with it, and what names these."""
    table_, number = f"table {schema}.{name}", f"{schema}.{name}_id_seq"
    made = [
        entry("table", f"{schema}.{name}", columns="1"),
        entry(
            "column", f"{schema}.{name}.id", table_, default=f"nextval('{number}'::regclass)"
        ),
        entry("index", f"{schema}.{name}_idx", table_, definition=f"on {schema}.{name}"),
        entry("index", f"{schema}.by_title", table_, definition="on title"),
        entry("primary key", f"{schema}.{name}_pkey", table_, definition="primary key (id)"),
        entry("sequence", number, **{"owned by": f"{schema}.{name}.id"}),
        # These are of another table, and stay.
        entry("sequence", "other.numbers", **{"owned by": "other.notes_old.id"}),
        entry("sequence", "other.digits"),
        entry("index", "other.digits_idx", "table other.digits", definition="on other.digits"),
        entry("view", "public.v", query=f"select id from {schema}.{name} as {schema}"),
    ]
    return {str(each): each for each in made}


@pytest.mark.parametrize("schema", ["other", "another"])
def test_what_a_table_takes_along_to_another_schema_is_there_too(schema: str) -> None:
    found = renamed(of_table("notes", "public"), of_table("notes", schema))
    assert {name: each.statement for name, each in found.renames.items()} == {
        "table public.notes": f"alter table {schema}.notes set schema public"
    }
    assert {*found.catalog} == {*of_table("notes", "public")}
    moved = [each for name, each in found.catalog.items() if "notes" in name]
    assert all(schema not in each.name for each in moved)
    assert found.catalog["column public.notes.id"].facets["default"] == (
        "nextval('public.notes_id_seq'::regclass)"
    )
    # The alias of a table is not its schema.
    assert found.catalog["view public.v"].facets["query"].endswith(f"public.notes as {schema}")


@pytest.mark.parametrize(
    ("kind", "ours", "theirs", "statement"),
    [
        ("type", "public.a", "public.b", "alter type public.b rename to a"),
        ("domain", "public.a", "other.a", "alter domain other.a set schema public"),
        ("sequence", "public.a", "public.b", "alter sequence public.b rename to a"),
        ("view", "public.a", "public.b", "alter view public.b rename to a"),
        ("procedure", "public.a()", "public.b()", "alter procedure public.b() rename to a"),
        (
            "function",
            "public.a(integer)",
            "public.b(integer)",
            "alter function public.b(integer) rename to a",
        ),
        (
            "function",
            "public.a(integer)",
            "other.a(integer)",
            "alter function other.a(integer) set schema public",
        ),
    ],
)
def test_it_is_renamed_or_moved_back(kind: str, ours: str, theirs: str, statement: str) -> None:
    declared, there = entry(kind, ours, a="1"), entry(kind, theirs, a="1")
    found = renamed({str(declared): declared}, {str(there): there})
    assert found.renames[str(declared)].statement == statement
    assert found.were == {str(declared): str(there)}


@pytest.mark.parametrize("kind", ["sequence", "type", "view", "function"])
@pytest.mark.parametrize("schema", ["public", "other"])
def test_of_several_that_it_may_be_a_person_is_told(kind: str, schema: str) -> None:
    end = "()" if kind == "function" else ""
    ours = entry(kind, f"public.a{end}", a="1")
    others = [entry(kind, f"{schema}.{each}{end}", a="1") for each in ("b", "c")]
    found = renamed({str(ours): ours}, {str(each): each for each in others})
    assert found.renames == {}
    assert found.doubts == {str(ours): [str(each) for each in others]}


def test_of_one_that_two_may_be_a_person_is_told() -> None:
    ours = [entry("sequence", f"public.{each}", a="1") for each in ("a", "b")]
    other = entry("sequence", "public.c", a="1")
    found = renamed({str(each): each for each in ours}, {str(other): other})
    assert found.renames == {}
    assert found.doubts == {str(each): [str(other)] for each in ours}


def test_a_routine_that_another_calls_or_shares_its_name_with_is_not_ours() -> None:
    ours, there = (entry("function", f"public.{each}()", a="1") for each in ("a", "b"))
    declared = {str(ours): ours}
    same = entry("function", "public.b(integer)", a="2")
    caller = entry("view", "public.v", query="select public.b()")
    reader = entry("view", "public.v", query="select b from public.t")
    for other, is_ours in ((same, False), (caller, False), (reader, True)):
        found = renamed(declared, {str(each): each for each in (there, other)})
        assert ({*found.renames} == {str(ours)}) == is_ours


@pytest.mark.parametrize(
    ("kind", "ours", "theirs", "statement"),
    [
        ("index", "public.a", "public.b", "alter index public.b rename to a"),
        ("statistics", "public.a", "public.b", "alter statistics public.b rename to a"),
        *(
            (
                kind,
                "public.notes.a",
                "public.notes.b",
                "alter table public.notes rename constraint b to a",
            )
            for kind in ("check constraint", "foreign key", "unique constraint")
        ),
        *(
            (
                kind,
                "public.notes.a",
                "public.notes.b",
                f"alter {kind} b on public.notes rename to a",
            )
            for kind in ("rule", "policy", "trigger")
        ),
    ],
)
def test_a_part_of_a_table_is_renamed_back(
    kind: str, ours: str, theirs: str, statement: str
) -> None:
    of, definition = "table public.notes", "create {0} on public.notes as b"
    name, other = ours.rpartition(".")[2], theirs.rpartition(".")[2]
    if kind == "statistics":
        name, other = ours, theirs
    if kind.endswith(("constraint", "key")):
        name = other
    declared = entry(kind, ours, of, definition=definition.format(name))
    there = entry(kind, theirs, of, definition=definition.format(other))
    found = renamed(NOTES | {str(declared): declared}, NOTES | {str(there): there})
    assert {each: one.statement for each, one in found.renames.items()} == {
        str(declared): statement
    }


def test_a_table_names_its_index_as_it_is_declared() -> None:
    of = "table public.notes"

    def catalog(name: str, other: str) -> Catalog:
        index = entry("index", f"public.{name}", of, definition=f"create index {name} on notes")
        notes = replace(NOTES[of], facets={"replica identity": f"using index {other}"})
        papers = entry("table", "public.papers", **{"replica identity": f"using index {name}"})
        return {**NOTES, of: notes, str(papers): papers, str(index): index}

    found = renamed(catalog("a", "a"), catalog("b", "b"))
    assert {*found.renames} == {"index public.a"}
    assert found.catalog[of].facets == {"replica identity": "using index a"}
    assert found.catalog["table public.papers"].facets == {"replica identity": "using index b"}
    kept = renamed(catalog("a", "c"), catalog("b", "c"))
    assert kept.catalog[of].facets == {"replica identity": "using index c"}


@pytest.mark.parametrize(
    ("ours", "theirs", "may_be"),
    [
        ({}, {}, True),
        ({"bounds": "1"}, {"bounds": "1"}, True),
        ({"bounds": "1"}, {}, True),
        ({"bounds": "1"}, {"bounds": "2"}, False),
        ({"partitioned": "by a"}, {"partitioned": "by a"}, True),
        ({"partitioned": "by a"}, {}, False),
    ],
)
def test_a_table_for_other_rows_or_spread_otherwise_is_another(
    ours: dict[str, str], theirs: dict[str, str], *, may_be: bool
) -> None:
    declared = {**NOTES, "table public.notes": entry("table", "public.notes", **ours)}
    papers = table("public.papers", **TYPES, more="text")
    papers["table public.papers"] = entry("table", "public.papers", **theirs)
    found = renamed(declared, papers)
    doubts = {"table public.notes": ["table public.papers"]}
    assert found.doubts == (doubts if may_be else {})


def test_the_names_that_the_database_has_are_kept() -> None:
    papers = table("public.papers", **TYPES)
    assert renamed(NOTES, papers).were == dict(zip(NOTES, papers, strict=True))
    head = table(
        "public.notes", **{name.replace("title", "head"): TYPES[name] for name in TYPES}
    )
    found = renamed(NOTES, head)
    assert found.were == {"column public.notes.title": "column public.notes.head"}
    assert [each.statement for each in found.renames.values()] == [
        "alter table public.notes rename column head to title"
    ]


def test_a_schema_is_named_alone() -> None:
    ours, theirs = entry("schema", "reports"), entry("schema", "The reports")
    assert Rename(ours, theirs).statement == 'alter schema "The reports" rename to reports'


def test_a_trigger_on_a_table_of_others_is_renamed_by_its_owner() -> None:
    ours, theirs = (entry("trigger", f"auth.users.{name}") for name in ("a", "b"))
    statement = "alter trigger b on auth.users rename to a"
    assert Rename(ours, theirs).fix == Fix(by_others=[statement])
    of = "table public.notes"
    ours, theirs = (entry("trigger", f"public.notes.{name}", of) for name in ("a", "b"))
    statement = "alter trigger b on public.notes rename to a"
    assert Rename(ours, theirs).fix == Fix(first=[statement])


def test_a_view_that_reads_another_is_recognised_after_it() -> None:
    def views(*names: str) -> Catalog:
        queries = ("select 1", *(f"select from public.{name}" for name in names))
        made = [
            entry("view", f"public.{name}", query=query)
            for name, query in zip(names, queries, strict=False)
        ]
        return {str(each): each for each in made}

    for ours, theirs in (("abc", "xyz"), ("cba", "xyz"), ("cba", "zyx")):
        found = renamed(views(*ours), views(*theirs))
        assert {name: str(each.was) for name, each in found.renames.items()} == {
            f"view public.{name}": f"view public.{other}"
            for name, other in zip(ours, theirs, strict=True)
        }
        assert found.doubts == {}


def test_of_two_tables_the_one_with_the_same_columns_is_ours() -> None:
    tags = table("public.tags", **TYPES, **MORE)
    papers = table("public.papers", **TYPES)
    others = table("public.others", **TYPES, **MORE, other="text")
    found = renamed(NOTES | tags, papers | others)
    assert {*found.renames} == {"table public.notes"}
    assert found.doubts == {"table public.tags": ["table public.others"]}


@pytest.mark.parametrize("kind", ["index", "primary key", "unique constraint", "policy"])
def test_a_table_with_an_index_of_ours_may_be_ours(kind: str) -> None:
    def indexed(of: str, name: str, **types: str) -> Catalog:
        made = entry(kind, name if kind == "index" else f"{of}.i", f"table {of}", a="1")
        return {**table(of, **types), str(made): made}

    declared = indexed("public.notes", "public.i", **TYPES)
    found = renamed(declared, indexed("public.papers", "public.i", a="text"))
    doubts = {"table public.notes": ["table public.papers"]}
    assert found.doubts == (doubts if kind != "policy" else {})
    assert renamed(declared, table("public.papers", a="text")).doubts == {}


@pytest.mark.parametrize(
    ("ours", "theirs"),
    [({"bounds": "1"}, {"bounds": "2"}), ({"partitioned": "by a"}, {}), ({}, {"bounds": "1"})],
)
def test_a_table_with_the_same_columns_for_other_rows_is_not_ours(
    ours: dict[str, str], theirs: dict[str, str]
) -> None:
    def one(name: str, facets: dict[str, str]) -> Catalog:
        made = entry("table", name, **facets)
        return {**table(name, **TYPES), str(made): made}

    declared = one("public.notes", ours)
    assert renamed(declared, one("public.papers", theirs)).renames == {}
    assert {*renamed(declared, one("public.papers", ours)).renames} == {"table public.notes"}


STATES = (
    "clustered", "fires", "index options", "index tablespace", "not enforced on", "options",
    "partitions", "statistics", "tablespace", "comment", "owner",
)  # fmt: skip


@pytest.mark.parametrize("facet", [*STATES, "definition"])
def test_an_index_is_ours_in_whatever_state_it_is(facet: str) -> None:
    of = "table public.notes"
    ours = entry(
        "index", "public.a", of, **{"definition": "create index a on notes", facet: "1"}
    )
    theirs = entry(
        "index", "public.b", of, **{"definition": "create index b on notes", facet: "2"}
    )
    theirs = replace(theirs, changes={"without x": "alter index public.b", "y": "set b"})
    ours = replace(ours, changes={"z": "alter index public.a"})
    made_for = entry(
        "index", "other.c", "table other.p", **{"made for": str(theirs), "x": str(theirs)}
    )
    there = {**NOTES, str(theirs): theirs, str(made_for): made_for}
    found = renamed({**NOTES, str(ours): ours, str(made_for): made_for}, there)
    if facet == "definition":
        assert found.renames == {}
        return
    assert {*found.renames} == {str(ours)}
    live = found.catalog[str(ours)]
    # It has its own state, the declared definition, and statements with the declared name.
    assert live.facets == {"definition": "create index a on notes", facet: "2"}
    assert live.changes == {**ours.changes, "without x": "alter index public.a"}
    assert found.catalog[str(made_for)].facets == {"made for": str(ours), "x": str(theirs)}


def test_a_sequence_in_another_state_is_another() -> None:
    ours, theirs = (entry("sequence", f"public.{name}", options=name) for name in ("a", "b"))
    assert renamed({str(ours): ours}, {str(theirs): theirs}).renames == {}


def test_a_privilege_names_a_renamed_column_and_a_role_of_its_name_stays() -> None:
    of = "table public.notes"
    head = entry("column", "public.notes.head", of, type="text")
    title = {name: each for name, each in NOTES.items() if not name.endswith(".title")}
    grant = entry("privilege", "select (head) on public.notes to head", of)
    beside = entry("privilege", "select (head) on public.tags to head", "table public.tags")
    database = {**title, str(head): head, str(grant): grant, str(beside): beside}
    found = renamed(NOTES, database)
    assert "privilege select (title) on public.notes to head" in found.catalog
    assert str(beside) in found.catalog


FAR = [
    ("type", "public.a", "other.b", "column", "type"),
    ("domain", "public.a", "other.b", "column", "type"),
    ("sequence", "public.a", "other.b", "column", "default"),
    ("function", "public.a()", "other.b()", "trigger", "definition"),
    ("materialized view", "public.a", "other.b", "view", "query"),
]


@pytest.mark.parametrize(("kind", "ours", "theirs", "user", "facet"), FAR)
def test_what_is_used_in_its_place_is_renamed_and_moved_back(
    kind: str, ours: str, theirs: str, user: str, facet: str
) -> None:
    """PostgreSQL writes what uses an object with the name and the schema that it has now."""
    of, name = "table public.notes", "public.v" if user == "view" else "public.notes.used"
    part_of = None if user == "view" else of

    def using(used: str) -> CatalogObject:
        text = {"type": used, "default": f"nextval('{used}'::regclass)"}
        return entry(user, name, part_of, **{facet: text.get(facet, f"call {used}")})

    declared = [entry(kind, ours, a="1"), using(ours)]
    there = [entry(kind, theirs, a="1"), using(theirs)]
    like = entry(kind, theirs.replace("b", "c"), a="1")
    found = renamed(
        {str(each): each for each in declared}, {str(each): each for each in [*there, like]}
    )
    old, new = theirs.partition("(")[0], ours.partition("(")[0]
    end = theirs.removeprefix(old)
    assert found.doubts == {}
    assert {name: each.statement for name, each in found.renames.items()} == {
        str(declared[0]): f"alter {kind} {theirs} rename to {new.rpartition('.')[2]};\n"
        f"alter {kind} other.{new.rpartition('.')[2]}{end} set schema public"
    }
    assert found.catalog[str(using(ours))].facets == using(ours).facets
    # If nothing uses it, somebody else may have made one like it.
    alone = renamed({str(declared[0]): declared[0]}, {str(each): each for each in [there[0]]})
    assert alone.renames == {}
    assert alone.doubts == {str(declared[0]): [str(there[0])]}
    # If it was changed as well, it is not made a second time.
    changed = replace(there[0], facets={"a": "2"})
    found = renamed(
        {str(each): each for each in declared},
        {str(each): each for each in [changed, there[1]]},
    )
    assert found.renames == {}
    assert found.doubts == {str(declared[0]): [str(changed)]}


def test_a_table_with_its_index_is_moved_back_from_another_schema() -> None:
    def indexed(name: str) -> Catalog:
        index = entry("index", f"{name.partition('.')[0]}.by_id", f"table {name}")
        return {**table(name, **TYPES), str(index): index}

    moved = renamed(indexed("public.notes"), indexed("other.papers"))
    assert moved.renames["table public.notes"].statement == (
        "alter table other.papers rename to notes;\nalter table other.notes set schema public"
    )
    alike = renamed(NOTES, table("other.papers", **TYPES))
    assert alike.renames == {}
    assert alike.doubts == {"table public.notes": ["table other.papers"]}
    nothing = renamed(NOTES, table("other.papers", id="uuid"))
    assert nothing.doubts == {}


def test_a_name_that_another_object_has_is_not_given_back() -> None:
    view = entry("view", "public.notes", query="select 1")
    found = renamed(NOTES, {**table("public.papers", **TYPES), str(view): view})
    assert found.renames == {}
    assert found.doubts == {"table public.notes": ["table public.papers"]}


def test_the_columns_of_a_table_that_has_the_name_of_another_are_not_renamed() -> None:
    wanted = {**table("public.a", id="uuid", x="text"), **table("public.b", n="date", y="date")}
    there = {**table("public.b", id="uuid", x="text"), **table("public.a", n="date", y="date")}
    found = renamed(wanted, there)
    assert found.renames == {}
    assert found.replaced == {
        f"table public.{name}": f"another table has this name, and the table public.{other} "
        "may be ours. Give both their names back"
        for name, other in (("a", "b"), ("b", "a"))
    }
    strange = renamed(wanted, {**there, **table("public.a", id="bigint", z="bytea")})
    assert strange.replaced["table public.a"] == (
        "another table has this name, and the table public.b may be ours. Give both their "
        "names back"
    )
    alone = renamed(NOTES, table("public.notes", id="bigint", z="bytea"))
    assert {*alone.replaced} == {"table public.notes"}
    # Its columns may have been renamed.
    assert renamed(NOTES, table("public.notes", id="bigint", z="text")).replaced == {}


def test_an_index_of_others_may_have_the_name_of_ours() -> None:
    def index(name: str, key: str) -> CatalogObject:
        on = f"create index {name} on notes ({key})"
        return entry("index", f"public.{name}", "table public.notes", definition=on)

    ours = index("by_id", "id")
    declared = {**NOTES, str(ours): ours}
    others = [index("by_id", "title"), index("former", "id")]
    found = renamed(declared, {**NOTES, **{str(each): each for each in others}})
    assert found.renames == {}
    assert found.replaced == {
        str(ours): "another index has this name, and the index public.former may be ours. "
        "Give both their names back"
    }
    assert renamed(declared, {**NOTES, str(others[0]): others[0]}).replaced == {}


def test_a_new_sequence_has_the_name_of_the_one_that_a_column_takes_its_numbers_from() -> None:
    """The new one would give the same numbers again."""
    ours, theirs = entry("sequence", "public.a", c="1"), entry("sequence", "public.b", c="1")

    def counted(by: str) -> CatalogObject:
        default = f"nextval('{by}'::regclass)"
        return entry("column", "public.notes.n", "table public.notes", default=default)

    declared = {str(each): each for each in (ours, counted("public.a"))}
    found = renamed(declared, {str(e): e for e in (ours, theirs, counted("public.b"))})
    assert found.replaced == {
        "sequence public.a": "another sequence has this name, and the sequence public.b may be "
        "ours. Give both their names back"
    }
    beside = renamed(declared, {str(e): e for e in (ours, theirs, counted("public.a"))})
    assert beside.replaced == {}


IN_ITS_PLACE = (
    "another table has this name, and the table {} may be ours. Give both their names back"
)


@pytest.mark.parametrize("bounds", [None, "in (1)", "DEFAULT"])
@pytest.mark.parametrize("lacks", ["nothing", "its row security"])
def test_a_table_without_rows_may_have_the_name_of_one_that_has_them(
    lacks: str, bounds: str | None
) -> None:
    of = {} if bounds is None else {"parents": "public.all", "bounds": bounds}
    ours = entry("table", "public.notes", **of, **{"row security": "enabled"})
    theirs = ours if lacks == "nothing" else entry("table", "public.notes", **of)
    declared = {**table("public.notes", **TYPES), str(ours): ours}
    database = {**declared, str(theirs): theirs, **table("other.papers", **TYPES)}
    assert renamed(declared, database).replaced == {}
    rows = {str(ours): ["table other.papers"]}
    found = renamed(declared, database, rows).replaced
    # A default partition may be empty while an old partition that was detached has rows.
    is_asked = lacks != "nothing" or bounds == "in (1)"
    assert found == ({str(ours): IN_ITS_PLACE.format("other.papers")} if is_asked else {})
    # A table of other columns has other rows.
    others = {**database, **table("other.papers", id="uuid")}
    del others["column other.papers.title"], others["column other.papers.price"]
    assert renamed(declared, others, rows).replaced == {}


@pytest.mark.parametrize(
    ("kind", "schema", "is_asked"),
    [
        ("index", "public", True),
        ("index", "other", False),
        ("policy", "public", True),
        ("policy", "other", True),
        ("check constraint", "public", False),
    ],
)
def test_a_table_may_lack_what_one_with_another_name_has(
    kind: str, schema: str, *, is_asked: bool
) -> None:
    """A copy in another schema has indexes of the same names, and one anywhere has checks."""

    def part(table_: str) -> CatalogObject:
        place = table_.partition(".")[0] if kind == "index" else table_
        return entry(kind, f"{place}.part", f"table {table_}", a="1")

    ours, theirs = part("public.notes"), part(f"{schema}.papers")
    declared = {**NOTES, str(ours): ours}
    database = {**NOTES, **table(f"{schema}.papers", **TYPES), str(theirs): theirs}
    told = {"table public.notes": IN_ITS_PLACE.format(f"{schema}.papers")}
    assert renamed(declared, database).replaced == (told if is_asked else {})
    assert renamed(declared, {**database, **declared}).replaced == {}


def test_partitions_may_have_exchanged_their_names() -> None:
    """The rows of a partition are within its bounds, whichever name it has."""

    def part(name: str, bounds: str, **more: str) -> CatalogObject:
        return entry("table", f"public.{name}", parents="public.all", bounds=bounds, **more)

    def both(a: str, b: str) -> Catalog:
        return {str(e): e for e in (part("a", a), part("b", b, partitioned="by list (n)"))}

    found = renamed(both("1", "2"), both("2", "1"))
    assert found.replaced == {
        "table public.a": IN_ITS_PLACE.format("public.b"),
        "table public.b": IN_ITS_PLACE.format("public.a"),
    }
    assert renamed(both("1", "2"), both("3", "2")).replaced == {}


@pytest.mark.parametrize(
    ("uses", "has_type", "is_asked"),
    [("head", "text", True), ("title", "text", False), ("title", "integer", True)],
)
def test_a_column_may_have_the_name_of_one_that_has_another(
    uses: str, has_type: str, *, is_asked: bool
) -> None:
    of = "table public.notes"

    def index(column: str) -> CatalogObject:
        return entry("index", "public.i", of, definition=f"on notes ({column})")

    new = entry("column", "public.notes.title", of, type=has_type)
    old = entry("column", "public.notes.head", of, type="text")
    declared = {**NOTES, "index public.i": index("title")}
    there = {**NOTES, **{str(each): each for each in (new, old, index(uses))}}
    found = renamed(declared, there)
    told = (
        "another column has this name, and the column public.notes.head may be ours. Give both "
        "their names back"
    )
    assert found.replaced == ({str(new): told} if is_asked else {})


def test_a_sequence_waits_for_the_table_of_its_column_and_leaves_no_other() -> None:
    def counted(schema: str, **more: str) -> Catalog:
        by = f"nextval('{schema}.n'::regclass)"
        of = f"table {schema}.notes"
        column = entry("column", f"{schema}.notes.n", of, default=by)
        number = entry("sequence", f"{schema}.n", **{"owned by": f"{schema}.notes.n"})
        return {str(e): e for e in (entry("table", f"{schema}.notes"), column, number)}

    new = entry(
        "column", "public.notes.n", "table public.notes", default="nextval('other.n'::regclass)"
    )
    database = {**counted("other"), **table("public.notes"), str(new): new}
    found = renamed(counted("public"), database, {"table public.notes": ["table other.notes"]})
    assert {*found.replaced} == {"table public.notes"}
    assert (found.renames, found.doubts) == ({}, {})
    without = renamed(counted("public"), database)
    assert without.renames == {}
    assert without.doubts == {"sequence public.n": ["sequence other.n"]}
