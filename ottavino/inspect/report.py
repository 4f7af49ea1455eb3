"""The report of drift: text for a person, or JSON for a program."""

import dataclasses
import json
from collections.abc import Iterator

from ottavino.inspect.difference import Difference, Outlier
from ottavino.inspect.drift import Drift
from ottavino.inspect.finding import paragraph

CAUSES: dict[Outlier, str] = {
    "database": "the database differs from the classes and the migration files",
    "classes": "no migration file has this change of the classes yet: run "
    "`piccolo migrations new db --auto`",
    "files": "the migration files differ from the classes and the database: was one edited "
    "after it ran?",
    "all": "the classes, the migration files and the database all differ",
}


def as_text(drift: Drift) -> str:
    """The report for a person: each object, as declared and as it is, and the fix."""
    paragraphs = (
        ["The database is as the applied migrations have made it. Others are pending."]
        if drift.is_awaited
        else [_difference(each) for each in drift.comparison.differences]
    )
    paragraphs += map(paragraph, drift.findings)
    return "\n\n".join([*paragraphs, *_unknown(drift), *_fix(drift), _conclusion(drift)])


def as_json(drift: Drift) -> str:
    """The report for a program."""
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
    lines = [f"{difference.entry}: {CAUSES[difference.outlier]}"]
    if difference.rename is not None:
        lines.append(
            f"    it has the columns of {difference.rename.was}, which nothing declares"
        )
    for facet in difference.facets:
        lines.append(f"    {facet}")
        for side, entry in sides.items():
            value = "missing" if entry is None else entry.facets.get(facet, "-")
            lines.append(_indented(f"{side + ':':<10}{value}", 8))
    if difference.undecided is not None:
        lines.append(f"    A person has to decide: {difference.undecided}.")
    return "\n".join(lines)


def _unknown(drift: Drift) -> Iterator[str]:
    if unknown := drift.comparison.unknown:
        names = "\n".join(f"    {each}" for each in unknown)
        yield (
            f"Not declared, and made by no migration. It is left alone:\n{names}\n"
            "List what is meant to stay in `keep` of [tool.ottavino] in pyproject.toml."
        )


def _fix(drift: Drift) -> Iterator[str]:
    fix = drift.comparison.fix
    if drift.is_awaited:
        yield "Apply the pending migrations."
    elif drift.pending and fix:
        yield (
            "Apply the pending migrations. Then run this again for the SQL that fixes the rest."
        )
    elif fix:
        yield f"This SQL fixes it, and loses no row:\n{_indented(fix, 4)}"


def _conclusion(drift: Drift) -> str:
    count = 0 if drift.is_awaited else len(drift.comparison.differences)
    return "\n".join(
        [
            *(f"Not applied yet: {name}" for name in drift.pending),
            *(f"Applied, and its file is gone: {each}" for each in drift.gone),
            *(f"Applied, and edited since: {name}" for name in drift.edited),
            f"{count} difference{'' if count == 1 else 's'}."
            if count
            else "No drift: the classes, the migration files and the database say the same."
            if drift.is_none
            else "No other difference.",
        ]
    )


def _as_object(difference: Difference) -> dict[str, object]:
    sides = (difference.classes, difference.files, difference.database)
    classes, files, database = (
        None if entry is None else dict(entry.facets) for entry in sides
    )
    return {
        "object": str(difference.entry),
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
