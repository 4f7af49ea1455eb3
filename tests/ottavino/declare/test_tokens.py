"""SQL is cut into tokens, and no word in a literal or a comment is one."""

import pytest

from ottavino.declare.tokens import closed, literals, names, strings, tokens, without_defaults


@pytest.mark.parametrize(
    "sql",
    [
        "a, b",
        "a 'c', b",
        "a 'it''s c', b",
        "a e'it\\'s c', b",
        "a $$c$$, b",
        "a $x$ c $$ c $x$, b",
        "a -- c\n b",
        "a /* c */ b",
        "a /* c /* c */ c */ b",
        "a /* /* c */ c */ b /* c",
        "A\tB",
        'a "b"',
    ],
)
def test_a_name_is_read_and_no_word_of_a_literal_or_a_comment(sql: str) -> None:
    assert names(sql) == {"a", "b"}


def test_a_token_is_a_word_a_quoted_name_or_a_sign_and_says_where_it_is() -> None:
    found = [*tokens('Of "The ""A""";(=1)')]
    assert [(each.kind, each.text) for each in found] == [
        ("word", "of"),
        ("quoted", 'The "A"'),
        ("sign", ";"),
        ("sign", "("),
        ("sign", "="),
        ("sign", ")"),
    ]
    assert [(each.start, each.end) for each in found[:3]] == [(0, 2), (3, 14), (14, 15)]


def test_literals_are_found_with_their_quotation_marks() -> None:
    sql = """a 'b''c' e'd\\'' $$f$$ $x$g$x$ "h" -- 'i'\n /* 'j' */ ''"""
    assert [*literals(sql)] == ["'b''c'", "e'd\\''", "$$f$$", "$x$g$x$", "''"]


def test_the_text_of_plain_literals_is_read_and_no_other() -> None:
    sql = """'a' 'b''c' e'd' $$e$$ "f" -- 'g'\n /* 'h' /* 'i' */ 'j' */ ''"""
    assert [*strings(sql)] == ["a", "b'c", ""]


@pytest.mark.parametrize("sql", ["", "a", "'-- b'", "a /* -- */", "a -- b\n"])
def test_what_ends_outside_of_a_comment_is_closed(sql: str) -> None:
    assert closed(sql) == sql


def test_a_comment_at_the_end_is_ended() -> None:
    assert closed("a -- b") == "a -- b\n"


@pytest.mark.parametrize(
    ("interface", "words"),
    [
        ("(a int, b int default f(1, (2)))", "( a integer , b integer default )"),
        (
            "(a int[] = array[1, 2], b text := ',)')",
            "( a integer [ ] default , b text default )",
        ),
        ('(A int /* = 1 */, "Default" int) -- =', '( a integer , "Default" integer )'),
        ("(\n  a numeric(9, 2)\n) returns table(b int, c int)", None),
        (
            '(a varchar(9), "int" timestamptz)',
            '( a character varying ( 9 ) , "int" timestamp with time zone )',
        ),
        ("()", "( )"),
    ],
)
def test_the_arguments_of_a_function_are_read_without_the_values_of_defaults(
    interface: str, words: str | None
) -> None:
    expected = words or "( a numeric ( 9 , 2 ) ) returns table ( b integer , c integer )"
    assert without_defaults(interface) == expected
