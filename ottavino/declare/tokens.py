"""Splits hand-written SQL into tokens, like psql.

A quoted string and a comment are one token each: no word in them is a keyword.

`ottavino.sql` parses, and needs sqlglot, which a server does not install. But a server imports
the tables, and `migrations forwards` runs beside it. Both read some hand-written SQL: a
`commit` in `migration.execute` is refused before a run, a comment at the end of a condition is
closed, the names are read from files without facts, and a generated column over a column of
`NoStatistics` is refused. SQL that the framework has rendered itself is not read, because its
objects have the same facts.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Literal, NamedTuple

from ottavino.declare.rendered import Rendered

TOKEN = re.compile(
    r"""
      --[^\n]*
    | (?P<comment>/\*)
    | e'(?:[^'\\]|\\.|'')*'
    | '(?:[^']|'')*'
    | "(?P<quoted>(?:[^"]|"")*)"
    | \$(?P<tag>(?:[^\W\d]\w*)?)\$.*?\$(?P=tag)\$
    | (?P<word>[^\W\d][\w$]*)
    | (?P<sign>[();=])
    | .
    """,
    re.VERBOSE | re.DOTALL | re.IGNORECASE,
)
COMMENT = re.compile(r"/\*|\*/")


class Token(NamedTuple):
    """A word, in lower case; a name between quotation marks, without them; or a sign."""

    kind: Literal["word", "quoted", "sign"]
    text: str
    start: int
    end: int


def tokens(sql: str) -> Iterator[Token]:
    """The words, the quoted names and the separators of statements and arguments."""
    for match, end in _matches(sql):
        if match["word"] or match["sign"]:
            kind = "word" if match["word"] else "sign"
            yield Token(kind, match[0].lower(), match.start(), end)
        elif match["quoted"]:
            yield Token("quoted", match["quoted"].replace('""', '"'), match.start(), end)


def strings(sql: str) -> Iterator[str]:
    """The plain literals in some SQL."""
    position = 0
    while match := TOKEN.match(sql, position):
        position = match.end()
        if match["comment"]:
            position = _end_of_comment(sql, position)
        elif match[0].startswith("'"):
            yield match[0][1:-1].replace("''", "'")


def names(sql: str) -> set[str]:
    """Every name in a piece of SQL, and every other word of it."""
    return {token.text for token in tokens(sql) if token.kind != "sign"}


def literals(sql: str) -> Iterator[str]:
    """The string literals, with their quotation marks."""
    for match, _ in _matches(sql):
        is_comment = match[0].startswith("--")
        if not is_comment and (match["tag"] is not None or match[0].endswith("'")):
            yield match[0]


def without_defaults(interface: str) -> str:
    """The arguments and the result of a function, with the word `default` for each default, one
    spelling for each type, and single spaces between all words.
    """
    words: list[str] = []
    depth, is_default = 0, False
    for match, _ in _matches(interface):
        text = match[0].lower() if match["word"] else match[0]
        if text.isspace() or match["comment"] or text.startswith("--"):
            continue
        depth += (text in {"(", "["}) - (text in {")", "]"})
        if is_default:
            is_default = depth > 1 or (depth == 1 and text != ",")
        elif depth == 1 and text in {"default", "="}:
            is_default = True
            words = [*(words[:-1] if words[-1] == ":" else words), "default"]
        if not is_default:
            words.append(SPELLINGS.get(text, text))
    return " ".join(words)


def keeps_defaults(old: str, new: str) -> bool:
    """Whether the arguments and the result of a function stay the same, but for the values of
    defaults and for arguments that get one.
    """
    (words, defaults), (new_words, new_defaults) = map(_by_default, (old, new))
    return words == new_words and defaults <= new_defaults


def _by_default(interface: str) -> tuple[list[str], set[int]]:
    """The words of the arguments and the result, and where one is followed by a default."""
    words: list[str] = []
    defaults: set[int] = set()
    for word in without_defaults(interface).split(" "):
        if word == "default":
            defaults.add(len(words))
        else:
            words.append(word)
    return words, defaults


SPELLINGS: Mapping[str, str] = {
    "bool": "boolean",
    "char": "character",
    "decimal": "numeric",
    "float": "double precision",
    "float4": "real",
    "float8": "double precision",
    "int": "integer",
    "int2": "smallint",
    "int4": "integer",
    "int8": "bigint",
    "timestamptz": "timestamp with time zone",
    "timetz": "time with time zone",
    "varchar": "character varying",
}
"""The names of PostgreSQL's types by other ones that they have in SQL."""


def closed(sql: str) -> str:
    """SQL whose last line can be continued, because a comment at its end is closed."""
    if isinstance(sql, Rendered):
        return sql
    last = next((match[0] for match, end in _matches(sql) if end == len(sql)), "")
    return f"{sql}\n" if last.startswith("--") else sql


def _matches(sql: str) -> Iterator[tuple[re.Match[str], int]]:
    """Each token, space or comment, with its end."""
    end = 0
    while match := TOKEN.match(sql, end):
        end = match.end()
        if match["comment"]:
            end = _end_of_comment(sql, end)
        yield match, end


def _end_of_comment(sql: str, position: int) -> int:
    """The end of a comment, which may contain others."""
    depth = 1
    while depth and (match := COMMENT.search(sql, position)):
        depth += 1 if match[0] == "/*" else -1
        position = match.end()
    return len(sql) if depth else position
