"""Reading SQL by hand finds the names that it uses, and no others."""

import subprocess
import sys

import pytest

from ottavino import sql
from ottavino.errors import SettingsError
from ottavino.migrate import platform
from ottavino.sql import (
    Mention,
    names_in_body,
    names_in_expression,
    names_in_statements,
    parts_of_body,
    read_type,
    reads_all,
    rewritten,
    selects_all,
    stable,
)
from ottavino.sql.tokens import cut, named

USED = {
    "a condition": "title is not null",
    "a literal beside it": "title <> 'body'",
    "another case": "TITLE = 'x'",
    "quoted": "\"title\" ~ '^x'",
    "a cast": "title::text = $$body$$",
    "a cast with words": "cast(title as varchar(9)) = E'it\\'s body'",
    "a collation": "title collate \"C\" < 'x'",
    "a key of json": "title ->> 'body' = 'x'",
    "a path of json": "title #>> '{body,0}' = 'x'",
    "keys of json": "title ?| array['body']",
    "within json": "title @> '{\"body\": 1}'::jsonb",
    "a time zone": "title at time zone 'utc' > now()",
    "a row": "(title, id) = (select auth.uid(), 1)",
    "a row by name": "row(title) is distinct from row(1)",
    "an argument": "make_interval(hours => title) > interval '1 hour'",
    "an argument in the old form": "public.twice(n := title) > 0",
    "a part of time": "extract(epoch from now() - title) < 3600",
    "a text search": "to_tsvector('english', coalesce(title, '')) @@ 'body'",
    "an array": "title && array['x'] and title[1] = any('{a,b}'::text[])",
    "a range": "tstzrange(title, now(), '[)') -|- tstzrange(now(), null)",
    "a pattern": "title ilike all (array['body'])",
    "an operator with its schema": "title operator(pg_catalog.=) 'body'",
    "an operator that is a parameter elsewhere": "'x' @ title",
    "a comment": "title /* body /* and body */ */ = 1 -- body",
    "a field of a row": "(notes).title = 'x'",
    "its table": "notes.title = 'x'",
    "its table, with the schema": "public.notes.title = 'x'",
    "a query over another": (
        "exists (select from public.members m where m.id = title and m.body = 'x')"
    ),
    "a query over its own": "id in (select n.title from public.notes as n)",
    "a form that is not parsed": "title at local > 'body'",
}
"""Conditions that use the column `title` of their table, and not its column `body`."""


@pytest.mark.parametrize("condition", USED.values(), ids=USED)
def test_a_condition_uses_the_columns_that_it_names(condition: str) -> None:
    names = names_in_expression(condition, "public.notes")
    assert names.has_column("public.notes", "title")
    assert not names.has_column("public.notes", "body")
    assert not names.has_column("public.tags", "title") or not names.is_exact


def test_almost_all_of_these_are_parsed() -> None:
    unknown = [name for name, each in USED.items() if not names_in_expression(each).is_exact]
    assert unknown == ["a form that is not parsed"]


def test_a_column_of_another_table_is_distinguished() -> None:
    names = names_in_expression(
        "exists (select 1 from public.members m where m.org = notes.org and m.title = 'x')",
        "public.notes",
    )
    assert names.has_column("public.members", "title")
    assert not names.has_column("public.notes", "title")
    assert names.has_column("public.notes", "org")


def test_a_column_without_its_table_may_be_any_of_those_named() -> None:
    names = names_in_statements("select title from public.notes, members")
    assert names.has_column("public.notes", "title")
    assert names.has_column("public.members", "title")
    assert not names.has_column("public.tags", "title")


def test_a_name_in_quotation_marks_keeps_its_case() -> None:
    names = names_in_expression('"Odd one" is null and Title is null', "public.notes")
    assert names.has_column("public.notes", "Odd one")
    assert names.has_column("public.notes", "title")
    assert not names.has_column("public.notes", "odd one")
    assert not names.has_column("public.notes", "Title")


def test_a_collation_is_no_column() -> None:
    names = names_in_expression("id collate \"C\" < 'x'", "public.notes")
    assert not names.has_column("public.notes", "C")


def test_functions_are_those_that_are_called() -> None:
    names = names_in_expression(
        "public.twice(total) > 1 and now() > 'halve()' and gen_random_uuid() = thrice"
    )
    assert names.has_function("public.twice")
    assert names.has_function("now")
    assert names.has_function("gen_random_uuid")
    assert not names.has_function("public.halve")
    assert not names.has_function("public.thrice")
    assert not names.has_function("other.twice")


