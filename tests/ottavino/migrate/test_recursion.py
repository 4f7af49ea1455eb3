"""Recursive policies are refused before PostgreSQL refuses the queries on their tables."""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from typing import Any, cast
from uuid import UUID, uuid4

import asyncpg
import pytest
from piccolo.apps.migrations.commands.backwards import backwards
from piccolo.apps.migrations.commands.forwards import forwards

from ottavino import PUBLIC, DatabaseFunction, Grant, Policy, Role, Table, View, uuid
from ottavino.identity import Identity
from ottavino.inspect.lint import lint
from ottavino.migrate.live_recursion import live_cycles
from ottavino.migrate.recursion import declared_cycles, sentence
from ottavino.migrate.steps import Execute
from ottavino.postgres.connection import Connection
from ottavino.testing import Database
from ottavino.testing.database import connected
from tests.ottavino.declare.installed import caller, install, migrator, schema, undone
from tests.ottavino.migrate.project import Project, ran, table

ALL = Grant.everything(to=Role.AUTHENTICATED)


def reads(table: str, command: Any = "select", **arguments: Any) -> Policy:
    """A policy whose condition reads a table."""
    word = "check" if command == "insert" else "using"
    arguments[word] = f"exists (select from {table} as other)"
    return Policy(name=f"{command}_reads", command=command, **arguments)


def calls(function: str) -> Policy:
    """A policy whose condition calls a function."""
    return Policy(name="calls", command="select", using=f"{function}(id)")


def function(body: str, **changed: Any) -> DatabaseFunction:
    """A function that a policy calls."""
    made = DatabaseFunction(
        name="asks",
        arguments=("key uuid",),
        returns="boolean",
        language="sql",
        volatility="stable",
        execute=(Role.AUTHENTICATED,),
        body=body,
    )
    return replace(made, **changed)


def view(query: str, name: str = "v", **arguments: Any) -> type[View]:
    """A view that every user may read."""
    members = {"id": uuid(), "query": query, "database_objects": (READ,)}
    make = cast("Callable[..., type[View]]", type(View))
    return make(name.title(), (View,), members, tablename=name, **arguments)


READ = Grant(to=Role.AUTHENTICATED, select=True)
V_OVER_A = view("select id from public.a")
READS_A = "select exists (select from public.a where key is not null)"
READS_A_AT_LAST = """
    declare found boolean;
    begin
        if key is not null then
            select exists (select 1 from public.a) into found;
        end if;
        return found;
    end
"""
OPEN = Policy(name="open", command="select", using="true")

READS_V = "select exists (select from public.v where key is not null)"
EXECUTES_A = "begin execute 'select id from public.a'; return true; end"

Rules = dict[str, tuple[object, ...]]
"""The objects of each table, and the views."""

