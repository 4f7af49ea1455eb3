"""Mistakes over keys, references, roles and what is beside them, one on each line that is marked."""

import datetime as dt
from uuid import UUID, uuid4

from ottavino import CALLER, PUBLIC, TSTZRANGE, ApiRole, Check, Col, DatabaseFunction, Exclude
from ottavino import NEXT_NUMBER, ForeignKey, Grant, Index, Key, Members, NoStatistics
from ottavino import OptionalRef, OwnSearch, Partition, Policy, Ref, Role, Schema, SearchVector, Sequence, Table, Trigger
from ottavino import Unique, array, bigint, column, created_at, enum, generated, identity, integer
from ottavino import nullable, owned_reference, owner, primary_key, reference, serial, text
from ottavino import timestamptz, updated_at, uuid, vector
from ottavino.query import insert, select, update
from tests.ottavino.declare.every_column import Country, Membership, Task
from tests.ottavino.house.db.tables import Document
from tests.ottavino.query.tables import Shelf, Thing

EDITOR, SOMEONE = ApiRole("editor"), uuid4()
trigger = DatabaseFunction(name="f", returns="trigger", body="")


class Keys(Table, tablename="keys_of_rows"):
    """Keys, owners and numbers."""

    id: Col[UUID] = primary_key(default=SOMEONE)  # wrong
    a: Col[int] = primary_key()  # wrong
    b: Col[UUID] = primary_key(owner="yes")  # wrong
    c: Col[UUID] = owner(default="caller")  # wrong
    d: Col[UUID] = owner(default=None)  # wrong
    e: Col[int] = owner()  # wrong
    f: Col[int] = serial(text())  # wrong
    g: Col[int] = serial()  # wrong
    h: Col[int] = identity(integer(default=None))  # wrong
    i: Col[int] = identity(integer(), always="no")  # wrong
    j: Col[int] = identity(integer(), init=True)  # wrong
    ja: Col[int] = identity(integer(), default=NEXT_NUMBER)  # wrong
    jb: Col[int] = identity(integer(), always=True, default=NEXT_NUMBER)  # wrong
    jc: Col[int] = identity(integer(), always=False, default=1)  # wrong
    jd: Col[int] = serial(integer(), default=1)  # wrong
    je: Col[int] = integer(default=NEXT_NUMBER)  # wrong
    k: Col[dt.datetime | None] = nullable(timestamptz())  # wrong
    m: Col[dt.datetime] = nullable(timestamptz(), default=CALLER)  # wrong
    n: Col[int | None] = nullable(integer(), default="1")  # wrong
    o: Col[int] = generated(integer())  # wrong
    p: Col[int] = generated("a + b", integer())  # wrong
    pa: Col[str] = generated(integer(), "a + b", stored=False)  # wrong
    pb: Col[int] = generated(integer(), "a + b", stored="no")  # wrong
    pc: Col[int] = generated(integer(), "a + b", False)  # wrong
    q: Col[dt.datetime] = created_at(default=CALLER)  # wrong
    r: Col[dt.date] = updated_at()  # wrong
    s: Col[UUID] = uuid(primary_key="yes")  # wrong
    t: Col[UUID] = uuid(foreign_key=True)  # wrong
    u: Col[list[float]] = vector("3")  # wrong
    v: Col[list[int]] = vector(3)  # wrong
    w: Col[list[float]] = vector(3, default=["a"])  # wrong
    x: Col[str] = enum(Role, default="anon")  # wrong
    y: Col[list[str]] = array(text)  # wrong


class References(Table, tablename="references_of_rows"):
    """References of another type, or to nothing."""

    id: Col[UUID] = primary_key()
    a: Ref[Shelf] = reference(Document)  # wrong
    b: Ref[Shelf] = reference("shelves")  # wrong
    c: Ref[Shelf] = reference(Shelf, default=None)  # wrong
    d: OptionalRef[Shelf] = reference(Shelf)  # wrong
    e: Ref[Shelf] = reference(Shelf, default="x")  # wrong
    f: Ref[Shelf] = reference(Shelf, on_update="set none")  # wrong
    g: Ref[Shelf] = reference(Shelf, deferrable="initially deferred")  # wrong
    h: Ref[Shelf] = reference(Shelf, ondelete="cascade")  # wrong
    i: Ref[Shelf] = reference(Shelf, "id")  # wrong
    j: Ref[Country, str] = reference(Country, Country.code, default=7)  # wrong
    k: Ref[Shelf] = owned_reference(Shelf, on_delete="cascade")  # wrong
    m: Ref[Shelf] = owned_reference("self")  # wrong
    n: OptionalRef[Shelf] = owned_reference(Shelf)  # wrong
    o: Ref[Shelf] = owned_reference(Shelf, default=SOMEONE)  # wrong
    p: Col[UUID] = reference("auth.users", default=None)  # wrong
    q: Col[UUID] = reference("auth.users", UUID)  # wrong
    r: Ref[UUID] = uuid()  # wrong
    s: Ref[Shelf] = reference(Shelf(user_id=SOMEONE, name="a"))  # wrong


