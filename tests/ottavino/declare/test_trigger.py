"""Triggers: their events and their tables."""

from dataclasses import replace
from typing import Any
from uuid import uuid4

import pytest

from ottavino import DatabaseFunction, Role, Trigger
from ottavino.declare.definition import Definition
from ottavino.declare.trigger import TriggerDefinition
from ottavino.postgres.connection import Connection
from ottavino.testing import Database
from tests.ottavino.declare.installed import (
    PRICE,
    TITLE,
    Edits,
    each_edit_goes_there_and_back,
    install,
    migrator,
    notes,
    schema,
    there_and_back,
)

ALICE = uuid4()
NOTE = DatabaseFunction(
    name="note",
    returns="trigger",
    body="""
        begin
            perform set_config(
                'test.seen', current_setting('test.seen') || lower(left(tg_op, 1)), true
            );
            return new;
        end
    """,
)
OTHER = replace(NOTE, name='the "other" one')
UPDATE = Trigger(name="note", function=NOTE, when="after", event="update")


def one(**changed: Any) -> list[Trigger]:
    return [replace(UPDATE, **changed)]


EDITS: Edits = {
    "before": (one(), one(when="before")),
    "another event": (one(), one(event="insert")),
    "several events": (one(), one(event=("insert", "update", "delete"))),
    "one event less": (one(event=("insert", "update")), one(event=("update",))),
    "a column": (one(), one(of=(TITLE,))),
    "another column": (one(of=(TITLE,)), one(of=(TITLE, PRICE))),
    "a condition": (one(), one(condition="new.paid")),
    "another condition": (one(condition="new.paid"), one(condition="new.price <> old.price")),
    "for a statement": (one(), one(each="statement")),
    "another function": (one(), one(function=OTHER)),
    "another name": (one(), one(name='the "note"')),
    "another table": (one(), one(on="auth.users")),
    "one more": (one(), [*one(), *one(name="more")]),
    "one less": (one(), []),
}


async def seen(connection: Connection, *database_objects: Trigger | DatabaseFunction) -> str:
    """The events that triggers record: two rows are inserted, updated twice, and deleted."""
    await connection.execute("select set_config('test.seen', '', true)")
    await install(connection, notes(*database_objects))
    await connection.execute(f"""
        insert into notes (user_id, title, price)
        values ('{ALICE}', 'a', 1), ('{ALICE}', 'b', 2);
        update notes set title = 'c' where price = 1;
        update notes set price = 3;
        delete from notes;
    """)
    return await connection.fetchval("select current_setting('test.seen')")


@pytest.mark.whole("makes many edits and undoes them")
async def test_an_edit_of_any_attribute_goes_there_and_back(
    shared_empty_database: Database,
) -> None:
    await each_edit_goes_there_and_back(shared_empty_database, EDITS)


@pytest.mark.parametrize(
    ("changed", "events"),
    [
        ({"event": "insert"}, "ii"),
        ({"event": "update"}, "uuu"),
        ({"event": ("insert", "delete")}, "iidd"),
        ({"of": (TITLE,)}, "u"),
        ({"event": ("insert", "update"), "of": (PRICE,)}, "iiuu"),
        ({"condition": "old.price = 2"}, "u"),
        ({"each": "statement"}, "uu"),
    ],
)
async def test_what_sets_it_off_is_what_it_says(
    shared_empty_database: Database, changed: dict[str, Any], events: str
) -> None:
    async with migrator(shared_empty_database, ALICE) as connection:
        assert await seen(connection, *one(**changed)) == events


async def test_a_trigger_on_a_table_of_others_needs_no_table_of_ours(
    shared_empty_database: Database,
) -> None:
    """One that only another role could make would end in an error."""
    on_users = replace(UPDATE, on="auth.users", event=("insert", "update"), of=("email",))
    async with migrator(shared_empty_database) as connection:
        await there_and_back(connection, schema(), schema(on_users))
        await there_and_back(
            connection, schema(on_users), schema(replace(on_users, of=("email", "id")))
        )


async def test_two_triggers_may_call_the_same_function(shared_empty_database: Database) -> None:
    async with migrator(shared_empty_database, ALICE) as connection:
        made = (*one(), *one(name="more", event="delete"), NOTE)
        assert await seen(connection, *made) == "uuudd"


