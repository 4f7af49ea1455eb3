"""Text that is formatted into SQL is found, and SQL that is written out is not."""

from pathlib import Path

import pytest

from ottavino.dev import commands
from ottavino.dev.formatted_sql import formatted_sql
from ottavino.settings import ROOT

WRONG = {
    'sql(f"select {name}")': "an f-string",
    'Document.raw(f"select {name}")': "an f-string",
    'QueryString("select " + name)': "+",
    'sql("select %s" % name)': "%",
    'sql("select {}".format(name))': ".format",
    'sql(", ".join(names))': ".join",
    'sql("select x".replace("x", name))': ".replace",
    'await connection.fetch(f"select {name}")': "an f-string",
    'sql(template=f"select {name}")': "an f-string",
    'query = f"select {name}"\nawait connection.execute(query)': "an f-string",
    'query = "select "\nquery += name\nsql(query)': "+",
    'sql("select 1" if name else f"select {name}")': "an f-string",
    'if query := "select {}".format(name):\n    sql(query)': ".format",
    'QUERY: str = "select %s" % name\nsql(QUERY)': "%",
    'other = f"select {name}"\nquery = other\nsql(query)': "an f-string",
}
RIGHT = [
    'sql("select {}", name)',
    'sql("select " "{}", name)',
    'sql("select " + "{}" + "", name)',
    'sql(f"select 1")',
    'QUERY = "select {}"\nsql(QUERY, name)',
    'Document.raw("select {}", name)',
    'print(f"select {name}")',
    "query = query\nsql(query)",
    "sql()",
]


@pytest.mark.parametrize(("source", "how"), WRONG.items())
def test_formatting_is_found_where_it_is(tmp_path: Path, source: str, how: str) -> None:
    path = tmp_path / "function.py"
    path.write_text(f"# a line above\n{source}\n", "utf-8")
    (found,) = formatted_sql([path])
    assert (found.path, found.line, found.how) == (path, source.count("\n") + 2, how)


@pytest.mark.parametrize("source", RIGHT)
def test_sql_that_is_written_out_is_left_alone(tmp_path: Path, source: str) -> None:
    path = tmp_path / "function.py"
    path.write_text(source, "utf-8")
    assert list(formatted_sql([path])) == []


def test_the_command_says_the_place_and_what_to_write(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "functions" / "report"
    folder.mkdir(parents=True)
    (folder / "__init__.py").write_text('sql(f"select {name}")\n', "utf-8")
    monkeypatch.chdir(tmp_path)
    with pytest.raises(SystemExit) as ended:
        commands.lint()
    assert ended.value.code == 1
    assert capsys.readouterr().out == (
        "functions/report/__init__.py:1: sql() is given SQL that is put together by an "
        "f-string: write a template with braces, and give it the values.\n"
    )


def test_the_application_formats_none_and_awaits_its_queries(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(ROOT)
    commands.lint()
    assert capsys.readouterr().out == (
        "No text is formatted into SQL, and no query is a statement that is not awaited.\n"
    )
