"""A value that a declaration cannot have is refused at its line, with what to write."""

from collections.abc import Callable
from enum import Enum, StrEnum
from typing import Any
from uuid import UUID

import pytest

from ottavino import (
    SQL,
    ApiRole,
    Check,
    Col,
    Comment,
    CronJob,
    DatabaseFunction,
    DefaultPrivileges,
    Domain,
    EnumType,
    Exclude,
    Extension,
    ForeignKey,
    ForeignPolicy,
    Generated,
    Grant,
    Index,
    Key,
    NoStatistics,
    Partition,
    Policy,
    Publication,
    Published,
    Raw,
    Role,
    RowSecurity,
    Schema,
    SearchVector,
    Sequence,
    Trigger,
    Unique,
    View,
    array,
    bigint,
    boolean,
    choice,
    claim,
    column,
    date,
    domain,
    enum,
    generated,
    identity,
    integer,
    json_object,
    nullable,
    numeric,
    owned_reference,
    owner,
    primary_key,
    reference,
    refresh,
    serial,
    text,
    uuid,
    vector,
)
from ottavino.declare.table import Table
from tests.ottavino.declare.installed import TITLE, notes
from tests.ottavino.declare.test_trigger import NOTE


def bad(value: object) -> Any:
    """A value whose type a checker does not know."""
    return value


class Other(Table, tablename="others"):
    """Another table."""

    id: Col[UUID] = primary_key()
    user_id: Col[UUID] = owner()
    name: Col[str] = text()


def trigger(**given: Any) -> Trigger:
    made: dict[str, Any] = {"name": "t", "function": NOTE, "when": "after", "event": "update"}
    return Trigger(**{**made, **given})


def function(**given: Any) -> DatabaseFunction:
    made: dict[str, Any] = {"name": "f", "returns": "int", "body": "x"}
    return DatabaseFunction(**{**made, **given})


def beside(*objects: Any, **columns: Any) -> Callable[[], object]:
    """Makes a table with some objects."""
    return lambda: notes(*objects, **columns)


def view_with(*objects: Any, **how: Any) -> Callable[[], object]:
    """Makes a view with some objects."""
    members = {"a": text(), "query": "select 1 as a", "database_objects": objects}
    return lambda: type("V", (View,), members, tablename="v", **how)


HELPERS: dict[str, Callable[[], Any]] = {
    "max_length='5': write a whole number from 1": lambda: text(max_length=bad("5")),
    "max_length=0: write a whole number from 1": lambda: text(max_length=0),
    "min_length=-1: write a whole number from 0": lambda: text(min_length=-1),
    "min_length and max_length that no value": lambda: text(min_length=5, max_length=1),
    "minimum='1': write a whole number": lambda: integer(minimum=bad("1")),
    "minimum and maximum that no value meets": lambda: integer(minimum=5, maximum=1),
    "precision=0: write a whole number from 1": lambda: numeric(0),
    "more than 1000 digits": lambda: numeric(1001),
    "has more than 1000 digits": lambda: numeric(5, 1001),
    "whether its items may be null": lambda: bad(array)(text(default=None)),
    "dimensions=0: write a whole number from 1": lambda: vector(0),
    "max_bytes=0: write a whole number from 1": lambda: json_object(max_bytes=0),
    "'a' is no default of a column of integer": lambda: bad(integer)(default="a"),
    "1.5 is no default of a column of integer": lambda: bad(integer)(default=1.5),
    "5 is no default of a column of text": lambda: bad(text)(default=5),
    "'yes' is no default of a column of boolean": lambda: bad(boolean)(default="yes"),
    "'x' is no default of a column of uuid": lambda: bad(uuid)(default="x"),
    "'2020-99-01' is no default of .* date": lambda: bad(date)(default="2020-99-01"),
    r"'ab' is no default of a column of text\[\]": lambda: bad(array)(
        text(), default=bad("ab")
    ),
    "SQL has text='': write a text": lambda: text(default=SQL("")),
    "array takes a column, and 'text' is none": lambda: bad(array)(bad("text")),
    "domain takes a column, and 'text' is none": lambda: domain("d", bad("text")),
    "domain has|Domain has checks": lambda: domain("d", text(), checks=bad("true")),
    "generated takes a column, and 'text'": lambda: bad(generated)(bad("text"), "1"),
    "computes the column as 'b', so it has no": lambda: bad(generated)(
        text(default="a"), "'b'"
    ),
    "generated takes a column that .* neither": lambda: bad(generated)(identity(bigint()), "1"),
    "nullable takes a default other than null": lambda: bad(nullable)(
        text(), default=bad(None)
    ),
    "nullable takes a column that .* neither": lambda: bad(nullable)(
        serial(integer()), default=1
    ),
    "identity takes a column, and 5 is none": lambda: identity(bad(5)),
    "identity numbers a column of .* text is": lambda: identity(bad(text())),
    "serial numbers a column of .* numeric is": lambda: serial(bad(numeric())),
    "serial numbers every row, so its column": lambda: serial(integer(default=5)),
    "identity numbers every row, so its": lambda: identity(bad(integer(default=None))),
    "serial has default=1: write NEXT_NUMBER": lambda: serial(integer(), default=bad(1)),
    r"An owner is written as owner\(\) or": lambda: owner(bad(int)),
    "An owner .* with default=CALLER": lambda: owner(default=bad("x")),
    "reference takes the class of its parent": lambda: reference(bad(5)),
    "takes the class of its parent, and not a": lambda: reference(bad(Other.name)),
    "owned_reference takes the class of its": lambda: owned_reference(bad("others")),
    "column takes a type of PostgreSQL, and None": lambda: column(bad(None), python=str),
    "ColumnType has sql='': write a text": lambda: column("", python=str),
    "ColumnType has python='str': write a class": lambda: column("a", python=bad("str")),
    "EnumType has states='a': write a class": lambda: enum(bad("a")),
    "EnumType has states=<class 'str'>": lambda: enum(bad(str)),
    "choice takes a StrEnum with values": lambda: bad(choice)(bad(StrEnum("E", []))),
    "choice takes a StrEnum, and|choice takes": lambda: bad(choice)(bad(Enum)),
    "has unique='no': write True or False": lambda: text(unique=bad("no")),
    "has db_column_name='': write a name": lambda: text(db_column_name=""),
    "The path of a claim names 5": lambda: claim(bad(5)),
    "An ApiRole has a name, and 5 is no text": lambda: ApiRole(bad(5)),
    "refresh has .*: write the name with its": lambda: refresh(bad(Other)),
}

