"""Drift told: as text for a person, or as JSON for a program."""

import dataclasses
import json
from collections.abc import Iterator

from ottavino.inspect.difference import Difference, Outlier
from ottavino.inspect.drift import Drift
from ottavino.inspect.finding import paragraph

CAUSES: dict[Outlier, str] = {
    "database": "the database is not as the classes and the migration files say",
    "classes": "no migration file says yet what the classes say: run "
    "`piccolo migrations new db --auto`",
    "files": "the migration files are not as the classes and the database say: was one edited "
    "after it ran?",
    "all": "the classes, the migration files and the database say three different things",
}


def as_text(drift: Drift) -> str:
    """What a person reads: each object, what is declared, what is there, and what fixes it."""
    paragraphs = [_difference(each) for each in drift.comparison.differences]
    paragraphs += map(paragraph, drift.findings)
    return "\n\n".join([*paragraphs, *_unknown(drift), *_fix(drift), _conclusion(drift)])


def as_json(drift: Drift) -> str:
    """The same for a program."""
    return json.dumps(
        {
            "differences": [_as_object(each) for each in drift.comparison.differences],
            "unknown": [str(each) for each in drift.comparison.unknown],
            "fix": None if drift.pending else drift.comparison.fix,
            "pending": drift.pending,
            "gone": drift.gone,
            "edited": drift.edited,
            "findings": [dataclasses.asdict(each) for each in drift.findings],
        },
        indent=2,
    )


def _difference(difference: Difference) -> str:
    sides = {
        "classes": difference.classes,
        "files": difference.files,
        "database": difference.database,
    }
    if difference.files == difference.classes:
        del sides["files"]
    lines = [f"{difference.thing}: {CAUSES[difference.outlier]}"]
    if difference.rename is not None:
        lines.append(
            f"    it has the columns of {difference.rename.was}, which nothing declares"
        )
    for facet in difference.facets:
        lines.append(f"    {facet}")
        for side, thing in sides.items():
            value = "not there" if thing is None else thing.facets.get(facet, "-")
            lines.append(_indented(f"{side + ':':<10}{value}", 8))
    if difference.undecided is not None:
        lines.append(f"    A person has to decide: {difference.undecided}.")
    return "\n".join(lines)


def _unknown(drift: Drift) -> Iterator[str]:
    if unknown := drift.comparison.unknown:
        names = "\n".join(f"    {each}" for each in unknown)
        yield (
            f"Not declared, and made by no migration; it is left alone:\n{names}\n"
            "What is to be there stands in `kept` of db/piccolo_app.py."
        )


def _fix(drift: Drift) -> Iterator[str]:
    fix = drift.comparison.fix
    if drift.pending and fix:
        yield "Apply what is not applied yet; then it is said what fixes the rest."
    elif fix:
        yield f"What fixes it, without the loss of a row:\n{_indented(fix, 4)}"


def _conclusion(drift: Drift) -> str:
    count = len(drift.comparison.differences)
    return "\n".join(
        [
            *(f"Not applied yet: {name}" for name in drift.pending),
            *(f"Applied, and its file is gone: {each}" for each in drift.gone),
            *(f"Applied, and edited since: {name}" for name in drift.edited),
            f"{count} difference{'' if count == 1 else 's'}."
            if count
            else "No drift: the classes, the migration files and the database say the same."
            if drift.is_none
            else "No difference but that.",
        ]
    )


def _as_object(difference: Difference) -> dict[str, object]:
    sides = (difference.classes, difference.files, difference.database)
    classes, files, database = (
        None if thing is None else dict(thing.facets) for thing in sides
    )
    return {
        "object": str(difference.thing),
        "outlier": difference.outlier,
        "differs": difference.facets,
        "classes": classes,
        "files": files,
        "database": database,
        "was": difference.rename and str(difference.rename.was),
        "undecided": difference.undecided,
    }


def _indented(text: str, by: int) -> str:
    return "\n".join(" " * by + line for line in text.splitlines())