CYCLES: dict[str, tuple[Rules, str]] = {
    "itself": (
        {"a": (reads("public.a"),)},
        "Policies are recursive: the policy public.a.select_reads reads public.a. ",
    ),
    "without its schema": ({"a": (reads("a"),)}, "public.a.select_reads reads public.a."),
    "another and back": (
        {"a": (reads("public.b"),), "b": (reads("public.a"),)},
        "recursive: the policy public.a.select_reads reads public.b, and the policy public.b",
    ),
    "three": (
        {"a": (reads("public.b"),), "b": (reads("public.c"),), "c": (reads("public.a"),)},
        "and the policy public.c.select_reads reads public.a",
    ),
    "an insert that reads itself": (
        {"a": (OPEN, reads("public.a", command="insert"))},
        "the policy public.a.insert_reads reads public.a.",
    ),
    "a delete that reads what reads it": (
        {"a": (reads("public.b"),), "b": (OPEN, reads("public.a", command="delete"))},
        "the policy public.b.delete_reads reads public.a, and the policy public.a.select_reads",
    ),
    "a function": (
        {"a": (calls("public.asks"), function(READS_A))},
        "the policy public.a.calls reads public.a through the function public.asks.",
    ),
    "a function in PL/pgSQL": (
        {"a": (calls("public.asks"), function(READS_A_AT_LAST, language="plpgsql"))},
        "reads public.a through the function public.asks",
    ),
    "a table, and a function that reads back": (
        {"a": (reads("public.b"),), "b": (calls("asks"), function(READS_A))},
        "the policy public.b.calls reads public.a through the function public.asks",
    ),
    "a view": (
        {"a": (reads("public.v"),), "views": (V_OVER_A,)},
        "the policy public.a.select_reads reads public.a through the view public.v.",
    ),
    "a view of a table that leads back": (
        {
            "a": (reads("public.v"),),
            "b": (reads("public.a"),),
            "views": (view("select id from public.b"),),
        },
        "the policy public.a.select_reads reads public.b through the view public.v, and",
    ),
    "a function over a view of a table that leads back": (
        {
            "a": (calls("public.asks"), function(READS_V)),
            "b": (reads("public.a"),),
            "views": (view("select id from public.b"),),
        },
        "reads public.b through the function public.asks and the view public.v, and",
    ),
    "a function in PL/pgSQL over a view": (
        {
            "a": (
                calls("public.asks"),
                function(f"begin return ({READS_V}); end", language="plpgsql"),
            ),
            "views": (V_OVER_A,),
        },
        "reads public.a through the function public.asks and the view public.v.",
    ),
    "a view over a function": (
        {
            "a": (reads("public.v"), function(READS_A)),
            "views": (view("select id from public.b where public.asks(b.id)"),),
            "b": (OPEN,),
        },
        "reads public.a through the view public.v and the function public.asks.",
    ),
    "a function over a function": (
        {
            "a": (
                calls("public.asks"),
                function("select public.reads(key)"),
                function(READS_A, name="reads"),
            )
        },
        "public.a through the function public.asks and the function public.reads.",
    ),
    "a view with the rights of its owner over a view with those of its caller": (
        {
            "a": (reads("public.w"),),
            "views": (V_OVER_A, view("select id from public.v", "w", security_invoker=False)),
        },
        "reads public.a through the view public.w and the view public.v.",
    ),
    "a view with the rights of its owner over a function": (
        {
            "a": (reads("public.v"), function(READS_A)),
            "b": (OPEN,),
            "views": (
                view("select id from public.b where public.asks(b.id)", security_invoker=False),
            ),
        },
        "reads public.a through the view public.v and the function public.asks.",
    ),
    "a function that executes text": (
        {"a": (calls("public.asks"), function(EXECUTES_A, language="plpgsql"))},
        "reads public.a through the function public.asks.",
    ),
}

NAMES_A_ONLY = """
    declare
        a boolean := true;
        known public.a;
    begin
        -- select from public.a
        return a and 'from public.a' is distinct from (with a as (select 1) select 'a' from a);
    end
"""

NONE: dict[str, Rules] = {
    "a view with the rights of its owner": {
        "a": (reads("public.v"),),
        "views": (view("select id from public.a", security_invoker=False),),
    },
    "a materialized view": {
        "a": (reads("public.v"),),
        "views": (view("select id from public.a", materialized=True),),
    },
    "a function with the rights of its owner over a view": {
        "a": (calls("public.asks"), function(READS_V, security_definer=True)),
        "views": (V_OVER_A,),
    },
    "a function that only names the table": {
        "a": (calls("public.asks"), function(NAMES_A_ONLY, language="plpgsql")),
    },
    "an insert that calls a function that reads itself": {
        "a": (
            reads("public.b"),
            Policy(name="calls", command="insert", check="public.asks(id)"),
            function(READS_A_AT_LAST, language="plpgsql"),
        ),
        "b": (OPEN,),
    },
    "one way": {"a": (reads("public.b"),), "b": (reads("public.c"),), "c": (OPEN,)},
    "its own columns": {"a": (Policy(name="a", using="(select a.id) is not null"),)},
    "other roles": {
        "a": (reads("public.b"), Grant.everything(to=Role.ANON)),
        "b": (reads("public.a", to=Role.ANON), Grant.everything(to=Role.ANON)),
    },
    "an insert that reads another": {
        "a": (reads("public.b", command="insert"),),
        "b": (OPEN, reads("public.c", command="delete")),
        "c": (OPEN,),
    },
    "a function with its owner's rights": {
        "a": (calls("public.asks"), function(READS_A, security_definer=True)),
    },
    "a name in a literal": {"a": (Policy(name="a", using="'select from public.a' <> ''"),)},
    "a name of a common table expression": {
        "a": (Policy(name="a", using="exists (with a as (select 1) select from a)"),)
    },
}


def classes(rules: Rules) -> list[type[Table]]:
    """Three tables with these objects, and views; the owners of rows do not matter."""
    columns = {"user_id": uuid(default=UUID(int=1))}
    tables = [table(name, *rules.get(name, ()), ALL, **columns) for name in "abc"]
    return [*tables, *cast("tuple[type[View], ...]", rules.get("views", ()))]


