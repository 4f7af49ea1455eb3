"""Who may do what with the rows of a user: the whole of it, to be read at a glance.

Every row that a cell meets belongs to `owner`, and no statement has a condition: whatever
a caller reaches, it is the owner's. `stranger` is another signed-in user, `nobody` is
signed in with a token that names no user, `anonymous` showed no token. `injected` is the
stranger again, who has found a way to send any query, and has said that it is the owner.

    yes      done, and where rows are asked for, the owner's row was reached
    none     silently nothing: the row is not there for this caller
    denied   the privilege is missing
    refused  a policy does not let such a row be written

A row that names columns says it of each of them.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from uuid import UUID

from ottavino import Identity, Role, Table
from tests.ottavino.house.db import tables

OWNER = UUID("00000000-0000-4000-8000-00000000000a")
STRANGER = UUID("00000000-0000-4000-8000-00000000000b")
NEWCOMER = UUID("00000000-0000-4000-8000-00000000000c")
"""A user without a profile, for who may make one."""
PARENT = UUID("00000000-0000-4000-8000-00000000000d")
"""The owner's document, or session, that a row hangs on."""

CALLERS = {
    "owner": Identity.user(OWNER),
    "stranger": Identity.user(STRANGER),
    "injected": Identity.user(STRANGER),
    "nobody": Identity(Role.AUTHENTICATED, {"role": Role.AUTHENTICATED}),
    "anonymous": Identity.anonymous(),
    "service": Identity.service(),
}