def test_a_table_is_also_named_by_a_literal_and_by_a_type() -> None:
    names = names_in_expression("nextval('public.numbers'::regclass) > 0 and 'public.no' <> ''")
    assert names.has_table("public.numbers")
    assert not names.has_table("public.no")
    assert names_in_expression("null::public.notes is null").has_table("public.notes")
    assert names_in_expression("a::public.status = 'b'").has_type("public.status")


@pytest.mark.parametrize(
    "statement",
    [
        "insert into public.notes (user_id, title) values (1, 'body')",
        "insert into public.notes (id) values (1) on conflict (title) do nothing",
        "insert into public.notes (id) values (1) on conflict (id) do update set title = ''",
        "update public.notes set title = 'body'",
        "update public.notes as n set (title, id) = (select 'body', 1)",
        "delete from public.notes where title is null returning id",
        "with these as (select n.title from public.notes n) select these.id from these",
        "select * from public.notes join public.tags using (title)",
        "create index on public.notes (lower(title)) where id is null",
        "alter table public.notes alter column title set default 'body'",
        "alter table public.notes drop column title",
        "comment on column public.notes.title is 'body'",
        "grant select (title) on public.notes to anon",
        "select 1; ; select title from public.notes;",
        (
            "merge into public.notes n using public.tags t on t.id = n.id "
            "when matched then update set title = 'body'"
        ),
        "create policy own on public.notes for select using (title = 'body')",
        "do $$ begin update public.notes set title = 'body'; end $$",
        (
            "create function f() returns text language sql "
            "as $$ select title from public.notes where id::text = 'body' $$"
        ),
        "create function f() returns text language sql as 'select title from public.notes'",
        "lock table public.notes; select title from public.notes",
    ],
)
def test_a_statement_uses_the_columns_that_it_names(statement: str) -> None:
    names = names_in_statements(statement)
    assert names.has_table("public.notes")
    assert names.has_column("public.notes", "title")
    assert not names.has_column("public.notes", "body")
    assert not names.has_table("public.members")


def test_a_body_in_sql_is_parsed() -> None:
    names = names_in_body("select title from public.notes where id = $1", "sql")
    assert names.is_exact
    assert names.has_column("public.notes", "title")


PLPGSQL = """
declare
    found public.notes;
begin
    -- The body is none of its business.
    if new."Odd one" is null then
        raise exception 'body';
    end if;
    execute_later := new.title;
    perform public.twice(new.total), nextval('public.numbers'::regclass);
    return new;
end
"""


def test_every_word_counts_in_a_body_that_is_not_parsed() -> None:
    names = names_in_body(PLPGSQL, "plpgsql")
    assert not names.is_exact
    assert names.has_column("public.notes", "title")
    assert names.has_column("public.any_table", "title")
    assert names.has_column("public.notes", "Odd one")
    assert names.has_function("public.twice")
    assert names.has_table("public.notes")
    assert names.has_table("public.numbers")
    assert not names.has_column("public.notes", "body")
    assert not names.has_column("public.notes", "business")


@pytest.mark.parametrize(
    "body",
    [
        "begin execute 'update public.notes set title = 1'; end",
        "begin execute format('update %I set title = 1', name); end",
        "begin if true then execute $q$select title$q$; end if; end",
    ],
)
def test_a_body_that_executes_text_may_use_what_its_literals_name(body: str) -> None:
    assert names_in_body(body, "plpgsql").has_column("public.notes", "title")


@pytest.mark.parametrize(
    "text", ["title <> 'it", "title = $$ body", 'title = "body', "title /*"]
)
def test_an_unclosed_quotation_is_no_error(text: str) -> None:
    assert names_in_expression(text).has_column("public.notes", "title")


def test_a_name_has_letters_digits_and_more_where_its_sql_is_not_closed() -> None:
    names = names_in_expression("my_title$1 <> 'it")
    assert names.has_column("public.notes", "my_title$1")
    assert not names.has_column("public.notes", "my")


def test_empty_sql_names_nothing() -> None:
    assert names_in_statements("") == sql.Names()
    assert not names_in_body("", "plpgsql").has_column("public.notes", "")


def test_the_projects_own_sql_is_read() -> None:
    names = names_in_statements(platform.SQL)
    assert names.has_table("ottavino.logins")
    assert names.has_column("ottavino.logins", "inner_key")
    assert names.has_function("auth.uid")


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("numeric(14, 6)[][]", ("decimal", (14, 6), 2)),
        ("integer", ("int", (), 0)),
        ("public.status", ("public.status", (), 0)),
        ("no type", ("no type", (), 0)),
        ("numeric(", ("numeric(", (), 0)),
    ],
)
def test_a_type_is_read_with_its_limits_and_its_dimensions(
    text: str, read: tuple[str, tuple[int, ...], int]
) -> None:
    assert read_type(text) == read


