"""SQL is cut into tokens, and no word in a literal or a comment is one."""

import pytest

from ottavino.declare.tokens import names, tokens


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