async def test_a_trigger_makes_way_for_a_function_that_is_made_anew(
    shared_empty_database: Database,
) -> None:
    renamed = replace(NOTE, name="noted")
    async with migrator(shared_empty_database) as connection:
        await there_and_back(
            connection, schema(notes(*one())), schema(notes(*one(function=renamed)))
        )


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"function": replace(NOTE, returns="text")}, "returns trigger, which 'note' is not"),
        ({"function": replace(NOTE, arguments=("a text",))}, "a function without arguments"),
        ({"event": ()}, "needs an event, such as 'update'"),
        ({"event": "insert", "of": (TITLE,)}, 'add "update" to its events'),
    ],
)
def test_a_trigger_that_cannot_go_off_is_refused(changed: dict[str, Any], words: str) -> None:
    with pytest.raises(ValueError, match=f"The trigger 'note' .*{words}"):
        one(**changed)


def test_a_trigger_without_a_table_is_refused() -> None:
    with pytest.raises(ValueError, match="'note' is in an app's `objects`: write on="):
        schema(UPDATE)


ELSEWHERE = replace(UPDATE, on="auth.users")


def definition(**changed: Any) -> Definition:
    """A trigger on a table of others, together with its function."""
    (made,) = replace(ELSEWHERE, **changed).definitions()
    return made


def by_hand(*beside: str, create: str = "create or replace function f()") -> Definition:
    """One whose function is created with other statements."""
    trigger = "create trigger note after update on auth.users execute function f()"
    statements = ";\n".join([create, *beside, trigger])
    return TriggerDefinition.on(
        "auth.users", "note", statements, "drop function f() cascade", function="f()"
    )


REVOKE = "revoke all on function f() from public"
OWNER = "alter function f() owner to anon"


@pytest.mark.parametrize(
    ("old", "new", "stays"),
    [
        (definition(), definition(), True),
        (definition(), definition(function=replace(NOTE, body="begin end")), True),
        (definition(), definition(function=replace(NOTE, execute=(Role.ANON,))), True),
        (definition(), definition(event="insert"), False),
        (definition(), definition(function=OTHER), False),
        (definition(), NOTE.definition(), False),
        (by_hand(), by_hand(REVOKE, "comment on function f() is 'a'"), True),
        (by_hand(OWNER), by_hand(OWNER), True),
        (by_hand(), by_hand(OWNER), False),
        (by_hand(OWNER), by_hand(), False),
        (by_hand(REVOKE, OWNER), by_hand(REVOKE), False),
        (by_hand(REVOKE), by_hand(REVOKE, OWNER), False),
        (by_hand(create="create function f()"), by_hand(), False),
        (by_hand(), by_hand(create="create function f()"), False),
        (replace(by_hand(), function=""), replace(by_hand(REVOKE), function=""), False),
    ],
)
def test_a_trigger_stays_where_only_its_function_changes(
    old: Definition, new: Definition, *, stays: bool
) -> None:
    assert old.becomes(new) == stays


ON = "after update on public.notes"
EACH = "for each row execute function public.note()"
CREATED: dict[str, tuple[Trigger, list[str]]] = {
    "plain": (UPDATE, ["trigger note", ON, EACH]),
    "of columns": (
        replace(UPDATE, of=("title", "price"), event=("insert", "update")),
        ["trigger note", "after insert or update of title, price on public.notes", EACH],
    ),
    "deferred": (
        replace(UPDATE, deferrable="deferred"),
        ["constraint trigger note", ON, "deferrable initially deferred", EACH],
    ),
    "of a statement": (
        replace(UPDATE, each="statement", old_rows="before", new_rows="New"),
        [
            *("trigger note", ON, 'referencing old table as before new table as "New"'),
            EACH.replace("row", "statement"),
        ],
    ),
    "on a condition": (
        replace(UPDATE, condition="new.paid"),
        ["trigger note", ON, "for each row when (new.paid)", EACH[len("for each row ") :]],
    ),
}


@pytest.mark.parametrize(("trigger", "create"), CREATED.values(), ids=CREATED)
def test_it_is_created_by_one_statement(trigger: Trigger, create: list[str]) -> None:
    function, made = trigger.definitions("public.notes")
    assert function.name == "function public.note()"
    assert made.create == "create " + "\n    ".join(create)
    assert (made.drop, made.calls) == ("drop trigger note on public.notes", ("public.note",))