def _moved(mention: Mention) -> sql.Path:
    """Each name in `public`, in the schema `other`."""
    match mention.path:
        case ("public", *_, _):
            return ("other", *mention.path[1:])
        case path:
            return path


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("select public.f(a) from public.notes", "select other.f(a) from other.notes"),
        ('"public"."Notes" . title', 'other."Notes" . title'),
        ("'public.notes' = public.notes.a", "'public.notes' = other.notes.a"),
        ("a -- public.notes\n/* public.notes */", "a -- public.notes\n/* public.notes */"),
        ("nextval('public.s'::regclass)", "nextval('other.s'::regclass)"),
        ("$$public.notes$$ || public.f()", "$$public.notes$$ || other.f()"),
        (
            "as $f$ begin\n  perform public.f('public.f'); -- public.f\nend $f$",
            "as $f$ begin\n  perform other.f('public.f'); -- public.f\nend $f$",
        ),
        ("as 'select public.f(''public.a'')'", "as 'select other.f(''public.a'')'"),
        (
            "public and notes.public and public_notes.a",
            "public and notes.public and public_notes.a",
        ),
        ("x::public.status", "x::other.status"),
        ("do language plpgsql 'public.f()'", "do language plpgsql 'other.f()'"),
        ("do 'public.f()' language sql", "do 'other.f()' language sql"),
        ("returns int language sql 'public.f()'", "returns int language sql 'other.f()'"),
        ("execute public.f(); execute public.g()", "execute other.f(); execute other.g()"),
        ("é.ü = '🎵' and public.ö", "é.ü = '🎵' and other.ö"),
        ("public.f('", "public.f('"),
    ],
)
def test_a_name_is_replaced(before: str, after: str) -> None:
    assert rewritten(before, _moved) == after


def _retitled(mention: Mention) -> sql.Path:
    return tuple("Odd one" if name == "title" else name for name in mention.path)


def test_a_name_is_quoted_where_it_has_to_be() -> None:
    assert rewritten("n.title = 'title'", _retitled) == "n.\"Odd one\" = 'title'"


def test_an_alias_and_a_type_stay() -> None:
    assert rewritten("select a::title as title", _retitled) == "select a::title as title"


def test_a_literal_that_names_a_schema_says_so() -> None:
    def changed(mention: Mention) -> sql.Path:
        is_schema = mention.after == "regnamespace"
        return tuple("other" if is_schema else name for name in mention.path)

    before = "do $$ begin perform public, 'public'::regnamespace, 'public'::regclass; end $$"
    after = "do $$ begin perform public, 'other'::regnamespace, 'public'::regclass; end $$"
    assert rewritten(before, changed) == after


def test_a_word_of_the_language_is_no_name() -> None:
    def changed(mention: Mention) -> sql.Path:
        return tuple("team" if name == "group" else name for name in mention.path)

    before = 'select "group", old.group from notes group by "group"'
    assert rewritten(before, changed) == "select team, old.team from notes group by team"


@pytest.mark.parametrize(
    ("language", "body", "expected"),
    [
        (
            "sql",
            "select a from public.t; update public.u set b = (select c from public.v)",
            ["t", "u v"],
        ),
        (
            "plpgsql",
            (
                "begin if x then insert into public.t (a) values (1); "
                "else perform c from public.v; end if; delete from public.u; end"
            ),
            ["", "t", "v", "", "u", ""],
        ),
    ],
)
def test_a_body_is_read_statement_by_statement(
    language: str, body: str, expected: list[str]
) -> None:
    read = [part.names.tables for part in parts_of_body(body, language)]
    assert [" ".join(sorted(name for _, name in tables)) for tables in read] == expected


def test_a_body_that_executes_text_has_one_more_part_for_all_that_it_mentions() -> None:
    body = "begin perform a from public.t; execute 'select b from public.u'; end"
    *_, last = parts_of_body(body, "plpgsql")
    assert last.names.has_column("public.u", "b")
    assert not last.names.is_exact
    (only,) = parts_of_body("select format('%s', a) from public.t", "sql")
    assert only.names.is_exact


def test_a_body_that_is_not_closed_is_one_part_of_all_its_words() -> None:
    (part,) = parts_of_body("begin update public.t set a = 'b; end", "plpgsql")
    assert not part.names.is_exact
    assert part.names.has_column("public.t", "a")


def test_an_assignment_uses_what_it_assigns() -> None:
    part, _ = parts_of_body("begin new.total := new.price * public.rate(); end", "plpgsql")
    assert part.fields == {("new", "total"), ("new", "price")}
    assert part.names.has_function("public.rate")
    assert part.bare == frozenset()


