"""What is written from names of PostgreSQL is Python."""

import ast
from unicodedata import normalize

import pytest

from ottavino import Col, bigint
from ottavino.declare.table import Table
from ottavino.inspect.adopt.source import attribute, class_name, docstring, members
from ottavino.inspect.adopt.sources import parent_of

NAMES = (
    *("Bed ID", "2nd", "m²", "²", "nº", "ﬁ", "e\u0301", "ŉ", "٣", "日本", "", "-", "__a__"),
    *("class", "None", "match\n", 'a"b', "back\\end", "😀", "a\u00a0b", "self"),
)


@pytest.mark.parametrize("name", NAMES)
def test_a_name_is_one_of_python(name: str) -> None:
    values = members([name])
    for each in (attribute(name, ()), class_name(name, ()), *values.values()):
        ast.parse(f"{each} = 1")
        # Python reads it as it is written, so that it names the column.
        assert each.isidentifier()
        assert normalize("NFKC", each) == each
    assert [*values] == [name]


@pytest.mark.parametrize("text", ["a", 'the "a"', '"""', "\\N \\u", 'a\\"""', "one\ntwo"])
def test_a_docstring_has_any_text(text: str) -> None:
    read = ast.literal_eval(docstring(text))
    assert read == f"{text}."


def test_the_key_of_a_class_has_its_name_in_python() -> None:
    class Bed(Table, tablename="Beds"):
        bed_id: Col[int] = bigint(primary_key=True, db_column_name='Bed "ID')

    parent = parent_of(Bed)
    assert f"{parent.name}.{parent.key}" == "Bed.bed_id"
    assert f"{parent.key_column}" == 'Bed "ID'
