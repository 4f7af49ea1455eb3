"""Privileges are read from SQL, and changed without touching those of others."""

import pytest

from ottavino.declare.privilege import (
    NOUNS,
    OF_COLUMNS,
    Privilege,
    Target,
    are_alike,
    changing,
    closings_of,
    granting,
    only,
    privileges_of,
    renamed,
)

NOTES = Target("", "public.notes", "anon")
F = "create function f() returns void begin atomic select 1;\nend"
G = F.replace("1", "2")

READ: dict[str, list[Privilege]] = {
    "grant select on public.notes to anon": [Privilege(NOTES, "select")],
    "GRANT SELECT ON TABLE public.notes TO GROUP anon": [Privilege(NOTES, "select")],
    "grant all privileges on public.notes to anon": [Privilege(NOTES, "all")],
    "grant all on public.notes /* of all */ to anon": [Privilege(NOTES, "all")],
    "grant select, update on public.notes to anon with grant option": [
        Privilege(NOTES, "select", with_option=True),
        Privilege(NOTES, "update", with_option=True),
    ],
    'grant select, update (title, "Body"), delete on public.notes to anon': [
        Privilege(NOTES, "select"),
        Privilege(NOTES, "update", "title"),
        Privilege(NOTES, "update", "Body"),
        Privilege(NOTES, "delete"),
    ],
    'grant execute on function f(integer) to anon, "Ops"': [
        Privilege(Target("", "function f(integer)", "anon"), "execute"),
        Privilege(Target("", "function f(integer)", '"Ops"'), "execute"),
    ],
    "grant select on public.notes, a.b to anon granted by current_user": [
        Privilege(NOTES, "select"),
        Privilege(Target("", "a.b", "anon"), "select"),
    ],
    'grant execute on function f(int, text) , "g,h"(numeric(3, 1)) to anon': [
        Privilege(Target("", "function f(int, text)", "anon"), "execute"),
        Privilege(Target("", 'function "g,h"(numeric(3, 1))', "anon"), "execute"),
    ],
    "grant usage on sequence a, b to anon with grant option granted by current_user": [
        Privilege(Target("", "sequence a", "anon"), "usage", with_option=True),
        Privilege(Target("", "sequence b", "anon"), "usage", with_option=True),
    ],
    "alter default privileges in schema reports grant select on tables to anon": [
        Privilege(
            Target("alter default privileges in schema reports", "tables", "anon"), "select"
        )
    ],
    "grant select on a to anon; grant select on a to anon": [
        Privilege(Target("", "a", "anon"), "select")
    ],
    f"{F};\ngrant execute on function f() to anon": [
        Privilege(Target("", "function f()", "anon"), "execute")
    ],
    "-- of all\n/* who\nread */ grant select on public.notes -- of all\n to anon": [
        Privilege(NOTES, "select")
    ],
    "-- later\nalter default privileges -- all\ngrant select on tables to anon": [
        Privilege(Target("alter default privileges", "tables", "anon"), "select")
    ],
    "grant reader to anon": [],
    "revoke grant option for select on a from anon": [],
    "comment on table a is 'grant select on a to anon'": [],
    "create function f() begin atomic select 1 from grant_on; end": [],
    "create rule r as on insert to a do instead grant select on a to anon": [],
    "alter default settings grant select on a to anon": [],
}


@pytest.mark.parametrize(("sql", "read"), READ.items(), ids=READ)
def test_privileges_are_read_as_postgresql_does(sql: str, read: list[Privilege]) -> None:
    assert privileges_of(sql) == read


def test_they_are_granted_by_one_statement_for_each_role_and_option() -> None:
    sql = (
        'grant select, update (title, "Body") on a to anon;'
        "grant select, update on a to anon with grant option;"
        "grant delete on a to authenticated;"
        "alter default privileges in schema s grant select on tables to anon"
    )
    assert granting(privileges_of(sql)) == [
        'grant select, update (title, "Body")\n    on a to anon',
        "grant delete\n    on a to authenticated",
        "alter default privileges in schema s grant select\n    on tables to anon",
        "grant select, update\n    on a to anon with grant option",
    ]


@pytest.mark.parametrize("noun", sorted(NOUNS))
def test_what_a_noun_precedes_is_no_table(noun: str) -> None:
    assert not Target("", f"{noun} a", "anon").is_relation
    assert Target("", f'"{noun}"', "anon").is_relation
    assert Target("", f"a.{noun}", "anon").is_relation


def test_what_is_not_there_yet_is_no_table() -> None:
    assert not Target("alter default privileges", "tables", "anon").is_relation


def test_all_privileges_cover_each_and_one_covers_itself_on_columns() -> None:
    every, one = Privilege(NOTES, "all"), Privilege(NOTES, "select")
    column = Privilege(NOTES, "select", "title")
    assert [every.covers(each) for each in (every, one, column)] == [True, True, True]
    assert [one.covers(each) for each in (every, one, column)] == [False, True, True]
    assert [column.covers(each) for each in (every, one)] == [False, False]
    assert not every.covers(Privilege(Target("", "public.notes", "public"), "select"))