OBJECTS: dict[str, Callable[[], Any]] = {
    "Check has name='': write a text": lambda: Check("", "true"),
    "Check has condition=' ': write a text": lambda: Check("c", " "),
    "Generated has name='': write a text": lambda: Generated("", "text", "1"),
    "Generated has type='': write a text": lambda: Generated("a", "", "1"),
    "Generated has expression=5: write a text": lambda: Generated("a", "text", bad(5)),
    r"Unique has columns=\(5,\)": lambda: Unique(bad(5)),
    "Unique has storage='fillfactor = 70': write a tu": lambda: Unique(
        TITLE, storage=bad("fillfactor = 70")
    ),
    "unique constraint names title twice": beside(Unique(TITLE, TITLE), title=TITLE),
    "Index has method='foo': write 'btree' or": lambda: Index(TITLE, method=bad("foo")),
    "Index has where='': write a text": lambda: Index(TITLE, where=""),
    "Index has include=a Text: write a tuple": lambda: Index(TITLE, include=bad(text())),
    "Key has nulls='x': write 'first' or 'last'": lambda: Key(TITLE, nulls=bad("x")),
    "The exclusion 'e' needs a column and": lambda: Exclude(name="e"),
    r"Exclude has pairs=\('title',\)": lambda: Exclude(bad("title"), name="e"),
    "Exclude has deferrable='x'": lambda: Exclude(
        ("title", "="), name="e", deferrable=bad("x")
    ),
    "ForeignKey has columns='title': write a tuple": lambda: ForeignKey(
        bad("title"), "public.others", ("name",)
    ),
    "ForeignKey has references=Other: write a": lambda: ForeignKey(
        ("title",), bad(Other), ("name",)
    ),
    r"refers to others: write the schema too, as in public\.others": beside(
        ForeignKey(("title",), "others", ("name",)), title=text()
    ),
    r"and name is a column of public\.others: name one of public\.thirds": beside(
        ForeignKey(("title",), "public.thirds", (Other.name,)), title=text()
    ),
    "refers to a column that is not assigned in a class": beside(
        ForeignKey(("title",), "public.others", (text(),)), title=text()
    ),
    "The foreign key 'a_a_fkey' names a twice|names title twice": beside(
        ForeignKey(("title", "title"), "public.others", ("a", "b")), title=text()
    ),
    "Policy has name='': write a text": lambda: Policy(name="", using="true"),
    "Policy has command='foo': write 'all' or": lambda: Policy(
        name="a", command=bad("foo"), using="true"
    ),
    "Policy has using=True: write": lambda: Policy(name="a", using=bad(True)),
    "Policy has restrictive='no'": lambda: Policy(
        name="a", using="true", restrictive=bad("no")
    ),
    "OwnedBy has column='user_id': write a column": lambda: Policy.owner(bad("user_id")),
    "Grant has select='title': write True or False or a tu": lambda: Grant(
        to=Role.ANON, select=bad("title")
    ),
    "Grant has delete=": lambda: Grant(to=Role.ANON, delete=bad((TITLE,))),
    "A comment is on 'title', which is no object": beside(Comment("a", on="title")),
    "A comment on Other is declared in its own": beside(Comment("a", on=Other)),
    "Trigger has name=''": lambda: trigger(name=""),
    "Trigger has function='f': write a Database": lambda: trigger(function="f"),
    "Trigger has when='during': write 'before' or": lambda: trigger(when="during"),
    "Trigger has event='upsert'": lambda: trigger(event="upsert"),
    "Trigger has each='table'": lambda: trigger(each="table"),
    "Trigger has condition=''": lambda: trigger(condition=""),
    "is called for truncate, which has no rows": lambda: trigger(event="truncate"),
    "reads the rows of a statement, which are": lambda: trigger(when="before", new_rows="n"),
    "is called instead of a command, as only one": beside(trigger(when="instead of")),
    "DatabaseFunction has returns=''": lambda: function(returns=""),
    "DatabaseFunction has volatility='fast'": lambda: function(volatility="fast"),
    "DatabaseFunction has settings='a': write a tuple": lambda: function(settings="a"),
    "DatabaseFunction has rows='5': write a whole": lambda: function(rows="5"),
    r"NoStatistics has columns=\(5,\): .* a column or a generated column": (
        lambda: NoStatistics(bad(5))
    ),
    "Partition has values=''": lambda: Partition("p", ""),
    "Published has to=5: write a text": lambda: Published(bad(5)),
    "Publication has tables=Other: write a tuple": lambda: Publication("a", bad(Other)),
    r"SearchVector has columns=\('title',\)": lambda: SearchVector("s", bad("title")),
    "RowSecurity has enabled='no'": lambda: RowSecurity(enabled=bad("no"), forced=False),
    "database_objects has 'x', which is no object": beside("x"),
    r"database_objects has .*: write Policy\(…\)": beside(Policy),
    "database_objects has a Text, which": beside(text()),
    "Schema has name=''": lambda: Schema(""),
    "Sequence has type='text'": lambda: Sequence("s", type=bad("text")),
    "needs an increment other than 0": lambda: Sequence("s", increment=0),
    "Extension has schema=''": lambda: Extension("vector", schema=""),
    "EnumType has states='x'": lambda: EnumType(bad("x")),
    "Domain has type=''": lambda: Domain("d", ""),
    "CronJob has schedule=''": lambda: CronJob("a", "", "select 1"),
    "DefaultPrivileges has on='foo'": lambda: DefaultPrivileges(bad("foo")),
    "DefaultPrivileges has to=5: write a dictionary": lambda: DefaultPrivileges(
        "tables", to=bad(5)
    ),
    "DefaultPrivileges has to=.*'select'": lambda: DefaultPrivileges(
        "tables", to={Role.ANON: bad("select")}
    ),
    "on objects: write the schema too": lambda: ForeignPolicy(
        on="objects", name="a", using="true"
    ),
    "grants 'insret' on tables, .* truncate, .* or all": lambda: DefaultPrivileges(
        "tables", to={Role.ANON: ("insret",)}
    ),
    "grants 'select' on functions, .* execute or all": lambda: DefaultPrivileges(
        "functions", to={Role.ANON: ("select",)}
    ),
    "grants anon no privilege on types": lambda: DefaultPrivileges("types", to={Role.ANON: ()}),
    "'pg_mine' begins with pg_": lambda: Schema("pg_mine"),
    "'pg_temp' begins with pg_": lambda: function(schema="pg_temp"),
    "p is a partition of a table that is not partitioned": beside(Partition("p", "default")),
    "called before a change of a row, and a view": view_with(
        trigger(when="before", event="insert")
    ),
    "called after a change of a row, and a view": view_with(trigger()),
    "'t' is on a materialized view": view_with(trigger(when="instead of"), materialized=True),
    "Raw has name=''": lambda: Raw("", create="a", drop="b"),
    "Numbers has tablename=5: write a text": lambda: type(
        "Numbers", (Table,), {"id": primary_key()}, tablename=5
    ),
    "V: a view needs SQL": lambda: type("V", (View,), {"a": text(), "query": 5}, tablename="v"),
    "Only a materialized view can have an index": lambda: type(
        "V",
        (View,),
        {"a": text(), "query": "select 1 as a", "database_objects": (Index("a", name="i"),)},
        tablename="v",
    ),
}


@pytest.mark.parametrize("told", [*HELPERS, *OBJECTS])
def test_it_is_refused_in_a_sentence(told: str) -> None:
    made = {**HELPERS, **OBJECTS}[told]
    with pytest.raises((TypeError, ValueError), match=told):
        made()


def test_a_key_may_refer_to_a_column_of_its_own_class() -> None:
    code = text()
    made = notes(ForeignKey(("title",), "public.notes", (code,)), title=text(), code=code)
    (key,) = [each for each in made.definitions() if each.full_name.endswith("title_fkey")]
    assert "references public.notes (code)" in key.create
