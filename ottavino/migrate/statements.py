"""Splits hand-written SQL into statements, as psql does."""

from collections.abc import Iterator

from ottavino.declare.tokens import tokens

ROUTINES = {"function", "procedure"}


def statements(sql: str) -> Iterator[list[str]]:
    """The words of each statement, in lower case, without quoted text."""
    for words, _ in _split(sql):
        yield words


def statement_texts(sql: str) -> list[str]:
    """The text of each statement."""
    return [text.strip() for words, text in _split(sql) if words]


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


def _split(sql: str) -> Iterator[tuple[list[str], str]]:
    """The words of each statement, and its text."""
    words: list[str] = []
    start = depth = nested = 0
    for token in tokens(sql):
        match token.kind, token.text:
            case "sign", "(":
                depth += 1
            case "sign", ")":
                depth -= 1
            case "word", word:
                words.append(word)
                # A body that is not quoted contains semicolons.
                nested += _opens(words, nested) if depth == 0 else 0
            case "sign", ";" if depth <= 0 and nested == 0:
                yield words, sql[start : token.start]
                words, start = [], token.end
            case _:
                pass
    yield words, sql[start:]


def _opens(words: list[str], nested: int) -> int:
    """How much deeper the last word leads into the body of a function."""
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