CHANGED: dict[str, tuple[str, str, list[str]]] = {
    "nothing": (f"{F};\ngrant execute on function f() to anon", "", []),
    "the function alone": (
        f"{F};\ngrant execute on function f() to anon",
        f"{G};\ngrant execute on function f() to anon",
        [G],
    ),
    "the role alone": (
        f"{F};\ngrant execute on function f() to anon",
        f"{F};\ngrant execute on function f() to authenticated",
        [
            "revoke execute\n    on function f() from anon",
            "grant execute\n    on function f() to authenticated",
        ],
    ),
    "with an option": (
        "grant usage on schema s to anon",
        "grant usage on schema s to anon with grant option",
        ["grant usage\n    on schema s to anon with grant option"],
    ),
    "all of one": (
        "grant usage on schema s to anon",
        "grant all on schema s to anon",
        ["grant all\n    on schema s to anon"],
    ),
    "all, without the option of one": (
        "grant usage on schema s to anon with grant option",
        "grant all on schema s to anon",
        [
            "revoke usage\n    on schema s from anon",
            "grant all\n    on schema s to anon",
        ],
    ),
    "one of all": (
        "grant all, usage on schema s to anon",
        "grant usage on schema s to anon",
        [
            "revoke all\n    on schema s from anon",
            "grant usage\n    on schema s to anon",
        ],
    ),
    "other columns": (
        "grant update (a, b) on notes to anon",
        "grant update (b, c) on notes to anon",
        ["revoke update (a)\n    on notes from anon", "grant update (c)\n    on notes to anon"],
    ),
    "by default": (
        "alter default privileges grant select on tables to anon",
        "alter default privileges grant insert on tables to anon",
        [
            "alter default privileges revoke select\n    on tables from anon",
            "alter default privileges grant insert\n    on tables to anon",
        ],
    ),
    "of a table, but none of columns": (
        "grant truncate, trigger on notes to anon",
        "grant trigger on notes to anon",
        ["revoke truncate\n    on notes from anon"],
    ),
    "one beside all": (
        "grant usage on schema s to anon; grant all on schema s to anon",
        "grant all on schema s to anon",
        [
            "revoke usage\n    on schema s from anon",
            "grant usage\n    on schema s to anon",
        ],
    ),
    "one after a comment": (
        "grant select on notes to anon;\n-- why\ngrant delete on notes to anon",
        "grant select on notes to anon;\n/* no more */",
        ["revoke delete\n    on notes from anon"],
    ),
    "closed to one more": (
        "revoke all on schema s from public",
        "revoke all on schema s from public, anon;\ngrant usage on schema s to anon, public",
        [
            "revoke all on schema s from anon",
            "grant usage\n    on schema s to anon",
            "grant usage\n    on schema s to public",
        ],
    ),
}


@pytest.mark.parametrize(("old", "new", "sql"), CHANGED.values(), ids=CHANGED)
def test_only_what_differs_is_revoked_and_granted(old: str, new: str, sql: list[str]) -> None:
    assert changing(old, new or old) == ";\n".join(sql)


@pytest.mark.parametrize("name", sorted(OF_COLUMNS))
@pytest.mark.parametrize("role", ["anon", "public"])
def test_what_is_revoked_on_a_table_leaves_its_columns(name: str, role: str) -> None:
    on = f'"a%b" to {role}'
    sql = changing(f"grant {name}, truncate on {on}", f"grant truncate on {on}")
    # No other statement revokes it.
    assert sql.startswith("do $beside_columns$\n")
    assert f'    revoke {name}\n        on "a%b" from {role};\n' in sql
    # A name within the literal would be that of the live table in a shadow database.
    assert f"'grant %s (%I) on %s to {role}', privilege_type, attname, pg_class.oid" in sql
    grantee = "0" if role == "public" else "'anon'::regrole"
    assert f"""oid = '"a%b"'::regclass and grantor = relowner and grantee = {grantee};""" in sql


@pytest.mark.parametrize(
    ("old", "new", "alike"),
    [
        (f"{F};\ngrant execute on function f() to anon", F, True),
        (f"{F};\nrevoke all on function f() from public", F, True),
        (F, G, False),
        (f"{F};\ncomment on function f() is 'a'", F, False),
        (f"{F};\nrevoke execute on function f() from public", F, False),
    ],
)
def test_two_states_are_alike_but_for_what_they_grant(
    old: str, new: str, *, alike: bool
) -> None:
    assert are_alike(old, new) == alike


def test_what_is_not_kept_is_left_out_of_its_statement() -> None:
    sql = f"{F};\ngrant select,  update on a to anon;\ngrant  select on b to anon"
    assert only(sql, lambda each: each.name == "select") == (
        f"{F};\ngrant select\n    on a to anon;\ngrant  select on b to anon"
    )


def test_another_name_of_a_table_or_a_column_is_written_in_its_statements() -> None:
    sql = (
        "revoke all on notes from public, anon;\n"
        "grant select, update (title, body) on notes to anon"
    )
    assert renamed(sql, "papers", {"title": "head"}) == (
        "revoke all on papers from public, anon;\n"
        "grant select, update (head, body)\n    on papers to anon"
    )


def test_what_all_is_revoked_on_is_told_with_each_role() -> None:
    sql = (
        'revoke all on a from public, "Ops" cascade;\n'
        "revoke all on table a, c.d from public restrict;\n"
        "revoke all on function f(integer) from anon;\n"
        "revoke select on b from anon;\n"
        "grant all on b to anon"
    )
    assert closings_of(sql) == [
        Target("", "a", "public"),
        Target("", "a", '"Ops"'),
        Target("", "a", "public"),
        Target("", "c.d", "public"),
        Target("", "function f(integer)", "anon"),
    ]