async def refuses(connection: Connection) -> bool:
    """Whether PostgreSQL refuses a statement of a user's because of a cycle."""
    found: list[bool] = []
    for name in "abc":
        for sql in ("select from {}", "insert into {} default values", "delete from {}"):
            with suppress(asyncpg.InsufficientPrivilegeError):
                try:
                    async with caller(connection, Identity.user(UUID(int=1))):
                        await connection.execute(sql.format(name))
                except (
                    asyncpg.InvalidObjectDefinitionError,
                    asyncpg.StatementTooComplexError,
                ):
                    found.append(True)
    return bool(found)


@pytest.mark.whole("queries every object of many schemas")
async def test_a_cycle_is_found_where_postgresql_refuses_queries_and_nowhere_else(
    shared_empty_database: Database,
) -> None:
    cases = {**{what: rules for what, (rules, _) in CYCLES.items()}, **NONE}
    wrong: list[tuple[str, bool, bool, bool]] = []
    async with migrator(shared_empty_database) as connection:
        for what, rules in cases.items():
            async with undone(connection):
                await install(connection, *classes(rules))
                for name in "abc":
                    await connection.execute(f"insert into {name} default values")
                refused = await refuses(connection)
                live = bool(await live_cycles(connection))
            of_classes = bool(declared_cycles(schema(*classes(rules))))
            if not refused == live == of_classes == (what in CYCLES):
                wrong.append((what, refused, live, of_classes))
    assert wrong == []


@pytest.mark.parametrize(("rules", "words"), CYCLES.values(), ids=list(CYCLES))
def test_the_sentence_names_policies_and_tables(rules: Rules, words: str) -> None:
    said = [sentence(each) for each in declared_cycles(schema(*classes(rules)))]
    assert any(words in each for each in said), said


async def test_a_view_is_followed_with_the_rights_that_it_has_now(
    shared_empty_database: Database,
) -> None:
    async with migrator(shared_empty_database) as connection:
        await install(connection, *classes({"a": (reads("public.b"),), "b": (OPEN,)}))
        for option, cycles in (("false", 0), ("true", 1)):
            async with undone(connection):
                await connection.execute(f"""
                    create view v with (security_invoker = {option}) as table a;
                    grant select on v to authenticated;
                    insert into a default values; insert into b default values;
                    alter policy open on b using (exists (select from v));
                """)
                found = await live_cycles(connection)
                assert len(found) == cycles == await refuses(connection)
    assert "reads public.a through the view public.v" in sentence(found[0])


CHANGES_OF_OWNER: dict[str, tuple[str, bool]] = {
    "the migrating role": ("select 1", False),
    "a role that the policies bind": ("alter {of} owner to {role}", True),
    "a role that bypasses them": (
        "alter role {role} bypassrls; alter {of} owner to {role}",
        False,
    ),
    "the owner of a table with forced policies": (
        "alter {of} owner to {role}; alter table a owner to {role}",
        True,
    ),
    "the owner of a table without": (
        """
            alter {of} owner to {role};
            alter table a owner to {role};
            alter table a no force row level security
        """,
        False,
    ),
    "a role without a policy": (
        "alter {of} owner to {role}; alter policy {policy} on a to authenticated",
        False,
    ),
    "a role with the role of a policy": (
        """
            alter {of} owner to {role};
            alter policy {policy} on a to authenticated;
            grant authenticated to {role}
        """,
        True,
    ),
}


@pytest.mark.whole("asks PostgreSQL about each case")
@pytest.mark.parametrize("of", ["function asks(uuid)", "view v"])
async def test_policies_may_bind_the_owner_of_a_view_or_a_function(
    shared_empty_database: Database, of: str
) -> None:
    through: dict[str, Rules] = {
        "function asks(uuid)": {
            "a": (calls("public.asks"), function(READS_A, security_definer=True))
        },
        "view v": {
            "a": (reads("public.v"),),
            "views": (view("select id from public.a", security_invoker=False),),
        },
    }
    policy = "calls" if of.startswith("function") else "select_reads"
    wrong: list[tuple[str, bool, bool]] = []
    async with migrator(shared_empty_database) as connection:
        await install(connection, *classes(through[of]))
        role = f"auditor_{uuid4().hex}"
        await connection.execute(f"""
            create role {role};
            grant {role} to current_user;
            grant usage, create on schema public to {role};
            grant usage on schema ottavino to {role};
            grant execute on function ottavino.verified() to {role};
            grant select on a to {role};
            insert into a default values;
            alter policy {policy} on a to public;
        """)
        is_old = connection.get_server_version().major < 16
        for what, (change, recursive) in CHANGES_OF_OWNER.items():
            if is_old and "bypassrls" in change:
                # Only a superuser may give it.
                continue
            async with undone(connection):
                await connection.execute(change.format(of=of, role=role, policy=policy))
                found = bool(await live_cycles(connection))
                refused = await refuses(connection)
            if not found == refused == recursive:
                wrong.append((what, found, refused))
    assert wrong == []


