"""Commands on a database that no migration has reached, and on one that does not answer."""

from collections.abc import Callable

import pytest

from ottavino.inspect import commands
from ottavino.inspect.adopt.commands import adopt
from ottavino.migrate.commands import squash
from ottavino.testing import Database, SettingsFrom
from tests.ottavino.declare.shared import Organisation, OrganisationMember, Project
from tests.ottavino.migrate import project as projects

FORWARDS = "Apply the migrations first, with `piccolo migrations forwards all`."
LINT = f"The database has no schema ottavino_members, which the classes declare. {FORWARDS}"
MATRIX = f"The database has none of the declared tables. {FORWARDS}"
NOTHING = "Nothing was changed: db has 0 migrations."
UNREACHABLE = "The database at 127.0.0.1:1 does not answer: Connection refused."

COMMANDS: dict[Callable[[], object], tuple[str, str]] = {
    commands.lint: (LINT, UNREACHABLE),
    commands.matrix: (MATRIX, UNREACHABLE),
    commands.drift: ("differences.", UNREACHABLE),
    adopt: ("Nothing was adopted.", UNREACHABLE),
    squash: (NOTHING, NOTHING),
}


@pytest.mark.whole("runs each command")
def test_each_command_answers_in_a_sentence(
    empty_database: Database,
    project: projects.Project,
    settings_from: SettingsFrom,
    subtests: pytest.Subtests,
    capsys: pytest.CaptureFixture[str],
) -> None:
    project.declare([Organisation, OrganisationMember, Project])
    elsewhere = "postgresql://postgres@127.0.0.1:1/nowhere"
    for number, address in enumerate((empty_database.direct_url, elsewhere)):
        settings_from(DIRECT_URL=address)
        for command, sentences in COMMANDS.items():
            with subtests.test(command.__name__, address=address):
                said = _said(command, capsys)
                assert said.endswith(sentences[number])
                assert "Traceback" not in said


def _said(command: Callable[[], object], capsys: pytest.CaptureFixture[str]) -> str:
    ended: object = ""
    try:
        command()
    except SystemExit as exited:
        # The message of an error, or a number.
        ended = exited.code if isinstance(exited.code, str) else ""
    written = capsys.readouterr()
    return f"{written.out}{written.err}{ended}".strip()
