"""The public names of the framework, each of which is on a page."""

import importlib
import re

import pytest

import ottavino
from ottavino.settings import ROOT

PAGES = {
    "ottavino": "tables.md",
    "ottavino.query": "queries.md",
    "ottavino.http": "functions.md",
    "ottavino.testing": "testing.md",
}


@pytest.mark.parametrize(("package", "page"), PAGES.items())
def test_every_name_is_on_its_page(package: str, page: str) -> None:
    words = {*re.findall(r"\w+", (ROOT / "docs" / page).read_text("utf-8"))}
    assert {*importlib.import_module(package).__all__} - words == set()


def test_a_version_is_there() -> None:
    assert re.fullmatch(r"\d+\.\d+\.\d+", ottavino.__version__)
