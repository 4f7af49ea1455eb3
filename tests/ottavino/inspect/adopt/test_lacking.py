"""An error of PostgreSQL gives up one object, and not its table."""

import pytest

from ottavino.inspect.adopt.lacking import is_created_in
from ottavino.inspect.catalog import CatalogObject

FUNCTION = CatalogObject("function", "internal.move()", None, None, "", {}, {})
TRIGGER = CatalogObject("trigger", "cms.pages.move", "table cms.pages", None, "", {}, {})
RESTRICTIVE = {"mode": "restrictive"}
POLICY = CatalogObject("policy", "a.b.own", "table a.b", None, "", RESTRICTIVE, {})
MISSING = "`: operator does not exist: extensions.ltree = extensions.ltree."


@pytest.mark.parametrize(
    ("statement", "entry"),
    [
        (
            (
                "CREATE TRIGGER move AFTER UPDATE OF path ON shadow_1.pages FOR EACH ROW WHEN "
                "((old.path IS DISTINCT FROM new.path)) EXECUTE FUNCTION shadow_2.move()"
            ),
            TRIGGER,
        ),
        ("CREATE CONSTRAINT TRIGGER move AFTER UPDATE ON shadow_1.pages", TRIGGER),
        ("CREATE OR REPLACE FUNCTION shadow_2.move()", FUNCTION),
        ("CREATE TRIGGER moved AFTER UPDATE ON shadow_1.pages", None),
        ("CREATE OR REPLACE FUNCTION shadow_2.remove()", None),
        ("create policy own on shadow_1.b", None),
        ("create view shadow_1.move as", None),
    ],
)
def test_the_object_is_found_that_a_statement_creates(
    statement: str, entry: CatalogObject | None
) -> None:
    error = f"PostgreSQL refuses `{statement}{MISSING}"
    found = [each for each in (FUNCTION, TRIGGER, POLICY) if is_created_in(error, each)]
    assert found == ([entry] if entry else [])
