"""The queries of each table: as its users send them, and as its owner would.

`{mine}` is the condition that row security adds, and that the owner has to write.
"""

# ruff: noqa: S608  # the SQL is put together from the words of this module

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from uuid import UUID

from bench import seed
from ottavino.query import select
from tests.ottavino.house.db.tables import Document
from tests.ottavino.house.functions.documents import DocumentRow

NAMED = ", the user named"
"""What the names of queries end with under a policy with the user's id written into it."""

Arguments = Callable[[int], Sequence[object]]
"""The arguments of the question when it is asked for the n-th time."""


@dataclass(frozen=True, slots=True)
class SelectStatement:
    """One query, in both forms."""

    table: str
    name: str
    sql: str
    arguments: Arguments
    user: UUID = seed.CALLER
    as_caller: tuple[str, Sequence[object]] | None = None
    """What the caller sends, where it is not the same without the filter."""
    writes: bool = False
    user_named: bool = False
    """Whether the policy has the user's id written into it."""

    def callers(self, number: int) -> tuple[str, Sequence[object]]:
        """The query under row security, for the n-th time."""
        return self.as_caller or (self.sql.format(mine="true"), self.arguments(number))

    def owners(self, number: int) -> tuple[str, Sequence[object]]:
        """The same rows, by hand."""
        owner = "id" if self.table == "user_profiles" else "user_id"
        return self.sql.format(mine=f"{owner} = '{self.user}'"), self.arguments(number)


COLUMNS = {
    "user_profiles": "id, full_name, plan_type, usage_count, subscription_status, created_at",
    "documents": "id, filename, file_type, file_size, status, created_at, updated_at",
    "document_chunks": "id, document_id, chunk_index, section_title, content, created_at",
    "agent_sessions": "id, request_chain, context_state, created_at, updated_at",
    "agent_requests": "id, request_type, content, status, progress, cost, created_at",
    "usage_events": "id, request_type, tokens_used, cost, occurred_at",
}

NEWEST_FIRST = {
    "document_chunks": "created_at desc",
    "usage_events": "occurred_at desc",
}

WRITES = {
    ("documents", "insert"): (
        "insert into documents (user_id, filename, file_type, file_size) "
        "values ($1, 'new.pdf', 'application/pdf', 1) returning id"
    ),
    (
        "agent_sessions",
        "insert",
    ): "insert into agent_sessions (user_id) values ($1) returning id",
    ("agent_requests", "insert"): (
        "insert into agent_requests (user_id, request_type, content) "
        "values ($1, 'chat', 'What is new?') returning id"
    ),
    ("documents", "update"): (
        "update documents set filename = 'other.pdf' where id = $1 and {mine} returning id"
    ),
    ("agent_sessions", "update"): (
        "update agent_sessions set context_state = '{{\"step\": 2}}' "
        "where id = $1 and {mine} returning id"
    ),
    ("agent_requests", "update"): (
        "update agent_requests set status = 'cancelled' where id = $1 and {mine} returning id"
    ),
    ("user_profiles", "update"): (
        "update user_profiles set full_name = 'Other' where id = $1 and {mine} returning id"
    ),
}


def questions() -> list[SelectStatement]:
    """Everything that is asked, table by table."""
    return [question for table in COLUMNS for question in _of(table)]


def lists() -> list[SelectStatement]:
    """The newest rows of each table."""
    return [_list(table) for table in COLUMNS]


def heavy_questions() -> list[SelectStatement]:
    """What the user with fifty thousand documents asks of them."""
    heavy = seed.HEAVY_USER
    return [_list("documents", heavy), _count("documents", heavy), _search(heavy)]


def named_questions() -> list[SelectStatement]:
    """Queries of documents under a policy with the user's id written into it."""
    return [
        replace(question, name=f"{question.name}{NAMED}", user_named=True)
        for question in questions()
        if question.table == "documents" and question.name in {"list newest 20", "get by id"}
    ]


def _of(table: str) -> list[SelectStatement]:
    kind = seed.KINDS[table]

    def some_row(number: int) -> Sequence[object]:
        rows = 1 if table == "user_profiles" else seed.CALLER_ROWS
        return [seed.row_id(kind, number % rows)]

    get = f"select {COLUMNS[table]} from {table} where id = $1 and {{mine}}"
    found = [_list(table), SelectStatement(table, "get by id", get, some_row), _count(table)]
    if table == "documents":
        found.append(_search())
    for (written, name), sql in WRITES.items():
        if written == table:
            given = some_row if name == "update" else _caller
            found.append(SelectStatement(table, name, sql, given, writes=True))
    return found


def _list(table: str, user: UUID = seed.CALLER) -> SelectStatement:
    order = NEWEST_FIRST.get(table, "created_at desc, id desc")
    sql = f"select {COLUMNS[table]} from {table} where {{mine}} order by {order} limit 20"
    return SelectStatement(table, "list newest 20", sql, _nothing, user)


def _count(table: str, user: UUID = seed.CALLER) -> SelectStatement:
    sql = f"select count(*) from {table} where {{mine}}"
    return SelectStatement(table, "count", sql, _nothing, user)


def _search(user: UUID = seed.CALLER) -> SelectStatement:
    # The index has the words of each user; the query is for a single word.
    words = f"own_words('{user}', to_tsvector('english', $1))"
    sql = (
        f"select {COLUMNS['documents']} from documents "
        f"where own_words(user_id, search_vector) @> {words} and {{mine}} "
        "order by created_at desc, id desc limit 20"
    )
    sent = _sent_search()
    return SelectStatement(
        "documents", "search", sql, lambda _: [seed.WORD], user, as_caller=sent
    )


def _sent_search() -> tuple[str, Sequence[object]]:
    """A search as the service sends it, whatever it comes to be made of."""
    found = select(DocumentRow).among(Document.own_search.finds(seed.WORD, most=20))
    return found.sql()


def _nothing(_: int) -> Sequence[object]:
    return []


def _caller(_: int) -> Sequence[object]:
    return [seed.CALLER]
