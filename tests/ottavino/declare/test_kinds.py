"""Objects are made by their names; facts that a file lacks are read from its SQL."""

from dataclasses import replace

import pytest

from ottavino import DatabaseFunction, Domain, Extension, Index, Key, Role, Sequence, Trigger
from ottavino.declare.as_found import AsFound, DetailDefinition
from ottavino.declare.constraint import ForeignKeyDefinition
from ottavino.declare.database_function import FunctionDefinition
from ottavino.declare.definition import Claim, Definition
from ottavino.declare.index import IndexDefinition
from ottavino.declare.kinds import KINDS, define, found
from ottavino.declare.trigger import TriggerDefinition
from ottavino.migrate.table_steps import relation
from ottavino.migrate.uses import is_about_rows_of

FUNCTION = DatabaseFunction(
    name="Of all",
    arguments=("query text default ', language'", "most numeric(9, 2) default 1"),
    returns="setof public.notes",
    body="select * from public.notes",
    language="sql",
)
TRIGGER = DatabaseFunction(name="sign_up", returns="trigger", body="begin return new; end")


def as_read(made: Definition) -> Definition:
    """The same object, of a file that states no facts."""
    return define(made.name, made.create, made.drop)


def test_every_kind_is_made_by_the_word_that_its_name_begins_with() -> None:
    for kind, made in KINDS.items():
        assert type(define(f"{kind} public.a.b", "", "")) is made


def test_a_word_that_is_no_kind_is_refused_with_those_that_are() -> None:
    with pytest.raises(ValueError, match="begins with polcy, which is not a kind"):
        define("polcy public.a.b", "", "")


def test_a_name_says_of_which_table_an_object_is_and_what_it_is_called_there() -> None:
    policy = define("policy public.notes.of. all", "", "")
    assert (policy.table, policy.own_name) == ("public.notes", "of. all")
    assert policy.claims == (Claim("policy", "public.notes", "of. all"),)
    assert define("row-security public.notes", "", "").own_name == ""


@pytest.mark.parametrize(
    "name",
    [
        "role editor",
        "function public.notes(a)",
        "enum public.status",
        "comment on enum public.status",
    ],
)
def test_an_object_without_a_table_belongs_to_none(name: str) -> None:
    assert define(name, "", "").table == ""


def test_a_comment_belongs_to_the_table_that_it_is_on_or_beside() -> None:
    for name in ("comment public.notes", "comment public.notes.title"):
        assert define(name, "", "").table == "public.notes"


@pytest.mark.parametrize(
    "kind", ["sequence", "enum", "domain", "view", "materialized-view", "partition", "index"]
)
def test_types_and_relations_of_a_schema_share_their_names(kind: str) -> None:
    assert define(f"{kind} public.notes", "", "").claims == (relation("public.notes"),)


def test_a_function_is_called_by_its_name_without_quotation_marks() -> None:
    made = as_read(FUNCTION.definition())
    assert made.called == "public.Of all"
    assert made.claims == (Claim("function", "public", "Of all", FUNCTION.signature),)


def test_what_a_function_takes_and_returns_is_read_from_its_words() -> None:
    made, read = FUNCTION.definition(), as_read(FUNCTION.definition())
    assert isinstance(read, FunctionDefinition)
    assert read.interface == made.interface
    assert is_about_rows_of(read, ["public.tags", "public.notes"])
    assert not is_about_rows_of(read, ["public.note"])


def test_the_tables_of_a_function_are_those_that_its_body_names() -> None:
    made = FUNCTION.definition()
    # Until the body is read, nothing is known of it but that there are no others.
    assert (made.uses, made.tables) == ({}, None)
    assert replace(made, free=(), uses={"public.notes": frozenset()}).tables == {"public.notes"}
    assert replace(made, free=(), uses=None).tables is None


def test_a_function_is_as_volatile_as_it_is_declared() -> None:
    assert FUNCTION.definition().volatility == "volatile"
    assert replace(FUNCTION, volatility="stable").definition().volatility == "stable"


@pytest.mark.parametrize(
    "index",
    [
        Index(Key("lower(title)"), name="on"),
        Index("id", name="Unique on", unique=True),
        Index("a", name="one", where="b on c"),
    ],
)
def test_the_table_of_an_index_is_read_from_its_words(index: Index) -> None:
    made = index.definition("public.notes")
    read = as_read(made)
    assert isinstance(read, IndexDefinition)
    assert (read.table, read.is_key) == ("public.notes", made.is_key)
    # The columns that it is over are unknown.
    assert read.tables is None


