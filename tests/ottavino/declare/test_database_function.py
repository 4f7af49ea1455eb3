"""Functions: what they are, and who may execute them."""

from dataclasses import replace
from typing import Any

import asyncpg
import pytest

from ottavino import DatabaseFunction, DatabaseProcedure, Policy
from ottavino.declare.definition import Definition
from ottavino.identity import Identity, Role
from ottavino.testing import Database
from tests.ottavino.declare.installed import (
    Edits,
    caller,
    each_edit_goes_there_and_back,
    install,
    migrator,
    notes,
    schema,
    there_and_back,
)

TWICE = DatabaseFunction(
    name="twice",
    arguments=("n integer",),
    returns="integer",
    language="sql",
    body="select n * 2",
)
MOST = replace(TWICE, arguments=("n integer", "most integer default least(8, 9)"))


def twice(function: DatabaseFunction = TWICE, **changed: Any) -> list[DatabaseFunction]:
    return [replace(function, **changed)]


EDITS: Edits = {
    "another body": (twice(), twice(body="select n + n")),
    "another language": (twice(), twice(language="plpgsql", body="begin return n; end")),
    "stable": (twice(), twice(volatility="stable")),
    "immutable": (twice(volatility="stable"), twice(volatility="immutable")),
    "the definer's rights": (twice(), twice(security_definer=True)),
    "a search path": (twice(), twice(search_path=("public", "pg temp"))),
    "another search path": (
        twice(search_path=("auth",)),
        twice(search_path=("public", "auth")),
    ),
    "who may execute it": (twice(), twice(execute=(Role.ANON, Role.AUTHENTICATED))),
    "fewer who may": (twice(execute=(Role.ANON, Role.AUTHENTICATED)), twice(execute=())),
    "settings": (twice(), twice(settings=("work_mem = '64kB'", "enable_sort = off"))),
    "a setting less": (
        twice(settings=("work_mem = '64kB'", "enable_sort = off")),
        twice(settings=("enable_sort = off",)),
    ),
    "a number of rows": (
        twice(returns="setof integer"),
        twice(returns="setof integer", rows=2),
    ),
    "white space in a literal": (
        twice(language="plpgsql", body="begin perform ' '; return n; end"),
        twice(
            language="plpgsql",
            body="""
                begin
                    perform '\t\f\u2028 \n \n  ';
                    return n;
                end
            """,
        ),
    ),
    "another name": (twice(), twice(name='the "double"')),
    "an argument": (twice(), twice(MOST)),
    "another default": (twice(MOST), twice(arguments=("n integer", "most integer = 1"))),
    "no default": (twice(MOST), twice(arguments=("n integer", "most integer"))),
    "another name of an argument": (
        twice(),
        twice(arguments=("number integer",), body="select number * 2"),
    ),
    "another result": (twice(), twice(returns="bigint", body="select n * 2::bigint")),
    "a table": (
        twice(),
        twice(returns="setof public.notes", body="select * from public.notes"),
    ),
    "one more": ([], twice()),
}


@pytest.mark.whole("makes many edits there and back")
async def test_an_edit_of_any_attribute_goes_there_and_back(
    shared_empty_database: Database,
) -> None:
    await each_edit_goes_there_and_back(shared_empty_database, EDITS)


async def test_only_those_who_are_named_may_execute_it(shared_empty_database: Database) -> None:
    function = replace(TWICE, execute=(Role.AUTHENTICATED,))
    async with migrator(shared_empty_database) as connection:
        await install(connection, function)
        async with caller(connection, Identity(Role.AUTHENTICATED)):
            assert await connection.fetchval("select twice(2)") == 4
        for role in (Role.ANON, Role.SERVICE_ROLE):
            async with caller(connection, Identity(role)):
                with pytest.raises(asyncpg.InsufficientPrivilegeError, match="twice"):
                    await connection.fetchval("select twice(2)")


async def test_an_argument_with_a_default_may_be_left_out(
    shared_empty_database: Database,
) -> None:
    async with migrator(shared_empty_database) as connection:
        await install(connection, replace(MOST, body="select least(n * 2, most)"))
        row = await connection.fetchrow("select twice(3), twice(5), twice(5, 20)")
    assert row is not None
    assert tuple(row) == (6, 8, 10)


