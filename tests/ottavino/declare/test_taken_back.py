"""What statements beside a function have set is taken back where the function is replaced."""

import pytest

from ottavino.declare.taken_back import is_beside, replaced
from ottavino.declare.with_triggers import (
    created_triggers,
    has_triggers,
    is_replacing,
    separated,
    without_triggers,
)

F = "create or replace function f() returns trigger as $$begin; end$$"
G = F.replace("begin", "begin null")
COMMENT = "comment on function f() is 'a'"
OTHER = "comment on function f() is 'b'"
NONE = "comment on function f() is null"
GRANT = "grant execute on function f() to anon"


@pytest.mark.parametrize(
    ("old", "new", "sql"),
    [
        ([F], [G], [G]),
        ([F, COMMENT], [G], [G, NONE]),
        ([F, COMMENT], [G, OTHER], [G, OTHER]),
        ([F, COMMENT], [G, COMMENT], [G, COMMENT]),
        ([F], [F, COMMENT], [F, COMMENT]),
        ([F, COMMENT], [F], [F, NONE]),
        ([F, NONE], [G], [G, NONE]),
        (
            [F, 'comment on function "is"("on") is \'is\''],
            [G],
            [G, 'comment on function "is"("on") is null'],
        ),
        (
            [F, COMMENT, GRANT],
            [F, COMMENT],
            ["revoke execute\n    on function f() from anon"],
        ),
    ],
)
def test_a_comment_goes_with_the_state_that_has_it(
    old: list[str], new: list[str], sql: list[str]
) -> None:
    assert replaced(";\n".join(old), ";\n".join(new)) == ";\n".join(sql)


@pytest.mark.parametrize(
    ("statement", "is_told"),
    [
        (GRANT, True),
        ("revoke all on function f() from public", True),
        (COMMENT, True),
        ("-- grant\nalter function f() owner to anon", False),
        ("", False),
    ],
)
def test_a_statement_beside_a_function_grants_revokes_or_comments(
    statement: str, *, is_told: bool
) -> None:
    assert is_beside(statement) == is_told


@pytest.mark.parametrize(
    ("statement", "is_told"),
    [
        (F, True),
        ("CREATE OR REPLACE FUNCTION f()", True),
        ("create function f()", False),
        ("create or replace view f", False),
        ("", False),
    ],
)
def test_a_function_is_replaced_only_if_its_statement_says_so(
    statement: str, *, is_told: bool
) -> None:
    assert is_replacing(statement) == is_told


TRIGGERS = [
    'create trigger "On Sign-Up" after insert on auth.users execute function f()',
    "create or replace trigger again before update on notes execute function f()",
    "create constraint trigger later after insert on s.notes execute function f()",
]


def test_the_triggers_of_a_function_are_told_from_its_other_statements() -> None:
    create = ";\n".join([F, *TRIGGERS, GRANT])
    assert separated("drop trigger a on b") == (["drop trigger a on b"], [])
    assert separated("create event trigger a on b") == (["create event trigger a on b"], [])
    assert separated(create) == ([F, GRANT], TRIGGERS)
    assert without_triggers(create) == f"{F};\n{GRANT}"
    assert created_triggers(create) == [
        ("auth.users", "On Sign-Up"),
        ("notes", "again"),
        ("s.notes", "later"),
    ]


def test_a_function_that_is_dropped_with_what_calls_it_has_triggers() -> None:
    assert has_triggers("drop function f() cascade")
    assert not has_triggers("drop function f()")