@pytest.mark.whole_but_first("migrates in each case")
@pytest.mark.parametrize(
    ("what", "policy"),
    [
        ("another and back", "public.a.select_reads"),
        ("a function in PL/pgSQL over a view", "public.a.calls"),
    ],
)
async def test_new_and_lint_refuse_a_cycle(
    empty_database: Database, project: Project, what: str, policy: str
) -> None:
    project.declare(classes(CYCLES[what][0]))
    with pytest.raises(SystemExit) as refused:
        await project.generate()
    assert "Policies are recursive: the policy public.a" in str(refused.value)
    assert project.files == []
    found = {
        each.where: sides for each, sides in (await lint()).items() if each.rule == "OTT002"
    }
    assert found == {policy: ["classes"]}


@pytest.mark.whole_but_first("migrates in each case")
@pytest.mark.parametrize(
    ("rules", "words"),
    [
        ({"a": (OPEN,), "b": (reads("public.a"),)}, "the policy public.b.select_reads"),
        (
            {"a": (OPEN,), "b": (calls("public.asks"), function(READS_A))},
            "the policy public.b.calls reads public.a through the function public.asks",
        ),
        (
            {
                "a": (OPEN,),
                "b": (
                    calls("public.asks"),
                    function(f"begin return ({READS_V}); end", language="plpgsql"),
                ),
                "views": (V_OVER_A,),
            },
            "public.b.calls reads public.a through the function public.asks and the view",
        ),
    ],
    ids=["by themselves", "through a function", "through a function and a view"],
)
async def test_forwards_refuses_what_only_two_files_together_make_recursive(
    empty_database: Database,
    project: Project,
    capsys: pytest.CaptureFixture[str],
    rules: Rules,
    words: str,
) -> None:
    project.declare(classes(rules))
    await project.migrate()
    by_hand = "alter policy open on public.a using (exists (select from public.b))"
    project.write("9_a", Execute(by_hand, ""))
    with pytest.raises(SystemExit):
        await forwards("db")
    said = capsys.readouterr().err
    assert "the policy public.a.open reads public.b" in said
    assert words in said
    assert "Nothing was changed." in said
    assert len(await ran(empty_database)) == 1


@pytest.mark.whole_but_first("migrates in each case")
@pytest.mark.parametrize("through", ["a sub-select", "a function"])
async def test_backwards_refuses_to_make_policies_recursive(
    empty_database: Database, project: Project, capsys: pytest.CaptureFixture[str], through: str
) -> None:
    """A function that reads the other table is known from the files that stay."""
    body = "begin return exists (select from public.b); end"
    asks = DatabaseFunction(name="asks", returns="boolean", body=body, execute=(PUBLIC,))
    project.declare(classes({"a": (OPEN,), "b": (reads("public.a"), asks)}))
    await project.migrate()
    condition = (
        "exists (select from public.b)" if through == "a sub-select" else "public.asks()"
    )
    undo = f"alter policy open on public.a using ({condition})"
    project.write("9_a", Execute("select 1", undo))
    await forwards("db")
    with pytest.raises(SystemExit):
        await backwards("db", auto_agree=True)
    said = capsys.readouterr().err
    assert "the policy public.a.open reads public.b" in said
    assert "Nothing was changed." in said
    assert len(await ran(empty_database)) == 2


@pytest.mark.whole("migrates many times")
async def test_policies_that_were_recursive_before_stop_no_run(
    empty_database: Database, project: Project
) -> None:
    project.declare(classes({"a": (OPEN,), "b": (reads("public.a"),)}))
    await project.migrate()
    async with connected(empty_database.direct_url) as connection:
        await connection.execute(
            "alter policy open on public.a using (exists (select from public.b))"
        )
    project.write("9_a", Execute("select 1", "select 1"))
    await forwards("db")
    assert len(await ran(empty_database)) == 2
    await backwards("db", auto_agree=True)
    assert len(await ran(empty_database)) == 1