async def test_its_search_path_ends_with_what_a_caller_makes(
    shared_empty_database: Database,
) -> None:
    path = replace(
        TWICE, arguments=(), returns="text", body="select current_setting('search_path')"
    )
    async with migrator(shared_empty_database) as connection:
        await install(
            connection, path, replace(path, name="given", search_path=("auth", "a b"))
        )
        row = await connection.fetchrow("select twice(), given()")
    assert row is not None
    assert tuple(row) == ("pg_temp", 'auth, "a b", pg_temp')


async def test_a_type_that_a_caller_makes_does_not_run_with_its_rights(
    shared_empty_database: Database,
) -> None:
    counts = DatabaseFunction(
        name="count_words",
        arguments=("query text",),
        returns="integer",
        body="""
            declare
                words constant tsquery := plainto_tsquery(query);
            begin
                return numnode(words);
            end
        """,
        security_definer=True,
        execute=(Role.AUTHENTICATED,),
    )
    async with migrator(shared_empty_database) as connection:
        await install(connection, counts)
        await connection.execute("""
            set local role authenticated;
            create function pg_temp.spy(tsquery) returns boolean language plpgsql as $$
                begin
                    raise exception 'run by %', current_user;
                end
            $$;
            create domain pg_temp.tsquery as pg_catalog.tsquery check (pg_temp.spy(value));
        """)
        assert await connection.fetchval("select public.count_words('whale')") == 1


async def test_a_policy_makes_way_for_a_function_that_it_calls(
    shared_empty_database: Database,
) -> None:
    few = Policy(name="few", using="public.twice(price) > 0")
    async with migrator(shared_empty_database) as connection:
        one, other = (
            schema(notes(few), replace(TWICE, returns=returns)) for returns in ("int", "bigint")
        )
        await there_and_back(connection, one, other)


def test_a_body_that_would_end_its_own_quotes_is_refused() -> None:
    with pytest.raises(ValueError, match=r"'twice' contains \$function\$"):
        replace(TWICE, body="select $function$a$function$")


def test_arguments_that_are_one_text_are_refused() -> None:
    text: Any = "n integer"
    with pytest.raises(TypeError, match=r"'twice' are a tuple: \(\"query text\",\)"):
        replace(TWICE, arguments=text)


@pytest.mark.parametrize(
    ("body", "written"),
    [
        ("\n        a\n            b\n    ", "a\n    b"),
        ("a\n        b\n            c\n    ", "a\nb\n    c"),
        ("\n\ta\n\t\tb\t\n", "a\n\tb\t"),
        ("\n    'a\n   b'\n", "    'a\n   b'"),
    ],
)
def test_the_indentation_of_python_goes_and_no_literal_changes(body: str, written: str) -> None:
    create = replace(TWICE, body=body).definition().create
    assert f"\n{written}\n" in create


def test_a_rule_of_the_linter_is_accepted_with_a_reason() -> None:
    with pytest.raises(ValueError, match="accepts SEC014 without a reason"):
        replace(TWICE, accepted={"SEC014": " "})


def procedure(**changed: Any) -> Definition:
    """The definition of a procedure."""
    given: dict[str, Any] = {
        "name": "tidy",
        "body": "begin commit; end",
        "arguments": ("a integer default 1",),
    }
    (made,) = DatabaseProcedure(**(given | changed)).definitions()
    return made


@pytest.mark.parametrize(
    ("changed", "stays"),
    [
        ({"body": "begin rollback; end"}, True),
        ({"arguments": ("a integer default 2",)}, True),
        ({"arguments": ("a integer",)}, False),
        ({"arguments": ("a integer default 1", "b integer default 1")}, False),
        ({"arguments": ("a bigint default 1",)}, False),
    ],
)
def test_a_procedure_is_replaced_unless_an_argument_is_another(
    changed: dict[str, Any], *, stays: bool
) -> None:
    assert procedure().becomes(procedure(**changed)) == stays


def test_a_function_moves_by_its_arguments_unless_a_type_of_them_has_moved() -> None:
    moved = replace(TWICE, schema="other").definition()
    assert moved.move_from("public.twice(n integer)") == (
        "alter function public.twice(n integer) set schema other"
    )
    assert moved.move_from("public.twice(n public.integer)") == (
        "alter function public.twice set schema other"
    )
