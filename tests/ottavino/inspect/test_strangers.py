"""What the statements that somebody wrote by hand into migrations create is ours."""

import pytest

from ottavino.inspect.catalog import CatalogObject
from ottavino.inspect.strangers import not_ours


def found(kind: str, name: str) -> CatalogObject:
    return CatalogObject(kind, name, None, None, "", {"stored": name}, {})


@pytest.mark.parametrize(
    ("kind", "statement"),
    [
        ("policy", "create policy own on public.notes for select using (a in (table b.c))"),
        ("trigger", "create trigger own after insert on public.notes execute function b.c()"),
    ],
)
def test_what_belongs_to_a_table_is_ours_on_that_table_only(kind: str, statement: str) -> None:
    ours, *others = (
        found(kind, f"{table}.own") for table in ("public.notes", "b.c", "public.own", "own")
    )
    assert not_ours([ours, *others], [], [statement]) == others


def test_what_a_statement_creates_is_ours_and_not_what_it_reads() -> None:
    view, table = found("view", "public.v"), found("table", "public.notes")
    assert not_ours([view, table], [], ["create view v as select * from notes"]) == [
        view,
        table,
    ]
    assert not_ours([view, table], [], ["create view public.v as table public.notes"]) == [
        table
    ]
