"""Splits SQL into tokens with sqlglot, and finds the names and the code in them."""

import functools
import itertools
from collections.abc import Iterator, Sequence

from sqlglot.dialects.postgres import Postgres
from sqlglot.errors import SqlglotError
from sqlglot.tokenizer_core import Token, TokenType

from ottavino.postgres.quoting import RESERVED
from ottavino.sql.names import Mention

POSTGRES = Postgres()

CODE_FOLLOWS = {"as", "do", "plpgsql", "sql"}
"""Words after which a quoted string is code: `as $$…$$`, `do language plpgsql $$…$$`."""

OBJECT_TYPES = {
    *("regclass", "regcollation", "regconfig", "regdictionary", "regnamespace"),
    *("regproc", "regprocedure", "regtype"),
}
"""The types whose literals are names of objects."""


class Words(Postgres.Tokenizer):
    """Splits any SQL into tokens without keywords: sqlglot's own tokenizer reads `execute` and
    the rest of the statement as one string.
    """

    KEYWORDS = {  # noqa: RUF012  # the parent class declares it so
        text: kind
        for text, kind in Postgres.Tokenizer.KEYWORDS.items()
        if not text[0].isalpha()
    }


# A statement is read once to find its names, and again to replace them.
@functools.lru_cache(maxsize=512)
def cut(sql: str) -> list[Token] | None:
    """The tokens of some SQL; None where a quotation mark is missing."""
    try:
        return Words(dialect=POSTGRES).tokenize(sql)
    except (SqlglotError, RecursionError):
        return None


def named(tokens: Sequence[Token]) -> Iterator[tuple[list[Token], Mention]]:
    """The names, each with its tokens."""
    at = 0
    while at < len(tokens):
        parts = [*dotted(tokens, at)]
        if not parts:
            at += 1
            continue
        before, after = type_at(tokens, at - 1), type_at(tokens, at + 2 * len(parts) - 1)
        is_alias = before == TokenType.DCOLON or (
            at > 0 and is_word(tokens[at - 1]) and tokens[at - 1].text.lower() == "as"
        )
        if len(parts) > 1 or not is_alias:
            path = tuple(map(folded, parts))
            is_enclosed = (before, after) == (TokenType.L_PAREN, TokenType.R_PAREN)
            is_call = after == TokenType.L_PAREN
            yield parts, Mention(path, is_call, is_enclosed, _word_before(tokens, at))
        at += 2 * len(parts) - 1


def _word_before(tokens: Sequence[Token], at: int) -> str:
    """The word before a name, apart from `if not exists`."""
    while at > 0 and is_word(tokens[at - 1]):
        at -= 1
        if (word := tokens[at].text.lower()) not in {"if", "not", "exists"}:
            return word
    return ""


def dotted(tokens: Sequence[Token], at: int) -> Iterator[Token]:
    """The parts of the name that begins at a token, if one does."""
    first = tokens[at]
    if not is_word(first) or (
        first.token_type != TokenType.IDENTIFIER
        and first.text.lower() in RESERVED
        and type_at(tokens, at - 1) != TokenType.DOT
    ):
        return
    yield first
    while type_at(tokens, at + 1) == TokenType.DOT and at + 2 < len(tokens):
        at += 2
        if not is_word(tokens[at]):
            return
        yield tokens[at]


def code(tokens: Sequence[Token]) -> Iterator[Token]:
    """The strings that are bodies of functions, or blocks of `do`."""
    for before, token in itertools.pairwise(tokens):
        if (
            token.token_type in {TokenType.HEREDOC_STRING, TokenType.STRING}
            and is_word(before)
            and before.text.lower() in CODE_FOLLOWS
        ):
            yield token


def object_names(tokens: Sequence[Token]) -> Iterator[tuple[Token, str]]:
    """The literals that name an object, each with its type: `'public.notes'::regclass`."""
    for at, token in enumerate(tokens):
        if token.token_type == TokenType.STRING and type_at(tokens, at + 1) == TokenType.DCOLON:
            words = [part.text.lower() for part in tokens[at + 2 : at + 5]]
            yield from [(token, each) for each in words if each in OBJECT_TYPES][:1]


def type_at(tokens: Sequence[Token], at: int) -> TokenType | None:
    """The type of a token; None beyond the first and the last."""
    return tokens[at].token_type if 0 <= at < len(tokens) else None


def is_word(token: Token) -> bool:
    """Whether it is a word or a quoted name."""
    return token.token_type in {TokenType.VAR, TokenType.IDENTIFIER}


def is_string(token: Token) -> bool:
    """Whether it is a literal, however it is quoted."""
    return token.token_type.name.endswith("STRING")


def literals(sql: str) -> list[str]:
    """The texts of the string literals."""
    return [token.text for token in cut(sql) or () if is_string(token)]


def folded(token: Token) -> str:
    """A name as PostgreSQL knows it: in small letters, unless it is quoted."""
    return token.text if token.token_type == TokenType.IDENTIFIER else token.text.lower()


def words_of(text: str) -> list[str]:
    """The words of a text that may be no SQL, in lower case."""
    return "".join(
        each if each.isalnum() or each in "_$" else " " for each in text.lower()
    ).split()
