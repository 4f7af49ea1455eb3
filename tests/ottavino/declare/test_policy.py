"""Policies: each attribute reaches the database, and each helper gives what its name says."""

from dataclasses import replace
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import pytest

from ottavino import (
    PUBLIC,
    Col,
    Grant,
    Policy,
    Unique,
    boolean,
    owned_reference,
    owner,
    primary_key,
)
from ottavino.declare.ownership import OwnedThrough
from ottavino.declare.policy import PolicyDefinition
from ottavino.declare.table import Table
from ottavino.identity import Identity, Role
from ottavino.postgres.connection import Connection
from ottavino.postgres.login_sql import key_sql
from ottavino.postgres.supabase import MIGRATOR
from ottavino.testing import Database
from ottavino.testing.database import CLAIMS_KEY
from tests.ottavino.declare.installed import (
    PAID,
    Edits,
    caller,
    each_edit_goes_there_and_back,
    install,
    migrator,
    notes,
    schema,
    there_and_back,
)
from tests.ottavino.migrate.project import table

EVERYONE = (Role.ANON, Role.AUTHENTICATED)
ALICE, BOB = uuid4(), uuid4()
IDS = {ALICE: uuid4(), BOB: uuid4()}
ALL = Grant.everything(to=Role.AUTHENTICATED)


def one(**arguments: Any) -> list[Policy]:
    values: dict[str, Any] = {"name": "few", "using": "paid", **arguments}
    return [Policy(**values)]


EDITS: Edits = {
    "another name": (one(), one(name='few "or" more')),
    "one command": (one(), one(command="select")),
    "another command": (one(command="select"), one(command="delete")),
    "another role": (one(), one(to=Role.ANON)),
    "several roles": (one(), one(to=EVERYONE)),
    "one role less": (one(to=EVERYONE), one(to=Role.ANON)),
    "another using": (one(), one(using="not paid")),
    "a check": (one(), one(check="price > 0")),
    "another check": (one(check="price > 0"), one(check="price > 1")),
    "restrictive": (one(), one(restrictive=True)),
    "a check alone": (one(restrictive=True), one(restrictive=True, using=None, check="paid")),
    "for insert": (one(command="update"), one(command="insert", using=None, check="paid")),
    "one more": (one(), [*one(), *one(name="more")]),
    "one less": (one(), []),
    "read by everyone": ([Policy.public_read()], [Policy.public_read("paid")]),
}

NONSENSE = {
    "write check=": {"command": "insert", "using": "true"},
    "for select, which writes no new row: write using=": {"command": "select", "check": "paid"},
    "for delete, which writes no new row: write using=": {"command": "delete", "check": "paid"},
    "has no condition: write using=": {"command": "select"},
    "has no condition: write check=": {"command": "insert"},
    "has an empty condition": {"using": " "},
    "so it applies to no row": {"command": "update", "check": "true"},
    "has no role": {"to": (), "using": "true"},
}


class Album(Table, tablename="albums"):
    """A parent."""

    id: Col[UUID] = primary_key()
    user_id: Col[UUID] = owner()
    published: Col[bool] = boolean(default=False)

    database_objects = (
        Policy.read_only(user_id),
        Policy.public_read("published"),
        Grant(to=Role.ANON, select=True),
        ALL,
        Unique(id, user_id),
    )


class Photo(Table, tablename="photos"):
    """A child, which its parent's owner may reach."""

    id: Col[UUID] = primary_key()
    user_id: Col[UUID] = owner()
    album_id: Col[UUID] = owned_reference(Album)

    database_objects = (Policy.owner_through(album_id, Album.user_id), ALL)


async def pictures(connection: Connection) -> None:
    """Give two users an album each, with a photo in it; only Bob's is published."""
    await install(connection, Album, Photo)
    for user, album in IDS.items():
        await connection.execute(f"""
            insert into albums (id, user_id, published)
            values ('{album}', '{user}', {user == BOB});
            insert into photos (id, album_id, user_id) values ('{album}', '{album}', '{user}');
        """)