number, title, when = integer(), text(), timestamptz()

# Constraints, indexes and triggers.
Unique("id")  # wrong
Check("positive")  # wrong
Check("positive", Document.file_size > 1)  # wrong
ForeignKey(("a",), "public.shelves", ("id",), on_delete="delete")  # wrong
ForeignKey(number, "public.shelves", ("id",))  # wrong
ForeignKey((number,), Shelf, ("id",))  # wrong
ForeignKey((number,), "public.shelves")  # wrong
Exclude(number, name="one")  # wrong
Exclude((number, 7), name="one")  # wrong
Index(number, method="hnws")  # wrong
Index(number, storage="m = 16")  # wrong
Index(number, where=Document.file_size > 1)  # wrong
Index(number, uniqe=True)  # wrong
Index(7)  # wrong
Key(number, nulls="middle")  # wrong
Key(number, operators=7)  # wrong
SearchVector("words", "title")  # wrong
SearchVector(title)  # wrong
OwnSearch(SearchVector("words", title), owner=title, newest=(when, title))  # wrong
NoStatistics(7)  # wrong
Partition("p")  # wrong
Trigger(name="t", function="f", when="before", event="insert")  # wrong
Trigger(name="t", function=trigger, when="during", event="insert")  # wrong
Trigger(name="t", function=trigger, when="before", event="select")  # wrong
column(TSTZRANGE, default="[)")  # wrong

# Roles.
Policy(name="a", to="public", using="true")  # wrong
Policy(name="a", to=(PUBLIC, "anon"), using="true")  # wrong
Policy(name="a", to=None, using="true")  # wrong
Policy(name="a", to=ApiRole, using="true")  # wrong
Policy.owner(owner(), to=EDITOR)  # wrong
Policy.claim(number, "level", to="editor")  # wrong
Policy.member(number, "teams", "select", to="editor")  # wrong
Grant(to=(EDITOR, PUBLIC), select=True)  # wrong
Grant(to=None, select=True)  # wrong
Grant(to=EDITOR, delete=(number,))  # wrong
Grant(to=EDITOR, select="title")  # wrong
Grant.everything(to="editor")  # wrong
Grant(EDITOR, select=True)  # wrong
ApiRole()  # wrong
ApiRole("editor", "writer")  # wrong
Members(group=number, user=owner(), to=("editor",))  # wrong
Schema("reports", usage="editor")  # wrong
Sequence("numbers", usage=PUBLIC)  # wrong


async def joining() -> None:
    """Keys of another type in queries and rows."""
    Membership(user_id=SOMEONE)  # wrong
    Membership(user_id="a", country="IT")  # wrong
    Membership(user_id=SOMEONE, country=None)  # wrong
    Thing(user_id=SOMEONE, shelf_id="a", name="cup", size={"width": 1, "height": 1})  # wrong
    select(Task.number).where(Task.country == SOMEONE)  # wrong
    select(Task.number).where(Task.number == Task.country)  # wrong
    select(Task.number).where(Task.country.parent.code == 7)  # wrong
    select(Task.parent_task.parent.number)  # wrong
    select(Task.number).where(Task.country == None)  # wrong
    select(Task.number).where(Membership.user_id.is_in(["a"]))  # wrong
    update(Thing).set(Thing.shelf_id, None)  # wrong
    update(Thing).set(Thing.shelf_id, "a")  # wrong
    update(Task).set(Task.country, Task.number)  # wrong
    task = (await insert(Task(country="IT")).returning(Task.country, Task.parent_task).one())
    task[0].hex()  # wrong
    task[1].bit_length()  # wrong


# What is right.
Grant(to=PUBLIC, select=(number,))
Policy(name="a", to=(PUBLIC, EDITOR, Role.ANON), using="true")
Index(Key(number, nulls="last", descending=True), storage=("fillfactor = 70",), where="true")
both = bigint(primary_key=True)
ForeignKey((both,), "public.shelves", ("id",), deferrable="deferred")
