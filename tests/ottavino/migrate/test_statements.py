"""SQL by hand is split into statements as PostgreSQL does it."""

import pytest

from ottavino.migrate.statements import ends_transaction, statement_texts, statements

KEPT = [
    "",
    ";;",
    "select 1; select 'commit'; select 'it''s; commit'",
    "select e'it\\'s; commit; \\\\'; select 1",
    "select 'a\\'; select 1",
    'select 1 as "x; commit; ""; rollback"',
    "-- commit;\nselect 1",
    "/* commit; /* end; */ rollback; */ select 1",
    "/* commit; ",
    "do $$ begin commit; end $$",
    "do $a$ begin; $$; commit; $$ end $a$",
    "select a$b$c; select 1",
    "insert into t values ('1'); savepoint a; rollback to a; rollback to savepoint a",
    "rollback work to a; rollback transaction to savepoint a; release a",
    "create rule r as on delete to t do (select 1; commit)",
    "create function f() returns int begin atomic select 1; select 2; end",
    "create or replace procedure p() begin atomic select case a when 1 then 2 end; end",
    "create procedure p() begin atomic select 1; end",
    "prepare p as select 1; select 1 as commit; update t set rollback = 1",
]
ENDING = [
    "commit",
    "COMMIT AND CHAIN",
    "select 1;\n  Commit;",
    "rollback",
    "rollback work; begin",
    "rollback and chain",
    "end",
    "abort",
    "prepare transaction 'a'",
    "commit prepared 'a'",
    "/* once /* or twice */ */ commit",
    "-- it's\ncommit",
    "select 'a\\'; commit",
    "select e'a\\\\'; commit",
    "select $$a$$; commit",
    "select $a$; $$; $a$; commit",
    'select 1 as "a"; commit; select 1 as "b"',
    "create function f() returns int language sql as 'select 1'; commit",
    "create function f() returns int begin atomic select 1; end; commit",
    "create function f() returns int begin atomic select case when true then 1 end; end; end",
    "create table a (b int); end",
]


@pytest.mark.parametrize("sql", KEPT)
def test_what_stays_in_its_transaction_is_let_through(sql: str) -> None:
    assert not any(map(ends_transaction, statements(sql)))


@pytest.mark.parametrize("sql", ENDING)
def test_what_would_end_its_transaction_is_recognised(sql: str) -> None:
    assert any(map(ends_transaction, statements(sql)))


@pytest.mark.parametrize(
    ("sql", "texts"),
    [
        ("select 1", ["select 1"]),
        ("select ';';\nselect 2 /* ; */;;", ["select ';'", "select 2 /* ; */"]),
        (
            "a on b (c);\nalter index d set statistics 0",
            ["a on b (c)", "alter index d set statistics 0"],
        ),
    ],
)
def test_statements_are_taken_apart_as_they_are_written(sql: str, texts: list[str]) -> None:
    assert statement_texts(sql) == texts
