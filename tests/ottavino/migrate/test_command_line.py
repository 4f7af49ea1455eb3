"""The words of a command line that name no command."""

import sys

import pytest
from targ import CLI, Command

from ottavino.migrate.commands import extend_piccolo

Captured = pytest.CaptureFixture[str]


def drift() -> None:
    """Compare."""
    sys.stdout.write("compared")


def lint() -> None:
    """Check."""


@pytest.fixture
def cli() -> CLI:
    extend_piccolo()
    cli = CLI("Piccolo CLI")
    cli.commands = [Command(drift, "db"), Command(lint, "db"), Command(lint, "functions")]
    return cli


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        ("db drfit", "`piccolo db` has no command 'drfit': its commands are drift, lint."),
        ("functions nope", "`piccolo functions` has no command 'nope': its commands are lint."),
        ("db", "`piccolo db` needs a command, which is one of drift, lint."),
        ("db --trace", "`piccolo db` needs a command, which is one of drift, lint."),
        ("bd drift", "piccolo has no group of commands 'bd': its groups are db, functions."),
    ],
)
def test_a_mistyped_command_fails_with_a_sentence(
    words: str, sentence: str, cli: CLI, monkeypatch: pytest.MonkeyPatch, capsys: Captured
) -> None:
    monkeypatch.setattr("sys.argv", ["piccolo", *words.split()])
    with pytest.raises(SystemExit) as exit_:
        cli.run()
    assert exit_.value.code == 2
    assert capsys.readouterr() == ("", sentence + "\n")


@pytest.mark.parametrize(
    ("words", "printed"),
    [("db drift --trace", "compared"), ("db --help", "lint"), ("", "lint")],
)
def test_a_command_runs_and_its_help_is_printed(
    words: str, printed: str, cli: CLI, monkeypatch: pytest.MonkeyPatch, capsys: Captured
) -> None:
    monkeypatch.setattr("sys.argv", ["piccolo", *words.split()])
    cli.run()
    assert printed in capsys.readouterr().out