MATRIX = {
    "user_profiles": """
                                       owner    stranger  injected  nobody   anonymous  service
  select                               yes      none      none      none     denied     yes
  insert id, full_name, plan_type      denied   denied    denied    denied   denied     yes
  insert usage_count                   denied   denied    denied    denied   denied     yes
  insert subscription_status           denied   denied    denied    denied   denied     yes
  insert created_at, updated_at        denied   denied    denied    denied   denied     yes
  update full_name                     yes      none      none      none     denied     yes
  update id, plan_type, usage_count    denied   denied    denied    denied   denied     yes
  update subscription_status           denied   denied    denied    denied   denied     yes
  update created_at, updated_at        denied   denied    denied    denied   denied     yes
  delete                               denied   denied    denied    denied   denied     yes
  truncate, references                 denied   denied    denied    denied   denied     denied
  trigger, maintain                    denied   denied    denied    denied   denied     denied
    """,
    "documents": """
                                       owner    stranger  injected  nobody   anonymous  service
  select                               yes      none      none      none     denied     yes
  insert user_id, filename, content    yes      refused   refused   refused  denied     yes
  insert file_type, file_size          yes      refused   refused   refused  denied     yes
  insert id, status, search_vector     denied   denied    denied    denied   denied     yes
  insert created_at, updated_at        denied   denied    denied    denied   denied     yes
  update filename                      yes      none      none      none     denied     yes
  update id, user_id, status, content  denied   denied    denied    denied   denied     yes
  update file_type, file_size          denied   denied    denied    denied   denied     yes
  update search_vector                 denied   denied    denied    denied   denied     yes
  update created_at, updated_at        denied   denied    denied    denied   denied     yes
  delete                               yes      none      none      none     denied     yes
  truncate, references                 denied   denied    denied    denied   denied     denied
  trigger, maintain                    denied   denied    denied    denied   denied     denied
    """,
    "document_chunks": """
                                       owner    stranger  injected  nobody   anonymous  service
  select                               yes      none      none      none     denied     yes
  insert id, user_id, document_id      denied   denied    denied    denied   denied     yes
  insert chunk_index, section_title    denied   denied    denied    denied   denied     yes
  insert content                       denied   denied    denied    denied   denied     yes
  insert created_at, updated_at        denied   denied    denied    denied   denied     yes
  update id, user_id, document_id      denied   denied    denied    denied   denied     yes
  update chunk_index, section_title    denied   denied    denied    denied   denied     yes
  update content                       denied   denied    denied    denied   denied     yes
  update created_at, updated_at        denied   denied    denied    denied   denied     yes
  delete                               denied   denied    denied    denied   denied     yes
  truncate, references                 denied   denied    denied    denied   denied     denied
  trigger, maintain                    denied   denied    denied    denied   denied     denied
    """,
    "agent_sessions": """
                                       owner    stranger  injected  nobody   anonymous  service
  select                               yes      none      none      none     denied     yes
  insert user_id, request_chain        yes      refused   refused   refused  denied     yes
  insert context_state                 yes      refused   refused   refused  denied     yes
  insert id, created_at, updated_at    denied   denied    denied    denied   denied     yes
  update request_chain, context_state  yes      none      none      none     denied     yes
  update id, user_id                   denied   denied    denied    denied   denied     yes
  update created_at, updated_at        denied   denied    denied    denied   denied     yes
  delete                               yes      none      none      none     denied     yes
  truncate, references                 denied   denied    denied    denied   denied     denied
  trigger, maintain                    denied   denied    denied    denied   denied     denied
    """,
    "agent_requests": """
                                       owner    stranger  injected  nobody   anonymous  service
  select                               yes      none      none      none     denied     yes
  insert user_id, session_id           yes      refused   refused   refused  denied     yes
  insert request_type, content         yes      refused   refused   refused  denied     yes
  insert id, status, progress          denied   denied    denied    denied   denied     yes
  insert results, tokens_used, cost    denied   denied    denied    denied   denied     yes
  insert created_at, updated_at        denied   denied    denied    denied   denied     yes
  update status                        yes      none      none      none     denied     yes
  update id, user_id, session_id       denied   denied    denied    denied   denied     yes
  update request_type, content         denied   denied    denied    denied   denied     yes
  update progress, results             denied   denied    denied    denied   denied     yes
  update tokens_used, cost             denied   denied    denied    denied   denied     yes
  update created_at, updated_at        denied   denied    denied    denied   denied     yes
  delete                               denied   denied    denied    denied   denied     yes
  truncate, references                 denied   denied    denied    denied   denied     denied
  trigger, maintain                    denied   denied    denied    denied   denied     denied
    """,
    "usage_events": """
                                       owner    stranger  injected  nobody   anonymous  service
  select                               yes      none      none      none     denied     yes
  insert id, user_id, request_type     denied   denied    denied    denied   denied     yes
  insert tokens_used, cost             denied   denied    denied    denied   denied     yes
  insert occurred_at                   denied   denied    denied    denied   denied     yes
  insert created_at, updated_at        denied   denied    denied    denied   denied     yes
  update id, user_id, request_type     denied   denied    denied    denied   denied     yes
  update tokens_used, cost             denied   denied    denied    denied   denied     yes
  update occurred_at                   denied   denied    denied    denied   denied     yes
  update created_at, updated_at        denied   denied    denied    denied   denied     yes
  delete                               denied   denied    denied    denied   denied     yes
  truncate, references                 denied   denied    denied    denied   denied     denied
  trigger, maintain                    denied   denied    denied    denied   denied     denied
    """,
}

TRANSITIONS = """
                pending  processing  completed  failed   cancelled
    pending     refused  refused     refused    refused  yes
    processing  refused  refused     refused    refused  yes
    completed   none     none        none       none     none
    failed      none     none        none       none     none
    cancelled   none     none        none       none     none
"""
"""What its owner may make of the status of a request: from the left, to the top."""