@pytest.mark.whole("makes many edits and undoes them")
async def test_an_edit_of_any_attribute_goes_there_and_back(
    shared_empty_database: Database,
) -> None:
    await each_edit_goes_there_and_back(shared_empty_database, EDITS)


async def test_the_owner_of_the_parent_reaches_the_child_and_nobody_else_does(
    shared_empty_database: Database,
) -> None:
    async with migrator(shared_empty_database, ALICE, BOB) as connection:
        await pictures(connection)
        async with caller(connection, Identity.user(ALICE)):
            assert await connection.fetchval("select id from photos") == IDS[ALICE]
            assert await connection.execute("update photos set id = id") == "UPDATE 1"
            with pytest.raises(asyncpg.InsufficientPrivilegeError, match="row-level security"):
                await connection.execute(
                    f"insert into photos (album_id, user_id) values ('{IDS[BOB]}', '{BOB}')"
                )


async def test_claims_that_nobody_has_signed_reach_no_row(
    shared_empty_database: Database,
) -> None:
    seen = "select (select count(*) from albums), (select count(*) from photos)"
    async with migrator(shared_empty_database, ALICE, BOB) as connection:
        await pictures(connection)
        async with caller(connection, Identity.user(ALICE)):
            # The photo of her own album, and the album that is published.
            assert tuple(await connection.fetchrow(seen) or ()) == (2, 1)
        # From now on, the claims of this login have to be signed.
        await connection.execute(key_sql(MIGRATOR, CLAIMS_KEY))
        async with caller(connection, Identity.user(ALICE)):
            assert tuple(await connection.fetchrow(seen) or ()) == (0, 0)


async def test_what_is_read_only_is_seen_by_its_owner_and_changed_by_nobody(
    shared_empty_database: Database,
) -> None:
    async with migrator(shared_empty_database, ALICE, BOB) as connection:
        await pictures(connection)
        async with caller(connection, Identity.user(ALICE)):
            mine = f"select from albums where user_id = '{ALICE}'"
            assert await connection.execute(mine) == "SELECT 1"
            assert await connection.execute("update albums set id = id") == "UPDATE 0"
            assert await connection.execute("delete from albums") == "DELETE 0"


async def test_what_is_public_is_seen_by_everyone_where_its_condition_is_true(
    shared_empty_database: Database,
) -> None:
    async with migrator(shared_empty_database, ALICE, BOB) as connection:
        await pictures(connection)
        for identity in (Identity.anonymous(), Identity.user(uuid4())):
            async with caller(connection, identity):
                assert await connection.fetchval("select id from albums") == IDS[BOB]


async def test_a_restrictive_policy_takes_away_what_another_gives(
    shared_empty_database: Database,
) -> None:
    paid = Policy(name="paid", using="paid", restrictive=True)
    async with migrator(shared_empty_database, ALICE) as connection:
        await install(connection, notes(Policy(name="all", using="true"), paid, ALL))
        await connection.execute(f"""
            insert into notes (user_id, title, price, paid)
            values ('{ALICE}', 'a', 1, true), ('{ALICE}', 'b', 1, false);
        """)
        async with caller(connection, Identity.user(ALICE)):
            assert await connection.fetchval("select title from notes") == "a"


async def test_the_parent_s_column_that_is_named_says_who_reaches_the_child(
    shared_empty_database: Database,
) -> None:
    class Album(Table, tablename="albums"):
        id: Col[UUID] = primary_key()
        user_id: Col[UUID] = owner()
        holder_id: Col[UUID] = owner()

        database_objects = (Unique(id, user_id), Policy(name="all", using="true"), ALL)

    class Photo(Table, tablename="photos"):
        id: Col[UUID] = primary_key()
        user_id: Col[UUID] = owner()
        album_id: Col[UUID] = owned_reference(Album)

        database_objects = (Policy.owner_through(album_id, Album.holder_id), ALL)

    async with migrator(shared_empty_database, ALICE, BOB) as connection:
        await install(connection, Album, Photo)
        await connection.execute(
            f"insert into albums values ('{ALICE}', '{ALICE}', '{BOB}'); "
            f"insert into photos values ('{ALICE}', '{ALICE}', '{ALICE}')"
        )
        for user, count in ((ALICE, 0), (BOB, 1)):
            async with caller(connection, Identity.user(user)):
                assert await connection.fetchval("select count(*) from photos") == count


