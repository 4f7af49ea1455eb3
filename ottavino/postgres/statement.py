"""Allows the statements that cannot change the caller of a session.

A message of PostgreSQL's extended protocol carries one statement, so its first word shows its
kind. Only the listed kinds are allowed: another one may end the transaction, change the role,
or leave state on a connection that a pooler gives to the next caller.
"""

import functools
import re

from ottavino.errors import QueryRefused

FIRST_WORDS = ("select", "insert", "update", "delete", "merge", "with", "values", "table")

REMEMBERED = 1000
"""How many allowed texts are cached: a service has a few hundred."""
REMEMBERED_CHARACTERS = 10_000
"""The longest cached text: a text that is built from a request could have any length."""

# The text before the first word: blanks, comments, parentheses.
_BLANK = re.compile(r"(?:\s|--[^\n\r]*|\()+|(?=/\*)")

# A query that names one of these could change its caller, run SQL that was not checked here,
# read about other sessions, or leave something on the connection.
_REFUSED = re.compile(
    r"""
    set_config | pg_settings    # settings, the caller's claims among them
    | _to_xml | ts_stat | ts_rewrite                # these run SQL from a text
    | pg_(stat|lock|blocking|safe_|isolation_|control_|current_|snapshot|export_|xact_|last_)
    | txid_ | \bxid8?\b | pg_\w*wal | currtid
                                # counters over the rows of all users, and what others do
    | setseed | pg_temp         # state that outlives the transaction
    | pg_(try_)?advisory        # locks that all callers share, and whose number is limited
    | pg_(notify|logical_)      # messages to other sessions, and to the log
    | \x00                      # the server would end the connection
    | \blo_\w+                  # large objects belong to a role, and not to a user
    | \bu&"                     # a name spelt in escapes could be any of the above
    """,
    re.IGNORECASE | re.VERBOSE,
)

# `insert` may also be the name of a column; then INTO after it would create a table.
_INTO = re.compile(r"(\b(?:insert|merge)\s+)?\binto\b", re.IGNORECASE)
_TEMPORARY = ("temp", "temporary", "unlogged", "local", "global")

_WORD = re.compile(r"[a-z_]+", re.IGNORECASE)
_MARK = re.compile(r"/\*|\*/")


def require_allowed(sql: str) -> None:
    """Refuse a statement that is not allowed in a session."""
    if len(sql) > REMEMBERED_CHARACTERS:
        _require_allowed(sql)
    else:
        _require_allowed_once(sql)


def _require_allowed(sql: str) -> None:
    word = _word(sql)
    if word not in FIRST_WORDS:
        raise QueryRefused(
            f"A session does not send {word.upper()[:20] or 'an empty statement'}: it sends "
            f"{', '.join(FIRST_WORDS).upper()}. The session itself begins, commits and "
            "rolls back, a savepoint is `async with DB.transaction()`, and tables are changed "
            "by migrations."
        )
    if found := _REFUSED.search(sql):
        raise QueryRefused(
            f"A statement of a session cannot contain {found[0]!r}, which could bypass the "
            f"caller's rights. Send a value that contains it as a parameter."
        )
    if any(not into[1] or _word(sql, into.end()) in _TEMPORARY for into in _INTO.finditer(sql)):
        raise QueryRefused(
            "A statement of a session makes no table with SELECT … INTO. Read the rows; a "
            "value that contains the word INTO is sent as a parameter."
        )


_require_allowed_once = functools.lru_cache(REMEMBERED)(_require_allowed)


def _word(sql: str, start: int = 0) -> str:
    """The first word from a position on, in lower case, or a character that begins no word."""
    while blank := _BLANK.match(sql, start):
        start = blank.end()
        if sql.startswith("/*", start):
            start = _after_comment(sql, start)
    word = _WORD.match(sql, start)
    return word[0].lower() if word else sql[start : start + 1]


def _after_comment(sql: str, start: int) -> int:
    """The end of a `/* */` comment, which may contain others."""
    depth = 0
    for mark in _MARK.finditer(sql, start):
        depth += 1 if mark[0] == "/*" else -1
        if depth == 0:
            return mark.end()
    return len(sql)
