"""Facts that a file does not state are read from its SQL."""

from typing import Any

import pytest

from ottavino.declare.constraint import CheckDefinition
from ottavino.declare.database_function import FunctionDefinition
from ottavino.declare.definition import Definition
from ottavino.declare.enum_type import EnumDefinition
from ottavino.declare.extension import ExtensionDefinition
from ottavino.declare.index import IndexDefinition
from ottavino.declare.sequence import SequenceDefinition
from ottavino.declare.trigger import TriggerDefinition
from ottavino.declare.unstated import earlier, unstated

FUNCTION = """
create or replace function public.f(
    a integer, b numeric(3, 1) default (1)
) returns integer
language sql as $$select 1 from x$$
"""
CLOSED = (
    ";\nrevoke all on function public.f(integer, numeric) from {};\ngrant execute to editor"
)
INTERFACE = "(a integer, b numeric(3, 1) default (1)) returns integer"


@pytest.mark.parametrize(
    ("kind", "create", "drop", "facts"),
    [
        (FunctionDefinition, FUNCTION, "", {"interface": INTERFACE, "roles": ()}),
        (
            FunctionDefinition,
            FUNCTION + CLOSED.format('public, anon, authenticated, service_role, editor, "of"'),
            "",
            {"interface": INTERFACE, "roles": ("editor", "of")},
        ),
        (
            FunctionDefinition,
            "create function public.f()\nas 'begin atomic'" + CLOSED.format("public"),
            "",
            {"interface": "()", "roles": ()},
        ),
        (
            TriggerDefinition,
            "",
            'drop function public."F x"() cascade',
            {"function": 'public."F x"()'},
        ),
        (TriggerDefinition, "", "drop trigger f on public.notes cascade", {"function": ""}),
        (TriggerDefinition, "", "drop function public.f()", {"function": ""}),
        (
            EnumDefinition,
            "create type public.s as enum ('a', 'it''s')",
            "",
            {"values": ("a", "it's")},
        ),
        (
            IndexDefinition,
            'create unique index i on "Other".notes using btree (a)',
            "",
            {"unique": True, "over": '"Other".notes'},
        ),
        (
            IndexDefinition,
            "create index i on notes using btree (a)",
            "",
            {"unique": False, "over": "notes"},
        ),
        (IndexDefinition, 'create index "on" using', "", {"unique": False, "over": ""}),
        (CheckDefinition, "create", "drop", {}),
    ],
)
def test_what_its_tokens_say(
    kind: type[Definition], create: str, drop: str, facts: dict[str, Any]
) -> None:
    assert unstated(kind, create, drop) == facts


@pytest.mark.parametrize(
    ("kind", "create", "stated", "facts"),
    [
        (
            ExtensionDefinition,
            "create extension vector schema Extensions; comment on extension vector is 'x'",
            {},
            {"into": "extensions"},
        ),
        (ExtensionDefinition, "create extension vector", {"into": "a"}, {"into": "a"}),
        (ExtensionDefinition, "", {}, {"into": ""}),
        (
            SequenceDefinition,
            "create sequence public.s increment 2",
            {"uses": {}},
            {"uses": {}, "as_change": "alter sequence public.s increment 2"},
        ),
        (SequenceDefinition, "create sequence public.s", {"options": "x"}, {"options": "x"}),
        (SequenceDefinition, "", {}, {"as_change": ""}),
        (CheckDefinition, "create sequence s", {"a": 1}, {"a": 1}),
    ],
)
def test_what_older_files_do_not_state(
    kind: type, create: str, stated: dict[str, Any], facts: dict[str, Any]
) -> None:
    assert earlier(kind, create, stated) == facts