async def test_a_policy_through_a_parent_makes_way_for_a_change_of_the_parent(
    shared_empty_database: Database,
) -> None:
    class Album(Table, tablename="albums"):
        id: Col[UUID] = primary_key()
        user_id: Col[UUID] = owner()
        holder_id: Col[UUID] = owner()

        database_objects = (Unique(id, user_id),)

    class Photo(Table, tablename="photos"):
        id: Col[UUID] = primary_key()
        user_id: Col[UUID] = owner()
        album_id: Col[UUID] = owned_reference(Album)

        database_objects = (Policy.owner_through(album_id, Album.holder_id),)

    class Moved(Table, tablename="albums"):
        id: Col[UUID] = primary_key()
        user_id: Col[UUID] = owner()

        database_objects = (Unique(id, user_id),)

    class Own(Table, tablename="photos"):
        id: Col[UUID] = primary_key()
        user_id: Col[UUID] = owner()
        album_id: Col[UUID] = owned_reference(Moved)

        database_objects = (Policy.owner(user_id),)

    async with migrator(shared_empty_database) as connection:
        await there_and_back(connection, schema(Album, Photo), schema(Moved, Own))


def test_row_security_is_enabled_and_forced_without_being_asked_for() -> None:
    made = schema(notes()).objects["row-security public.notes"].create
    assert "enable row level security" in made
    assert "force row level security" in made


@pytest.mark.parametrize(("words", "arguments"), NONSENSE.items(), ids=list(NONSENSE))
def test_a_policy_that_cannot_mean_anything_is_refused(
    words: str, arguments: dict[str, Any]
) -> None:
    with pytest.raises(ValueError, match=f"The policy 'few' .*{words}"):
        Policy(name="few", **arguments)


def test_a_parent_that_is_not_the_row_s_own_is_refused() -> None:
    with pytest.raises(ValueError, match="album_id is the id of a row of albums, not of"):

        class Picture(Table, tablename="pictures"):
            id: Col[UUID] = primary_key()
            user_id: Col[UUID] = owner()
            album_id: Col[UUID] = owned_reference(Album)

            database_objects = (Policy.owner_through(album_id, Photo.user_id),)

        assert Picture


def test_a_policy_that_asks_itself_is_refused() -> None:
    through = Policy(name="few", using=OwnedThrough(PAID, Album.user_id))
    with pytest.raises(ValueError, match="is recursive"):
        through.definition("public.albums")


def test_a_parent_without_a_table_is_refused() -> None:
    with pytest.raises(ValueError, match=r"Policy\.owner_through\(album_id, Album\.user_id\)"):
        Policy.owner_through(PAID, owner())


def test_a_restrictive_policy_that_a_role_can_leave_is_refused_where_everybody_is_let_in() -> (
    None
):
    """`drop owned by authenticated` takes that role out of the policies that name it."""
    everybody = Policy(name="everybody", using="true", to=PUBLIC)
    with pytest.raises(ValueError, match=r"'paid' names roles, .* Write to=PUBLIC for the"):
        table("invoices", everybody, Policy(name="paid", using="true", restrictive=True))
    for first, to in ((everybody, PUBLIC), (replace(everybody, to=Role.ANON), Role.ANON)):
        assert table(
            "invoices", first, Policy(name="paid", using="true", restrictive=True, to=to)
        )


def test_a_typed_condition_uses_the_columns_that_it_names() -> None:
    made = Policy.owner(Album.user_id).definition("public.albums")
    assert isinstance(made, PolicyDefinition)
    assert made.is_known
    assert made.uses == {"public.albums": ("user_id",)}
    by_hand = Policy(name="few", using="paid", check="not paid").definition("public.albums")
    assert (by_hand.uses, by_hand.free) == ({}, ("paid", "not paid"))
