"""`docs/coverage.md` names every kind of object."""

import re

from ottavino.declare.kinds import KINDS
from ottavino.inspect import catalog
from ottavino.settings import ROOT

PAGE = (ROOT / "docs" / "coverage.md").read_text("utf-8")
BY_ANOTHER_NAME = {
    "column": "table",
    "table": "table",
    "check constraint": "check",
    "unique constraint": "unique",
    "exclusion constraint": "exclusion",
    "foreign key": "foreign-key",
    "primary key": "primary-key",
    "materialized view": "materialized-view",
    "privilege": "privileges",
    "schema privilege": "schema",
    "default privilege": "default-privileges",
}
"""What migrations call a kind of the catalogs; a table is none of their kinds."""


def rows(title: str) -> set[str]:
    """The kinds in the table of a chapter."""
    chapter = PAGE.split(f"## {title}\n", 1)[1].split("\n## ", 1)[0]
    return {*re.findall(r"^\| `([^`]+)`", chapter, re.MULTILINE)}


def test_every_kind_of_the_migrations_has_a_line_and_none_has_gone() -> None:
    assert rows("Kinds in migrations") == {*KINDS}


def test_every_kind_that_drift_reads_is_declared_or_named() -> None:
    read = {BY_ANOTHER_NAME.get(kind, kind) for kind in catalog.KINDS} - {"table"}
    undeclared = rows("Kinds that drift reads and no helper declares")
    # A kind whose name both use may be on either side: types are, in part.
    assert read - {*KINDS} - undeclared == set()
    assert undeclared - read == set()