VALUES = {
    "chunk_index": "7",
    "content": "'words'",
    "context_state": "'{}'",
    "cost": "0.5",
    "created_at": "now()",
    "document_id": f"'{PARENT}'",
    "file_size": "1",
    "file_type": "'text/plain'",
    "filename": "'a.txt'",
    "full_name": "'A'",
    "id": "gen_random_uuid()",
    "occurred_at": "now()",
    "plan_type": "'pro'",
    "progress": "50",
    "request_chain": "'[]'",
    "request_type": "'chat'",
    "results": "'{}'",
    "search_vector": "default",
    "section_title": "'One'",
    "session_id": f"'{PARENT}'",
    "agent_requests.status": "'cancelled'",
    "documents.status": "'ready'",
    "subscription_status": "'active'",
    "tokens_used": "1",
    "updated_at": "now()",
    "usage_count": "1",
    "user_id": f"'{OWNER}'",
    "user_profiles.id": f"'{NEWCOMER}'",
}
"""What is tried for each column, in SQL: a value that nothing but access could refuse."""

OTHERS = {
    "truncate": "truncate public.{table}",
    "references": "create table playground.child (id uuid references public.{table})",
    "trigger": "create trigger intruder before update on public.{table} "
    "for each row execute function suppress_redundant_updates_trigger()",
    "maintain": "reindex table public.{table}",
}
"""Statements that need privileges which no role has."""


@dataclass(frozen=True, slots=True)
class Cell:
    """A command of a caller on a table, which is allowed or not."""

    table: str
    command: str
    column: str | None
    caller: str
    outcome: str
    value: str | None = None
    """What the column is updated to, if not what `VALUES` has for it."""

    def __str__(self) -> str:
        where = f"{self.table}.{self.column}" if self.column else self.table
        return f"{self.caller}, {self.command} {where}"

    @property
    def identity(self) -> Identity:
        """Who tries."""
        return CALLERS[self.caller]

    @property
    def asks_for_rows(self) -> bool:
        """Whether the statement gives a row for each that it reached."""
        return self.command not in OTHERS

    @property
    def sql(self) -> str:
        """The statement. Only `select` reads columns, so nothing else needs that privilege."""
        match self.command:
            case "select":
                return f"select * from public.{self.table}"
            case "insert":
                return insertion(self.table, self.column)
            case "update":
                value = self.value or value_of(self.table, str(self.column))
                return f"update public.{self.table} set {self.column} = {value} returning 1"
            case "delete":
                return f"delete from public.{self.table} returning 1"
            case other:
                return OTHERS[other].format(table=self.table)


def insertion(table: str, column: str | None = None) -> str:
    """Insert a row of the owner's: what such a row has to have, and the column."""
    column_specs = TABLES[table].column_specs().items()
    needed = {name for name, spec in column_specs if not spec.null and spec.default is None}
    whose = {"user_id"} if "user_id" in dict(column_specs) else set[str]()
    columns = sorted(needed | whose | ({column} if column else set[str]()))
    values = ", ".join(value_of(table, name) for name in columns)
    return f"insert into public.{table} ({', '.join(columns)}) values ({values}) returning 1"


def value_of(table: str, column: str) -> str:
    """What is tried for a column."""
    value = VALUES.get(f"{table}.{column}") or VALUES.get(column)
    if value is None:
        raise KeyError(f"Give VALUES something to try for the column {table}.{column}.")
    return value


def cells_of(table: str) -> Iterator[Cell]:
    """The cells of a table's grid, in its order."""
    for what, outcomes in grid(MATRIX[table]):
        command, *rest = what.replace(",", "").split()
        columns = rest if command in {"insert", "update"} else [None]
        commands = [command] if columns is rest else [command, *rest]
        for caller, outcome in outcomes.items():
            for command in commands:
                for column in columns:
                    yield Cell(table, command, column, caller, outcome)


def grid(text: str) -> Iterator[tuple[str, dict[str, str]]]:
    """The rows of a grid, each with its cells."""
    heading, *lines = text.strip().splitlines()
    names = heading.split()
    for line in lines:
        what, *outcomes = re.split(r"\s{2,}", line.strip())
        yield what, dict(zip(names, outcomes, strict=True))


TABLES: dict[str, type[Table]] = {
    table._meta.tablename: table for table in (getattr(tables, n) for n in tables.__all__)
}
"""The tables as they are declared, by name."""