@pytest.mark.parametrize(
    "words",
    [
        "assert", "elsif", "exit when", "for i in 1..", "if", "if not", "perform", "return",
        "return next", "when", "while",
    ],
)  # fmt: skip
def test_a_statement_of_plpgsql_uses_its_expression(words: str) -> None:
    part, *_ = parts_of_body(f"begin {words} new.price > public.rate(); end", "plpgsql")
    assert part.names.is_exact
    assert part.fields == {("new", "price")}
    assert part.names.has_function("public.rate")


def test_names_are_exact_where_those_of_each_piece_are() -> None:
    exact, doubtful = sql.Names(), sql.Names(is_exact=False)
    assert (exact | exact).is_exact
    assert not (exact | doubtful).is_exact
    assert not (doubtful | exact).is_exact


def test_a_query_reads_all_columns_by_a_star_that_counts_nothing() -> None:
    assert reads_all("select n.* from public.notes as n")
    assert not reads_all("select count(*) from public.notes")
    assert not reads_all("select count(n.*) from public.notes as n")
    assert reads_all("select count(distinct n.*) from public.notes as n")
    # What is not parsed may.
    assert reads_all("select title at local from public.notes")
    assert selects_all("select title at local from public.notes")


def test_a_row_that_a_function_is_called_with_is_no_list_of_columns() -> None:
    assert selects_all("select n.* from public.notes as n")
    assert not selects_all("select n.id, count(n.*) from public.notes as n group by n.id")
    assert not selects_all("select to_jsonb(n.*) from public.notes as n")


IMPORT_ALL = """
import importlib, pkgutil, sys
import ottavino
PARSING = ("parser", "rewriting", "routine", "tokens", "types")
OTHERS = (
    *(f"ottavino.sql.{each}" for each in PARSING),
    "ottavino.inspect.lint", "ottavino.dev", "ottavino.testing",
)
for module in pkgutil.walk_packages(ottavino.__path__, "ottavino."):
    if not module.name.startswith(OTHERS):
        importlib.import_module(module.name)
print("sqlglot" in sys.modules)
"""


@pytest.mark.whole
def test_the_parser_is_imported_only_when_it_is_needed() -> None:
    run = subprocess.run(  # noqa: S603  # our own command
        [sys.executable, "-c", IMPORT_ALL],
        capture_output=True,
        text=True,
        check=False,
    )
    assert (run.stdout, run.stderr) == ("False\n", "")


LISTS = {
    "of varchar": (
        "(kind)::text = ANY ((ARRAY['a'::character varying, ']'::character varying])::text[])",
        "(kind)::text = ANY ((ARRAY['a'::character varying, ']'::character varying]))",
    ),
    "at the beginning": ("(ARRAY['a'])::text[] = kinds", "(ARRAY['a']) = kinds"),
    "of numbers": (
        "n = ANY ((ARRAY[1, 2])::numeric[]) AND true",
        "n = ANY ((ARRAY[1, 2])) AND true",
    ),
    "of a type with a limit": (
        'n = ANY ((ARRAY[1])::public."Of 2"(9,2)[]) AND (b[1] = 2)',
        "n = ANY ((ARRAY[1])) AND (b[1] = 2)",
    ),
    "cast to a domain": ("f((ARRAY[1])::numbers) = ARRAY[]::int[]",) * 2,
    "cast by its members": ("a = ANY (ARRAY[('a'::character varying)::text])",) * 2,
    "a subscript": ("(b[1])::text[]",) * 2,
}


@pytest.mark.parametrize(("sql", "expected"), LISTS.values(), ids=LISTS.keys())
def test_the_cast_of_a_whole_list_is_left_to_postgresql(sql: str, expected: str) -> None:
    assert stable(sql) == expected


def test_without_the_parser_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(sys.modules, "ottavino.sql.parser", raising=False)
    monkeypatch.delattr(sql, "parser", raising=False)
    monkeypatch.setitem(sys.modules, "sqlglot", None)
    with pytest.raises(SettingsError, match="needs sqlglot: pip install"):
        names_in_expression("title is null")


@pytest.mark.parametrize(
    ("text", "is_call", "is_enclosed"),
    [("title", False, False), ("(title)", False, True), ("title(", True, False)],
)
def test_a_name_at_the_beginning_is_seen_with_its_surroundings(
    text: str, is_call: bool, is_enclosed: bool
) -> None:
    ((_, mention),) = named(cut(text) or ())
    assert (mention.is_call, mention.is_enclosed) == (is_call, is_enclosed)
