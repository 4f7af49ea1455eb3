"""SQL that somebody wrote, taken apart into its statements as psql does it."""

import re
from collections.abc import Iterator

# What is quoted and what is commented is one token each: no word in it is a keyword.
TOKEN = re.compile(
    r"""
      --[^\n]*
    | (?P<comment>/\*)
    | e'(?:[^'\\]|\\.|'')*'
    | '(?:[^']|'')*'
    | "(?:[^"]|"")*"
    | \$(?P<tag>(?:[^\W\d]\w*)?)\$.*?\$(?P=tag)\$
    | (?P<word>[^\W\d][\w$]*)
    | (?P<sign>[();])
    | .
    """,
    re.VERBOSE | re.DOTALL | re.IGNORECASE,
)
COMMENT = re.compile(r"/\*|\*/")

ROUTINES = {"function", "procedure"}


def statements(sql: str) -> Iterator[list[str]]:
    """The words of each statement, in lower case, without what is quoted."""
    words: list[str] = []
    depth = nested = 0
    for part in _parts(sql):
        if part == "(":
            depth += 1
        elif part == ")":
            depth -= 1
        elif part != ";":
            words.append(part)
            # A body that is not quoted has semicolons of its own.
            nested += _opens(words, nested) if depth == 0 else 0
        elif depth <= 0 and nested == 0:
            yield words
            words = []
    yield words


def ends_transaction(words: list[str]) -> bool:
    """Whether a statement ends the transaction that it runs in."""
    match words:
        case ["commit" | "end" | "abort", *_] | ["prepare", "transaction", *_]:
            return True
        case ["rollback", "to", *_] | ["rollback", "work" | "transaction", "to", *_]:
            return False
        case ["rollback", *_]:
            return True
        case _:
            return False


def _opens(words: list[str], nested: int) -> int:
    """By how much the last word goes deeper into the body of a function."""
    head = [word for word in words[:4] if word not in {"or", "replace"}]
    if head[:1] != ["create"] or not ROUTINES & {*head[1:2]}:
        return 0
    match words[-1]:
        case "begin":
            return 1
        case "case" if nested:
            return 1
        case "end" if nested:
            return -1
        case _:
            return 0


def _parts(sql: str) -> Iterator[str]:
    """The words and the signs that divide statements."""
    position = 0
    while match := TOKEN.match(sql, position):
        position = match.end()
        if match["comment"]:
            position = _end_of_comment(sql, position)
        elif match["word"] or match["sign"]:
            yield match[0].lower()


def _end_of_comment(sql: str, position: int) -> int:
    """Where a comment ends, which may have others in it."""
    depth = 1
    while depth and (match := COMMENT.search(sql, position)):
        depth += 1 if match[0] == "/*" else -1
        position = match.end()
    return len(sql) if depth else position