def test_a_trigger_takes_the_name_of_the_function_that_goes_with_it() -> None:
    on = Trigger(name="a", function=TRIGGER, when="after", event="insert", on="auth.users")
    (made,) = on.definitions()
    read = as_read(made)
    assert isinstance(read, TriggerDefinition)
    assert read.function == "public.sign_up()"
    assert read.claims == made.claims
    assert len(made.claims) == 2
    _, beside = Trigger(name="a", function=TRIGGER, when="after", event="insert").definitions(
        "public.notes"
    )
    assert as_read(beside).claims == (Claim("trigger", "public.notes", "a"),)


def test_what_changes_a_sequence_in_place_is_read_from_its_words() -> None:
    old, new = Sequence("n"), Sequence("n", increment=2, usage=(Role.SERVICE_ROLE,))
    (before,), (after,) = old.definitions(), new.definitions()
    # Files have always stated what these use, and not always what their changes need.
    read_before, read_after = (
        define(each.name, each.create, each.drop, uses={}) for each in (before, after)
    )
    ways, known = (
        one.altered(other) for one, other in ((read_before, read_after), (before, after))
    )
    for read, stated in zip(ways or (), known or (), strict=True):
        options, _, granted = read.partition(";")
        assert f"    {options};\n    else\n" in stated
        assert stated.endswith(granted)
    assert read_after.expected == after.expected


def test_the_schema_of_an_extension_is_read_from_the_words_of_an_older_file() -> None:
    (made,) = Extension("vector", schema="Of vectors").definitions()
    earlier = 'create schema if not exists "Of vectors";\ncreate extension vector'
    assert define(made.name, earlier, made.drop, uses={}).expected == made.expected


def test_a_sequence_begins_at_one() -> None:
    (definition,) = Sequence("numbers").definitions()
    assert "start 1 increment 1 cache 1 no cycle" in " ".join(definition.create.split())


def test_a_domain_may_be_null_unless_it_is_declared_otherwise() -> None:
    def kinds(domain: Domain) -> list[str]:
        return [each.kind for each in domain.definitions()]

    assert kinds(Domain("percent", "integer")) == ["domain"]
    assert kinds(Domain("percent", "integer", required=True)) == ["domain", "domain-required"]


@pytest.mark.parametrize(
    ("name", "part"),
    [
        ("fires of trigger public.notes.b", "trigger public.notes.b"),
        ("statistics of a", ""),
        ("sequence of number", ""),
        ("options", ""),
    ],
)
def test_a_property_is_of_a_part_that_is_named_with_its_kind(name: str, part: str) -> None:
    made = define(f"detail public.notes.{name}", "a", "b")
    assert isinstance(made, DetailDefinition)
    assert made.part == part


@pytest.mark.parametrize(
    ("name", "other", "needs"),
    [
        ("fires of trigger public.notes.b", "trigger public.notes.b", True),
        ("fires of trigger public.notes.b", "trigger public.notes.c", False),
        ("fires of trigger public.notes.b", "policy public.notes.b", False),
        ("fires of trigger public.notes.b", "trigger public.others.b", False),
        ("state of foreign key public.notes.b", "foreign-key public.notes.b", True),
        ("state of unique constraint public.notes.b", "unique public.notes.b", True),
        ("options of index public.b", "index public.b", True),
        ("options of index public.b", "index public.c", False),
        ("privileges of number", "sequence-privileges public.notes.number", False),
        ("sequence of number", "sequence-privileges public.notes.number", True),
        ("sequence of number", "sequence-privileges public.others.number", False),
        ("sequence of number", "sequence-privileges public.notes.other", False),
    ],
)
def test_a_property_needs_its_part(name: str, other: str, *, needs: bool) -> None:
    made = define(f"detail public.notes.{name}", "a", "b")
    assert made.needs(define(other, "c", "d")) == needs


def test_an_object_that_is_found_uses_what_is_said_of_it() -> None:
    uses, references = {"public.a": ("b",)}, {"public.b": ("c",)}
    key = AsFound("foreign-key public.a.k", "create it", "drop it")
    assert found(key).uses is None
    known = found(replace(key, uses=uses, references=references))
    assert isinstance(known, ForeignKeyDefinition)
    assert (known.uses, known.references) == (uses, references)
    assert (known.name, known.create, known.drop) == (key.name, key.create, key.drop)


@pytest.mark.parametrize("what", ["tables", "SEQUENCES", "functions", "routines"])
def test_sql_that_grants_on_whatever_a_schema_has_is_refused(what: str) -> None:
    grant = f"grant all on all {what} in schema public, private to anon"
    with pytest.raises(ValueError, match=r"^detail public\.a\.grant grants on all that a"):
        AsFound("detail public.a.grant", grant, "")
    later = f"alter default privileges in schema public grant all on {what} to anon"
    named = 'grant select on "all", public."in schema" to anon'
    for each in (later, named):
        assert AsFound("detail public.a.grant", each, "").create == each
