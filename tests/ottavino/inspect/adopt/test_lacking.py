"""An error of PostgreSQL gives up one object, and not its table."""

from pathlib import Path

import pytest
from piccolo.apps.migrations.commands.forwards import forwards

from ottavino.inspect.adopt import commands
from ottavino.inspect.adopt.lacking import is_created_in
from ottavino.inspect.catalog import CatalogObject
from ottavino.testing import Database, SettingsFrom
from ottavino.testing.database import connected
from tests.ottavino.inspect.adopt.test_adopt import (
    databases,
    imported,
    made_by_hand,
    place,
    require_no_drift,
)
from tests.ottavino.migrate.project import Project

__all__ = ["databases", "place"]

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


OVER_KEPT = """
    create function guard() returns trigger language plpgsql as 'begin return new; end';
    create function ok(n int) returns boolean language sql immutable as 'select true';
    create function number() returns int language sql as 'select 1';
    create function by_name() returns int language sql as 'select public.number()';
    create procedure by_call() begin atomic select number(); end;
    create domain checked as int check (ok(value));
    create type pair as (a int);
    create table rows (id int primary key, n int check (ok(n)));
    create trigger guard before insert on rows for each row execute function guard();
    create index rows_ok on rows (id) where ok(n);
    create policy ok on rows using (ok(n));
    create table strict (id int primary key);
    create policy ok on strict as restrictive using (ok(id));
    create table by_default (id int primary key default number());
    create table computed (id int primary key, ok boolean generated always as (ok(1)) stored);
    create table of_domain (id int primary key, n checked[]);
    create table of_type (id int primary key, pair pair);
    create view shown as select number() as n;
    create table parts (id int) partition by list (id);
    create table parts_1 partition of parts for values in (1);
    create policy ok on parts_1 using (ok(id));
    create policy ok on storage.objects using (ok(1));
"""

OF_OTHERS = """
    create role somebody;
    alter function public.guard() owner to somebody;
    alter function public.ok(int) owner to somebody;
    alter function public.number() owner to somebody;
"""


@pytest.mark.whole("adopts a database, and builds it again")
async def test_what_needs_something_kept_is_kept_too_or_not_adopted(
    databases: tuple[Database, Database],
    project: Project,
    place: str,
    settings_from: SettingsFrom,
    tmp_path: Path,
) -> None:
    live, empty = databases
    await made_by_hand(live, OVER_KEPT)
    await made_by_hand(empty, "")
    async with connected(live.superuser_url) as connection:
        await connection.execute(OF_OTHERS)
    keep = '[tool.ottavino]\nkeep = ["type public.pair"]\n'
    (tmp_path / "pyproject.toml").write_text(keep, "utf-8")
    project.declare([])
    printed = await commands.adopted("all", place)
    adopted = [line for line in printed if line.startswith("Adopted")]
    assert adopted == ["Adopted public.parts as Part", "Adopted public.rows as Row"]
    over = "which is not adopted"
    of_ok, of_number = f"needs public.ok(integer), {over}", f"needs public.number(), {over}"
    of_checked, of_pair = f"needs public.checked, {over}", f"needs public.pair, {over}"
    unsaid = "no class can declare it"
    assert {line for line in printed if line.startswith(("Kept", "Not adopted", "Needed"))} == {
        f"Kept, since {unsaid}: function public.guard()",
        f"Kept, since {unsaid}: function public.number()",
        f"Kept, since {unsaid}: function public.ok(integer)",
        f"Kept, since it needs public.guard(), {over}: trigger public.rows.guard",
        f"Kept, since it {of_ok}: check constraint public.rows.rows_n_check",
        f"Kept, since it {of_ok}: index public.rows_ok",
        f"Kept, since it {of_ok}: policy public.parts_1.ok",
        f"Kept, since it {of_ok}: policy public.rows.ok",
        f"Kept, since it {of_ok}: policy storage.objects.ok",
        f"Not adopted: domain public.checked, since it {of_ok}",
        f"Not adopted: function public.by_name(), since it {of_number}",
        f"Not adopted: procedure public.by_call(), since it {of_number}",
        f"Not adopted: public.by_default, since its column public.by_default.id {of_number}",
        f"Not adopted: public.computed, since its column public.computed.ok {of_ok}",
        f"Not adopted: public.of_domain, since its column public.of_domain.n {of_checked}",
        f"Not adopted: public.of_type, since its column public.of_type.pair {of_pair}",
        f"Not adopted: public.shown, since it {of_number}",
        f"Not adopted: public.strict, since its policy public.strict.ok {of_ok}",
    }
    project.declare(imported(place))
    await require_no_drift()
    settings_from(**empty.variables)
    await forwards("db")
    await require_no_drift()
