"""The README shows what the development server prints."""

from ottavino.dev.greeting import EXPORTS, LISTENS
from ottavino.settings import ROOT


def test_the_readme_shows_the_sentences_that_make_run_prints() -> None:
    readme = (ROOT / "README.md").read_text("utf-8").splitlines()
    printed = LISTENS.format(address="http://127.0.0.1:8000") + "\n" + EXPORTS.splitlines()[0]
    assert {*printed.strip().splitlines()} - {*readme} == set()
