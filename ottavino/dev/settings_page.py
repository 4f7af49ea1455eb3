"""Writes `docs/settings.md` from the settings: `python -m ottavino.dev.settings_page`."""

import dataclasses
import inspect
import re
from typing import Any

from ottavino.settings import ROOT, Settings

PAGE = ROOT / "docs" / "settings.md"

HEAD = """\
# Settings

A setting is a variable of the environment, or of `.env` if the environment does not have it. An
empty variable counts as absent. Times are in seconds. If values are wrong, the server does not
start, and prints a sentence for each of them.

<!-- Written by `python -m ottavino.dev.settings_page`. -->
"""


COLUMNS = ("| variable | default | meaning |", "|---|---|---|")
PART = re.compile(r"^    (?:# (.+)|(\w+): .+ = setting)", re.MULTILINE)


def page() -> str:
    """The page, a table for each group of settings."""
    rows = {
        field.name: f"| `{field.name.upper()}` | {_shown(field.default)} | {_meaning(field)} |"
        for field in dataclasses.fields(Settings)
    }
    # The headings are comments between the fields, so they are read from the source.
    parts = PART.findall(inspect.getsource(Settings))
    lines = [HEAD.rstrip()]
    for heading, name in parts:
        if heading:
            lines += ["", f"## {heading}", "", *COLUMNS]
        elif name in rows:
            lines.append(rows.pop(name))
    return "\n".join([*lines, ""])


def _meaning(field: "dataclasses.Field[object]") -> str:
    meaning: str = field.metadata["meaning"]
    return meaning.replace("|", "\\|")


def _shown(default: Any) -> str:
    match default:
        case None | ():
            return ""
        case bool():
            return "`on`" if default else "`off`"
        case (str(), *_):
            return f"`{','.join(default)}`"
        case float():
            return f"`{default:g}`"
        case _:
            return f"`{default}`"


if __name__ == "__main__":
    PAGE.write_text(page(), "utf-8")
